"""Intervals, against values from published tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.quality.intervals import Interval, poisson, poisson_cdf, poisson_upper, wilson


@pytest.mark.parametrize(
    ("seen", "low", "high"),
    [
        (0, 0.0, 3.6889),
        (1, 0.0253, 5.5716),
        (5, 1.6235, 11.6683),
        (10, 4.7954, 18.3904),
        (100, 81.3640, 121.6268),
    ],
)
def test_poisson_limits_are_garwoods(seen: int, low: float, high: float) -> None:
    found = poisson(seen)
    assert found.low == pytest.approx(low, abs=5e-4)
    assert found.high == pytest.approx(high, abs=5e-4)


@pytest.mark.parametrize(("seen", "upper"), [(0, 2.9957), (1, 4.7439), (3, 7.7537), (10, 16.9622)])
def test_one_sided_poisson_limit(seen: int, upper: float) -> None:
    assert poisson_upper(seen) == pytest.approx(upper, abs=5e-4)


def test_wilson_is_newcombes_worked_example() -> None:
    # Newcombe 1998, table I: 81 of 263
    found = wilson(81, 263)
    assert found.low == pytest.approx(0.2553, abs=5e-5)
    assert found.high == pytest.approx(0.3662, abs=5e-5)


def test_wilson_of_nothing_says_nothing() -> None:
    assert wilson(0, 0) == Interval(0.0, 1.0)


@given(st.integers(0, 400), st.integers(0, 400))
def test_wilson_holds_the_share_and_stays_within_zero_and_one(seen: int, more: int) -> None:
    found = wilson(seen, seen + more)
    share = seen / (seen + more) if seen + more else 0.5
    assert 0.0 <= found.low <= share <= found.high <= 1.0


@given(st.integers(0, 300))
def test_at_the_upper_limit_as_few_are_seen_once_in_twenty(seen: int) -> None:
    assert poisson_cdf(seen, poisson_upper(seen)) == pytest.approx(0.05, abs=1e-9)


@pytest.mark.parametrize(("seen", "of"), [(-1, 4), (5, 4)])
def test_a_share_above_one_is_refused(seen: int, of: int) -> None:
    with pytest.raises(ValueError, match="not a share"):
        wilson(seen, of)
