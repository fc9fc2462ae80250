"""Edges that turn outside material into events: one file per form; `interface` says what they share."""
