"""The guard as the Matrix side sees it: no message waits for one that is away, and it hears of them later."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from nospim.adapters.matrix_convert import envelope
from nospim.client import Received, RefusedError, UnreachableError
from nospim.matrix import guard as module
from nospim.matrix.guard import TRIP_AFTER, Guard
from nospim.verdicts import Verdict


def message(ident: str) -> dict[str, Any]:
    time = "2026-11-02T09:00:00Z"
    return envelope("s", ident, "im.message.sent", time, "@a:b", {"to": [], "text": "x"})


class ToldClient:
    """A service that is there or away as the test says."""

    def __init__(self) -> None:
        self.away = False
        self.conflict = False
        self.checks = 0
        self.sent: list[bytes] = []

    async def check(self, event: Any) -> Verdict:
        self.checks += 1
        if self.away:
            raise UnreachableError("away")
        if self.conflict:
            raise RefusedError(409, "Conflict", "")
        return self._verdict(event.source, event.id, event.time)

    async def verdict(self, source: str, ident: str) -> Verdict:
        return self._verdict(source, ident, datetime(2026, 11, 2, tzinfo=UTC))

    async def send(self, batch: list[bytes]) -> Received:
        if self.away:
            raise UnreachableError("away")
        self.sent += batch
        return Received(len(batch))

    async def close(self) -> None:
        """Nothing to close."""

    @staticmethod
    def _verdict(source: str, ident: str, time: Any) -> Verdict:
        return Verdict(
            id=ident,
            source=source,
            time=time,
            account="a",
            action="block",
            score=0.9,
            reasons=(),
            campaign=None,
        )


def test_after_some_failures_nothing_waits_and_all_is_told_once_it_is_back() -> None:
    client = ToldClient()

    async def play() -> None:
        guard = Guard(client)  # type: ignore[arg-type]
        await guard.start()
        client.away = True
        for number in range(TRIP_AFTER + 5):
            assert await guard.check(message(f"m{number}")) is None
        assert client.checks == TRIP_AFTER
        client.away = False
        while len(client.sent) < TRIP_AFTER + 5:
            await asyncio.sleep(0.01)
        verdict = await guard.check(message("later"))
        assert verdict is not None
        assert verdict.action == "block"
        await guard.stop()

    asyncio.run(play())
    assert len(client.sent) == TRIP_AFTER + 5


def test_a_message_that_is_known_already_has_the_verdict_that_it_had() -> None:
    client = ToldClient()
    client.conflict = True
    verdict = asyncio.run(Guard(client).check(message("m")))  # type: ignore[arg-type]
    assert verdict is not None
    assert verdict.action == "block"


def test_too_many_reports_lose_the_oldest_and_are_counted(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 3)
    guard = Guard(ToldClient())  # type: ignore[arg-type]
    guard.report([message(f"m{n}") for n in range(5)])
    assert (guard.lost, len(guard._waiting)) == (2, 3)


def test_what_the_contract_does_not_take_is_not_judged_and_stops_nothing() -> None:
    guard = Guard(ToldClient())  # type: ignore[arg-type]
    assert asyncio.run(guard.check({"id": ""})) is None
    assert asyncio.run(guard.check(message("m") | {"type": "im.message.edited"})) is None
