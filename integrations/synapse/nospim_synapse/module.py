# Copyright the nospim authors.
# SPDX-License-Identifier: Apache-2.0
"""The callbacks: what Synapse asks, and what it is answered.

Synapse wants `NOT_SPAM`, or a pair of a code and a dictionary; never a truth value, which means spam in one
callback and harmless in the next.  A check that fails is no reason to lose an event: whatever goes wrong here
ends in the fail policy, and for events of other servers that is to deliver.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from synapse.module_api import NOT_SPAM, EventBase, ModuleApi, ProfileInfo, StateMap
from synapse.module_api.errors import Codes, ConfigError, SynapseError

from nospim_synapse.convert import MAX_TO, envelope, events_of, time_of
from nospim_synapse.guard import Guard, NoVerdictError
from nospim_synapse.limits import PATH, Limits, Resource
from nospim_synapse.sessions import Sessions
from nospim_synapse.settings import Settings, parse

logger = logging.getLogger(__name__)

MEMBERS_SECONDS = 60.0
"""Seconds for which the members of a room are remembered: another worker may have let somebody in."""
MAX_ROOMS = 20_000
OLD_SECONDS = 3600.0
"""Age from which an event of another server is history: Synapse asks about what it fetches when somebody
joins too, and the guard would take a year of talk for one minute's."""
TAGGED = 20_000
"""Messages whose mark is remembered for clients."""
TAG = "org.nospim.warning"
"""The mark in the unsigned part of a message that the guard warns of."""


class Nospim:
    """The module."""

    def __init__(self, config: Settings, api: ModuleApi) -> None:
        if not config.source:
            config = replace(config, source=f"matrix:{api.server_name}")
        self._settings, self._api = config, api
        self._guard = Guard(api, config, self._late)
        self._sessions = Sessions(api, self._guard, config.source)
        self._limits = Limits()
        self._members: dict[str, tuple[float, list[str] | None]] = {}
        self._warned: dict[str, None] = {}
        self._registering: dict[str, dict[str, Any]] = {}
        api.register_spam_checker_callbacks(
            check_event_for_spam=self.check_event_for_spam,
            check_login_for_spam=self.check_login_for_spam,
            check_registration_for_spam=self.check_registration_for_spam,
        )
        api.register_account_validity_callbacks(on_user_registration=self.on_user_registration)
        api.register_third_party_rules_callbacks(
            on_new_event=self.on_new_event if config.memberships else None,
            on_profile_update=self.on_profile_update,
            on_user_deactivation_status_changed=self.on_user_deactivation_status_changed,
        )
        if config.warn == "tag":
            api.register_add_extra_fields_to_unsigned_client_event_callbacks(
                add_field_to_unsigned_callback=self.add_field_to_unsigned
            )
        try:
            api.register_password_auth_provider_callbacks(on_logged_out=self.on_logged_out)
        except ConfigError:
            logger.info("accounts are delegated, so ends of sessions are not reported")
        api.register_web_resource(PATH, Resource(api, config.token, self._limits, self.redact))

    @staticmethod
    def parse_config(config: dict[str, Any]) -> Settings:
        """Check the configuration.  Raises ConfigError, with which Synapse does not start."""
        try:
            return parse(config)
        except (ValueError, OSError, TypeError) as error:
            raise ConfigError(str(error)) from None

    # Messages

    async def check_event_for_spam(self, event: EventBase) -> Any:
        """Asked for each event of people here before it is sent, and of other servers before it is shown."""
        local = self._api.is_mine(event.sender)
        try:
            if event.is_state() or (not local and self._is_history(event)):
                return NOT_SPAM
            return await self._check(event, local)
        except Exception:
            logger.exception("a message was not judged")
            return self._without_verdict(local)

    async def _check(self, event: EventBase, local: bool) -> Any:
        device = getattr(event.internal_metadata, "device_id", None) if local else None
        found = self._events(event, await self._members_of(event.room_id), device)
        if not found or found[0]["type"] != "im.message.sent":
            return NOT_SPAM  # reported once it is sent, by on_new_event
        if local:
            if not self._limits.may_send(event.sender):
                return Codes.LIMIT_EXCEEDED, {"error": self._settings.limited, "retry_after_ms": 60_000}
            await self._sessions.used(event.sender, device)
        try:
            verdict = await self._guard.check(found[0])
        except NoVerdictError as error:
            logger.info("%s: %s", event.event_id, error)
            answer = self._without_verdict(local)
            if answer == NOT_SPAM:
                self._guard.report_unjudged(found[0])
            return answer
        return self._answer(event.event_id, verdict["action"], local)

    def _is_history(self, event: EventBase) -> bool:
        return time.time() - event.origin_server_ts / 1000 > OLD_SECONDS

    def _answer(self, ident: str, action: str, local: bool) -> Any:
        if action == "warn":
            self._warned[ident] = None
            if len(self._warned) > TAGGED:
                self._warned.pop(next(iter(self._warned)))
        refused = {"block"} if local or self._settings.on_block_remote == "refuse" else set()
        if local and self._settings.on_hold == "refuse":
            refused.add("hold")  # of another server it would be lost for good, on a suspicion
        if action not in refused:
            return NOT_SPAM
        return Codes.FORBIDDEN, {"error": self._settings.refusal, "org.nospim.reference": ident}

    def _without_verdict(self, local: bool) -> Any:
        policy = self._settings.on_failure if local else self._settings.on_failure_remote
        if policy == "deliver":
            return NOT_SPAM
        return Codes.FORBIDDEN, {"error": "Not sent: messages cannot be checked right now. Try again later."}

    async def _late(self, ident: str, verdict: dict[str, Any]) -> None:
        """The guard is back, and has judged what went out without it."""
        if verdict.get("action") != "block":
            return
        try:
            await self.redact(ident, "a lure from a stolen account")
        except SynapseError as error:
            logger.warning("the lure %s was not taken back: %s", ident, error)

    async def redact(self, ident: str, reason: str) -> str:
        """Take a message back in the name of its sender, who may be locked out by now; gives that name.

        Raises SynapseError where it is not known, or its sender is of another server.
        """
        event = await self._api._store.get_event(ident, allow_none=True)
        if event is None:
            raise SynapseError(404, "there is no such event", Codes.NOT_FOUND)
        if not self._api.is_mine(event.sender):
            raise SynapseError(403, "its sender is of another server", Codes.FORBIDDEN)
        if event.internal_metadata.is_redacted():
            return event.sender
        await self._api.create_and_send_event_into_room(
            {
                "type": "m.room.redaction",
                "room_id": event.room_id,
                "sender": event.sender,
                "redacts": ident,
                "content": {"redacts": ident, "reason": reason},
            }
        )
        return event.sender

    async def add_field_to_unsigned(self, event: EventBase) -> dict[str, Any]:
        """Show clients the mark of a message that the guard warns of."""
        return {TAG: True} if event.event_id in self._warned else {}

    # People

    async def check_login_for_spam(
        self,
        user_id: str,
        device_id: str | None,
        initial_display_name: str | None,
        request_info: Collection[tuple[str | None, str]],
        auth_provider_id: str | None = None,
    ) -> Any:
        """Never refuses: an account that may not sign in is locked.  Reports where it was from."""
        try:
            agent, ip = next(iter(request_info), (None, None))
            method = f"sso:{auth_provider_id}" if auth_provider_id else "password"
            await self._sessions.signed_in(user_id, device_id, initial_display_name, ip, agent, method)
        except Exception:
            logger.exception("a sign-in was not reported")
        return NOT_SPAM

    async def on_logged_out(self, user_id: str, device_id: str | None, access_token: str) -> None:
        """A session ended."""
        self._sessions.closed(user_id, device_id)

    async def check_registration_for_spam(
        self,
        email_threepid: dict[str, Any] | None,
        username: str | None,
        request_info: Collection[tuple[str, str]],
        auth_provider_id: str | None = None,
    ) -> Any:
        """Never refuses; remembers where a new account is registered from."""
        from synapse.spam_checker_api import RegistrationBehaviour

        if username is not None and request_info:
            agent, ip = next(iter(request_info))
            if len(self._registering) > 1000:
                self._registering.pop(next(iter(self._registering)))
            user = self._api.get_qualified_user_id(username)
            self._registering[user] = {"ip": ip, "client": (agent or "")[:200] or None}
        return RegistrationBehaviour.ALLOW

    async def on_user_registration(self, user: str) -> None:
        """An account was made."""
        self._tell("im.account.created", user, self._registering.pop(user, {}))

    async def on_user_deactivation_status_changed(
        self, user_id: str, deactivated: bool, by_admin: bool
    ) -> None:
        """An account was closed, or opened again."""
        self._tell("im.account.disabled" if deactivated else "im.account.recovered", user_id, {})

    async def on_profile_update(
        self, user_id: str, new_profile: ProfileInfo, by_admin: bool, deactivation: bool
    ) -> None:
        """Somebody's name or picture changed."""
        if not deactivation:
            data = {"name": new_profile.display_name, "avatar": new_profile.avatar_url}
            self._tell("im.profile.changed", user_id, data)

    # What was sent

    async def on_new_event(self, event: EventBase, state: StateMap[EventBase]) -> None:
        """Reports edits, redactions, invitations and joins; messages were asked about before."""
        if event.type == "m.room.member":
            self._members.pop(event.room_id, None)
        before = await self._before(event)
        found = self._events(event, None, getattr(event.internal_metadata, "device_id", None), before)
        self._guard.report(*(each for each in found if each["type"] != "im.message.sent"))

    async def _before(self, event: EventBase) -> dict[str, Any]:
        """Of a join of somebody here: what it replaced, which tells who had invited."""
        replaced = event.unsigned.get("replaces_state")
        if event.type != "m.room.member" or not replaced or not self._api.is_mine(event.sender):
            return {}
        before = await self._api._store.get_event(replaced, allow_none=True)
        if before is None:
            return {}
        return {"prev_content": dict(before.content), "prev_sender": before.sender}

    def _events(
        self,
        event: EventBase,
        members: list[str] | None,
        device: str | None,
        unsigned: dict[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        plain = event.get_dict()
        # Nobody has signed the unsigned part of an event: only what this server knows itself counts.
        plain |= {"room_id": event.room_id, "unsigned": unsigned or {}}
        return events_of(plain, event.event_id, self._settings.source, members, device)

    async def _members_of(self, room: str) -> list[str] | None:
        """Who is in a room or invited to it, None for a large room."""
        now = time.monotonic()
        known = self._members.get(room)
        if known is not None and now - known[0] < MEMBERS_SECONDS:
            return known[1]

        def read(txn: Any) -> list[str]:
            txn.execute(
                "SELECT state_key FROM current_state_events WHERE room_id = ? AND type = 'm.room.member' "
                "AND membership IN ('join', 'invite') LIMIT ?",
                (room, MAX_TO + 1),
            )
            return [str(row[0]) for row in txn]

        found = await self._api.run_db_interaction("nospim_members", read)
        members = sorted(found) if len(found) <= MAX_TO else None
        if len(self._members) >= MAX_ROOMS:
            self._members.pop(next(iter(self._members)))
        self._members[room] = (now, members)
        return members

    def _tell(self, kind: str, user: str, data: dict[str, Any]) -> None:
        milliseconds = int(time.time() * 1000)
        ident = f"{kind.removeprefix('im.')}:{user}:{milliseconds}"
        self._guard.report(envelope(self._settings.source, ident, kind, time_of(milliseconds), user, data))
