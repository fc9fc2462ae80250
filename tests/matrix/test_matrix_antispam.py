"""The endpoints of synapse-http-antispam: what refuses, what never does, and what the guard hears of."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx2
import pytest
from matrix_world import ToldGuard
from starlette.applications import Starlette

from nospim.matrix.antispam import Antispam
from nospim.verdicts import Rung

NAME = "a.example"


class Scene:
    """The endpoints before a guard that says what its words say."""

    def __init__(self, refuse_hold: bool = False, refuse_failure: bool = False) -> None:
        def say(text: str) -> Rung | None:
            return {"lure": "block", "odd": "hold", "gone": None}.get(text, "allow")

        self.guard = ToldGuard(say)
        refused = (refuse_hold, refuse_failure)
        made = Antispam(self.guard, "shown", NAME, "matrix:a", "No.", refused)  # type: ignore[arg-type]
        self.app = Starlette(routes=list(made.routes()))

    def call(self, callback: str, body: Any, token: str = "shown") -> httpx2.Response:  # noqa: S107
        async def ask() -> httpx2.Response:
            transport = httpx2.ASGITransport(self.app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://here") as web:
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                headers = {"authorization": f"Bearer {token}"}
                return await web.post(f"/synapse/{callback}", content=content, headers=headers)

        return asyncio.run(ask())

    def event(self, text: str, sender: str = f"@ann:{NAME}", **more: Any) -> int:
        event = {
            "type": "m.room.message",
            "event_id": "$e",
            "room_id": "!r",
            "sender": sender,
            "origin_server_ts": 1,
            "content": {"body": text},
            **more,
        }
        return self.call("check_event_for_spam", {"event": event}).status_code


def test_what_refuses_a_message_of_somebody_here() -> None:
    assert [Scene().event(text) for text in ("hello", "odd", "gone", "lure")] == [200, 200, 200, 403]
    strict = Scene(refuse_hold=True, refuse_failure=True)
    assert [strict.event(text) for text in ("hello", "odd", "gone", "lure")] == [200, 403, 403, 403]


def test_a_refusal_carries_our_words() -> None:
    event = {"type": "m.room.message", "sender": f"@a:{NAME}", "content": {"body": "lure"}}
    got = Scene().call("check_event_for_spam", {"event": event})
    assert got.json() == {"errcode": "M_FORBIDDEN", "error": "No."}


def test_an_event_of_another_server_is_never_refused_and_always_told_of() -> None:
    scene = Scene(refuse_hold=True, refuse_failure=True)
    assert scene.event("lure", "@bo:b.example") == 200
    assert scene.guard.checked == []
    assert [e["data"]["text"] for e in scene.guard.reported] == ["lure"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"3", b"x" * (2 << 20), b'{"event": 3}', b'{"event": {}}']
)
def test_what_cannot_be_read_refuses_nothing(body: bytes) -> None:
    assert Scene().call("check_event_for_spam", body).status_code == 200


def test_callbacks_that_we_do_not_know_refuse_nothing() -> None:
    assert Scene().call("user_may_knit", {"user": "@a:b"}).status_code == 200
    assert Scene().call("ping", {"id": "p1"}).json() == {"id": "p1", "status": "ok"}


def test_a_wrong_token_gets_nothing() -> None:
    assert Scene().call("ping", {"id": "p1"}, "guessed").status_code == 401


def test_sign_ins_and_invitations_are_told_of() -> None:
    scene = Scene()
    user = f"@ann:{NAME}"
    sign_in = {
        "user_id": user,
        "device_id": "PHONE",
        "initial_display_name": "phone",
        "request_info": [["Element/1", "192.0.2.7"]],
        "auth_provider_id": None,
    }
    scene.call("check_login_for_spam", sign_in)
    scene.call("check_login_for_spam", {"user_id": user, "request_info": "x"})
    scene.call("user_may_invite", {"inviter": user, "invitee": "@bo:b", "room_id": "!r"})
    scene.call("user_may_invite", {"inviter": "@eve:b.example", "invitee": user, "room_id": "!r"})

    first, second, third = scene.guard.reported
    assert first["data"] == {
        "session": f"{user} PHONE",
        "ip": "192.0.2.7",
        "client": "Element/1",
        "device": "phone",
        "method": "password",
    }
    assert second["data"]["session"].startswith(f"{user} signed-in-")
    assert (third["type"], third["data"]) == ("im.contact.requested", {"contact": "@bo:b"})
