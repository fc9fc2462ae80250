"""Bounded maps: what they keep, what they forget, and that a mad clock cannot wedge them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nospim.memory import Generations, touch


def test_an_entry_in_use_is_never_forgotten() -> None:
    kept: Generations[str, int] = Generations(cap=3, span=100.0)
    kept.put("friend", 1)
    for n in range(50):
        kept.put(f"stranger {n}", n)
        assert kept.get("friend") == 1


def test_what_is_not_used_leaves_after_two_generations() -> None:
    kept: Generations[str, int] = Generations(cap=3, span=100.0)
    kept.put("once", 1)
    for n in range(6):
        kept.put(f"other {n}", n)
    assert kept.get("once") is None


def test_age_counts_in_event_time() -> None:
    kept: Generations[str, int] = Generations(cap=10, span=100.0, started=1000.0)
    kept.put("old", 1)
    kept.tick(1101.0)
    kept.tick(1150.0)
    assert len(kept) == 1
    kept.tick(1202.0)
    assert kept.get("old") is None


def test_a_clock_set_back_keeps_everything_and_goes_on() -> None:
    kept: Generations[str, int] = Generations(cap=10, span=100.0, started=5000.0)
    kept.put("a", 1)
    kept.tick(10.0)
    assert kept.get("a") == 1
    kept.tick(111.0)
    assert len(kept) == 1
    kept.tick(222.0)
    assert len(kept) == 0


@given(st.lists(st.integers(0, 40), max_size=300), st.integers(1, 8))
def test_it_never_holds_more_than_two_generations(keys: list[int], cap: int) -> None:
    kept: Generations[int, int] = Generations(cap=cap, span=1e9)
    for key in keys:
        if kept.get(key) is None:
            kept.put(key, key)
        assert len(kept) <= 2 * cap
        assert kept.get(key) == key


@given(st.lists(st.integers(0, 20), max_size=100), st.integers(1, 6))
def test_touch_keeps_the_newest(keys: list[int], cap: int) -> None:
    entries: dict[int, None] = {}
    for key in keys:
        touch(entries, key, None, cap)
    expected: list[int] = []
    for key in reversed(keys):
        if key not in expected:
            expected.append(key)
    assert list(reversed(entries)) == expected[:cap]
