"""A journal's promises: what was committed is read again, in order, by whoever holds the keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from nospim.ledger import Fsync, Journal, KeyRing, LockedError, Retention
from nospim.ledger import journal as journal_module


def opened(folder: Path) -> Journal:
    return Journal.open(folder / "journal", keys=KeyRing.open(folder / "keys"), fsync=Fsync.EACH_COMMIT)


def test_what_was_committed_is_read_again(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    assert journal.append("event", b"hello", day=20000) == 0
    assert journal.append("verdict", b"", day=20000) == 1
    assert list(journal.read()) == []  # not durable yet
    assert journal.commit() == 1
    first, second = journal.read()
    assert (first.seq, first.kind, first.day, first.body) == (0, "event", 20000, b"hello")
    assert (second.body, second.retention) == (b"", Retention.RISK)
    journal.close()
    again = opened(tmp_path)
    assert again.recovery.next == 2
    assert [record.body for record in again.read(1)] == [b""]
    assert again.append("event", b"more", day=20001) == 2
    again.close()


def test_an_unclosed_journal_goes_on_without_a_hole(tmp_path: Path) -> None:
    for count in range(1, 4):
        journal = opened(tmp_path)
        journal.append("event", b"%d" % count, day=20000)
        journal.commit()
        journal._committing.acquire()
        import os

        os.close(journal._lock_file)
    journal = opened(tmp_path)
    assert [record.body for record in journal.read()] == [b"1", b"2", b"3"]
    journal.close()


def test_segments_follow_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "SEGMENT_BYTES", 1000)
    journal = opened(tmp_path)
    for number in range(100):
        journal.append("event", b"%d" % number * 20, day=20000)
        if number % 7 == 0:
            journal.commit()
    journal.close()
    assert len(list((tmp_path / "journal").glob("*.jnl"))) > 5
    journal = opened(tmp_path)
    assert [record.seq for record in journal.read(13)] == list(range(13, 100))
    journal.close()


def test_a_journal_has_one_writer(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    with pytest.raises(LockedError, match="writes this journal; stop it first"):
        opened(tmp_path)
    journal.close()
    opened(tmp_path).close()
