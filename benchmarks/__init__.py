"""Measurements of nospim: how fast, how much memory, how good.  Run as ``./dev bench``."""
