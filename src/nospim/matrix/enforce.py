"""Carries out on a Synapse what the guard asks for, and says how each went.

Every kind may be carried out twice without harm, because an action is handed out again until it is answered.
What Synapse cannot do is answered `failed` with the reason, or by the nearest thing that it can, and says so.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, Literal

import structlog

from nospim.client import AsyncClient, ClientError, RefusedError, UnreachableError
from nospim.matrix.admin import AdminError, AwayError, SynapseAdmin
from nospim.matrix.canonical import Json
from nospim.matrix.notices import Notices
from nospim.matrix.worked import Worked

log: Final = structlog.get_logger("nospim.matrix")

ORDER: Final = (
    "end_sessions", "limit", "suspend", "recall", "drop", "require_password", "notify_owner",
    "notify_recipients", "step_up", "release", "undo",
)  # fmt: skip
"""The thief first; lures before the account is locked, so that they can be taken back in its name."""
OTHERS: Final = frozenset({"capture"})
"""Kinds that another program carries out and answers for."""
AGAIN: Final = 2.0
"""Seconds until what could not be done, because Synapse was away, is tried again."""
MAX_TOLD: Final = 500
"""People who are told of the lures of one account: beyond that a notice would be a flood of its own."""

Answer = tuple[Literal["done", "failed"], str]


class Choices:
    """What the operator decides: see `settings.SynapseSettings`."""

    def __init__(
        self,
        source: str,
        notices: Literal["server", "bot"],
        require_password: Literal["auto", "reset", "lock"],
        module_token: str | None,
    ) -> None:
        self.source, self.notices = source, notices
        self.require_password, self.module_token = require_password, module_token


class Enforcer:
    """Follows the actions of one source."""

    def __init__(
        self, client: AsyncClient, admin: SynapseAdmin, worked: Worked, notices: Notices, choices: Choices
    ) -> None:
        self._client, self._admin, self._worked = client, admin, worked
        self._notices, self._choices = notices, choices
        self._kinds: Final[dict[str, Callable[[Json], Awaitable[Answer]]]] = {
            "end_sessions": self._end_sessions,
            "require_password": self._require_password,
            "limit": self._limit,
            "suspend": self._suspend,
            "recall": self._recall,
            "drop": self._recall,
            "release": self._release,
            "notify_owner": self._notify_owner,
            "notify_recipients": self._notify_recipients,
            "step_up": self._step_up,
            "undo": self._undo,
        }

    async def run(self) -> None:
        """Follow until cancelled."""
        after: str | None = None
        while True:
            try:
                page = await self._client.actions(after, self._choices.source)
            except UnreachableError:
                await asyncio.sleep(AGAIN)
                continue
            except ClientError as error:
                log.error("the guard hands out no actions", reason=str(error))
                await asyncio.sleep(15 * AGAIN)
                continue
            if await self.page(page.actions):
                after = page.cursor
            else:
                after = None  # the open ones are handed out again from the start
                await asyncio.sleep(AGAIN)

    async def page(self, actions: tuple[Json, ...]) -> bool:
        """Carry out some actions in the order that helps most; False where some have to be tried again."""
        whole = True
        for action in sorted(actions, key=_place):
            if action.get("kind") in OTHERS:
                continue
            try:
                outcome, detail = await self.carry_out(action)
            except AwayError as error:
                log.warning("to be tried again", action=action.get("action"), reason=str(error))
                whole = False
                continue
            log.info("action", kind=action.get("kind"), action=action.get("action"), outcome=outcome)
            try:
                await self._client.result(str(action["action"]), outcome, detail)
            except RefusedError as error:  # over, or answered before
                log.info("result not taken", action=action.get("action"), reason=str(error))
            except ClientError:
                whole = False
        return whole

    async def carry_out(self, action: Json) -> Answer:
        """Carry out one action.  Raises AwayError where Synapse cannot be asked now."""
        kind = self._kinds.get(str(action.get("kind")))
        if kind is None:
            return "failed", "this adapter does not know such an action"
        try:
            return await kind(action)
        except AdminError as error:
            return "failed", str(error)

    async def _end_sessions(self, action: Json) -> Answer:
        user, _, device = str(action["target"]).partition(" ")
        if not self._admin.is_ours(user):
            return "failed", "the account is on another server"
        devices = await self._admin.devices(user)
        ended = [each for each in devices if not device or each == device]
        if ended:
            await self._admin.delete_devices(user, ended)
        return "done", f"{len(ended)} of {len(devices)} sessions ended"

    async def _require_password(self, action: Json) -> Answer:
        user = str(action["target"])
        if not self._admin.is_ours(user):
            return "failed", "the account is on another server"
        how = self._choices.require_password
        if how == "auto":
            known = await self._admin.user(user)
            mail = any(each.get("medium") == "email" for each in known.get("threepids", []))
            how = "reset" if mail else "lock"
        if how == "reset":
            await self._admin.forget_password(user)
            return "done", "the old password is void; the owner sets a new one by electronic mail"
        await self._admin.lock(user, locked=True)
        self._worked.lock(user, locked=True)
        return "done", "locked until its owner has been reached: Synapse cannot ask for a new password"

    async def _limit(self, action: Json) -> Answer:
        user = str(action["target"])
        if not self._admin.is_ours(user):
            return "failed", "the account is on another server"
        return await self._set_limit(user, _seconds(action.get("expires")), "a few messages a minute")

    async def _set_limit(self, user: str, until: float, detail: str) -> Answer:
        if self._choices.module_token is None:
            return "failed", "Synapse cannot slow one account down without our module"
        await self._admin.module(self._choices.module_token, {"do": "limit", "user": user, "until": until})
        return "done", detail

    async def _suspend(self, action: Json) -> Answer:
        user = str(action["target"])
        if not self._admin.is_ours(user):
            return "failed", "the account is on another server"
        await self._admin.suspend(user, suspended=True)
        return "done", "it can read and not write"

    async def _recall(self, action: Json) -> Answer:
        ident = str(action["target"])
        event = await self._admin.event(ident)
        if event is None:
            return ("done", "never sent") if action["kind"] == "drop" else ("failed", "no such event is here")
        sender, room = str(event["sender"]), str(event["room_id"])
        try:
            await self._take_back(event, ident, str(action["action"]))
        except AdminError as error:
            if error.status == 403 and not self._admin.is_ours(sender):
                return "failed", "its sender is on another server, and we have no say in the room"
            raise
        self._worked.recalled(ident, sender, room, time.time())
        return "done", "taken back"

    async def _take_back(self, event: Json, ident: str, txn: str) -> None:
        reason = self._notices.reason
        token = self._choices.module_token
        if token is not None and self._admin.is_ours(str(event["sender"])):
            try:
                await self._admin.module(token, {"do": "redact", "event": ident, "reason": reason})
            except AdminError as error:
                if error.status not in {401, 404}:  # no module there, or one with another token
                    raise
            else:
                return
        await self._admin.redact(event, ident, txn, reason)

    async def _release(self, action: Json) -> Answer:
        if await self._admin.event(str(action["target"])) is None:
            return "failed", "it was refused when it was sent: Synapse cannot let a message wait"
        return "done", "it was delivered when it was sent: Synapse cannot let a message wait"

    async def _notify_owner(self, action: Json) -> Answer:
        user = str(action["target"])
        if not self._admin.is_ours(user):
            return "failed", "the account is on another server"
        await self._tell(user, self._notices.say("owner", user), str(action["action"]))
        return "done", "told in the account itself"

    async def _notify_recipients(self, action: Json) -> Answer:
        account = str(action["account"])
        lures: dict[str, list[str]] = {}
        for event, room in self._worked.lures_of(account):
            for person in await self._admin.members(room):
                if person != account and not self._worked.is_told(account, person, event):
                    lures.setdefault(person, []).append(event)
        here = [person for person in sorted(lures) if self._admin.is_ours(person)]
        told = 0
        for person in here[:MAX_TOLD]:
            try:
                words = self._notices.say("recipients", account)
                await self._tell(person, words, f"{action['action']}-{person}")
            except AdminError as error:
                log.warning("not told", person=person, reason=str(error))
                continue
            self._worked.told(account, person, lures[person])
            told += 1
        return "done", f"{told} of {len(lures)} people told; the others are on other servers or too many"

    async def _step_up(self, action: Json) -> Answer:
        user = str(action["target"])
        if not self._admin.is_ours(user):
            return "failed", "the account is on another server"
        await self._tell(user, self._notices.say("clicked", user), str(action["action"]))
        return "done", "told; Synapse has no second factor"

    async def _undo(self, action: Json) -> Answer:
        user, was = str(action["target"]), action.get("was")
        if was == "suspend":
            await self._admin.suspend(user, suspended=False)
        elif was == "limit":
            return await self._set_limit(user, 0.0, "as before")
        elif was == "require_password":
            if not self._worked.is_locked(user):
                return "done", "a new password had been asked for; that is not taken back"
            await self._admin.lock(user, locked=False)
            self._worked.lock(user, locked=False)
        return "done", "as before"

    async def _tell(self, person: str, words: str, txn: str) -> None:
        if self._choices.notices == "server":
            await self._admin.server_notice(person, words, txn)
            return
        room = self._worked.notice_room(person)
        if room is None:
            room = await self._admin.new_room(person)
            self._worked.set_notice_room(person, room)
        await self._admin.say(room, words, txn)


def _place(action: Json) -> tuple[int, int]:
    kind = action.get("kind")
    place: Any = action.get("place", 0)
    return ORDER.index(kind) if kind in ORDER else len(ORDER), place if isinstance(place, int) else 0


def _seconds(text: object) -> float:
    """An RFC 3339 time in seconds since the epoch; a day from now for none."""
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return time.time() + 86_400.0
