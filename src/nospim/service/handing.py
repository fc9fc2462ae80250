"""The calls about actions: handing them out, hearing how they went, taking them back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from nospim.events import decode
from nospim.service.calls import MAX_TOLD, Call, Decided, Reply, number, seconds, small
from nospim.service.desk import Item
from nospim.service.notices import Notice, notices
from nospim.service.recovery import KIND, Courier, Outcome
from nospim.service.state import State
from nospim.service.wire import HttpError
from nospim.service.writer import Writer

MAX_WAIT: Final = 60.0
WAIT: Final = 25.0
"""Seconds that a long poll for actions waits, at most and by default: proxies often give up after 30."""
MAX_ACTIONS: Final = 500
USUAL_ACTIONS: Final = 100
_encode: Final = msgspec.json.Encoder().encode


class Result(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an action went, as an adapter reports it."""

    outcome: Literal["done", "failed"]
    detail: str = ""
    actor: str = ""


class Handout(Item, kw_only=True):
    """An action as it is handed out; one that tells somebody brings the notice, by language."""

    notices: dict[str, Notice]


class Handed(Struct, frozen=True, kw_only=True):
    """Actions to carry out, and the cursor to ask with next time."""

    actions: tuple[Handout, ...]
    cursor: str


class Handing:
    """Hands out what is on the desk and durable.  What the courier takes is not handed out as well."""

    def __init__(self, state: State, writer: Writer) -> None:
        self.state, self.writer = state, writer
        self.courier = Courier(lambda: state.policy.recovery, self._notices, self._told)
        self.stopping = False
        self._news: asyncio.Future[None] | None = None

    def news(self) -> None:
        """Something new is durable: wake those who wait."""
        if self._news is not None and not self._news.done():
            self._news.set_result(None)
        self._news = None
        self.courier.news()

    def stop(self) -> None:
        """Nobody waits for actions any longer."""
        self.stopping = True
        self.news()

    async def hand_out(self, call: Call) -> Reply:
        """What is to be carried out; waits a while for something to come."""
        after = number(call.query, "after", 0, 1 << 62)
        limit = number(call.query, "limit", USUAL_ACTIONS, MAX_ACTIONS) or 1
        wait = seconds(call.query, "wait", WAIT, MAX_WAIT)
        source = call.query.get("source")
        desk, loop = self.state.desk, asyncio.get_running_loop()
        if after > desk.last:
            after = 0  # a cursor of another data folder
        leave = KIND if self.courier.active else None
        end = loop.time() + wait
        while True:
            found = desk.waiting(after, self.writer.durable, source, limit, leave)
            left = end - loop.time()
            if found or left <= 0 or self.stopping:
                break
            if self._news is None:
                self._news = loop.create_future()
            await asyncio.wait([self._news], timeout=left)
        cursor = found[-1].place if len(found) == limit else max(after, self.writer.durable)
        page = Handed(actions=tuple(map(self._handout, found)), cursor=str(cursor))
        return Reply(_encode(page))

    async def show(self, call: Call) -> Reply:
        """One action with its trail."""
        return Reply(_encode(self._item(call.name)))

    async def result(self, call: Call) -> Reply:
        """Write down how an action went."""
        item = self._item(call.name)
        said: Result = await small(call, Result)
        if item.state != said.outcome:
            if item.state in ("done", "undone"):
                raise HttpError(409, f"this action is {item.state} already")
            await self._act(item, f"im.action.{said.outcome}", said.detail, said.actor or "adapter")
        return Reply(_encode(item))

    async def undo(self, call: Call) -> Reply:
        """Take an action back."""
        item = self._item(call.name)
        said: Decided = await small(call, Decided)
        if item.state != "undone":
            if not self.state.desk.can_undo(item):
                raise HttpError(409, f"a {item.kind} that was carried out cannot be taken back")
            await self._act(item, "im.action.undone", said.reason, said.by or "a person")
        return Reply(_encode(item))

    def _item(self, ident: str) -> Item:
        item = self.state.desk.items.get(ident)
        if item is None or item.place > self.writer.durable:
            raise HttpError(404, "there is no such action, or it is long over")
        return item

    def _handout(self, item: Item) -> Handout:
        told = notices(item.kind, item.account, self.state.policy.recovery)
        return Handout(**msgspec.structs.asdict(item), notices=told)

    def _notices(self) -> list[Item]:
        """What waits for the courier."""
        return self.state.desk.waiting(0, self.writer.durable, None, MAX_ACTIONS, only=KIND)

    async def _told(self, item: Item, outcome: Outcome, why: str) -> None:
        """The courier says how it went."""
        await self._act(item, f"im.action.{outcome}", why, "recovery channel")

    async def _act(self, item: Item, kind: str, why: str, actor: str) -> None:
        """Let an event about an action in, as if it had come over /v1/events; the same one counts once."""
        data: dict[str, Any] = {"action": item.action, "kind": item.kind, "target": item.target}
        data |= {"cause": why[:MAX_TOLD], "actor": actor[:MAX_TOLD]}
        event = {
            "specversion": "1.0",
            "type": kind,
            "source": item.source,
            "id": f"{kind}:{item.action}:{len(item.trail)}",
            "time": datetime.fromtimestamp(self.writer.clock.now(), UTC),
            "subject": item.account,
            "data": data,
        }
        raw = _encode(event)
        await self.writer.put(decode(raw), raw)
