"""A policy server of ours before a real Synapse: what it signs arrives, what it refuses does not."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from msgspec import Struct
from synapse_guard import LURE, GuardBeside, guarding, matrix_side
from synapse_server import Certificates, Person, Synapse, ask, free_port, synapse


class Stage(Struct):
    """Everything that runs."""

    folder: Path
    guard: GuardBeside
    home: Synapse
    certificates: Certificates
    name: str
    port: int
    key: str
    alice: Person
    bob: Person
    room: str

    def join(self, room: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "nospim", "matrix", "join", str(self.folder / "matrix.toml"), room]
        return subprocess.run(
            [*command, "--via", self.home.name], capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("policy")
    certificates = Certificates(folder / "tls")
    port = free_port()
    with ExitStack() as stack:
        home = stack.enter_context(synapse(folder / "hs", certificates))
        guard = stack.enter_context(guarding(folder / "guard"))
        (folder / "token").write_text(guard.token)
        made = subprocess.run(
            [sys.executable, "-m", "nospim", "matrix", "keys", str(folder / "keys.json")],
            capture_output=True,
            text=True,
            check=True,
        )
        settings = f"""
[guard]
url = "http://127.0.0.1:{guard.port}"
token_file = "token"
timeout = 5.0
[listen]
port = {port}
certificate = "tls/server.pem"
key = "tls/server.key"
[policy_server]
name = "localhost:{port}"
keys = "keys.json"
authorities = "tls/ca.pem"
allowed_networks = ["127.0.0.0/8", "::1/128"]
"""
        stack.enter_context(matrix_side(folder, settings, port, certificates.ca))
        alice, bob = home.register("alice"), home.register("bob")
        room = alice.create_room()
        assert bob.join(room).status == 200
        key = made.stdout.rsplit(" ", 1)[1].strip()
        stage = Stage(folder, guard, home, certificates, f"localhost:{port}", port, key, alice, bob, room)
        joined = stage.join(room)
        assert joined.returncode == 0, (joined.stderr, home.log()[-2000:])
        content = {"via": stage.name, "public_keys": {"ed25519": stage.key}}
        assert alice.put_state(room, "m.room.policy", content).status == 200
        yield stage


def fetched(stage: Stage, event: str) -> dict[str, Any]:
    admin = stage.home.people.get("admin") or stage.home.register("admin", admin=True)
    got = admin.ask("GET", f"/_synapse/admin/v1/fetch_event/{event}")
    assert got.status == 200
    event_json: dict[str, Any] = got.json["event"]
    return event_json


def test_a_message_that_is_signed_arrives_with_the_signature(stage: Stage) -> None:
    sent = stage.alice.send(stage.room, "lunch at noon?")

    assert sent.status == 200, (sent, (stage.folder / "matrix.out").read_text(), stage.home.log()[-2000:])
    assert "lunch at noon?" in stage.bob.sees(stage.room)
    signatures = fetched(stage, sent.json["event_id"])["signatures"]
    assert list(signatures[stage.name]) == ["ed25519:policy_server"]


def test_a_lure_is_refused_and_its_sender_is_told_why(stage: Stage) -> None:
    sent = stage.alice.send(stage.room, LURE)

    assert sent.status == 400, sent
    assert sent.json["errcode"] == "M_FORBIDDEN"
    assert "spam campaign" in sent.json["error"]
    assert LURE not in stage.bob.sees(stage.room)


def test_a_link_behind_innocent_words_is_found(stage: Stage) -> None:
    hidden = {
        "msgtype": "m.text",
        "body": "my photos",
        "format": "org.matrix.custom.html",
        "formatted_body": '<a href="https://lure.example/photo">my photos</a>',
    }
    assert stage.alice.send(stage.room, hidden).status == 400
    assert "my photos" not in stage.bob.sees(stage.room)


def test_other_events_are_signed_too(stage: Stage) -> None:
    assert stage.alice.put_state(stage.room, "m.room.topic", {"topic": "lunch"}).status == 200
    levels = {"users": {stage.bob.user: 50}, "invite": 50}
    assert stage.alice.put_state(stage.room, "m.room.power_levels", levels).status == 200
    carol = stage.home.register("carol")
    assert carol.join(stage.room).status == 200


def test_it_shows_clients_and_servers_its_keys_and_keeps_them_apart(stage: Stage) -> None:
    shown = ask(stage.port, "GET", "/.well-known/matrix/policy_server", ca=stage.certificates.ca)
    published = ask(stage.port, "GET", "/_matrix/key/v2/server", ca=stage.certificates.ca)

    assert shown.json == {"public_keys": {"ed25519": stage.key}}
    assert stage.key not in json.dumps(published.json)


def test_a_request_that_no_server_signed_gets_nothing(stage: Stage) -> None:
    path = "/_matrix/policy/v1/sign"
    got = ask(stage.port, "POST", path, {"type": "m.room.message"}, ca=stage.certificates.ca)

    assert (got.status, got.json["errcode"]) == (401, "M_UNAUTHORIZED")


def test_messages_go_on_while_the_guard_is_away_and_it_hears_of_them_later(stage: Stage) -> None:
    stage.guard.kill()
    sent = stage.alice.send(stage.room, "is anybody there?")
    assert sent.status == 200, (sent, (stage.folder / "matrix.out").read_text())
    assert "is anybody there?" in stage.bob.sees(stage.room)
    heard = fetched(stage, sent.json["event_id"])
    stage.guard.start()

    source = quote(f"matrix:{stage.name}", safe="")
    path = f"/v1/verdicts?source={source}&id={quote(sent.json['event_id'], safe='')}"
    while stage.guard.ask("GET", path)[0] == 404:
        time.sleep(0.05)
    assert stage.guard.ask("GET", path)[1]["account"] == heard["sender"]
