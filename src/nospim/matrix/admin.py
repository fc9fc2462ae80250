"""Synapse's admin API, as far as actions need it.

Source: Synapse's documentation, "Admin API", tried with 1.163.  A refusal is `AdminError`, which will not go
away by itself; `AwayError` says that Synapse cannot be asked now.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Any, Final, Literal
from urllib.parse import quote

import httpx2
import msgspec

from nospim.matrix.canonical import Json

SECONDS: Final = 15.0
TRIES: Final = 6
"""Tries of a request that is told to come back later: Synapse slows down whoever sends a lot."""
LONGEST_WAIT: Final = 10.0

Method = Literal["GET", "POST", "PUT", "DELETE"]


class AdminError(Exception):
    """Synapse will not do it; the message says why.  code: its own name for the reason."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(f"Synapse answers {status} {code}: {text[:200]}")
        self.status, self.code = status, code


class AwayError(Exception):
    """Synapse cannot be asked now."""


class SynapseAdmin:
    """One Synapse.  url: of its listener.  token: of an administrator.  name: its server name."""

    def __init__(self, url: str, token: str, name: str) -> None:
        self._web = httpx2.AsyncClient(base_url=url, timeout=SECONDS, trust_env=False)
        self._token = token
        self.name = name

    async def close(self) -> None:
        """Close the connections."""
        await self._web.aclose()

    def is_ours(self, user: str) -> bool:
        """Is this an account of this server?"""
        return user.startswith("@") and user.partition(":")[2] == self.name

    async def user(self, user: str) -> Json:
        """What Synapse knows of an account."""
        return await self._ask("GET", f"/_synapse/admin/v2/users/{quoted(user)}")

    async def devices(self, user: str) -> list[str]:
        """The ids of an account's devices."""
        got = await self._ask("GET", f"/_synapse/admin/v2/users/{quoted(user)}/devices")
        return [str(device["device_id"]) for device in got.get("devices", [])]

    async def delete_devices(self, user: str, devices: list[str]) -> None:
        """End the sessions of these devices."""
        path = f"/_synapse/admin/v2/users/{quoted(user)}/delete_devices"
        await self._ask("POST", path, {"devices": devices})

    async def forget_password(self, user: str) -> None:
        """Give an account a password that nobody knows; its sessions stay."""
        body = {"new_password": secrets.token_urlsafe(48), "logout_devices": False}
        await self._ask("POST", f"/_synapse/admin/v1/reset_password/{quoted(user)}", body)

    async def lock(self, user: str, *, locked: bool) -> None:
        """Lock an account, or let its owner in again; nothing of it is lost."""
        await self._ask("PUT", f"/_synapse/admin/v2/users/{quoted(user)}", {"locked": locked})

    async def suspend(self, user: str, *, suspended: bool) -> None:
        """Let an account read only, or write again."""
        await self._ask("PUT", f"/_synapse/admin/v1/suspend/{quoted(user)}", {"suspend": suspended})

    async def event(self, ident: str) -> Json | None:
        """An event, None where this server does not have it."""
        try:
            got = await self._ask("GET", f"/_synapse/admin/v1/fetch_event/{quoted(ident)}")
        except AdminError as error:
            if error.status == 404:
                return None
            raise
        event: Json = got["event"]
        return event

    async def members(self, room: str) -> list[str]:
        """Who has joined a room."""
        got = await self._ask("GET", f"/_synapse/admin/v1/rooms/{quoted(room)}/members")
        return [str(member) for member in got.get("members", [])]

    async def redact(self, event: Json, ident: str, txn: str, reason: str) -> None:
        """Take a message back: in its sender's name, or the administrator's for senders of other servers.

        An account that was locked meanwhile cannot be spoken for; then everything that it wrote into the room
        in the same millisecond is taken back.
        """
        sender, room = str(event["sender"]), str(event["room_id"])
        path = f"/_matrix/client/v3/rooms/{quoted(room)}/redact/{quoted(ident)}/{quoted(txn)}"
        if not self.is_ours(sender):
            await self._ask("PUT", path, {"reason": reason})
            return
        try:
            got = await self._ask("POST", f"/_synapse/admin/v1/users/{quoted(sender)}/login", {})
            token = str(got["access_token"])
            try:
                await self._ask("PUT", path, {"reason": reason}, token)
            finally:
                await self._ask("POST", "/_matrix/client/v3/logout", {}, token)
        except AdminError as error:
            if error.code not in {"M_USER_LOCKED", "M_UNKNOWN_TOKEN", "M_USER_DEACTIVATED"}:
                raise
            await self._redact_locked(sender, room, event, reason)

    async def _redact_locked(self, sender: str, room: str, event: Json, reason: str) -> None:
        at = int(event["origin_server_ts"])
        body = {"rooms": [room], "reason": reason, "after_ts": at - 1, "before_ts": at + 1}
        got = await self._ask("POST", f"/_synapse/admin/v1/user/{quoted(sender)}/redact", body)
        for _ in range(60):
            path = f"/_synapse/admin/v1/user/redact_status/{quoted(str(got['redact_id']))}"
            state = await self._ask("GET", path)
            if state.get("status") == "complete":
                return
            if state.get("status") == "failed":
                break
            await asyncio.sleep(0.5)
        raise AdminError(500, "M_UNKNOWN", "the redaction did not come to an end")

    async def server_notice(self, user: str, words: str, txn: str) -> None:
        """A notice of the server's own; its configuration must have `server_notices`."""
        body = {"user_id": user, "content": {"msgtype": "m.text", "body": words}}
        await self._ask("PUT", f"/_synapse/admin/v1/send_server_notice/{quoted(txn)}", body)

    async def new_room(self, user: str) -> str:
        """A room of the administrator's account with one person."""
        body = {"preset": "trusted_private_chat", "is_direct": True, "invite": [user], "name": "Notices"}
        return str((await self._ask("POST", "/_matrix/client/v3/createRoom", body))["room_id"])

    async def say(self, room: str, words: str, txn: str) -> None:
        """Words of the administrator's account in a room."""
        path = f"/_matrix/client/v3/rooms/{quoted(room)}/send/m.room.message/{quoted(txn)}"
        await self._ask("PUT", path, {"msgtype": "m.notice", "body": words})

    async def reports(self, start: int) -> list[Json]:
        """Reports of messages from a place on, oldest first, a hundred at most."""
        got = await self._ask("GET", f"/_synapse/admin/v1/event_reports?dir=f&from={start}&limit=100")
        found: list[Json] = got.get("event_reports", [])
        return found

    async def module(self, token: str, body: Json) -> Json:
        """Ask our module inside Synapse; AdminError with status 404 where it is not there."""
        return await self._ask("POST", "/_synapse/client/nospim", body, token)

    async def _ask(self, method: Method, path: str, body: Any = None, token: str | None = None) -> Json:
        headers = {"authorization": f"Bearer {token or self._token}"}
        for left in range(TRIES, 0, -1):
            try:
                got = await self._web.request(method, path, json=body, headers=headers)
            except httpx2.RequestError as error:
                raise AwayError(str(error) or type(error).__name__) from None
            try:
                told = msgspec.json.decode(got.content or b"{}", type=dict[str, Any])
            except (msgspec.MsgspecError, UnicodeDecodeError):
                told = {}
            if got.status_code == 429 and left > 1:
                wait = told.get("retry_after_ms", 1000)
                await asyncio.sleep(min(LONGEST_WAIT, wait / 1000 if isinstance(wait, int | float) else 1.0))
                continue
            if got.status_code in {429, 502, 503, 504}:
                raise AwayError(f"status {got.status_code}")
            if token is None and got.status_code == 401:
                raise AwayError("the administrator's token is not valid any more")
            if got.status_code == 403 and path.startswith("/_synapse/admin/"):
                raise AwayError("the token is not an administrator's")
            if got.status_code >= 400:
                code, text = str(told.get("errcode", "")), str(told.get("error", ""))
                raise AdminError(got.status_code, code, text)
            return told
        raise AwayError("told to come back later again and again")


def quoted(text: str) -> str:
    """For a part of a path."""
    return quote(text, safe="")
