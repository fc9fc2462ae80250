"""Cases in SQLite: durable, only ever added to, and a record of who looked."""

from __future__ import annotations

import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nospim.cases.case import CaseError
from nospim.cases.interface import ConflictError
from nospim.cases.sqlite import SqliteCases

AT = datetime(2026, 6, 1, 9, 0, 0, 250_001, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with SqliteCases(tmp_path / "cases" / "cases.db") as store:
        store.append("K1", 0, b"opened")
        store.append("K2", 0, b"opened too")
        store.append("K1", 1, b"a note")
    return tmp_path / "cases" / "cases.db"


def test_entries_come_back_in_order_after_a_restart(path: Path) -> None:
    with SqliteCases(path) as store:
        assert store.names() == ["K1", "K2"]
        assert store.entries("K1") == [b"opened", b"a note"]
        assert store.entries("K3") == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_people_cannot_add_the_same_entry(path: Path) -> None:
    with SqliteCases(path) as store, SqliteCases(path) as other:
        store.append("K1", 2, b"mine")
        with pytest.raises(ConflictError, match="somebody else"):
            other.append("K1", 2, b"also mine")
        assert other.entries("K1")[2] == b"mine"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET data = x'00'",
        "DELETE FROM entries",
        "DELETE FROM accesses",
        "UPDATE ledger SET seq = 9",
    ],
)
def test_what_was_decided_cannot_be_changed_through_the_database(path: Path, statement: str) -> None:
    with SqliteCases(path) as store:
        store.access(AT, "ivo", "K1", "show")
        store.entered("K1", 0, 7)
    with sqlite3.connect(path) as db, pytest.raises(sqlite3.IntegrityError, match="stays"):
        db.execute(statement)
    db.close()


def test_who_looked_is_recorded_and_a_change_of_it_is_found(path: Path) -> None:
    with SqliteCases(path) as store:
        for who in ("ivo", "vic", "lea"):
            store.access(AT, who, "K1", "show")
        assert [(a.by, a.at, a.what) for a in store.accesses()] == [
            (who, AT, "show") for who in ("ivo", "vic", "lea")
        ]
    db = sqlite3.connect(path)
    db.execute("DROP TRIGGER accesses_delete")
    db.execute("DELETE FROM accesses WHERE by = 'vic'")
    db.commit()
    db.close()
    with SqliteCases(path) as store, pytest.raises(CaseError, match="who looked was changed at row 1"):
        store.accesses()


def test_entries_wait_until_they_are_in_the_ledger(path: Path) -> None:
    with SqliteCases(path) as store:
        assert list(store.unentered()) == [
            ("K1", 0, b"opened"),
            ("K2", 0, b"opened too"),
            ("K1", 1, b"a note"),
        ]
        store.entered("K1", 0, 41)
        store.entered("K1", 0, 41)
        assert [row[:2] for row in store.unentered()] == [("K2", 0), ("K1", 1)]
        assert store.places("K1") == {0: 41}


def test_a_file_of_another_kind_or_a_later_version_is_refused(path: Path, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_bytes(b"no database at all, but long enough to be looked at" * 20)
    with pytest.raises(CaseError, match="cannot be used"):
        SqliteCases(tmp_path / "text.db")
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(CaseError, match="later version"):
        SqliteCases(path)
