"""The client against a server on loopback: what it asks, when it asks again, and when it gives up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import msgspec
import pytest
from client_service import Asked, Reply, serving
from hypothesis import given
from hypothesis import strategies as st

from nospim.client import (
    AsyncClient,
    Client,
    ClientError,
    NotAllowedError,
    Patience,
    RefusedError,
    UnreachableError,
)
from nospim.client.plans import MAX_BATCH, MAX_BATCH_BYTES, Answer, Failed, Pause, Planner, Request, batches
from nospim.errors import UsageError
from nospim.events import decode

HASTY = Patience(timeout=2.0, deadline=3.0, first=0.001, longest=0.002)

VERDICT = {
    "id": "m1",
    "source": "im.example",
    "time": "2026-11-02T09:00:00Z",
    "account": "ann",
    "action": "hold",
    "score": 0.25,
    "reasons": [{"signal": "prior", "bits": -1.585, "detail": "the policy's prior"}],
    "campaign": None,
}


def message(ident: str = "m1", text: str = "hello") -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "source": "im.example",
            "id": ident,
            "type": "im.message.sent",
            "time": "2026-11-02T09:00:00Z",
            "subject": "ann",
            "data": {"to": ["bo"], "text": text},
        }
    ).encode()


def reply(value: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value).encode())


def test_a_message_is_checked_with_the_token_and_the_verdict_comes_back_typed() -> None:
    with serving(lambda _: reply(VERDICT)) as service, Client(service.url, "s3cret") as client:
        verdict = client.check(decode(message()))

    assert (verdict.id, verdict.action, verdict.score) == ("m1", "hold", 0.25)
    (asked,) = service.asked
    assert (asked.method, asked.path) == ("POST", "/v1/check")
    assert asked.headers["authorization"] == "Bearer s3cret"
    assert asked.headers["content-type"] == "application/cloudevents+json"
    assert decode(asked.body) == decode(message())


def test_the_awaited_client_asks_and_hears_the_same() -> None:
    async def talk(url: str) -> Sequence[object]:
        async with AsyncClient(url, "s3cret", patience=HASTY) as client:
            verdict = await client.check(decode(message()))
            with pytest.raises(NotAllowedError):
                await client.actions("c7", "im.example", wait=0)
            await client.result("a-1", "done", "two sessions ended")
            return (verdict.action, (await client.send([message()])).accepted)

    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/v1/actions?"):
            return reply({"title": "wrong scope"}, 403)
        return reply(VERDICT) if asked.path == "/v1/check" else reply({"accepted": 1}, 202)

    with serving(answer) as service:
        assert asyncio.run(talk(service.url)) == ("hold", 1)
    paths = [asked.path for asked in service.asked]
    assert paths == [
        "/v1/check",
        "/v1/actions?wait=0&after=c7&source=im.example",
        "/v1/actions/a-1/result",
        "/v1/events",
    ]
    assert json.loads(service.asked[2].body) == {"outcome": "done", "detail": "two sessions ended"}


def test_a_lost_answer_is_asked_for_again_with_the_same_bytes() -> None:
    replies = iter([Reply(0), Reply(503), Reply(429, headers={"retry-after": "0"}), reply(VERDICT)])
    with (
        serving(lambda _: next(replies)) as service,
        Client(service.url, patience=HASTY) as client,
    ):
        assert client.check(decode(message())).action == "hold"

    assert len(service.asked) == 4
    assert len({asked.body for asked in service.asked}) == 1


def test_when_the_deadline_is_over_it_says_what_to_look_at() -> None:
    busy = Reply(503, headers={"retry-after": "60"})
    with (
        serving(lambda _: busy) as service,
        Client(service.url, patience=HASTY) as client,
        pytest.raises(UnreachableError, match=r"after 1 tries \(status 503\).*is it running and reachable\?"),
    ):
        client.check(decode(message()))


def test_a_refusal_is_not_tried_again_and_carries_the_reason() -> None:
    problem = {"type": "about:blank", "title": "Conflict", "status": 409, "detail": "used\nbefore"}
    with (
        serving(lambda _: reply(problem, 409)) as service,
        Client(service.url, patience=HASTY) as client,
        pytest.raises(RefusedError, match="409 \\(Conflict: used before\\)") as refused,
    ):
        client.check(decode(message()))

    assert refused.value.status == 409
    assert len(service.asked) == 1


@pytest.mark.parametrize("body", [b"<html>a router</html>", b"[]", b"\xff", b'{"id": 1}'])
def test_something_else_that_answers_is_told_apart(body: bytes) -> None:
    with (
        serving(lambda _: Reply(200, body)) as service,
        Client(service.url, patience=HASTY) as client,
        pytest.raises(ClientError, match="not a nospim service"),
    ):
        client.check(decode(message()))


def test_a_poisonous_event_is_found_by_halving_and_its_neighbours_are_taken() -> None:
    def answer(asked: Asked) -> Reply:
        events = json.loads(asked.body)
        if any(event["id"] == "m5" for event in events):
            return reply({"title": "Bad request", "detail": "no such event"}, 400)
        return reply({"accepted": len(events)}, 202)

    lines = [message(f"m{i}") for i in range(9)]
    with serving(answer) as service, Client(service.url, patience=HASTY) as client:
        got = client.send(lines)

    assert got.accepted == 8
    assert [(r.index, r.reason) for r in got.refused] == [(5, "no such event")]


def test_refusals_are_numbered_through_all_batches() -> None:
    def answer(asked: Asked) -> Reply:
        count = len(json.loads(asked.body))
        refused = [{"index": count - 1, "reason": "used before with other content"}]
        return reply({"accepted": count - 1, "refused": refused}, 202)

    lines = [message(f"m{i}") for i in range(MAX_BATCH + 3)]
    with serving(answer) as service, Client(service.url, patience=HASTY) as client:
        got = client.send(lines)

    assert got.accepted == MAX_BATCH + 1
    assert [r.index for r in got.refused] == [MAX_BATCH - 1, MAX_BATCH + 2]


@given(st.lists(st.integers(1, MAX_BATCH_BYTES + 10), max_size=60))
def test_batches_hold_every_line_once_in_order_within_their_bounds(sizes: list[int]) -> None:
    lines = [bytes(size) for size in sizes]
    cut = batches(lines)

    assert [line for batch in cut for line in batch] == lines
    assert all(batch for batch in cut)
    assert all(len(batch) == 1 or sum(map(len, batch)) <= MAX_BATCH_BYTES for batch in cut)


@given(st.integers(0, 12), st.floats(0, 1, exclude_max=True))
def test_pauses_double_up_to_the_longest_and_never_vanish(failures: int, chance: float) -> None:
    patience = Patience(deadline=None, first=0.1, longest=5.0)
    plan = Planner(patience, lambda: chance, lambda: 0.0).result("a", "done", "")
    step = next(plan)
    pauses = []
    for _ in range(failures):
        pause = plan.send(Failed("no route"))
        assert isinstance(pause, Pause)
        pauses.append(pause.seconds)
        step = plan.send(None)
    assert isinstance(step, Request)
    with pytest.raises(StopIteration):
        plan.send(Answer(200))

    ceilings = [min(5.0, 0.1 * 2**n) for n in range(failures)]
    assert all(c / 2 <= p <= c for p, c in zip(pauses, ceilings, strict=True))


def test_an_unreasonable_advice_to_wait_is_bounded() -> None:
    plan = Planner(Patience(deadline=None), lambda: 0.0, lambda: 0.0).result("a", "done", "")
    next(plan)

    assert plan.send(Answer(503, b"", 1e9)) == Pause(300.0)


@pytest.mark.parametrize("url", ["im.example", "ftp://im.example", ""])
def test_an_address_that_is_none_is_wrong_usage(url: str) -> None:
    with pytest.raises(UsageError, match="http://HOST:PORT"):
        Client(url)


def test_nothing_of_the_environment_sends_messages_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with serving(lambda _: reply(VERDICT)) as service, Client(service.url, patience=HASTY) as client:
        assert client.check(decode(message())).action == "hold"


def test_the_token_is_in_no_error() -> None:
    with (
        serving(lambda _: reply({"title": "no", "detail": "unknown token"}, 401)) as service,
        Client(service.url, "s3cret", patience=HASTY) as client,
        pytest.raises(NotAllowedError) as error,
    ):
        client.send([message()])

    assert "s3cret" not in str(error.value)
    assert msgspec.json.decode(service.asked[0].body)[0]["id"] == "m1"
