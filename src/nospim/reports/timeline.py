"""The picture of what each campaign sent, day by day: one strip of bars a campaign, all on one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from nospim.findings import Campaign, Day
from nospim.reports import words

LEFT: Final = 150
PLOT: Final = 640
RIGHT: Final = 170
STRIP: Final = 62
"""Height of one campaign's strip; its bars rise at most `BAR`."""
BAR: Final = 40
TOP: Final = 10
FOOT: Final = 30
MAX_BARS: Final = 64
"""Bars in a strip; past it days are added up in wider bars, which ten units a bar keep readable."""
MAX_WIDTH: Final = 64
_MAX_TICKS: Final = 8


class Bar(Struct, frozen=True, kw_only=True):
    """One bar: `stopped` drawn from the ground, `passed` on top of it; heights in units of the picture."""

    x: float
    width: float
    stopped: int
    passed: int
    stopped_height: float
    passed_height: float
    base: int
    when: str
    title: str


class Strip(Struct, frozen=True, kw_only=True):
    """One campaign's row of bars."""

    label: str
    anchor: str
    messages: int
    stopped: int
    peak: int
    base: int
    bars: tuple[Bar, ...]


class Tick(Struct, frozen=True, kw_only=True):
    """A label under the axis."""

    x: float
    label: str


class Timeline(Struct, frozen=True, kw_only=True):
    """The whole picture; each bar is `every` days wide."""

    strips: tuple[Strip, ...]
    ticks: tuple[Tick, ...]
    every: int
    width: int
    height: int
    left: int
    right: int


def draw(campaigns: Sequence[tuple[str, str, Campaign]]) -> Timeline | None:
    """The strips of campaigns, given with a label and an anchor each; None when no campaign has days."""
    dated = [(label, anchor, campaign) for label, anchor, campaign in campaigns if campaign.days]
    if not dated:
        return None
    days = [date.fromisoformat(day.day) for _, _, campaign in dated for day in campaign.days]
    first, last = min(days), max(days)
    every = -(-((last - first).days + 1) // MAX_BARS)
    bars = (last - first).days // every + 1
    width = min(PLOT / bars, MAX_WIDTH)
    strips = tuple(
        _strip(label, anchor, campaign.days, TOP + STRIP * (index + 1) - 8, (first, every, width))
        for index, (label, anchor, campaign) in enumerate(dated)
    )
    return Timeline(
        strips=strips,
        ticks=_ticks(first, bars, every, width),
        every=every,
        width=LEFT + PLOT + RIGHT,
        height=TOP + STRIP * len(strips) + FOOT,
        left=LEFT,
        right=LEFT + round(bars * width),
    )


def _strip(label: str, anchor: str, days: Sequence[Day], base: int, axis: tuple[date, int, float]) -> Strip:
    first, every, width = axis
    sums: dict[int, tuple[int, int]] = {}
    for day in days:
        slot = (date.fromisoformat(day.day) - first).days // every
        sent, stopped = sums.get(slot, (0, 0))
        sums[slot] = (sent + day.messages, stopped + day.stopped)
    peak = max(sent for sent, _ in sums.values())
    scale = BAR / peak if peak else 0.0
    bars = []
    for slot in sorted(sums):
        sent, stopped = sums[slot]
        if sent <= 0:
            continue
        when = _when(first + timedelta(days=slot * every), every)
        bars.append(
            Bar(
                x=round(LEFT + slot * width + width * 0.12, 1),
                width=round(width * 0.76, 1),
                stopped=stopped,
                passed=max(0, sent - stopped),
                stopped_height=_height(stopped, scale),
                passed_height=_height(max(0, sent - stopped), scale),
                base=base,
                when=when,
                title=f"{when}: {words.count(sent, 'message')}, {words.number(stopped)} held or blocked",
            )
        )
    return Strip(
        label=label,
        anchor=anchor,
        messages=sum(sent for sent, _ in sums.values()),
        stopped=sum(stopped for _, stopped in sums.values()),
        peak=peak,
        base=base,
        bars=tuple(bars),
    )


def _height(messages: int, scale: float) -> float:
    """The height of a number of messages: nothing for none, and at least a visible line for some."""
    return round(max(1.5, messages * scale), 1) if messages else 0.0


def _when(start: date, every: int) -> str:
    return words.day(start) if every == 1 else f"{every} days from {words.day(start)}"


def _ticks(first: date, bars: int, every: int, width: float) -> tuple[Tick, ...]:
    stride = max(1, -(-bars // _MAX_TICKS))
    while stride * width < 56 and stride < bars:
        stride += 1
    return tuple(
        Tick(
            x=round(LEFT + (slot + 0.5) * width, 1),
            label=words.short_day(first + timedelta(days=slot * every)),
        )
        for slot in range(0, bars, stride)
    )
