"""The outbreak: every account is in one dot, inside the picture."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

import report_sample as sample
from hypothesis import given
from hypothesis import strategies as st

from nospim.findings import Infection
from nospim.reports.curve import HIGHEST, LAST, LEAST, Curve, draw


def taken(minutes: list[int]) -> list[Infection]:
    """Accounts taken at these minutes, each by the one before it."""
    return [
        Infection(
            account=f"u{n}",
            infected_by=f"u{n - 1}" if n else None,
            via=None,
            at=sample.START + timedelta(minutes=at),
        )
        for n, at in enumerate(sorted(minutes))
    ]


def dots(drawn: Curve) -> list[tuple[float, float]]:
    paths = "".join(generation.path for generation in drawn.generations)
    return [(float(x), float(y)) for x, y in re.findall(r"M([\d.]+) ([\d.]+)h0", paths)]


def test_a_small_outbreak_needs_no_curve() -> None:
    assert draw(taken(list(range(LEAST - 1)))) is None
    assert draw([]) is None


def test_generations_are_told_apart_up_to_the_last() -> None:
    drawn = draw(taken(list(range(20))))

    assert drawn is not None
    assert [(g.number, g.accounts) for g in drawn.generations] == [
        (0, 1),
        (1, 1),
        (2, 1),
        (3, 1),
        (4, 1),
        (LAST, 15),
    ]


def test_many_at_once_share_a_dot() -> None:
    drawn = draw(taken([0] * 300 + [60]))

    assert drawn is not None
    assert drawn.each == 12
    assert len(dots(drawn)) == 26


@given(st.lists(st.integers(0, 5) | st.integers(0, 100_000), min_size=LEAST, max_size=400))
def test_every_account_is_in_a_dot_and_every_dot_in_the_picture(minutes: list[int]) -> None:
    drawn = draw(taken(minutes))

    assert drawn is not None
    assert sum(generation.accounts for generation in drawn.generations) == len(minutes)
    places = dots(drawn)
    assert len(set(places)) == len(places)
    assert len(minutes) / drawn.each <= len(places) <= len(minutes)
    assert all(3 <= x <= drawn.width - 3 and 3 <= y <= drawn.height for x, y in places)
    assert max(Counter(x for x, _ in places).values()) <= HIGHEST
