"""Snapshots of memory: the newest whole one counts, and formats go one step up and one step down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ledger_rooms import DAY

from nospim.engine import Engine
from nospim.ledger import KeyRing, RefusedError, Retention, Scope
from nospim.ledger.migrate import Migrations, Step
from nospim.ledger.snapshot import Snapshots, expire_snapshots

SAME = Migrations(current=1)


def room(tmp_path: Path, migrations: Migrations = SAME) -> Snapshots:
    return Snapshots(tmp_path / "snapshots", KeyRing.open(tmp_path / "keys"), migrations)


def test_the_newest_is_found_and_two_are_kept(tmp_path: Path) -> None:
    snapshots = room(tmp_path)
    assert snapshots.newest(within=0).snapshot is None
    for seq in (10, 20, 30):
        snapshots.save(b"state %d" % seq, seq=seq, day=DAY)
    found = room(tmp_path).newest(within=30)
    assert found.snapshot is not None
    assert (found.snapshot.seq, found.snapshot.day, found.snapshot.state) == (30, DAY, b"state 30")
    assert found.passed_over == ()
    assert len(list((tmp_path / "snapshots").iterdir())) == 2


def test_an_engine_goes_on_from_a_snapshot(tmp_path: Path) -> None:
    engine = Engine()
    room(tmp_path).save(engine.save(), seq=0, day=DAY)
    found = room(tmp_path).newest(within=0).snapshot
    assert found is not None
    assert Engine(saved=found.state).save() == engine.save()


def test_a_damaged_one_is_passed_over_with_a_message(tmp_path: Path) -> None:
    snapshots = room(tmp_path)
    snapshots.save(b"old", seq=1, day=DAY)
    path = snapshots.save(b"new" * 50, seq=2, day=DAY)
    whole = path.read_bytes()
    for place in range(len(whole)):
        for data in (whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :], whole[:place]):
            path.write_bytes(data)
            found = snapshots.newest(within=9)
            assert found.snapshot is not None
            assert found.snapshot.state == b"old"
            assert len(found.passed_over) == 1
            assert str(path) in found.passed_over[0]


def test_a_snapshot_of_more_than_the_journal_has_is_passed_over(tmp_path: Path) -> None:
    snapshots = room(tmp_path)
    snapshots.save(b"state", seq=5, day=DAY)
    found = snapshots.newest(within=4)
    assert found.snapshot is None
    assert "stands for 5 records, and the journal has 4" in found.passed_over[0]


def test_erasure_reaches_snapshots_and_their_copies(tmp_path: Path) -> None:
    snapshots = room(tmp_path)
    path = snapshots.save(b"state", seq=1, day=DAY)
    copy = path.read_bytes()
    KeyRing.open(tmp_path / "keys").destroy([Scope(Retention.RISK, DAY)], on=DAY + 180)
    path.write_bytes(copy)  # somebody brings it back
    found = room(tmp_path).newest(within=9)
    assert found.snapshot is None
    assert "the key of its day was destroyed" in found.passed_over[0]


def test_old_snapshots_are_removed(tmp_path: Path) -> None:
    snapshots = room(tmp_path)
    old = snapshots.save(b"state", seq=1, day=DAY)
    new = snapshots.save(b"state", seq=2, day=DAY + 100)
    keys = KeyRing.open(tmp_path / "keys")
    assert expire_snapshots(tmp_path / "snapshots", keys, DAY + 179, 180) == ()
    assert expire_snapshots(tmp_path / "snapshots", keys, DAY + 180, 180) == (old,)
    assert not old.exists()
    assert new.exists()


def test_a_full_disk_leaves_the_old_snapshots(tmp_path: Path) -> None:
    snapshots = room(tmp_path)
    snapshots.save(b"state", seq=1, day=DAY)
    (tmp_path / "snapshots" / f"{2:020d}.snap.new").mkdir()  # whatever stands in the way of the new file
    with pytest.raises(RefusedError, match="cannot be written"):
        snapshots.save(b"state", seq=2, day=DAY)
    found = snapshots.newest(within=9).snapshot
    assert found is not None
    assert found.seq == 1


def add_colour(data: bytes) -> bytes:
    """Format 2 knows a colour."""
    return json.dumps({**json.loads(data), "colour": "none"}).encode()


def drop_colour(data: bytes) -> bytes:
    """Format 1 does not."""
    return json.dumps({key: value for key, value in json.loads(data).items() if key != "colour"}).encode()


OLD = Migrations(current=1)
NEW = Migrations(current=2, steps={1: Step(up=add_colour, down=drop_colour)})


def test_a_new_program_reads_what_the_old_one_saved(tmp_path: Path) -> None:
    room(tmp_path, OLD).save(b'{"name": "a"}', seq=1, day=DAY)
    found = room(tmp_path, NEW).newest(within=9).snapshot
    assert found is not None
    assert json.loads(found.state) == {"name": "a", "colour": "none"}
    assert found.version == 1


def test_a_new_program_saves_for_the_old_one(tmp_path: Path) -> None:
    room(tmp_path, NEW).save(b'{"name": "a", "colour": "red"}', seq=1, day=DAY, version=1)
    found = room(tmp_path, OLD).newest(within=9).snapshot
    assert found is not None
    assert json.loads(found.state) == {"name": "a"}


def test_an_old_program_passes_over_what_it_does_not_know(tmp_path: Path) -> None:
    room(tmp_path, OLD).save(b'{"name": "a"}', seq=1, day=DAY)
    room(tmp_path, NEW).save(b'{"name": "b", "colour": "red"}', seq=2, day=DAY)
    found = room(tmp_path, OLD).newest(within=9)
    assert found.snapshot is not None
    assert found.snapshot.seq == 1
    assert "its state has format 2, this program reads 1" in found.passed_over[0]


def test_two_steps_go_both_ways_in_order() -> None:
    table = Migrations(
        current=3,
        steps={
            1: Step(up=lambda data: data + b"2", down=lambda data: data.removesuffix(b"2")),
            2: Step(up=lambda data: data + b"3", down=lambda data: data.removesuffix(b"3")),
        },
    )
    assert table.bring(b"1", 1) == b"123"
    assert table.bring(b"123", 3, 1) == b"1"
    assert not table.reads(4)
    with pytest.raises(ValueError, match="no step is known between the formats 3 and 4"):
        table.bring(b"", 4)
