"""What the guard remembers: keyed by one thing, bounded, aged by event time, saved and restored exactly."""

from nospim.memory.account import Account, Run, Session
from nospim.memory.clock import Clock
from nospim.memory.cluster import Cluster, Hold, Memo, Network, Page, Wording
from nospim.memory.generations import Generations, touch
from nospim.memory.store import Memory, SavedMemoryError, restore, save

__all__ = [
    "Account",
    "Clock",
    "Cluster",
    "Generations",
    "Hold",
    "Memo",
    "Memory",
    "Network",
    "Page",
    "Run",
    "SavedMemoryError",
    "Session",
    "Wording",
    "restore",
    "save",
    "touch",
]
