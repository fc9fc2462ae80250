"""The service's clock: the machine's time, but for the jumps of a clock that is set meanwhile."""

from __future__ import annotations

import time
from typing import Final

JUMP: Final = 60.0
"""Seconds by which the machine's clock may be set away from ours before we follow it."""


class ServiceClock:
    """Seconds since the Unix epoch that go on steadily; a large correction is followed and counted."""

    def __init__(self) -> None:
        self._base = time.time() - time.monotonic()
        self.jumps = 0

    def now(self) -> float:
        """The time now."""
        steady = self._base + time.monotonic()
        if abs(time.time() - steady) > JUMP:
            self._base = time.time() - time.monotonic()
            self.jumps += 1
            return time.time()
        return steady
