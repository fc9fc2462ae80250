"""The module in a real Synapse before a real guard: what is sent, what is refused, what the guard hears."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from msgspec import Struct
from synapse_guard import LURE, POLICY, GuardBeside, guarding
from synapse_server import ROOT, Certificates, Person, Synapse, ask, synapse
from synapse_wire import Wire, wire

MODULE = ROOT / "integrations" / "synapse"


class Scene(Struct):
    """A guarded Synapse, and two friends in a room."""

    guard: GuardBeside
    wire: Wire
    home: Synapse
    alice: Person
    bob: Person
    room: str


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("module")
    with ExitStack() as stack:
        # Everything is warned of, so that the mark can be seen on any message.
        guard = stack.enter_context(guarding(folder / "guard", POLICY + "[thresholds]\nwarn = 0.000001\n"))
        passing = stack.enter_context(wire(guard))
        config = {"url": passing.url, "token": guard.token, "timeout": 5}
        modules = [{"module": "nospim_synapse.Nospim", "config": config}]
        home = stack.enter_context(synapse(folder / "hs", Certificates(folder / "tls"), modules, [MODULE]))
        alice, bob = home.register("alice"), home.register("bob")
        room = alice.create_room(bob, preset="trusted_private_chat", is_direct=True)
        assert bob.join(room).status == 200
        yield Scene(guard, passing, home, alice, bob, room)


def test_a_message_of_a_friend_arrives_and_was_asked_about(scene: Scene) -> None:
    sent = scene.alice.send(scene.room, "lunch at noon?")
    assert sent.status == 200, (sent, scene.home.log()[-3000:])
    assert scene.bob.sees(scene.room)[-1] == "lunch at noon?"

    (event,) = [e for e in scene.wire.told("message.sent") if e["id"] == sent.json["event_id"]]
    assert event["subject"] == scene.alice.user
    assert event["data"] == {
        "to": [scene.bob.user],
        "text": "lunch at noon?",
        "conversation": scene.room,
        "kind": "direct",
        "session": f"{scene.alice.user} {scene.alice.device}",
    }


def test_a_message_to_be_warned_of_carries_a_mark_that_clients_can_show(scene: Scene) -> None:
    sent = scene.alice.send(scene.room, "an unusual message").json["event_id"]
    path = f"/rooms/{quote(scene.room, safe='')}/event/{quote(sent, safe='')}"
    assert scene.bob.client("GET", path).json["unsigned"]["org.nospim.warning"] is True


def test_a_lure_is_refused_with_words_for_its_sender_and_nobody_sees_it(scene: Scene) -> None:
    sent = scene.alice.send(scene.room, LURE)

    assert (sent.status, sent.json["errcode"]) == (403, "M_FORBIDDEN")
    assert "stolen accounts" in sent.json["error"]
    assert sent.json["org.nospim.reference"].startswith("$")
    assert LURE not in scene.bob.sees(scene.room)


def test_a_repeated_request_has_one_verdict(scene: Scene) -> None:
    path = f"/rooms/{quote(scene.room, safe='')}/send/m.room.message/once"
    body = {"msgtype": "m.text", "body": "sent twice by a nervous client"}
    one, two = (scene.alice.client("PUT", path, body) for _ in range(2))

    assert one.json == two.json
    assert scene.bob.sees(scene.room).count("sent twice by a nervous client") == 1


def test_encrypted_messages_are_told_of_without_words(scene: Scene) -> None:
    secret = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "s", "device_id": "d"}
    sent = scene.alice.send(scene.room, secret, "m.room.encrypted")
    assert sent.status == 200
    (event,) = [e for e in scene.wire.told("message.sent") if e["id"] == sent.json["event_id"]]
    assert event["data"]["encrypted"] is True
    assert "text" not in event["data"]


def test_the_guard_hears_of_accounts_friends_edits_and_deletions(scene: Scene) -> None:
    assert scene.wire.wait_for("account.created", scene.bob.user)
    requested = scene.wire.wait_for("contact.requested", scene.alice.user)
    assert requested[0]["data"] == {"contact": scene.bob.user}
    assert scene.wire.wait_for("contact.added", scene.bob.user)[0]["data"] == {"contact": scene.alice.user}

    sent = scene.alice.send(scene.room, "teh").json["event_id"]
    edit = {
        "msgtype": "m.text",
        "body": "* the",
        "m.new_content": {"msgtype": "m.text", "body": "the"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": sent},
    }
    assert scene.alice.send(scene.room, edit).status == 200
    edited = scene.wire.wait_for("message.edited", scene.alice.user)[-1]
    assert (edited["data"]["message"], edited["data"]["text"]) == (sent, "the")

    lure = edit | {"body": f"* {LURE}", "m.new_content": {"msgtype": "m.text", "body": LURE}}
    assert scene.alice.send(scene.room, lure).status == 403

    path = f"/rooms/{quote(scene.room, safe='')}/redact/{quote(sent, safe='')}/r1"
    assert scene.alice.client("PUT", path, {}).status == 200
    assert scene.wire.wait_for("message.retracted", scene.alice.user)[-1]["data"]["message"] == sent


def test_the_guard_hears_of_names_and_pictures(scene: Scene) -> None:
    user = quote(scene.bob.user, safe="")
    assert scene.bob.client("PUT", f"/profile/{user}/displayname", {"displayname": "Bob B."}).status == 200
    told = scene.wire.wait_for("profile.changed", scene.bob.user)
    assert told[-1]["data"]["name"] == "Bob B."


def test_a_session_is_told_of_with_its_address_when_it_opens_and_when_it_ends(scene: Scene) -> None:
    named = scene.home.new_session("bob", device_id="PHONE")
    opened = scene.wire.wait_for("session.opened", scene.bob.user)
    assert {k: opened[-1]["data"][k] for k in ("session", "ip", "method")} == {
        "session": f"{scene.bob.user} PHONE",
        "ip": "127.0.0.1",
        "method": "password",
    }
    assert named.client("POST", "/logout", {}).status == 200
    closed = scene.wire.wait_for("session.closed", scene.bob.user)
    assert closed[-1]["data"]["session"] == f"{scene.bob.user} PHONE"


def test_a_session_whose_device_the_server_names_is_told_of_before_its_first_message(scene: Scene) -> None:
    thief = scene.home.new_session("alice", initial_device_display_name="Web")
    thief.sent = 1000
    assert thief.send(scene.room, "hi").status == 200

    session = f"{scene.alice.user} {thief.device}"
    told = [e for e in scene.wire.events if e["data"].get("session") == session]
    assert [e["type"] for e in told[:2]] == ["im.session.opened", "im.message.sent"]
    assert told[0]["data"]["device"] == "Web"


def test_it_may_be_asked_to_limit_an_account_and_to_take_a_message_back(scene: Scene) -> None:
    carol = scene.home.register("carol")
    room = carol.create_room(scene.bob)
    scene.bob.join(room)
    sent = carol.send(room, "one").json["event_id"]
    path = "/_synapse/client/nospim"

    def order(body: Any, token: str | None = scene.guard.token) -> tuple[int, Any]:
        got = ask(scene.home.port, "POST", path, body, token)
        return got.status, got.json

    assert order({"do": "redact", "event": sent}, "wrong")[0] == 401
    assert order({"do": "dance"})[0] == 400
    assert order({"do": "redact", "event": "$none"})[0] == 404
    assert order({"do": "redact", "event": sent, "reason": "a lure"}) == (200, {"sender": carol.user})
    assert order({"do": "redact", "event": sent, "reason": "again"})[0] == 200
    assert "one" not in scene.bob.sees(room)

    assert order({"do": "limit", "user": carol.user, "until": time.time() + 60})[0] == 200
    statuses = [carol.send(room, f"n{i}").status for i in range(4)]
    assert statuses == [200, 200, 200, 403]
    assert order({"do": "limit", "user": carol.user, "until": 0})[0] == 200
    assert carol.send(room, "free again").status == 200


def test_messages_go_on_while_the_guard_is_away_and_a_lure_among_them_is_taken_back(scene: Scene) -> None:
    scene.guard.kill()
    fine = scene.alice.send(scene.room, "still there?")
    lure = scene.alice.send(scene.room, LURE)
    for n in range(3):
        assert scene.alice.send(scene.room, f"and {n}").status == 200
    assert (fine.status, lure.status) == (200, 200)
    assert {"still there?", LURE} <= set(scene.bob.sees(scene.room))

    scene.guard.start()
    end = time.monotonic() + 30
    while LURE in scene.bob.sees(scene.room):
        assert time.monotonic() < end, scene.home.log()[-3000:]
        time.sleep(0.1)
    assert "still there?" in scene.bob.sees(scene.room)
    assert scene.alice.send(scene.room, LURE).status == 403


def test_a_guard_that_hangs_costs_a_message_no_more_than_its_time(scene: Scene, tmp_path: Path) -> None:
    scene.guard.freeze()
    before = time.monotonic()
    assert scene.alice.send(scene.room, "is it slow today?").status == 200
    took = time.monotonic() - before
    scene.guard.thaw()

    assert took > 4
    while scene.alice.send(scene.room, LURE).status == 200:
        time.sleep(0.1)
