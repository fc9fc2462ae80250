"""What the carrying out of actions has to remember: lures taken back, accounts locked, rooms for notices.

SQLite in one file.  Which actions are open is the service's to know; here stands only what later ones need.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

DAYS: Final = 30
"""Days for which lures that were taken back are remembered: their recipients are told within seconds."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS recalled (event TEXT PRIMARY KEY, account TEXT NOT NULL, room TEXT NOT NULL,
    at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS recalled_account ON recalled (account);
CREATE TABLE IF NOT EXISTS told (account TEXT NOT NULL, person TEXT NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (account, person, event)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS locked (account TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notice_room (person TEXT PRIMARY KEY, room TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS place (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""


class Worked:
    """The file; used from one thread."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(_TABLES)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def recalled(self, event: str, account: str, room: str, at: float) -> None:
        """A lure was taken back."""
        row = (event, account, room, int(at))
        self._db.execute("INSERT OR IGNORE INTO recalled VALUES (?, ?, ?, ?)", row)
        self._db.execute("DELETE FROM recalled WHERE at < ?", (int(at) - DAYS * 86_400,))

    def lures_of(self, account: str) -> list[tuple[str, str]]:
        """The lures of an account that were taken back: event and room."""
        query = "SELECT event, room FROM recalled WHERE account = ? ORDER BY event"
        rows = self._db.execute(query, (account,))
        return [(str(event), str(room)) for event, room in rows]

    def is_told(self, account: str, person: str, event: str) -> bool:
        """Was a person told of a lure of an account?"""
        query = "SELECT 1 FROM told WHERE account = ? AND person = ? AND event = ?"
        return self._db.execute(query, (account, person, event)).fetchone() is not None

    def told(self, account: str, person: str, events: list[str]) -> None:
        """A person was told of lures of an account."""
        rows = [(account, person, event) for event in events]
        self._db.executemany("INSERT OR IGNORE INTO told VALUES (?, ?, ?)", rows)

    def lock(self, account: str, *, locked: bool) -> None:
        """We locked an account, or let it in again."""
        add, drop = "INSERT OR IGNORE INTO locked VALUES (?)", "DELETE FROM locked WHERE account = ?"
        self._db.execute(add if locked else drop, (account,))

    def is_locked(self, account: str) -> bool:
        """Did we lock an account?"""
        return self._db.execute("SELECT 1 FROM locked WHERE account = ?", (account,)).fetchone() is not None

    def notice_room(self, person: str) -> str | None:
        """The room in which a person is told things, None where there is none yet."""
        row = self._db.execute("SELECT room FROM notice_room WHERE person = ?", (person,)).fetchone()
        return None if row is None else str(row[0])

    def set_notice_room(self, person: str, room: str) -> None:
        """A room was made to tell a person things in."""
        self._db.execute("INSERT OR REPLACE INTO notice_room VALUES (?, ?)", (person, room))

    def place(self, name: str) -> int:
        """How far something was read; 0 at first."""
        row = self._db.execute("SELECT value FROM place WHERE name = ?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    def set_place(self, name: str, value: int) -> None:
        """Something was read so far."""
        self._db.execute("INSERT OR REPLACE INTO place VALUES (?, ?)", (name, value))
