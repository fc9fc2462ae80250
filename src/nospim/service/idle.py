"""Closes connections that have begun a request, or nothing, and do not go on: they would keep others out."""

from __future__ import annotations

import asyncio
from typing import Any, Final

HEAD_SECONDS: Final = 10.0
"""Seconds that the head of a request may take to arrive, as long as its body may."""


class Sweeper:
    """Looks at a server's connections now and then.

    Uvicorn ends connections that idle between two requests, and a body has its own limit
    (`wire.BODY_SECONDS`); what neither sees is a head that never ends.
    """

    def __init__(self, connections: set[Any], seconds: float = HEAD_SECONDS) -> None:
        """connections: uvicorn's, which changes as they come and go."""
        self._connections, self._seconds = connections, seconds
        self._since: dict[int, float] = {}

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(self._seconds / 4)
            self.sweep(asyncio.get_running_loop().time())

    def sweep(self, now: float) -> None:
        """Close what has waited for its head since `seconds` ago, or longer."""
        waiting = {id(each): each for each in self._connections if _waits_for_a_head(each)}
        self._since = {name: self._since.get(name, now) for name in waiting}
        for name, since in self._since.items():
            if now - since >= self._seconds and waiting[name].transport is not None:
                waiting[name].transport.close()


def _waits_for_a_head(connection: Any) -> bool:
    """Neither a request is under way, nor does uvicorn's own timer for idle connections run."""
    cycle = connection.cycle
    return connection.timeout_keep_alive_task is None and (cycle is None or cycle.response_complete)
