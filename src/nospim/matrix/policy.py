"""A Matrix policy server (MSC4284): signs the events that it has nothing against.

Source: Matrix 1.18, server-server API "Policy Servers", and MSC4284.  An event is signed or refused once
and for ever, because no server asks twice.  So whatever is in doubt is signed, and taken back later by a
redaction where somebody can: a refused event is lost for good on every server that asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from msgspec import Struct

from nospim.adapters.matrix_convert import events_of
from nospim.matrix.canonical import (
    MAX_PDU,
    ROOM_VERSIONS,
    Json,
    NotCanonicalError,
    Rules,
    canonical,
    content_hash,
    event_id,
    redacted,
    sign,
)
from nospim.matrix.decisions import Decisions
from nospim.matrix.federation import Federation, NotAuthenticError
from nospim.matrix.guard import Guard
from nospim.matrix.keys import POLICY_KEY, Keys
from nospim.matrix.names import server_of

RULES: Final = tuple(dict.fromkeys((*reversed([r for r in ROOM_VERSIONS.values() if not r.own_ids]),)))
"""Every set of rules once, the newest first.  An event does not say the version of its room; the signature of
its sender's server tells which of them it was made by."""
STATE_EVENT: Final = "m.room.policy"
BURST: Final = 2000
PER_SECOND: Final = 200
"""Events that one server may ask about at once, and for ever: servers ask in storms (MSC4284)."""
MAX_SERVERS: Final = 10_000


class MatrixError(Exception):
    """A refusal in Matrix's form."""

    def __init__(self, status: int, code: str, text: str, retry_ms: int | None = None) -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.retry_ms = status, code, text, retry_ms


class Choices(Struct, frozen=True, kw_only=True):
    """What the operator decides.

    rooms: the rooms that are looked after, empty for every room that asks.  on_hold: what a verdict `hold`
    means, for nothing can wait.  on_failure: what happens without a verdict.  refusal: told to the sender.
    """

    source: str
    rooms: frozenset[str] = frozenset()
    on_hold: Literal["sign", "refuse"] = "sign"
    on_failure: Literal["sign", "refuse"] = "sign"
    refusal: str = "This message was not sent, because it looks like part of a spam campaign."


class PolicyServer:
    """Signs and refuses.  now: seconds since the epoch."""

    def __init__(
        self,
        federation: Federation,
        keys: Keys,
        decisions: Decisions,
        guard: Guard,
        choices: Choices,
        now: Callable[[], float],
    ) -> None:
        self._federation = federation
        self._keys = keys
        self._decisions = decisions
        self._guard = guard
        self._choices = choices
        self._now = now
        self._asked: dict[str, asyncio.Task[bool]] = {}
        self._allowance: dict[str, tuple[float, float]] = {}
        self.counts = {"signed": 0, "refused": 0, "unjudged": 0, "remembered": 0}

    async def sign(self, origin: str, event: Any) -> Json:
        """Our signature of an event, asked for by a server.  Raises MatrixError where there is none."""
        self._spend(origin)
        rules = await self._authentic(event)
        if event.get("type") == STATE_EVENT and event.get("state_key") == "":
            raise MatrixError(400, "M_FORBIDDEN", "a room's choice of policy server is not signed by it")
        room = event.get("room_id")
        if self._choices.rooms and room not in self._choices.rooms:
            raise MatrixError(404, "M_NOT_FOUND", "this policy server does not look after the room")
        ident = event_id(event, rules)
        signed = self._decisions.get(ident)
        if signed is None:
            signed = await self._decide_once(ident, event)
        else:
            self.counts["remembered"] += 1
        if not signed:
            raise MatrixError(400, "M_FORBIDDEN", self._choices.refusal)
        proof = sign(redacted(event, rules), self._keys.policy, strict=rules.strict)
        return {self._federation.name: {POLICY_KEY: proof}}

    async def _authentic(self, event: Any) -> Rules:
        """By which rules an event is proved to be its sender's, with the content that was signed.

        Without this anybody could have others' names judged, or have one content signed for another's hash.
        """
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            raise MatrixError(400, "M_BAD_JSON", "not an event")
        try:
            server = server_of(str(event.get("sender")))
        except ValueError as error:
            raise MatrixError(400, "M_BAD_JSON", str(error)) from None
        at, hashes = event.get("origin_server_ts"), event.get("hashes")
        if not isinstance(at, int) or not isinstance(hashes, dict):
            raise MatrixError(400, "M_BAD_JSON", "origin_server_ts or hashes is missing")
        reason = "no rules apply"
        own_ids = tuple(r for r in ROOM_VERSIONS.values() if r.own_ids)[:1]
        for rules in own_ids if "event_id" in event else RULES:
            try:
                if len(canonical(event, strict=False)) > 2 * MAX_PDU:
                    raise MatrixError(400, "M_BAD_JSON", "the event is too large")
                await self._federation.check(server, redacted(event, rules), at=at)
                if content_hash(event, rules) != hashes.get("sha256"):
                    raise MatrixError(400, "M_BAD_JSON", "the content is not what its hash says")
            except (NotAuthenticError, NotCanonicalError) as error:
                reason = str(error)
                continue
            return rules
        raise MatrixError(400, "M_BAD_JSON", f"not proved to be its sender's: {reason}")

    async def _decide_once(self, ident: str, event: Mapping[str, Any]) -> bool:
        """Many servers ask about one event at the same time: it is judged once."""
        task = self._asked.get(ident)
        if task is None:
            task = asyncio.create_task(self._decide(ident, event))
            self._asked[ident] = task
            task.add_done_callback(lambda _: self._asked.pop(ident, None))
        return await asyncio.shield(task)

    async def _decide(self, ident: str, event: Mapping[str, Any]) -> bool:
        # Nobody signs the unsigned part: from there anybody could make strangers look like friends.
        proved = {name: value for name, value in event.items() if name != "unsigned"}
        found = events_of(proved, ident, self._choices.source)
        signed = True
        if found and found[0]["type"] == "im.message.sent":
            verdict = await self._guard.check(found[0])
            if verdict is None:
                self.counts["unjudged"] += 1
                signed = self._choices.on_failure == "sign"
            else:
                refused = {"block", "hold"} if self._choices.on_hold == "refuse" else {"block"}
                signed = verdict.action not in refused
            found = found[1:] if signed else []
        self._guard.report(found)
        signed = self._decisions.put(ident, self._now(), signed=signed)
        self.counts["signed" if signed else "refused"] += 1
        return signed

    def _spend(self, origin: str) -> None:
        """A bucket for each server that asks.  Raises MatrixError where it is empty."""
        now = self._now()
        left, at = self._allowance.get(origin, (float(BURST), now))
        left = min(float(BURST), left + max(0.0, now - at) * PER_SECOND)
        if left < 1:
            raise MatrixError(429, "M_LIMIT_EXCEEDED", "too many requests at once", retry_ms=1000)
        if origin not in self._allowance and len(self._allowance) >= MAX_SERVERS:
            del self._allowance[next(iter(self._allowance))]
        self._allowance[origin] = (left - 1, now)
