"""Edges that turn outside material into events: one file per form; see `interface` for what they share."""
