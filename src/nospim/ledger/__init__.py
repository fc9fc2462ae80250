"""The sealed record of what came in and what was decided: journal and keys, Merkle log, heads, stamps."""

from nospim.ledger.errors import (
    CorruptError,
    ErasedError,
    KeysError,
    LedgerError,
    LockedError,
    RefusedError,
)
from nospim.ledger.journal import Fsync, Journal
from nospim.ledger.keys import KeyRing, Scope
from nospim.ledger.record import Record, Retention
from nospim.ledger.recovery import Recovery

__all__ = [
    "CorruptError",
    "ErasedError",
    "Fsync",
    "Journal",
    "KeyRing",
    "KeysError",
    "LedgerError",
    "LockedError",
    "Record",
    "Recovery",
    "RefusedError",
    "Retention",
    "Scope",
]
