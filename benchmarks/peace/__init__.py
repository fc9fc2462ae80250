"""A benign world without end: real conversations and texts, honest people's sign-ins, no attacker."""

from benchmarks.peace.rates import KINDS
from benchmarks.peace.texts import Library
from benchmarks.peace.world import Note, World

__all__ = ["KINDS", "Library", "Note", "World"]
