"""Retention: what is due goes, once, with a trace; the leaves stay, and holds are respected."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledger_rooms import DAY, bodies, opened

from nospim.errors import UsageError
from nospim.ledger import Journal, KeyRing
from nospim.ledger.holds import Holds
from nospim.ledger.merkle import Leaves, root
from nospim.ledger.migrate import Migrations
from nospim.ledger.retention import Erasure, RetentionPolicy, check_erased, due, expire, parse_erasure, prove
from nospim.ledger.snapshot import Snapshots

POLICY = RetentionPolicy()


def room(tmp_path: Path) -> tuple[Journal, Path]:
    journal = opened(tmp_path)
    for day in (DAY, DAY + 1):
        journal.append("event", b"words of %d" % day, day=day)
        journal.append("verdict", b"verdict of %d" % day, day=day)
        journal.append("unheard-of", b"counts as words", day=day)
    journal.commit()
    snapshots = tmp_path / "snapshots"
    Snapshots(snapshots, journal.keys, Migrations(current=1)).save(b"memory", seq=6, day=DAY)
    return journal, snapshots


def told(journal: Journal) -> list[str]:
    """The scopes whose erasure the journal tells of."""
    bodies = [record.body for record in journal.read() if record.kind == "erasure"]
    return [name for body in bodies if body is not None for name in parse_erasure(body).scopes]


def test_the_defaults_are_thirty_and_a_hundred_and_eighty_days() -> None:
    assert (POLICY.content, POLICY.risk) == (30, 180)


@pytest.mark.parametrize("values", [(0, 180), (30, 0), (-1, 180), (30, 36_526), (31, 30)])
def test_a_policy_that_makes_no_sense_is_refused(values: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="retention"):
        RetentionPolicy(content=values[0], risk=values[1])


def test_nothing_is_due_a_day_early(tmp_path: Path) -> None:
    journal, snapshots = room(tmp_path)
    assert due(journal.keys, POLICY, DAY + 29) == ()
    assert expire(journal, POLICY, today=DAY + 29, snapshots=snapshots) == Erasure(on=DAY + 29)
    assert journal.next == 6
    journal.close()


def test_words_go_first_and_conclusions_later(tmp_path: Path) -> None:
    journal, snapshots = room(tmp_path)
    done = expire(journal, POLICY, today=DAY + 30, snapshots=snapshots)
    assert done.scopes == (f"content/{DAY}",)
    assert bodies(journal)[:3] == [None, b"verdict of 20000", None]
    assert bodies(journal)[3:6] == [b"words of 20001", b"verdict of 20001", b"counts as words"]

    done = expire(journal, POLICY, today=DAY + 180, snapshots=snapshots)
    assert done.scopes == (f"content/{DAY + 1}", f"risk/{DAY}")
    assert done.snapshots == (f"{6:020d}.snap",)
    assert bodies(journal)[:6] == [None, None, None, None, b"verdict of 20001", None]
    journal.close()


def test_doing_it_twice_does_nothing_the_second_time(tmp_path: Path) -> None:
    journal, snapshots = room(tmp_path)
    first = expire(journal, POLICY, today=DAY + 30, snapshots=snapshots)
    length = journal.next
    second = expire(journal, POLICY, today=DAY + 30, snapshots=snapshots)
    assert first.seq == 6
    assert second == Erasure(on=DAY + 30)
    assert journal.next == length
    journal.close()


def test_what_was_left_half_done_is_told_by_the_next_run(tmp_path: Path) -> None:
    journal, snapshots = room(tmp_path)
    journal.keys.destroy(due(journal.keys, POLICY, DAY + 30), on=DAY + 30)  # and here the machine stops
    done = expire(journal, POLICY, today=DAY + 30, snapshots=snapshots)
    assert done.scopes == (f"content/{DAY}",)
    assert told(journal) == [f"content/{DAY}"]
    journal.close()


def test_the_log_still_verifies(tmp_path: Path) -> None:
    journal, snapshots = room(tmp_path)
    leaves = [record.leaf for record in journal.read()]
    before = prove(journal)
    expire(journal, POLICY, today=DAY + 400, snapshots=snapshots)
    after = prove(journal, before.records)
    check_erased(before, after)
    assert (before.erased, after.erased) == (0, 6)
    assert root(Leaves(record.leaf for record in journal.read()), 6) == root(Leaves(leaves), 6)
    journal.close()


def test_a_hold_is_respected_and_ends(tmp_path: Path) -> None:
    journal, snapshots = room(tmp_path)
    lure = next(journal.read())
    Holds(journal.keys).hold("case", [lure], until=DAY + 180)
    expire(journal, POLICY, today=DAY + 60, snapshots=snapshots)
    assert bodies(journal)[0] == b"words of 20000"
    assert prove(journal).held == 1

    done = expire(journal, POLICY, today=DAY + 181, snapshots=snapshots)
    assert done.cases == ("case",)
    assert bodies(journal)[0] is None
    journal.close()


def test_a_case_given_more_time_by_another_process_keeps_it(tmp_path: Path) -> None:
    journal, _ = room(tmp_path)
    lure = next(journal.read())
    Holds(journal.keys).hold("case", [lure], until=DAY + 40)
    Holds(KeyRing.open(tmp_path / "keys")).hold("case", [lure], until=DAY + 400)
    expire(journal, POLICY, today=DAY + 60)
    assert bodies(journal)[0] == lure.body
    journal.close()


def test_erasures_themselves_are_kept(tmp_path: Path) -> None:
    journal, snapshots = room(tmp_path)
    expire(journal, POLICY, today=DAY + 30, snapshots=snapshots)
    expire(journal, POLICY, today=DAY + 1000, snapshots=snapshots)
    expire(journal, POLICY, today=DAY + 3000, snapshots=snapshots)
    assert set(told(journal)) == set(map(str, journal.keys.destroyed()))
    journal.close()


def test_cut_bytes_that_were_kept_aside_go_too(tmp_path: Path) -> None:
    journal, snapshots = room(tmp_path)
    aside = journal.folder / "00000000000000000000.jnl.9.torn"
    aside.write_bytes(b"whatever")
    today = int(aside.stat().st_mtime // 86400)
    expire(journal, POLICY, today=today + 29, snapshots=snapshots)
    assert aside.exists()
    done = expire(journal, POLICY, today=today + 30, snapshots=snapshots)
    assert done.torn == (aside.name,)
    assert not aside.exists()
    journal.close()
