"""Work that goes on for as long as the process does: a fault in it is told of and does not end it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

PAUSE: Final = 5.0
"""Seconds until work that broke is begun again: a lasting fault must not fill the disk with its log."""
log: Final = structlog.get_logger("nospim.matrix")


async def kept(name: str, work: Callable[[], Awaitable[None]], pause: float = PAUSE) -> None:
    """Do some work over and over, until cancelled.  name: what people know it by."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001  a fault of ours must not be the end
            log.error("broken, and begun again", part=name, fault=f"{type(error).__name__}: {error}")
        await asyncio.sleep(pause)
