# Copyright the nospim authors.
# SPDX-License-Identifier: Apache-2.0
"""Accounts that may send only a few messages a minute, and lures that are taken back: asked for over HTTP.

`nospim matrix serve` calls this when the guard asks for `limit` or `recall`.  Limits end by themselves; a
restart of Synapse forgets them.
"""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from synapse.module_api import DirectServeJsonResource, ModuleApi, SynapseRequest
from synapse.module_api.errors import SynapseError

PATH = "/_synapse/client/nospim"
PER_MINUTE = 3
"""Messages that a limited account may send in a minute: enough to ask for help, too few to spread."""
MAX_LIMITS = 50_000
MAX_BODY = 65_536


class Limits:
    """Limited accounts.  Used on the reactor's thread only."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._sent: dict[str, list[float]] = {}

    def set(self, user: str, until: float) -> None:
        """Limit an account until a time (seconds since the epoch); 0 lifts the limit."""
        self._until.pop(user, None)
        self._sent.pop(user, None)
        if until > time.time():
            if len(self._until) >= MAX_LIMITS:
                self._until.pop(next(iter(self._until)))
            self._until[user] = until

    def may_send(self, user: str) -> bool:
        """Whether an account may send one more message now; counts it if so."""
        until = self._until.get(user)
        now = time.time()
        if until is None:
            return True
        if until <= now:
            self.set(user, 0)
            return True
        sent = [at for at in self._sent.get(user, []) if now - at < 60]
        if len(sent) >= PER_MINUTE:
            self._sent[user] = sent
            return False
        self._sent[user] = [*sent, now]
        return True


class Resource(DirectServeJsonResource):
    """With the guard's token: `{"do": "limit", "user", "until"}`, `{"do": "redact", "event", "reason"}`."""

    def __init__(
        self, api: ModuleApi, token: str, limits: Limits, redact: Callable[[str, str], Awaitable[str]]
    ) -> None:
        super().__init__(clock=api._clock)
        self._token, self._limits, self._redact = token, limits, redact

    async def _async_render_POST(self, request: SynapseRequest) -> tuple[int, Any]:
        given = request.getHeader("Authorization") or ""
        if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            raise SynapseError(401, "the guard's token is missing or wrong", "M_MISSING_TOKEN")
        try:
            asked = json.loads(request.content.read(MAX_BODY))
            what = asked["do"]
            if what == "limit":
                self._limits.set(str(asked["user"]), float(asked["until"]))
                return 200, {}
            if what == "redact":
                sender = await self._redact(str(asked["event"]), str(asked.get("reason", "")))
                return 200, {"sender": sender}
        except (ValueError, KeyError, TypeError):
            pass
        raise SynapseError(400, "nothing that this module does", "M_BAD_JSON")
