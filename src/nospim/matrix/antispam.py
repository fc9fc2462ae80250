"""The endpoints of synapse-http-antispam, for those who want no module of ours inside their Synapse.

Source: its README (0.5) and the documentation of Synapse's spam-checker callbacks.  What is not 2xx refuses,
so what is no refusal of ours is answered 200, calls that we do not know included.
"""

from __future__ import annotations

import hmac
import json
import time
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nospim.adapters.matrix_convert import envelope, events_of, session_id, time_of
from nospim.matrix.canonical import Json
from nospim.matrix.guard import Guard

MAX_BODY: Final = 1 << 20


class Antispam:
    """The endpoints.

    token: that has to be shown.  name: the homeserver's.  refusal: told to who is refused.  refused: whether
    `hold` refuses, and whether no verdict refuses.
    """

    def __init__(
        self, guard: Guard, token: str, name: str, source: str, refusal: str, refused: tuple[bool, bool]
    ) -> None:
        self._guard, self._token, self._name = guard, token.encode(), name
        self._source, self._refusal = source, refusal
        self._refuse_hold, self._refuse_failure = refused

    def routes(self) -> list[Route]:
        """All of them; `base_url` of the module is /synapse."""
        return [Route("/synapse/{callback}", self.answer, methods=["POST"])]

    async def answer(self, request: Request) -> Response:
        """One callback."""
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, b"Bearer " + self._token):
            return JSONResponse({"errcode": "M_FORBIDDEN", "error": "the token is missing or wrong"}, 401)
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY:
                return JSONResponse({})
        try:
            told = json.loads(bytes(body))
        except (ValueError, RecursionError):
            return JSONResponse({})
        if not isinstance(told, dict):
            return JSONResponse({})
        callback = request.path_params["callback"]
        if callback == "ping":
            return JSONResponse({"id": told.get("id"), "status": "ok"})
        if callback == "check_event_for_spam":
            return await self._event(told)
        self._guard.report(self._reports(callback, told))
        return JSONResponse({})

    async def _event(self, told: Json) -> Response:
        event = told.get("event")
        if not isinstance(event, dict) or "state_key" in event:
            return JSONResponse({})
        # The unsigned part of an event of another server is whatever that server wrote.
        plain = {name: value for name, value in event.items() if name != "unsigned"}
        found = events_of(plain, str(event.get("event_id")), self._source)
        if not found or found[0]["type"] != "im.message.sent" or not self._is_ours(event.get("sender")):
            # Refused, an event of another server would be lost for good; what is found out is redacted later.
            self._guard.report(found)
            return JSONResponse({})
        verdict = await self._guard.check(found[0])
        if verdict is None:
            refused = self._refuse_failure
        else:
            refused = verdict.action == "block" or (verdict.action == "hold" and self._refuse_hold)
        if not refused:
            self._guard.report(found[1:])
            return JSONResponse({})
        return JSONResponse({"errcode": "M_FORBIDDEN", "error": self._refusal}, 403)

    def _reports(self, callback: str, told: Json) -> list[Json]:
        now = int(time.time() * 1000)
        if callback == "federated_user_may_invite" and isinstance(told.get("event"), dict):
            event = {name: value for name, value in told["event"].items() if name != "unsigned"}
            return events_of(event, str(event.get("event_id")), self._source)
        if callback == "user_may_invite":
            inviter, invitee = told.get("inviter"), told.get("invitee")
            if not isinstance(inviter, str) or not isinstance(invitee, str) or not self._is_ours(inviter):
                return []
            ident = f"invite/{told.get('room_id')}/{inviter}/{invitee}/{now}"
            data = {"contact": invitee}
            return [envelope(self._source, ident, "im.contact.requested", time_of(now), inviter, data)]
        if callback == "check_login_for_spam" and isinstance(told.get("user_id"), str):
            return [self._sign_in(told, now)]
        return []

    def _sign_in(self, told: Json, now: int) -> Json:
        user, device = told["user_id"], told.get("device_id")
        info = told.get("request_info")
        first: Any = (
            info[0] if isinstance(info, list) and info and isinstance(info[0], list) else [None, None]
        )
        agent, ip = [*first, None, None][:2]
        # Events do not tell their device here, so a session that has none of its own is as good.
        session = session_id(user, device if isinstance(device, str) and device else f"signed-in-{now}")
        label = told.get("initial_display_name")
        data = {
            "session": session,
            "ip": ip if isinstance(ip, str) else None,
            "client": agent[:200] if isinstance(agent, str) and agent else None,
            "device": label[:200] if isinstance(label, str) and label else None,
            "method": "sso" if told.get("auth_provider_id") else "password",
        }
        ident = f"opened/{user}/{now}"
        return envelope(self._source, ident, "im.session.opened", time_of(now), user, data)

    def _is_ours(self, user: object) -> bool:
        return isinstance(user, str) and user.partition(":")[2] == self._name
