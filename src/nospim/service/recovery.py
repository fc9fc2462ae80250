"""The courier: tells owners of stolen accounts by the channel that the operator set.

A webhook gets a JSON object by POST; a command gets the same object on standard input.  Nothing of it is
ever part of a command line.  What was told is written down as the result of its action, so that nobody
is told twice; a channel that fails is tried again, more and more rarely, until the action ends.
"""

from __future__ import annotations

import asyncio
import http.client
import subprocess
from collections.abc import Awaitable, Callable
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec
import structlog
from msgspec import Struct

from nospim.policy.live import RecoverySettings
from nospim.service.desk import Item
from nospim.service.notices import Notice, notices

KIND: Final = "notify_owner"
ACTOR: Final = "recovery channel"
SECONDS: Final = 15.0
"""Seconds that the channel may take for one notice."""
TRIES: Final = 5
"""Times that one notice is tried before it is written down as failed."""
FIRST_PAUSE: Final = 2.0
"""Seconds before the second try; each further pause is four times as long."""
log: Final = structlog.get_logger("nospim")

Outcome = Literal["done", "failed"]


class Told(Struct, frozen=True, kw_only=True):
    """What the channel gets for one owner.

    action: the action's id, the same at each try, so that the channel can drop repeats.  notices: by
    language, the policy's first.
    """

    action: str
    source: str
    account: str
    at: str
    language: str
    notices: dict[str, Notice]


class Courier:
    """Takes one notice after the other to the channel.

    settings: asked anew each time, for the policy may change.  waiting: the notices that wait now.  result:
    writes down how one went, durably.
    """

    def __init__(
        self,
        settings: Callable[[], RecoverySettings],
        waiting: Callable[[], list[Item]],
        result: Callable[[Item, Outcome, str], Awaitable[None]],
    ) -> None:
        self._settings, self._waiting, self._result = settings, waiting, result
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def active(self) -> bool:
        """Whether a channel is set."""
        settings = self._settings()
        return bool(settings.webhook or settings.command)

    def start(self) -> None:
        """Begin; while there is no channel, nothing is taken."""
        self._news.set()
        self._task = asyncio.get_running_loop().create_task(self._run())

    def news(self) -> None:
        """There may be something to take."""
        self._news.set()

    async def stop(self) -> None:
        """Stop; what was not told yet is told after the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            for item in self._waiting() if self.active else ():
                await self._take(item)

    async def _take(self, item: Item) -> None:
        pause, why = FIRST_PAUSE, ""
        for _ in range(TRIES):
            if item.state != "open" or not self.active:
                return
            settings = self._settings()
            try:
                await asyncio.to_thread(deliver, settings, told(item, settings))
            except (OSError, ValueError, http.client.HTTPException, subprocess.SubprocessError) as error:
                why = str(error) or type(error).__name__
                log.warning("notice not delivered", action=item.action, why=why)
                await asyncio.sleep(pause)
                pause *= 4
            else:
                await self._result(item, "done", "")
                return
        await self._result(item, "failed", why)


def told(item: Item, settings: RecoverySettings) -> Told:
    """What the channel gets for one action."""
    texts = notices(item.kind, item.account, settings)
    return Told(
        action=item.action,
        source=item.source,
        account=item.account,
        at=item.at.isoformat(),
        language=next(iter(texts)),
        notices=texts,
    )


def deliver(settings: RecoverySettings, what: Told) -> None:
    """Hand one notice to the channel; blocks.

    Raises OSError, ValueError, HTTPException or SubprocessError where the channel did not take it.
    """
    body = msgspec.json.encode(what)
    if settings.command:
        subprocess.run(settings.command, input=body, check=True, timeout=SECONDS, stdout=subprocess.DEVNULL)  # noqa: S603 - the operator's own
        return
    to = urlsplit(settings.webhook)
    if to.hostname is None:
        raise ValueError("the policy's recovery.webhook names no host")
    kind = http.client.HTTPSConnection if to.scheme == "https" else http.client.HTTPConnection
    connection = kind(to.hostname, to.port, timeout=SECONDS)
    try:
        path = (to.path or "/") + (f"?{to.query}" if to.query else "")
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        status = connection.getresponse().status
        if not 200 <= status < 300:
            raise ValueError(f"the webhook answered {status}")
    finally:
        connection.close()
