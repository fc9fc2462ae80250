"""What can go wrong with a ledger: each error says what is wrong, in which file, and what to do."""

from __future__ import annotations

from pathlib import Path

from nospim.errors import NospimError


class LedgerError(NospimError):
    """Something about a ledger's files or keys is wrong; the message says what to do."""


class CorruptError(LedgerError):
    """A file of the ledger does not hold what was written; `path` and `offset` (bytes) say where."""

    def __init__(self, path: Path, offset: int, what: str, advice: str = "") -> None:
        advice = advice or "take this file from a backup (nospim ledger restore), or set the folder aside"
        super().__init__(f"{path}: at byte {offset}: {what}; {advice}")
        self.path = path
        self.offset = offset


class RefusedError(LedgerError):
    """An append was refused and left no trace, or a commit is not done yet; the same may work later.

    Raised while the disk is full or fails, and where more waits to be written than may.
    """


class LockedError(LedgerError):
    """Another process writes here; a ledger has one writer."""


class KeysError(LedgerError):
    """The keys are not there, not the right ones, or readable by others."""


class ErasedError(LedgerError):
    """The key of that day was destroyed, so nothing can be written or held under it any more."""
