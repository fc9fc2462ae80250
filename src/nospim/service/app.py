"""The calls of the contract: who may make them, what they take, what they answer."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import structlog
from msgspec import Struct

from nospim import __version__
from nospim.events import (
    MAX_LINE,
    ActionRequested,
    ActionUndone,
    AnyEvent,
    InvalidEventError,
    Labelled,
    MessageSent,
)
from nospim.service import wire
from nospim.service.calls import MAX_TOLD, Call, Decided, Handler, Reply, both, query_of, small
from nospim.service.casework import Casework, SightingLog
from nospim.service.faults import place_of
from nospim.service.handing import Handing
from nospim.service.metrics import Gauges, Meters, exposition
from nospim.service.remembered import name_of
from nospim.service.state import Control, State, Taken, encode_control
from nospim.service.tokens import TokenFile
from nospim.service.wire import HttpError, Receive, Scope, Send
from nospim.service.writer import Refused, Writer

PERSONS: Final = (Labelled, ActionRequested, ActionUndone)
"""Events by which a person decides; they need the scope of one."""
CHECKS: Final = frozenset({"check"})
TEXT: Final = b"text/plain; version=0.0.4; charset=utf-8"


class Refusal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event of a batch that was not taken in: its place in the batch from 0, and why."""

    index: int
    status: int
    reason: str
    id: str | None = None


class Accepted(Struct, frozen=True, kw_only=True):
    """The answer to events: how many were taken in (repeats of known ones included), and which were not."""

    accepted: int
    repeats: int
    refused: tuple[Refusal, ...]


_encode: Final = msgspec.json.Encoder().encode
log: Final = structlog.get_logger("nospim")


class Service:
    """The ASGI application."""

    def __init__(
        self,
        *,
        state: State,
        writer: Writer,
        meters: Meters,
        tokens: TokenFile,
        casework: Casework,
        log: SightingLog,
        openapi: bytes,
    ) -> None:
        self.state, self.writer, self.meters, self.tokens = state, writer, meters, tokens
        self.casework, self.log, self.openapi = casework, log, openapi
        self.handing = Handing(state, writer)
        self.routes: Final[dict[tuple[str, str], tuple[Handler, frozenset[str] | None]]] = {
            ("POST", "/v1/check"): (self.check, CHECKS),
            ("POST", "/v1/events"): (self.events, frozenset({"report"})),
            ("GET", "/v1/actions"): (self.handing.hand_out, frozenset({"report"})),
            ("GET", "/v1/actions/{id}"): (self.handing.show, frozenset({"report"})),
            ("POST", "/v1/actions/{id}/result"): (self.handing.result, frozenset({"report"})),
            ("POST", "/v1/actions/{id}/undo"): (self.handing.undo, frozenset({"admin"})),
            ("GET", "/v1/verdicts"): (self.verdicts, frozenset({"check", "report"})),
            ("GET", "/v1/accounts"): (self.accounts, frozenset({"admin"})),
            ("GET", "/v1/campaigns"): (self.campaigns, frozenset({"admin"})),
            ("GET", "/v1/enforcement"): (self.enforcement, frozenset({"admin"})),
            ("POST", "/v1/enforcement/reset"): (self.reset, frozenset({"admin"})),
            ("GET", "/metrics"): (self.metrics, frozenset({"check", "report"})),
            ("GET", "/openapi.json"): (self.describe, frozenset({"check", "report"})),
            ("GET", "/healthz"): (self.alive, None),
            ("GET", "/readyz"): (self.ready, None),
        }
        self._paths = {path for _, path in self.routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        route, status = "none", 500
        try:
            route, name = _route(scope["path"])
            handler, needed = self._find(scope["method"], route)
            headers = scope["headers"]
            scopes = self._allowed(headers, needed)
            call = Call(headers, query_of(scope["query_string"]), name, receive, scopes)
            reply = await handler(call)
            status = reply.status
            await wire.answer(send, reply.status, reply.body, reply.media)
        except (HttpError, Refused) as error:
            status = error.status
            await wire.refuse(send, error.status, error.detail, error.retry)
        except wire.GoneError:
            status = 499
        except Exception as error:  # noqa: BLE001 - the client hears of it, and the log where it was
            self.fault(route, place_of(error))
            with contextlib.suppress(Exception):  # the answer may have begun
                await wire.refuse(send, 500, "a fault of the service; its log says where")
        finally:
            self.meters.request(route if route in self._paths else "none", status)

    def _find(self, method: str, route: str) -> tuple[Handler, frozenset[str] | None]:
        found = self.routes.get((method, route))
        if found is None:
            if route in self._paths:
                raise HttpError(405, f"{method} is not a method of {route}")
            raise HttpError(404, "there is no such call; /openapi.json lists them")
        return found

    def _allowed(self, headers: list[tuple[bytes, bytes]], needed: frozenset[str] | None) -> frozenset[str]:
        if needed is None:
            return frozenset()
        scopes = self.tokens.scopes(wire.header(headers, b"authorization"))
        if scopes is None:
            raise HttpError(401, "send a token as: Authorization: Bearer TOKEN (nospim token new makes one)")
        if not needed & scopes and "admin" not in scopes:
            raise HttpError(403, f"this call needs a token with the scope {' or '.join(sorted(needed))}")
        return scopes

    async def check(self, call: Call) -> Reply:
        """Judge one message, where the request is an unusual one (see `nospim.service.quick`)."""
        body = await wire.body_of(call.receive, call.headers, MAX_LINE)
        event, future = self._judge(body, call.headers)
        return Reply(self.answer_of(event, await future))

    def put_check(
        self, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> tuple[AnyEvent, asyncio.Future[Taken]]:
        """Take a message in to be judged; its event, and what becomes of it.  Raises HttpError, Refused."""
        self._allowed(headers, CHECKS)
        return self._judge(body, headers)

    def _judge(
        self, body: bytes, headers: list[tuple[bytes, bytes]]
    ) -> tuple[AnyEvent, asyncio.Future[Taken]]:
        event, raw = wire.one_event(body, headers)
        if not isinstance(event, MessageSent):
            raise HttpError(422, "only an im.message.sent event can be checked; others go to /v1/events")
        self.writer.room(1)
        return event, self.writer.put(event, raw)

    def answer_of(self, event: AnyEvent, taken: Taken) -> bytes:
        """The answer to a check.  Raises HttpError."""
        _raise_for(taken, event)
        if taken.answer is None:
            raise HttpError(500, "the message could not be judged; the service's log says why")
        return taken.answer

    def fault(self, route: str, place: str) -> None:
        """Write down a fault of the program."""
        log.error("fault", route=route, fault=place)

    async def events(self, call: Call) -> Reply:
        """Take in one event or a batch."""
        body = await wire.body_of(call.receive, call.headers, wire.MAX_BATCH)
        raws, batch = wire.events_of(body, call.headers)
        self.writer.room(len(raws))
        refused: list[Refusal] = []
        pending: list[tuple[int, AnyEvent, asyncio.Future[Taken]]] = []
        for index, raw in enumerate(raws):
            try:
                event = self._event(raw, call.scopes)
                pending.append((index, event, self.writer.put(event, raw)))
            except HttpError as error:
                refused.append(Refusal(index=index, status=error.status, reason=error.detail))
        accepted = repeats = 0
        for index, event, future in pending:
            taken = await future
            try:
                _raise_for(taken, event)
                accepted += 1
                repeats += taken.status == "repeat"
            except HttpError as error:
                refused.append(Refusal(index=index, status=error.status, reason=error.detail, id=event.id))
        if not batch and refused:
            raise HttpError(refused[0].status, refused[0].reason)
        refused.sort(key=lambda each: each.index)
        return Reply(_encode(Accepted(accepted=accepted, repeats=repeats, refused=tuple(refused))), 202)

    def _event(self, raw: bytes, scopes: frozenset[str]) -> AnyEvent:
        try:
            event = wire.event_of(raw)
        except InvalidEventError as error:
            raise HttpError(422, str(error)) from None
        if isinstance(event, PERSONS) and "admin" not in scopes:
            raise HttpError(403, "a person's decision needs a token with the scope admin")
        return event

    async def verdicts(self, call: Call) -> Reply:
        """The verdict that a message got."""
        source, ident = both(call.query)
        known = self.state.remembered.get(name_of(source, ident))
        if known is None or known[1] is None:
            raise HttpError(404, "no verdict on such a message is remembered")
        return Reply(known[1])

    async def accounts(self, call: Call) -> Reply:
        """What is held against an account, and what was asked for about it."""
        source, ident = both(call.query)
        findings = await self.casework.fresh(asyncio.get_running_loop().time(), self.log)
        found = next((a for a in findings.accounts if a.source == source and a.account == ident), None)
        items = self.state.desk.of_account(source, ident)
        if found is None and not items:
            raise HttpError(404, "nothing is held against such an account")
        told: dict[str, Any] = {"account": ident, "source": source, "state": None}
        if found is not None:
            told = msgspec.to_builtins(found, builtin_types=(datetime,))
        return Reply(_encode(told | {"actions": items}))

    async def campaigns(self, call: Call) -> Reply:
        """The campaigns, or one of them."""
        findings = await self.casework.fresh(asyncio.get_running_loop().time(), self.log)
        wanted = call.query.get("id")
        if wanted is None:
            return Reply(_encode({"campaigns": findings.campaigns}))
        found = next((c for c in findings.campaigns if c.id == wanted), None)
        if found is None:
            raise HttpError(404, "there is no such campaign")
        return Reply(_encode(found))

    async def enforcement(self, _: Call) -> Reply:
        """Whether anything is enforced, and how much of the budget is used."""
        return Reply(_encode(self._enforcement()))

    async def reset(self, call: Call) -> Reply:
        """A person has looked: enforce again."""
        told = await small(call, Decided)
        await self.writer.record(
            "control",
            encode_control(Control(reset=True, by=told.by[:MAX_TOLD], reason=told.reason[:MAX_TOLD])),
        )
        return Reply(_encode(self._enforcement()))

    def _enforcement(self) -> dict[str, Any]:
        breaker, budget = self.state.breaker, self.state.policy.enforcement
        return {
            "shadow": self.state.shadow,
            "tripped": None if breaker.tripped is None else datetime.fromtimestamp(breaker.tripped, UTC),
            "trips": breaker.trips,
            "messages_last_minute": breaker.seen,
            "enforced_last_minute": breaker.used,
            "per_minute": budget.per_minute,
            "share": budget.share,
        }

    async def metrics(self, _: Call) -> Reply:
        """The metrics."""
        return Reply(exposition(self.meters, self._gauges), media=TEXT)

    async def describe(self, _: Call) -> Reply:
        """The description of all calls."""
        return Reply(self.openapi)

    async def alive(self, _: Call) -> Reply:
        """The process runs."""
        return Reply(b'{"status":"alive"}')

    async def ready(self, _: Call) -> Reply:
        """The service takes events in."""
        if self.handing.stopping or self.writer.closing:
            raise HttpError(503, "the service is stopping", 5)
        if self.writer.stuck is not None:
            raise HttpError(503, "the journal cannot be written", 5)
        return Reply(_encode({"status": "ready", "enforcing": not self.state.shadow}))

    def news(self) -> None:
        """Something new is durable."""
        self.handing.news()

    def stop(self) -> None:
        """The service is stopping: nobody waits for actions any longer."""
        self.handing.stop()

    def _gauges(self) -> Gauges:
        now, state = Gauges(), self.state
        memory = state.engine.room.memory
        now.queue = self.writer.waiting
        now.held = state.engine.holding
        now.actions_open = len(state.desk.open)
        now.enforcing = int(not state.shadow)
        now.trips = state.breaker.trips
        now.clock_jumps = self.writer.clock.jumps
        now.version = __version__
        shadowed = {k: v for k, v in state.counts.items() if k.startswith("shadowed ")}
        now.shadowed = {k.removeprefix("shadowed "): v for k, v in shadowed.items()}
        now.events = {k: state.counts.get(k, 0) for k in ("clamped", "faults")}
        now.actions = state.desk.tally
        now.broken = state.engine.broken
        maps = ("accounts", "destinations", "wordings", "networks", "messages", "labels")
        now.remembered = {name: len(getattr(memory, name)) for name in maps}
        now.remembered["answers"] = len(state.remembered.recent) + len(state.remembered.older)
        now.remembered["actions"] = len(state.desk.items)
        return now


def _raise_for(taken: Taken, event: AnyEvent) -> None:
    if taken.status == "conflict":
        raise HttpError(409, f"source and id {event.id!r} were used before with other content")
    if taken.status == "late":
        raise HttpError(422, "its time is too far from the service's clock, and the policy refuses that")


def _route(path: str) -> tuple[str, str]:
    """The route of a path, and the id in it."""
    if path.startswith("/v1/actions/"):
        ident, slash, call = path.removeprefix("/v1/actions/").partition("/")
        if ident and len(ident) <= 1024:
            return f"/v1/actions/{{id}}{slash}{call}", ident
    return path, ""
