"""The guard's clock: event time, taken so that no single late or mad event can move it."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

WINDOW: Final = 9
"""Events whose median is the time.  Four of nine may lie; an event stream lags by at most four events."""


class Clock(Struct):
    """The median of the last `WINDOW` event times, in seconds since the epoch.

    A median follows a stream that really jumps, forwards or back, after five events, and ignores a
    single event dated 1970 or 2099.
    """

    times: list[float] = []
    now: float = 0.0

    @property
    def latest(self) -> float:
        """The latest of the times that are looked at: it may be a lie, but nothing recent is later."""
        return max(self.times, default=0.0)

    def observe(self, at: float) -> float:
        """Take note of one event's time and return the clock."""
        times = self.times
        times.append(at)
        if len(times) > WINDOW:
            del times[0]
        self.now = sorted(times)[len(times) // 2]
        return self.now
