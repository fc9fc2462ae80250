"""Cases in one SQLite file: what was written cannot be changed through it, and a chain tells if it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from nospim.cases.case import CaseError
from nospim.cases.interface import Access, ConflictError

VERSION: Final = 1
"""Of the schema; kept in the file's user_version."""
WAIT_S: Final = 10.0
"""How long a writer waits for another one."""
SCHEMA: Final = """
CREATE TABLE entries (
  place INTEGER PRIMARY KEY AUTOINCREMENT, case_id TEXT NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL,
  UNIQUE (case_id, number)
) STRICT;
CREATE TABLE ledger (
  case_id TEXT NOT NULL, number INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (case_id, number)
) STRICT;
CREATE TABLE accesses (
  number INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, by TEXT NOT NULL, case_id TEXT NOT NULL,
  what TEXT NOT NULL, previous TEXT NOT NULL
) STRICT;
"""
_FROZEN: Final = ("entries", "ledger", "accesses")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_US: Final = timedelta(microseconds=1)


class SqliteCases:
    """The store of cases of one file, made where it is not there.  See `interface.CaseStore`."""

    def __init__(self, path: Path) -> None:
        """Opens the file; raises CaseError where it is none of ours, or of a later version."""
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            path.touch(mode=0o600)
        self._db = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._make()
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise CaseError(f"{path} cannot be used as a file of cases: {error}") from None
        except CaseError:
            self._db.close()
            raise

    def _make(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version == 0:
            for statement in SCHEMA.split(";\n"):
                self._db.execute(statement)
            for table in _FROZEN:
                for verb in ("UPDATE", "DELETE"):
                    self._db.execute(
                        f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
                        "BEGIN SELECT RAISE(ABORT, 'what was decided stays'); END"
                    )
            self._db.execute(f"PRAGMA user_version = {VERSION}")
        self._db.execute("COMMIT")
        if version > VERSION:
            raise CaseError(f"{self.path} was written by a later version of nospim")

    @property
    def home(self) -> Path:
        """As `CaseStore.home`: the folder of the file."""
        return self.path.parent

    def close(self) -> None:
        """Let the file go."""
        self._db.close()

    def __enter__(self) -> SqliteCases:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def names(self) -> list[str]:
        """As `CaseStore.names`."""
        rows = self._db.execute("SELECT case_id FROM entries WHERE number = 0 ORDER BY place")
        return [row[0] for row in rows]

    def entries(self, case: str) -> list[bytes]:
        """As `CaseStore.entries`."""
        rows = self._db.execute("SELECT data FROM entries WHERE case_id = ? ORDER BY number", (case,))
        return [row[0] for row in rows]

    def append(self, case: str, number: int, entry: bytes) -> None:
        """As `CaseStore.append`."""
        try:
            self._db.execute(
                "INSERT INTO entries (case_id, number, data) VALUES (?, ?, ?)", (case, number, entry)
            )
        except sqlite3.IntegrityError:
            raise ConflictError(f"case {case} was changed by somebody else just now; look again") from None

    def access(self, at: datetime, by: str, case: str, what: str) -> None:
        """As `CaseStore.access`."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            row = self._db.execute("SELECT * FROM accesses ORDER BY number DESC LIMIT 1").fetchone()
            last = None if row is None else _access(row)
            self._db.execute(
                "INSERT INTO accesses VALUES (?, ?, ?, ?, ?, ?)",
                (0 if last is None else last.number + 1, (at - _EPOCH) // _US, by, case, what, _link(last)),
            )
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    def accesses(self) -> list[Access]:
        """As `CaseStore.accesses`."""
        found: list[Access] = []
        for row in self._db.execute("SELECT * FROM accesses ORDER BY number"):
            access = _access(row)
            before = found[-1] if found else None
            if access.number != len(found) or access.previous != _link(before):
                raise CaseError(f"{self.path}: the record of who looked was changed at row {len(found)}")
            found.append(access)
        return found

    def unentered(self) -> Sequence[tuple[str, int, bytes]]:
        """As `CaseStore.unentered`."""
        return self._db.execute(
            "SELECT e.case_id, e.number, e.data FROM entries e LEFT JOIN ledger l USING (case_id, number) "
            "WHERE l.seq IS NULL ORDER BY e.place"
        ).fetchall()

    def entered(self, case: str, number: int, seq: int) -> None:
        """As `CaseStore.entered`."""
        self._db.execute("INSERT OR IGNORE INTO ledger VALUES (?, ?, ?)", (case, number, seq))

    def places(self, case: str) -> dict[int, int]:
        """As `CaseStore.places`."""
        return dict(self._db.execute("SELECT number, seq FROM ledger WHERE case_id = ?", (case,)).fetchall())


def _access(row: tuple[int, int, str, str, str, str]) -> Access:
    number, at_us, by, case, what, previous = row
    return Access(number=number, at=_EPOCH + at_us * _US, by=by, case=case, what=what, previous=previous)


def _link(last: Access | None) -> str:
    return "" if last is None else sha256(msgspec.json.encode(last)).hexdigest()
