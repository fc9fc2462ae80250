"""The circuit breaker on enforcement: how much is enforced in a minute, and when that is too much.

Pure: time is passed in.  The pattern is the circuit breaker of Nygard, "Release It!" (2007): once it has
tripped, nothing is enforced until a person has looked.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

WINDOW: Final = 60
"""Seconds that the budget is counted over, in buckets of one second."""


class Breaker(Struct, kw_only=True):
    """Counts messages and enforcements of the last minute against a budget.

    tripped: when it tripped, in seconds since the epoch; None while all is well.  trips: how often so far.
    """

    messages: dict[int, int] = {}
    enforced: dict[int, int] = {}
    seen: int = 0
    used: int = 0
    tripped: float | None = None
    trips: int = 0
    cleared: int = 0

    def message(self, now: float) -> None:
        """One more message was judged."""
        second = int(now)
        if second != self.cleared:
            self._forget(second)
        self.seen += 1
        self.messages[second] = self.messages.get(second, 0) + 1

    def enforce(self, now: float, per_minute: int, share: float) -> bool:
        """Whether one more message may be stopped, or one more action asked for; counts it.

        per_minute, share: the budget is the larger of `per_minute` and `share` of the minute's messages.
        """
        if self.tripped is not None:
            return False
        second = int(now)
        if second != self.cleared:
            self._forget(second)
        if self.used >= max(per_minute, share * self.seen):
            self.tripped = now
            self.trips += 1
            return False
        self.used += 1
        self.enforced[second] = self.enforced.get(second, 0) + 1
        return True

    def reset(self) -> None:
        """A person has looked: count from nothing again."""
        self.tripped = None
        self.messages, self.enforced = {}, {}
        self.seen = self.used = 0

    def _forget(self, second: int) -> None:
        """Drop the buckets that are no longer within a minute of `second`, on either side: clocks are set."""
        self.cleared = second
        for buckets in (self.messages, self.enforced):
            for old in [s for s in buckets if not -WINDOW < s - second <= 0]:
                del buckets[old]
        self.seen = sum(self.messages.values())
        self.used = sum(self.enforced.values())
