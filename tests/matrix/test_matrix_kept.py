"""Work that breaks is heard of and goes on."""

from __future__ import annotations

import asyncio

import structlog
from structlog.testing import capture_logs

from nospim.matrix.kept import kept


def test_a_fault_is_told_of_and_the_work_begun_again() -> None:
    structlog.reset_defaults()
    tries: list[int] = []

    async def work() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise KeyError("a fault")
        await asyncio.sleep(3600)

    async def play() -> None:
        task = asyncio.create_task(kept("reports", work, pause=0.0))
        while len(tries) < 3:
            await asyncio.sleep(0)
        task.cancel()

    with capture_logs() as logs:
        asyncio.run(play())
    assert [(entry["part"], entry["fault"]) for entry in logs] == [("reports", "KeyError: 'a fault'")] * 2
