"""An attack cut back to what the guard would have left of it."""

from __future__ import annotations

import pytest

from nospim.quality.containment import Containment, Entry, LureSent, contained


def chain(length: int) -> tuple[list[Entry], list[LureSent]]:
    """a0 infects a1 infects a2...: each sends ten lures a second apart, and the fifth takes the next."""
    entries, lures = [], []
    for n in range(length):
        start = 1000.0 * n
        source, via = (None, None) if n == 0 else (f"a{n - 1}", f"m{n - 1}-4")
        entries.append(Entry(f"a{n}", "k", start, source, via))
        lures += [LureSent(f"m{n}-{i}", f"a{n}", "k", start + 10 + i, delivered=True) for i in range(10)]
    return entries, lures


def stopped(lures: list[LureSent], *ids: str) -> list[LureSent]:
    return [LureSent(x.id, x.account, x.campaign, x.at, x.delivered and x.id not in ids) for x in lures]


def test_without_a_guard_nothing_is_cut() -> None:
    found = contained(*chain(5), locks=[])
    assert (found.taken, found.taken_with) == (5, 5)
    assert found.reproduction == found.reproduction_with == pytest.approx(0.8)
    assert found.delivered == (10, 10, 10, 10, 10)


def test_a_stopped_lure_takes_nobody_and_all_behind_it_is_gone() -> None:
    entries, lures = chain(5)
    found = contained(entries, stopped(lures, "m1-4"), locks=[])
    assert found.taken_with == 2
    assert found.reproduction_with == 0.5
    assert found.delivered == (9, 10)


def test_a_lock_silences_after_its_delay() -> None:
    entries, lures = chain(3)
    found = contained(entries, lures, locks=[("a0", 11.0)], delay=1.5)
    assert found.taken_with == 1
    assert found.delivered == (3,)
    late = contained(entries, lures, locks=[("a0", 11.0)], delay=60.0)
    assert late.taken_with == 3


def test_a_lock_of_an_earlier_taking_does_not_silence_a_later_one() -> None:
    entries, lures = chain(2)
    found = contained(entries, lures, locks=[("a0", -500.0)], delay=0.0)
    assert found.taken_with == 2


def test_who_fell_to_an_unknown_lure_fell_to_any_that_arrived() -> None:
    entries, lures = chain(2)
    blind = [entries[0], Entry("a1", "k", 1000.0, "a0", None)]
    assert contained(blind, lures, locks=[]).taken_with == 2
    none = [LureSent(x.id, x.account, x.campaign, x.at, delivered=False) for x in lures]
    assert contained(blind, none, locks=[]).taken_with == 1


def test_quantiles_of_nothing_are_nothing() -> None:
    assert Containment(0, 0, 0.0, 0.0, 0, ()).p95 == 0
    assert Containment(3, 3, 0.0, 0.0, 9, (0, 1, 8)).median == 1
