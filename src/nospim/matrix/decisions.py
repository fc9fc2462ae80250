"""What a policy server decided about each event, for ever the same: other servers remember its answer.

SQLite in one file.  A signature is the same whenever it is made (Ed25519 draws no numbers), so only the
decision is kept.  MSC4284: "policy servers should cache and deduplicate by event id".
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

SIGNED_DAYS: Final = 90
"""Days for which a signature is remembered.  After that the event is judged anew if anybody asks: its servers
have kept the signature with the event.  Refusals are kept for good, for nothing else tells of them."""


class Decisions:
    """The file of decisions; used from one thread."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        # A crash loses no decision; a power cut may lose the last ones, and the guard repeats its verdicts.
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS decision (event TEXT PRIMARY KEY, signed INTEGER NOT NULL, "
            "at INTEGER NOT NULL) STRICT, WITHOUT ROWID"
        )

    def get(self, event: str) -> bool | None:
        """Whether an event was signed; None where nothing was decided."""
        row = self._db.execute("SELECT signed FROM decision WHERE event = ?", (event,)).fetchone()
        return None if row is None else bool(row[0])

    def put(self, event: str, at: float, *, signed: bool) -> bool:
        """Remember a decision; gives the first one that was ever made."""
        self._db.execute(
            "INSERT INTO decision VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (event, int(signed), int(at))
        )
        first = self.get(event)
        return signed if first is None else first

    def prune(self, now: float) -> int:
        """Forget old signatures; gives how many."""
        old = int(now) - SIGNED_DAYS * 86_400
        return self._db.execute("DELETE FROM decision WHERE signed = 1 AND at < ?", (old,)).rowcount

    def close(self) -> None:
        """Close the file."""
        self._db.close()
