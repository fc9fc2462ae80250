"""A ledger in a folder: read and sealed beside its writer, and only what was acknowledged is signed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from nospim.errors import UsageError
from nospim.ledger.folder import length, records, require, settled, writer
from nospim.ledger.seals import Seals
from nospim.ledger.signing import SigningKey

DAY = 20_500


def test_a_ledger_that_nobody_writes_is_read_whole(tmp_path: Path) -> None:
    journal = writer(tmp_path)
    for number in range(10):
        journal.append("event", b"%d" % number, day=DAY)
    journal.close()

    assert length(tmp_path) == settled(tmp_path) == 10
    assert [one.body for one in records(tmp_path, 7)] == [b"7", b"8", b"9"]


def test_beside_a_writer_only_what_is_surely_on_the_disk_is_signed(tmp_path: Path) -> None:
    journal = writer(tmp_path)
    key = SigningKey.generate()
    try:
        for number in range(30):
            journal.append("event", b"%d" % number, day=DAY)
            if number % 10 == 9:
                journal.commit()
        journal.append("event", b"waits", day=DAY)
        count = settled(tmp_path)
        assert 0 < count <= journal.durable == 30
        with Seals(tmp_path) as seals:
            seals.extend(records(tmp_path, 0, count))
            assert seals.seal(key, datetime.now(UTC), "standard").size == count
    finally:
        journal.close()

    with Seals(tmp_path) as seals:
        seals.extend(records(tmp_path, count))
        assert seals.tree.size == 31
        assert seals.audit(records(tmp_path), [key.fingerprint]).unsealed == 31 - count


def test_an_empty_journal_has_no_records(tmp_path: Path) -> None:
    writer(tmp_path).close()

    assert length(tmp_path) == settled(tmp_path) == 0
    assert list(records(tmp_path)) == []


def test_a_folder_without_a_ledger_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no ledger"):
        require(tmp_path)
