"""The guard's clock: follows the stream, ignores the liar."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nospim.memory import Clock


def run(times: list[float]) -> list[float]:
    clock = Clock()
    return [clock.observe(t) for t in times]


def test_one_event_from_2099_moves_nothing() -> None:
    seen = run([float(t) for t in range(100, 120)] + [4.07e9] + [float(t) for t in range(120, 130)])
    assert max(seen) <= 130.0


def test_a_stream_that_jumps_is_followed_within_five_events() -> None:
    seen = run([float(t) for t in range(20)] + [1e6 + t for t in range(5)])
    assert seen[-1] >= 1e6


def test_it_comes_back_from_a_clock_that_ran_ahead() -> None:
    seen = run([1e9 + t for t in range(20)] + [100.0 + t for t in range(5)])
    assert seen[-1] < 200.0


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=60))
def test_it_is_always_a_time_that_was_seen(times: list[float]) -> None:
    for shown, upto in zip(run(times), range(1, len(times) + 1), strict=True):
        assert shown in times[:upto]
