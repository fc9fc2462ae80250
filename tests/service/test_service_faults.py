"""Faults of the program itself: nobody waits in vain, nothing wrong is saved, and no message is quoted."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from service_server import event, message

from nospim.events import AnyEvent, decode
from nospim.ledger import Journal, KeyRing
from nospim.policy import DEFAULT_POLICY
from nospim.service.app import Service
from nospim.service.casework import Casework, SightingLog
from nospim.service.clock import ServiceClock
from nospim.service.faults import place_of
from nospim.service.metrics import Meters
from nospim.service.state import State, Taken, start_of
from nospim.service.tokens import TokenFile
from nospim.service.writer import Refused, Writer

PRIVATE = "nobody may read this"


class Faulty(State):
    """A state with a fault that one message brings to light."""

    def take(self, event: AnyEvent, raw: bytes) -> Taken:
        if PRIVATE.encode() in raw:
            raise RuntimeError(PRIVATE)
        return super().take(event, raw)


def encoded(asked: dict[str, Any]) -> tuple[AnyEvent, bytes]:
    raw = json.dumps(asked).encode()
    return decode(raw), raw


def test_a_fault_in_the_writer_refuses_whoever_waits_and_takes_nothing_more(tmp_path: Path) -> None:
    faults: list[BaseException] = []

    async def go() -> list[object]:
        keys = KeyRing.open(tmp_path / "keys")
        journal = Journal.open(tmp_path / "journal", keys=keys)
        state = Faulty(start_of("test", DEFAULT_POLICY, None))
        writer = Writer(state, journal, ServiceClock(), Meters(), lambda: None, faults.append)
        good = await writer.put(*encoded(message("m1")))
        waiting = [writer.put(*encoded(message(f"m{n}", PRIVATE if n == 3 else "hi"))) for n in range(2, 6)]
        ends = await asyncio.gather(*waiting, return_exceptions=True)
        with pytest.raises(Refused):
            writer.put(*encoded(message("m9")))
        await writer.close()
        journal.close()
        return [good.status, *map(type, ends)]

    assert asyncio.run(go()) == ["new", Refused, Refused, Refused, Refused]
    assert len(faults) == 1
    assert "RuntimeError in Faulty.take (test_service_faults.py:" in place_of(faults[0])
    assert PRIVATE not in place_of(faults[0])


def test_a_fault_in_a_call_is_a_problem_document_without_its_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent: list[Any] = []

    async def go() -> None:
        keys = KeyRing.open(tmp_path / "keys")
        journal = Journal.open(tmp_path / "journal", keys=keys)
        state = State(start_of("test", DEFAULT_POLICY, None))
        writer = Writer(state, journal, ServiceClock(), Meters(), lambda: None, lambda _: None)
        tokens = TokenFile(tmp_path)
        token = tokens.add("t", ("admin",))
        service = Service(
            state=state,
            writer=writer,
            meters=Meters(),
            tokens=tokens,
            casework=Casework(tmp_path, tmp_path / "keys", DEFAULT_POLICY, list),
            log=SightingLog(tmp_path, keys),
            openapi=b"{}",
        )
        state.remembered = None  # type: ignore[assignment]  # the fault
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/v1/verdicts",
            "query_string": f"source=x&id={PRIVATE.replace(' ', '+')}".encode(),
            "headers": [(b"authorization", f"Bearer {token}".encode())],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b""}

        async def send(part: Any) -> None:
            sent.append(part)

        await service(scope, receive, send)
        await writer.close()
        journal.close()

    asyncio.run(go())

    assert sent[0]["status"] == 500
    told = json.loads(sent[1]["body"])
    assert told["type"] == "urn:nospim:problem:fault"
    assert PRIVATE not in json.dumps(told) + "".join(capsys.readouterr())


def test_an_event_that_breaks_a_handler_is_counted_and_the_next_one_judged() -> None:
    state = State(start_of("test", DEFAULT_POLICY, None))
    state.tick(1_790_000_000.0)
    state.engine.room.memory.holds = None  # type: ignore[assignment]  # the fault
    taken = state.take(*encoded(event("x", "contact.added", contact="bob")))
    assert taken.fault == ""

    state.engine.room.memory.accounts = None  # type: ignore[assignment]
    taken = state.take(*encoded(message("m1", PRIVATE)))

    assert (taken.answer, state.counts["faults"]) == (None, 1)
    assert "Error" in taken.fault
    assert PRIVATE not in taken.fault
