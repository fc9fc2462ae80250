"""The guard as the Matrix side sees it: verdicts in time, and reports that wait while it is away."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import Final

import msgspec
import structlog

from nospim.adapters.matrix_convert import Json
from nospim.client import AsyncClient, ClientError, RefusedError, UnreachableError
from nospim.client.plans import MAX_BATCH
from nospim.events import InvalidEventError, MessageSent, decode
from nospim.matrix.kept import kept
from nospim.verdicts import Verdict

MAX_WAITING: Final = 50_000
"""Reports that wait for the guard, about 1 kB each; beyond it the oldest is lost, counted and told of."""
TRIP_AFTER: Final = 3
"""Failures in a row after which no message waits for the guard any more, until it has taken a report."""
log: Final = structlog.get_logger("nospim.matrix")


class Guard:
    """Asks and reports over one client, which should give up after the time that a message may wait."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._waiting: deque[bytes] = deque()
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._failures = 0
        self.lost = 0

    async def start(self) -> None:
        """Begin to send reports."""
        self._task = asyncio.create_task(kept("reports to the guard", self._send_on))

    async def stop(self, seconds: float = 5.0) -> None:
        """Send what waits, for a while, and end."""
        end = asyncio.get_running_loop().time() + seconds
        while self._waiting and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.05)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._client.close()

    async def check(self, event: Json) -> Verdict | None:
        """The verdict on a message; None where there is none in time, and then the message is reported."""
        raw = msgspec.json.encode(event)
        try:
            message = decode(raw)
        except InvalidEventError as error:
            log.warning("not judged", reason=str(error))
            return None
        if not isinstance(message, MessageSent):
            self.report([event])
            return None
        if self._failures >= TRIP_AFTER:
            self.report([event])
            return None
        try:
            verdict = await self._client.check(message)
            self._failures = 0
            return verdict
        except RefusedError as error:
            if error.status == 409:
                # Known already with other members or another device: what was decided then still holds.
                with contextlib.suppress(ClientError):
                    return await self._client.verdict(message.source, message.id)
            log.warning("not judged", reason=str(error))
            return None
        except ClientError as error:
            log.warning("not judged", reason=str(error))
            self._failures += 1
            self.report([event])
            return None

    def report(self, events: Sequence[Json]) -> None:
        """Tell the guard of what happened, soon."""
        for event in events:
            if len(self._waiting) >= MAX_WAITING:
                self._waiting.popleft()
                self.lost += 1
                if self.lost % 1000 == 1:
                    log.error("reports lost because too many wait for the guard", lost=self.lost)
            self._waiting.append(msgspec.json.encode(event))
        self._news.set()

    async def _send_on(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                batch = [self._waiting[i] for i in range(min(MAX_BATCH, len(self._waiting)))]
                try:
                    got = await self._client.send(batch)
                except UnreachableError:
                    await asyncio.sleep(1.0)
                    continue
                except ClientError as error:
                    log.error("the guard takes no reports", reason=str(error))
                    await asyncio.sleep(30.0)
                    continue
                self._failures = 0
                for refused in got.refused:
                    log.warning("report refused", reason=refused.reason)
                for raw in batch:  # a full queue may have dropped some of them meanwhile
                    if self._waiting and self._waiting[0] is raw:
                        self._waiting.popleft()
