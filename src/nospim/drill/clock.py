"""The clock of a drill: what happens next, in order of time (a discrete-event simulation).

A thing to do is a call at a moment, or a process: a generator that yields the moment at which it wants to go
on.  Things of one moment happen in the order in which they were asked for, so a run is the same every time.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator

Process = Iterator[int]
"""Yields moments in milliseconds since the Unix epoch; one that has passed means at once."""


class Clock:
    """Moments in milliseconds since the Unix epoch; `now` never goes back."""

    def __init__(self, start: int, end: int) -> None:
        self.now = start
        self._end = end
        self._next: list[tuple[int, int, Callable[[], None]]] = []
        self._serial = 0

    def at(self, moment: int, do: Callable[[], None]) -> None:
        """Do something at a moment, or now when that has passed."""
        self._serial += 1
        heapq.heappush(self._next, (max(self.now, moment), self._serial, do))

    def start(self, process: Process, moment: int | None = None) -> None:
        """Let a process begin, at once or at a moment."""
        if moment is None:
            self._go_on(process)
        else:
            self.at(moment, lambda: self._go_on(process))

    def run(self) -> None:
        """Let everything happen that is due before the end."""
        while self._next:
            moment, _, do = heapq.heappop(self._next)
            if moment >= self._end:
                return
            self.now = moment
            do()

    def _go_on(self, process: Process) -> None:
        moment = next(process, None)
        if moment is not None:
            self.at(moment, lambda: self._go_on(process))
