"""A sealed ledger on disk: it grows, is sealed again, and whatever somebody changes is found."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from nospim.ledger.merkle import leaf_hash
from nospim.ledger.proofs import inclusion_proof, verify_inclusion
from nospim.ledger.seals import Seals, read_statements
from nospim.ledger.signing import SealError, SigningKey

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY, OTHER = SigningKey.generate(), SigningKey.generate()


class Record(Struct, frozen=True):
    seq: int
    leaf: bytes
    salt: bytes | None
    body: bytes | None


def record(seq: int, text: str = "") -> Record:
    salt, body = bytes([seq % 256]) * 16, (text or f"event {seq}").encode()
    return Record(seq, leaf_hash(salt + body), salt, body)


def records(count: int, first: int = 0) -> list[Record]:
    return [record(seq) for seq in range(first, count)]


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A ledger of 700 records, sealed at 300 and at 700."""
    with Seals(tmp_path / "ledger") as seals:
        seals.extend(records(300))
        seals.seal(KEY, AT, "standard")
        seals.extend(records(700, 300))
        seals.seal(KEY, AT, "standard")
    return tmp_path / "ledger"


def test_a_sealed_ledger_passes_its_audit(ledger: Path) -> None:
    with Seals(ledger) as seals:
        audit = seals.audit(records(700), [KEY.fingerprint])

    assert audit.chain.origin_proved
    assert [head.size for head in audit.chain.heads] == [300, 700]
    assert (audit.size, audit.opened, audit.destroyed, audit.unsealed) == (700, 700, 0, 0)


def test_a_record_proves_itself_against_a_head(ledger: Path) -> None:
    with Seals(ledger) as seals:
        head = seals.chain().heads[-1]
        path = inclusion_proof(seals.tree, 123, head.size)

    verify_inclusion(bytes.fromhex(head.root), head.size, 123, record(123).leaf, path)


def test_content_that_was_erased_by_its_key_leaves_the_ledger_whole(ledger: Path) -> None:
    erased = [replace(r, salt=None, body=None) if r.seq < 50 else r for r in records(700)]
    with Seals(ledger) as seals:
        audit = seals.audit(erased)

    assert (audit.opened, audit.destroyed) == (650, 50)


@pytest.mark.parametrize(
    ("why", "changed"),
    [
        ("content of record 9 was changed", [*records(9), replace(record(9), body=b"x"), *records(700, 10)]),
        ("record 9 of the journal is not the one", [*records(9), record(9, "x"), *records(700, 10)]),
        ("record 9 of the journal is followed by number 10", [*records(9), *records(700, 10)]),
        ("record 10 of the journal is followed by number 9", [*records(10), *records(700, 9)]),
        ("ends at 699", records(699)),
        ("record 700 of the journal is not the one", records(701)),
    ],
)
def test_a_journal_that_is_not_the_sealed_one_is_found(ledger: Path, why: str, changed: list[Record]) -> None:
    with Seals(ledger) as seals, pytest.raises(SealError, match=why):
        seals.audit(changed)


def test_a_tree_made_from_other_records_does_not_fit_the_heads(ledger: Path) -> None:
    shutil.rmtree(ledger / "tree")
    with Seals(ledger) as seals:
        seals.extend([*records(9), record(9, "x"), *records(700, 10)])
        with pytest.raises(SealError, match="not those that head 0 signed"):
            seals.chain()
        with pytest.raises(SealError, match="not those that head 0 signed"):
            seals.seal(KEY, AT, "standard")


def test_a_lost_tree_is_made_again_from_the_journal(ledger: Path) -> None:
    shutil.rmtree(ledger / "tree")
    with Seals(ledger) as seals:
        with pytest.raises(SealError, match="head 0 has 300 records, the journal 0"):
            seals.chain()
        seals.extend(records(700))
        assert seals.audit(records(700)).size == 700


def test_nobody_seals_with_another_key_unless_the_change_is_recorded(ledger: Path) -> None:
    with Seals(ledger) as seals:
        with pytest.raises(SealError, match="another key than the one in force"):
            seals.seal(OTHER, AT, "standard")
        seals.change_key(OTHER, KEY, AT)
        seals.seal(OTHER, AT, "standard")
        seals.change_key(KEY, None, AT, "stolen")
    with Seals(ledger) as seals:
        chain = seals.chain([KEY.fingerprint])

    assert len(chain.links) == 5
    assert chain.origin_proved


def test_a_ledger_that_grew_since_its_last_head_says_by_how_much(ledger: Path) -> None:
    with Seals(ledger) as seals:
        seals.extend(records(710, 700))
        assert seals.audit(records(710)).unsealed == 10


def test_the_journal_is_taken_in_without_gaps(tmp_path: Path) -> None:
    with Seals(tmp_path) as seals, pytest.raises(SealError, match="record 0 of the journal"):
        seals.extend(records(5, 1))


def test_stamps_stand_beside_their_statement(ledger: Path) -> None:
    with Seals(ledger) as seals:
        seals.keep_stamp(1, b"first")
        seals.keep_stamp(1, b"renewed")

    assert read_statements(ledger / "heads")[1] == [[], [b"first", b"renewed"]]


def test_a_missing_statement_or_stamp_is_found(ledger: Path) -> None:
    with Seals(ledger) as seals:
        seals.keep_stamp(1, b"first")
        seals.keep_stamp(1, b"renewed")
    (ledger / "heads" / "000000001.1.tsr").unlink()
    with pytest.raises(SealError, match="time-stamp of statement 1 is missing"):
        read_statements(ledger / "heads")
    (ledger / "heads" / "000000000.json").unlink()
    with pytest.raises(SealError, match="statement is missing"):
        read_statements(ledger / "heads")


def test_a_file_that_does_not_belong_is_told_and_one_that_a_crash_left_is_passed_over(ledger: Path) -> None:
    (ledger / "heads" / ".000000002.json").write_bytes(b"half")
    assert len(read_statements(ledger / "heads")[0]) == 2
    with Seals(ledger) as seals:
        seals.seal(KEY, AT, "standard")
    (ledger / "heads" / "notes.txt").write_bytes(b"x")
    with pytest.raises(SealError, match="does not belong"):
        read_statements(ledger / "heads")
