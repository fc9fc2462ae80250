"""Round moments under a picture, where time may be stretched."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from nospim.reports import words

_TICKS: Final = tuple(
    timedelta(minutes=minutes)
    for minutes in (
        *(1, 5, 10, 30, 60, 180, 360, 720),
        *(1440 * days for days in (1, 2, 7, 14, 30, 91, 365, 1095, 3650)),
    )
)
_MAX_TICKS: Final = 7
_TICK_ROOM: Final = 64


class Tick(Struct, frozen=True, kw_only=True):
    """A line of the time axis."""

    x: int
    label: str


def ticks(times: Sequence[datetime], places: Sequence[int]) -> tuple[Tick, ...]:
    """Round moments between the first and the last of `times`, set where those around them stand.

    times, places: moments and where they stand from left to right, rising together.
    """
    points = sorted({words.utc(at): place for at, place in sorted(zip(times, places, strict=True))}.items())
    known = [at for at, _ in points]
    span = known[-1] - known[0]
    every = next((tick for tick in _TICKS if span <= tick * _MAX_TICKS), _TICKS[-1])
    midnight = known[0].replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight + every * -(-(known[0] - midnight) // every)
    found: list[Tick] = []
    while at <= known[-1]:
        right = min(bisect_right(known, at), len(points) - 1)
        (t0, x0), (t1, x1) = points[max(0, right - 1)], points[right]
        x = x1 if t1 <= t0 or at >= t1 else x0 + round((x1 - x0) * ((at - t0) / (t1 - t0)))
        if not found or x - found[-1].x >= _TICK_ROOM:
            whole = at.hour == 0 and at.minute == 0
            found.append(Tick(x=x, label=words.short_day(at.date()) if whole else f"{at:%H:%M}"))
        at += every
    return tuple(found)
