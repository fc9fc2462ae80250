"""A stolen account on a real Synapse: what the guard asks for is carried out, and can be undone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from msgspec import Struct
from synapse_guard import LURE, GuardBeside, guarding, matrix_side
from synapse_server import ROOT, Certificates, Synapse, free_port, synapse
from synapse_wire import Wire, wire

MODULE = ROOT / "integrations" / "synapse"
FIRST = "is this you in the video? https://watch-here.example/clip"


class Scene(Struct):
    """A guarded Synapse whose guard's wishes are carried out."""

    folder: Path
    guard: GuardBeside
    wire: Wire
    home: Synapse
    source: str


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("enforce")
    with ExitStack() as stack:
        guard = stack.enter_context(guarding(folder / "guard"))
        passing = stack.enter_context(wire(guard))
        config = {"url": passing.url, "token": guard.token, "timeout": 10}
        modules = [{"module": "nospim_synapse.Nospim", "config": config}]
        home = stack.enter_context(synapse(folder / "hs", Certificates(folder / "tls"), modules, [MODULE]))
        admin = home.register("admin", admin=True)
        (folder / "guard-token").write_text(guard.token)
        (folder / "admin-token").write_text(admin.token)
        port = free_port()
        settings = f"""
[guard]
url = "{passing.url}"
token_file = "guard-token"
[listen]
port = {port}
[synapse]
url = "http://127.0.0.1:{home.port}"
name = "{home.name}"
admin_token_file = "admin-token"
module_token_file = "guard-token"
"""
        stack.enter_context(matrix_side(folder, settings, port))
        yield Scene(folder, guard, passing, home, f"matrix:{home.name}")


def until(true: Callable[[], Any], why: Callable[[], Any] = lambda: "") -> None:
    """Wait until something is so; says why not where it takes far too long."""
    end = time.monotonic() + 40
    while not true():
        assert time.monotonic() < end, why()
        time.sleep(0.05)


def actions(scene: Scene, user: str) -> list[dict[str, Any]]:
    """The guard's actions about an account, with how each went."""
    path = f"/v1/accounts?source={quote(scene.source, safe='')}&id={quote(user, safe='')}"
    status, told = scene.guard.ask("GET", path)
    return list(told["actions"]) if status == 200 else []


def outcomes(scene: Scene, user: str) -> dict[str, str]:
    return {action["kind"]: action["state"] for action in actions(scene, user)}


def test_a_hijackers_session_ends_his_lures_are_taken_back_and_everybody_is_told(scene: Scene) -> None:
    alice, bob = scene.home.register("alice"), scene.home.register("bob")
    for _ in range(6):
        alice = scene.home.new_session("alice", initial_device_display_name="Ann's phone")
    room = alice.create_room(bob, preset="trusted_private_chat", is_direct=True)
    bob.join(room)
    assert alice.send(room, "lunch at noon?").status == 200

    thief = scene.home.new_session("alice", "203.0.113.9", "Bot/2", initial_device_display_name="x")
    assert thief.send(room, FIRST).status == 200
    assert FIRST in bob.sees(room)
    assert thief.send(room, LURE).status == 403

    def state() -> Any:
        return actions(scene, alice.user), (scene.folder / "matrix.out").read_text()[-3000:]

    until(lambda: thief.client("GET", "/account/whoami").status == 401, state)
    until(lambda: FIRST not in bob.sees(room), state)
    until(lambda: any("was used by somebody else" in said for said in bob.notices()), state)
    until(lambda: "open" not in outcomes(scene, alice.user).values(), state)
    told = outcomes(scene, alice.user)
    assert {"end_sessions", "require_password", "notify_owner", "recall", "notify_recipients"} <= set(told)
    assert set(told.values()) == {"done"}, state()
    assert "lunch at noon?" in bob.sees(room)

    # The password was stolen, and Synapse cannot ask for another: the account waits for its owner.
    assert scene.home.sign_in("alice").json["errcode"] == "M_USER_LOCKED"
    (lock,) = [a for a in actions(scene, alice.user) if a["kind"] == "require_password"]
    status, _ = scene.guard.ask(
        "POST", f"/v1/actions/{lock['action']}/undo", {"by": "eve", "reason": "called"}
    )
    assert status == 200
    until(lambda: scene.home.sign_in("alice").status == 200, state)
    back = scene.home.new_session("alice")
    assert any("Somebody else seems to use your account" in said for said in back.notices())


def ask_for(scene: Scene, ident: str, kind: str, target: str, account: str) -> None:
    """A person asks for an action."""
    asked = {
        "specversion": "1.0",
        "source": scene.source,
        "id": ident,
        "type": "im.action.requested",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "subject": account,
        "data": {"action": ident, "kind": kind, "target": target, "actor": "eve"},
    }
    status, told = scene.guard.ask("POST", "/v1/events", asked)
    assert (status, told["refused"]) == (202, []), told


def test_what_a_person_asks_for_is_carried_out_too(scene: Scene) -> None:
    mallory, nick = scene.home.register("mallory"), scene.home.register("nick")
    room = mallory.create_room(nick)
    nick.join(room)
    sent = mallory.send(room, "one more thing").json["event_id"]
    ask_for(scene, "eve-1", "recall", sent, mallory.user)
    until(lambda: "one more thing" not in nick.sees(room))

    ask_for(scene, "eve-2", "limit", mallory.user, mallory.user)
    until(lambda: outcomes(scene, mallory.user).get("limit") == "done")
    statuses = {mallory.send(room, f"flood {n}").status for n in range(5)}
    assert statuses == {200, 403}
    assert scene.guard.ask("POST", "/v1/actions/eve-2/undo", {"by": "eve"})[0] == 200
    until(lambda: mallory.send(room, "free again").status == 200)

    ask_for(scene, "eve-3", "suspend", mallory.user, mallory.user)
    until(lambda: mallory.send(room, "buy now").json.get("errcode") == "M_USER_SUSPENDED")
    assert scene.guard.ask("POST", "/v1/actions/eve-3/undo", {"by": "eve"})[0] == 200
    until(lambda: mallory.send(room, "sorry").status == 200)

    ask_for(scene, "eve-4", "step_up", nick.user, nick.user)
    until(lambda: any("turned out to be a lure" in said for said in nick.notices()))


def test_a_persons_report_reaches_the_guard(scene: Scene) -> None:
    dora, frank = scene.home.register("dora"), scene.home.register("frank")
    room = dora.create_room(frank)
    frank.join(room)
    sent = dora.send(room, "you have won").json["event_id"]
    path = f"/rooms/{quote(room, safe='')}/report/{quote(sent, safe='')}"
    assert frank.client("POST", path, {"reason": "not her words", "score": -100}).status == 200

    (told,) = scene.wire.wait_for("message.reported", frank.user)
    assert told["data"] == {"message": sent, "accused": dora.user, "comment": "not her words"}
