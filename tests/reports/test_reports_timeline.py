"""The timeline: every message of every day is in one bar, inside the picture."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import report_sample as sample
from hypothesis import given
from hypothesis import strategies as st

from nospim.findings import Campaign, Day
from nospim.reports.timeline import BAR, LEFT, MAX_BARS, PLOT, draw

DAYS = st.lists(
    st.tuples(st.integers(0, 900), st.integers(0, 10_000), st.integers(0, 10_000)),
    min_size=1,
    max_size=40,
    unique_by=lambda day: day[0],
)


def over(days: list[tuple[int, int, int]]) -> Campaign:
    """A campaign with messages and stopped messages on days after the first."""
    rows = tuple(
        Day(
            day=(date(2026, 3, 3) + timedelta(days=offset)).isoformat(),
            messages=messages,
            stopped=min(messages, stopped),
            new_accounts=0,
            reproduction=None,
        )
        for offset, messages, stopped in days
    )
    return msgspec.structs.replace(sample.campaign(3, 3, 0), days=rows)


def test_days_become_bars() -> None:
    drawn = draw([("Campaign 1", "campaign-1", over([(0, 10, 4), (2, 5, 5)]))])

    assert drawn is not None
    assert [(bar.when, bar.stopped, bar.passed) for bar in drawn.strips[0].bars] == [
        ("3 March 2026", 4, 6),
        ("5 March 2026", 5, 0),
    ]
    assert [tick.label for tick in drawn.ticks] == ["3 Mar", "4 Mar", "5 Mar"]


def test_a_long_time_is_added_up_in_wider_bars() -> None:
    drawn = draw([("Campaign 1", "campaign-1", over([(n, 1, 0) for n in range(150)]))])

    assert drawn is not None
    assert drawn.every == 3
    assert {bar.passed for bar in drawn.strips[0].bars} == {3}
    assert drawn.strips[0].bars[1].when == "3 days from 6 March 2026"


def test_campaigns_without_days_are_left_out() -> None:
    assert draw([("Campaign 1", "campaign-1", msgspec.structs.replace(over([(0, 1, 1)]), days=()))]) is None
    assert draw([]) is None


@given(st.lists(DAYS, min_size=1, max_size=4))
def test_no_message_is_lost_and_no_bar_leaves_the_picture(several: list[list[tuple[int, int, int]]]) -> None:
    campaigns = [over(days) for days in several]

    drawn = draw([(f"Campaign {n}", f"campaign-{n}", campaign) for n, campaign in enumerate(campaigns)])

    assert drawn is not None
    for strip, campaign in zip(drawn.strips, campaigns, strict=True):
        assert sum(bar.stopped + bar.passed for bar in strip.bars) == sum(d.messages for d in campaign.days)
        assert sum(bar.stopped for bar in strip.bars) == strip.stopped
        assert len(strip.bars) <= MAX_BARS
        for bar in strip.bars:
            assert LEFT <= bar.x <= bar.x + bar.width <= LEFT + PLOT
            assert 0 < bar.stopped_height + bar.passed_height <= BAR + 3
            assert bar.base - bar.stopped_height - bar.passed_height - 1 >= strip.base - BAR - 4 > 0
