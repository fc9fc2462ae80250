"""A journal's promises: what was committed is read again, in order, by whoever holds the keys."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from ledger_rooms import DAY, bodies, die, opened, written

from nospim.ledger import CorruptError, KeyRing, LockedError, RefusedError, Retention
from nospim.ledger import journal as journal_module
from nospim.ledger.merkle import leaf_hash


def test_what_was_committed_is_read_again(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    assert journal.append("event", b"hello", day=DAY) == 0
    assert journal.append("verdict", b"", day=DAY) == 1
    assert list(journal.read()) == []  # not durable yet
    assert journal.commit() == 1
    first, second = journal.read()
    assert (first.seq, first.kind, first.day, first.body) == (0, "event", DAY, b"hello")
    assert (second.body, second.retention) == (b"", Retention.RISK)
    journal.close()

    again = opened(tmp_path)
    assert again.recovery.next == 2
    assert bodies(again, 1) == [b""]
    assert again.append("event", b"more", day=DAY + 1) == 2
    again.close()


def test_a_leaf_is_the_leaf_hash_of_salt_and_body(tmp_path: Path) -> None:
    journal = written(tmp_path, b"the same", b"the same")
    first, second = journal.read()
    assert first.body is not None
    assert first.leaf == leaf_hash(first.salt + first.body)
    assert first.leaf != second.leaf  # each has a salt of its own, so equal words show nowhere
    journal.close()


def test_nothing_of_a_body_is_in_the_files(tmp_path: Path) -> None:
    written(tmp_path, b"my secret words", b"my secret words").close()
    data = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"secret" not in data


def test_an_unclosed_journal_goes_on_without_a_hole(tmp_path: Path) -> None:
    for count in range(1, 4):
        die(written(tmp_path, b"%d" % count))
    journal = opened(tmp_path)
    assert bodies(journal) == [b"1", b"2", b"3"]
    assert journal.recovery.cut == 0
    journal.close()


def test_segments_follow_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "SEGMENT_BYTES", 1000)
    journal = opened(tmp_path)
    for number in range(100):
        journal.append("event", b"%d" % number * 20, day=DAY)
        if number % 7 == 0:
            journal.commit()
    journal.close()
    assert len(list((tmp_path / "journal").glob("*.jnl"))) > 5

    journal = opened(tmp_path)
    assert [record.seq for record in journal.read(13)] == list(range(13, 100))
    journal.close()


def test_a_record_larger_than_a_segment_has_one_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "SEGMENT_BYTES", 500)
    large = b"x" * 2000
    journal = written(tmp_path, b"small", large, b"small", large)
    assert bodies(journal) == [b"small", large, b"small", large]
    journal.close()


def test_a_missing_segment_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "SEGMENT_BYTES", 500)
    written(tmp_path, *(b"%d" % number * 50 for number in range(30))).close()
    names = sorted((tmp_path / "journal").glob("*.jnl"))
    names[2].unlink()
    with pytest.raises(CorruptError, match=r"the segment ends before .* next begins at"):
        opened(tmp_path)


def test_a_journal_has_one_writer(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    with pytest.raises(LockedError, match="writes this journal; stop it first"):
        opened(tmp_path)
    journal.close()
    opened(tmp_path).close()


def test_a_journal_knows_its_keys(tmp_path: Path) -> None:
    written(tmp_path, b"hello").close()
    for path in (tmp_path / "keys").iterdir():
        path.unlink()
    with pytest.raises(CorruptError, match="written under another key ring"):
        opened(tmp_path)


def test_appends_go_on_while_another_thread_commits(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    done = threading.Event()

    def commit() -> None:
        while not done.is_set():
            assert journal.commit() < journal.next

    thread = threading.Thread(target=commit)
    thread.start()
    for number in range(5000):
        assert journal.append("event", b"%d" % number, day=DAY) == number
    done.set()
    thread.join()
    assert journal.commit() == 4999
    assert bodies(journal) == [b"%d" % number for number in range(5000)]
    journal.close()


def test_what_cannot_be_is_refused_and_leaves_no_trace(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    for kind in ("", "Event", "a b", "x" * 17, "é"):
        with pytest.raises(ValueError, match="is no kind of record"):
            journal.append(kind, b"", day=DAY)
    with pytest.raises(ValueError, match="a record holds"):
        journal.append("event", bytes(16 * 1024 * 1024 + 1), day=DAY)
    for day in (-1, 2**31):
        with pytest.raises(ValueError, match="a day is"):
            journal.append("event", b"", day=day)
    assert journal.commit() == -1
    journal.close()
    with pytest.raises(RefusedError, match="closed"):
        journal.append("event", b"", day=DAY)
    assert not list((tmp_path / "journal").glob("*.jnl"))


def test_a_writer_that_is_too_fast_is_slowed_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "MAX_PENDING", 1000)
    journal = opened(tmp_path)
    with pytest.raises(RefusedError, match="wait to be written; slow down"):  # noqa: PT012
        for _ in range(100):
            journal.append("event", b"x" * 100, day=DAY)
    taken = journal.next
    journal.commit()
    assert journal.append("event", b"again", day=DAY) == taken
    journal.close()


def test_keys_cannot_change_master_beneath_a_writer(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    with pytest.raises(LockedError, match="in use"):
        KeyRing.open(tmp_path / "keys").rotate()
    journal.close()
