# Copyright the nospim authors.
# SPDX-License-Identifier: Apache-2.0
"""Which sign-in made which device.

Synapse tells a module of a sign-in before the device exists, unless the client names it.  So the devices that
an account has are remembered at the sign-in, and the one that is there soon after and was not before is it.
"""

from __future__ import annotations

import time
from typing import Any

from synapse.module_api import ModuleApi

from nospim_synapse.convert import envelope, session_id, time_of
from nospim_synapse.guard import Guard

PENDING_SECONDS = 60.0
"""Seconds for which a sign-in waits for its device."""
LOOKS = (300.0, 1500.0, 5000.0)
"""Milliseconds after a sign-in at which its device is looked for."""
AGAIN_SECONDS = 60.0
"""Seconds between two looks at the address that a device is used from."""
MAX_DEVICES = 50_000
MAX_PENDING = 10_000


class _Pending:
    def __init__(self, at: float, data: dict[str, Any], known: frozenset[str]) -> None:
        self.at, self.data, self.known = at, data, known


class Sessions:
    """Reports sessions as they open, move and close."""

    def __init__(self, api: ModuleApi, guard: Guard, source: str) -> None:
        self._api, self._guard, self._source = api, guard, source
        self._pending: dict[str, list[_Pending]] = {}
        self._seen: dict[str, tuple[float, str | None]] = {}

    async def signed_in(
        self,
        user: str,
        device: str | None,
        name: str | None,
        ip: str | None,
        agent: str | None,
        method: str | None,
    ) -> None:
        """Somebody proved to be `user`; the device may not exist yet."""
        at = time.time()
        client, label = (agent or "")[:200] or None, (name or "")[:200] or None
        data = {"ip": ip, "client": client, "device": label, "method": method}
        if device:
            self._opened(user, device, at, data)
            return
        if len(self._pending) >= MAX_PENDING:
            self._pending.pop(next(iter(self._pending)))
        known = frozenset(d for d, _ in await self._devices(user))
        self._pending.setdefault(user, []).append(_Pending(at, data, known))
        for wait in LOOKS:
            self._api.delayed_background_call(wait, self._look, user, desc="nospim_session")

    async def used(self, user: str, device: str | None) -> None:
        """A device sent something: it exists, and may have moved to another address."""
        if not device:
            return
        if user in self._pending:
            self._match(user, [(device, None)])
        key = f"{user} {device}"
        now = time.time()
        before = self._seen.get(key)
        if before is not None and now - before[0] < AGAIN_SECONDS:
            return
        self._remember(key, now, before[1] if before else None)
        self._api.delayed_background_call(1, self._moved, user, device, desc="nospim_moved")

    def closed(self, user: str, device: str | None) -> None:
        """A device signed out."""
        if device:
            self._seen.pop(f"{user} {device}", None)
            self._report("closed", user, device, time.time(), {})

    async def _look(self, user: str) -> None:
        if user in self._pending:
            self._match(user, await self._devices(user))

    def _match(self, user: str, devices: list[tuple[str, str | None]]) -> None:
        waiting = self._pending.pop(user, [])
        left = []
        taken: set[str] = set()
        for place, pending in enumerate(waiting):
            # What was there at the next sign-in already is this one's; what was not there is not.
            later = waiting[place + 1].known if place + 1 < len(waiting) else None
            old = pending.known | taken
            new = [d for d, _ in devices if d not in old and (later is None or d in later)]
            new = [d for d in new if f"{user} {d}" not in self._seen]
            if new:
                taken.add(new[0])
                self._opened(user, new[0], pending.at, pending.data)
            elif time.time() - pending.at < PENDING_SECONDS:
                left.append(pending)
        if left:
            self._pending[user] = left

    def _opened(self, user: str, device: str, at: float, data: dict[str, Any]) -> None:
        self._remember(f"{user} {device}", at, data.get("ip"))
        self._report("opened", user, device, at, data)

    async def _moved(self, user: str, device: str) -> None:
        """Report a session that goes on from another address than it was seen at last."""
        for found, ip in await self._devices(user):
            if found != device or not ip:
                continue
            _, before = self._seen.get(f"{user} {device}", (0.0, None))
            if before is not None and before != ip:
                self._report("resumed", user, device, time.time(), {"ip": ip})
            self._remember(f"{user} {device}", time.time(), ip)

    async def _devices(self, user: str) -> list[tuple[str, str | None]]:
        """The devices of a user, with the address that each was last seen at, the latest first."""

        def read(txn: Any) -> list[tuple[str, str | None]]:
            txn.execute(
                "SELECT device_id, ip FROM devices WHERE user_id = ? AND NOT hidden "
                "ORDER BY last_seen DESC LIMIT 200",
                (user,),
            )
            return [(str(row[0]), row[1]) for row in txn]

        return await self._api.run_db_interaction("nospim_devices", read)

    def _remember(self, key: str, at: float, ip: str | None) -> None:
        if key not in self._seen and len(self._seen) >= MAX_DEVICES:
            self._seen.pop(next(iter(self._seen)))
        self._seen[key] = (at, ip)

    def _report(self, what: str, user: str, device: str, at: float, data: dict[str, Any]) -> None:
        milliseconds = int(at * 1000)
        session = session_id(user, device)
        kind = f"im.session.{what}"
        ident = f"{what}:{session}:{milliseconds}".replace(" ", "/")
        body = {"session": session, **data}
        self._guard.report(envelope(self._source, ident, kind, time_of(milliseconds), user, body))
