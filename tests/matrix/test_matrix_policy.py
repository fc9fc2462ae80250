"""The policy server: what it signs, what it refuses, and how others may try to use it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from matrix_world import NAME, SIGN, World, message

from nospim.matrix.canonical import ROOM_VERSIONS, redacted, verify
from nospim.matrix.policy import BURST, MatrixError
from nospim.verdicts import Rung

Making = Callable[..., World]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Making]:
    made: list[World] = []

    def making(say: Callable[[str], Rung | None] = lambda _: "allow", **choices: Any) -> World:
        made.append(World(tmp_path / str(len(made)), say, **choices))
        return made[-1]

    yield making
    for world in made:
        world.close()


def by_words(text: str) -> Rung:
    return "block" if "lure" in text else "hold" if "odd" in text else "allow"


@pytest.mark.parametrize("version", [v for v in ROOM_VERSIONS if v not in "12"])
def test_a_signature_is_valid_under_the_rooms_rules(make: Making, version: str) -> None:
    world = make()
    levels = {"ban": 50, "invite": 50, "users": {"@ann:a.example": 100}}
    for event in (
        message(version=version),
        message(version=version, type="m.room.power_levels", state_key="", content=levels),
        message(version=version, origin="a.example"),
    ):
        got = world.ask(event)
        rules = ROOM_VERSIONS[version]
        assert got.status_code == 200, got.json()
        proof = got.json()[NAME]["ed25519:policy_server"]
        public = world.keys.policy.public_key().public_bytes_raw()
        assert verify(redacted(event, rules), proof, public, strict=rules.strict)


def test_rooms_of_the_first_versions_are_signed_too(make: Making) -> None:
    event = message(version="1", event_id="$chosen:a.example")
    assert make().ask(event).status_code == 200


def test_a_lure_is_refused_with_words_for_its_sender(make: Making) -> None:
    got = make(by_words, refusal="No.").ask(message("a lure"))
    assert (got.status_code, got.json()) == (400, {"errcode": "M_FORBIDDEN", "error": "No."})


@pytest.mark.parametrize(("on_hold", "status"), [("sign", 200), ("refuse", 400)])
def test_what_hold_means_is_the_operators_choice(make: Making, on_hold: str, status: int) -> None:
    assert make(by_words, on_hold=on_hold).ask(message("odd")).status_code == status


@pytest.mark.parametrize(("on_failure", "status"), [("sign", 200), ("refuse", 400)])
def test_what_happens_without_a_verdict_is_the_operators_choice(
    make: Making, on_failure: str, status: int
) -> None:
    assert make(lambda _: None, on_failure=on_failure).ask(message()).status_code == status


def test_a_decision_is_for_ever_the_same_whatever_the_guard_thinks_later(make: Making) -> None:
    opinion: list[Rung] = ["block", "allow", "block"]
    world = make(lambda _: opinion[0])
    one, two = message("one"), message("two")

    assert world.ask(one).status_code == 400
    opinion.pop(0)
    first = world.ask(two)
    opinion.pop(0)

    assert world.ask(one, "b.example").status_code == 400
    assert world.ask(two, "b.example").json() == first.json()
    assert len(world.guard.checked) == 2


def test_a_storm_of_questions_about_one_event_is_one_question_to_the_guard(make: Making) -> None:
    world = make(by_words)
    event = message()

    async def storm() -> list[Any]:
        return await asyncio.gather(*(world.server.sign("a.example", event) for _ in range(50)))

    assert len({str(answer) for answer in asyncio.run(storm())}) == 1
    assert len(world.guard.checked) == 1


def test_what_the_guard_is_told_names_the_sender_the_room_and_the_event(make: Making) -> None:
    world = make()
    world.ask(message("hi"))
    (told,) = world.guard.checked

    assert told["id"].startswith("$")
    assert (told["subject"], told["source"]) == ("@ann:a.example", "matrix:test")
    assert told["data"] == {"to": [], "text": "hi", "conversation": "!r:a.example"}


def test_edits_invitations_and_redactions_are_signed_and_reported(make: Making) -> None:
    world = make()
    relation = {"rel_type": "m.replace", "event_id": "$old"}
    edit = {"body": "* new", "m.new_content": {"body": "new"}, "m.relates_to": relation}
    world.ask(message(content=edit))
    world.ask(message(type="m.room.member", state_key="@bo:b.example", content={"membership": "invite"}))
    world.ask(message(type="m.room.redaction", version="11", content={"redacts": "$old"}))

    assert [(e["type"], e["data"].get("text")) for e in world.guard.reported] == [
        ("im.message.edited", "new"),
        ("im.contact.requested", None),
        ("im.message.retracted", None),
    ]
    assert [e["data"]["text"] for e in world.guard.checked] == ["new"]


def test_an_edit_into_a_lure_is_refused_and_was_never_made(make: Making) -> None:
    world = make(by_words)
    relation = {"rel_type": "m.replace", "event_id": "$old"}
    edit = {"body": "* a lure", "m.new_content": {"body": "a lure"}, "m.relates_to": relation}

    assert world.ask(message(content=edit)).status_code == 400
    assert world.guard.reported == []


# How others may try to use it


def test_nobody_speaks_in_anothers_name(make: Making) -> None:
    world = make()
    framed = message("a lure", sender="@victim:b.example", signer="a.example")

    got = world.ask(framed)

    assert (got.status_code, got.json()["errcode"]) == (400, "M_BAD_JSON")
    assert world.guard.checked == []


def test_harmless_words_get_no_signature_for_the_hash_of_others(make: Making) -> None:
    world = make(by_words)
    lure = message("a lure")
    swapped = lure | {"content": {"msgtype": "m.text", "body": "hello"}}

    got = world.ask(swapped)

    assert (got.status_code, got.json()["errcode"]) == (400, "M_BAD_JSON")
    assert world.guard.checked == []


def test_what_nobody_signed_makes_no_friends(make: Making) -> None:
    world = make()
    forged = {"prev_content": {"membership": "invite"}, "prev_sender": "@victim:b.example"}
    join = message(type="m.room.member", state_key="@ann:a.example", content={"membership": "join"})

    assert world.ask(join | {"unsigned": forged}).status_code == 200
    assert world.guard.reported == []


def test_the_choice_of_policy_server_is_never_signed(make: Making) -> None:
    world = make()
    choice = {"via": NAME, "public_keys": {"ed25519": "x"}}

    assert world.ask(message(type="m.room.policy", state_key="", content=choice)).status_code == 400
    assert world.ask(message(type="m.room.policy", state_key="x", content=choice)).status_code == 200


def test_rooms_that_are_not_looked_after_are_not_known(make: Making) -> None:
    world = make(rooms=frozenset({"!other:a.example"}))
    got = world.ask(message())
    assert (got.status_code, got.json()["errcode"]) == (404, "M_NOT_FOUND")


@pytest.mark.parametrize(
    "changed",
    [{"destination": "else.example"}, {"uri": "/other"}, {"content": {}}, {"origin": "x"}, {"extra": 1}],
)
def test_a_proof_for_another_request_proves_nothing(make: Making, changed: dict[str, Any]) -> None:
    got = make().ask(message(), **changed)
    assert (got.status_code, got.json()["errcode"]) == (401, "M_UNAUTHORIZED")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer x",
        "X-Matrix",
        'X-Matrix origin="a.example"',
        'X-Matrix origin="a b",key="ed25519:k",sig="x"',
        'X-Matrix origin="policy.example",destination="policy.example",key="ed25519:k",sig="x"',
        "X-Matrix " + "a=" * 9000,
    ],
)
def test_a_request_without_a_proof_gets_nothing(make: Making, header: str) -> None:
    got = make().request("POST", SIGN, json.dumps(message()).encode(), header)
    assert (got.status_code, got.json()["errcode"]) == (401, "M_UNAUTHORIZED")


@pytest.mark.parametrize(
    "event",
    [{}, {"type": "m.room.message"}, {"type": 1}, [], "x", 3,
     {"type": "x", "sender": "ann", "origin_server_ts": 1, "hashes": {}, "content": {}},
     {"type": "x", "sender": "@a:a.example", "origin_server_ts": "1", "hashes": {}, "content": {}},
     {"type": "x", "sender": "@a:a.example", "origin_server_ts": 1, "hashes": {}, "content": "c"}],
)  # fmt: skip
def test_what_is_no_event_is_told_so(make: Making, event: Any) -> None:
    got = make().ask(event)
    assert (got.status_code, got.json()["errcode"]) == (400, "M_BAD_JSON")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_told_so(make: Making, body: bytes) -> None:
    got = make().request("POST", SIGN, body)
    assert (got.status_code, got.json()["errcode"]) == (400, "M_NOT_JSON")


def test_an_endless_body_is_not_read(make: Making) -> None:
    got = make().request("POST", SIGN, b"x" * (1 << 20))
    assert (got.status_code, got.json()["errcode"]) == (413, "M_TOO_LARGE")


def test_a_server_that_asks_without_end_is_slowed_down_and_others_are_not(make: Making) -> None:
    world = make()
    event = message()

    async def flood() -> None:
        for _ in range(BURST):
            await world.server.sign("b.example", event)
        with pytest.raises(MatrixError, match="too many") as slowed:
            await world.server.sign("b.example", event)
        assert (slowed.value.status, slowed.value.code) == (429, "M_LIMIT_EXCEEDED")
        await world.server.sign("a.example", event)
        world.now += 1
        await world.server.sign("b.example", event)

    asyncio.run(flood())


def test_keys_are_published_with_proof_and_the_policy_key_is_not_among_them(make: Making) -> None:
    world = make()
    told = world.request("GET", "/_matrix/key/v2/server").json()
    proof = told["signatures"][NAME][world.keys.server_key_id]

    assert verify(told, proof, world.keys.server.public_key().public_bytes_raw())
    assert world.keys.policy_public not in str(told)
    shown = world.request("GET", "/.well-known/matrix/policy_server")
    assert shown.json() == {"public_keys": {"ed25519": world.keys.policy_public}}
    assert shown.headers["access-control-allow-origin"] == "*"
    assert world.request("GET", "/.well-known/matrix/server").json() == {"m.server": "here.example:443"}


def test_transactions_are_taken_and_thrown_away(make: Making) -> None:
    world = make()
    path = "/_matrix/federation/v1/send/t1"
    content = {"origin": "a.example", "pdus": [message()], "edus": []}

    assert world.ask(content, path=path, method="PUT").json() == {"pdus": {}}
    assert world.request("PUT", path, json.dumps(content).encode()).status_code == 401


def test_other_calls_are_unrecognised(make: Making) -> None:
    got = make().request("GET", "/_matrix/federation/v1/state/!r")
    assert (got.status_code, got.json()["errcode"]) == (404, "M_UNRECOGNIZED")
