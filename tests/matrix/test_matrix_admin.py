"""Synapse's admin API from our side: what can be tried again, and what is refused for good."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from nospim.matrix.admin import AdminError, AwayError, SynapseAdmin

ANN = "@ann:a.example"


def admin(answer: Callable[[httpx2.Request], httpx2.Response]) -> SynapseAdmin:
    made = SynapseAdmin("http://127.0.0.1:1", "secret", "a.example")
    made._web = httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url="http://here")
    return made


def ask(answer: Callable[[httpx2.Request], httpx2.Response]) -> Any:
    return asyncio.run(admin(answer).devices(ANN))


def test_names_are_quoted_and_the_token_is_shown() -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"devices": [{"device_id": "A/B"}]})

    assert ask(answer) == ["A/B"]
    assert seen[0].url.raw_path == b"/_synapse/admin/v2/users/%40ann%3Aa.example/devices"
    assert seen[0].headers["authorization"] == "Bearer secret"


@pytest.mark.parametrize(
    ("status", "code"), [(401, "M_UNKNOWN_TOKEN"), (403, "M_FORBIDDEN"), (502, ""), (503, ""), (504, "")]
)
def test_what_may_pass_is_tried_again_and_answers_no_action(status: int, code: str) -> None:
    with pytest.raises(AwayError):
        ask(lambda _: httpx2.Response(status, json={"errcode": code}))


def test_no_connection_is_no_answer() -> None:
    def answer(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    with pytest.raises(AwayError, match="refused"):
        ask(answer)


@pytest.mark.parametrize("body", [b'{"errcode": "M_NOT_FOUND", "error": "no"}', b"<html>", b""])
def test_a_refusal_is_one_whatever_its_form(body: bytes) -> None:
    with pytest.raises(AdminError) as refused:
        ask(lambda _: httpx2.Response(404, content=body))
    assert refused.value.status == 404


def test_told_to_come_back_later_it_does() -> None:
    left = [2]

    def answer(_: httpx2.Request) -> httpx2.Response:
        if left[0]:
            left[0] -= 1
            return httpx2.Response(429, json={"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1})
        return httpx2.Response(200, json={"devices": []})

    assert ask(answer) == []


def test_who_is_ours() -> None:
    synapse = admin(lambda _: httpx2.Response(200))
    assert synapse.is_ours(ANN)
    assert not any(
        map(synapse.is_ours, ["@ann:b.example", "ann:a.example", "@ann:a.example:1", "!r:a.example"])
    )
