"""Two Synapses that federate: one with the ready-made HTTP module, one with ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from msgspec import Struct
from synapse_guard import LURE, GuardBeside, guarding, matrix_side
from synapse_server import ROOT, Certificates, Person, Synapse, free_port, synapse

MODULE = ROOT / "integrations" / "synapse"
OTHER = "win a prize at https://prize.example/now"


class Scene(Struct):
    """`there` asks over HTTP and knows of one lure, `here` has our module and knows of another."""

    guard_there: GuardBeside
    guard_here: GuardBeside
    there: Synapse
    here: Synapse
    ann: Person
    bo: Person
    room: str


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("federation")
    certificates = Certificates(folder / "tls")
    port = free_port()
    with ExitStack() as stack:
        deny = '[lists]\ndeny_destinations = ["prize.example"]\n'
        guard_there = stack.enter_context(guarding(folder / "guard-there", deny))
        guard_here = stack.enter_context(guarding(folder / "guard-here"))
        callbacks = ["check_event_for_spam", "user_may_invite", "check_login_for_spam"]
        antispam = {
            "module": "synapse_http_antispam.HTTPAntispam",
            "config": {
                "base_url": f"http://127.0.0.1:{port}/synapse",
                "authorization": "shown",
                "enabled_callbacks": callbacks,
                "fail_open": dict.fromkeys(callbacks, True),
            },
        }
        there = stack.enter_context(synapse(folder / "there", certificates, [antispam]))
        (folder / "token").write_text(guard_there.token)
        (folder / "shown").write_text("shown")
        settings = f"""
[guard]
url = "http://127.0.0.1:{guard_there.port}"
token_file = "token"
[listen]
port = {port}
[synapse]
url = "http://127.0.0.1:{there.port}"
name = "{there.name}"
antispam_token_file = "shown"
"""
        stack.enter_context(matrix_side(folder, settings, port))
        config = {"url": f"http://127.0.0.1:{guard_here.port}", "token": guard_here.token, "timeout": 2}
        ours = {"module": "nospim_synapse.Nospim", "config": config}
        here = stack.enter_context(synapse(folder / "here", certificates, [ours], [MODULE]))
        ann, bo = there.register("ann"), here.register("bo")
        room = ann.create_room(bo, preset="trusted_private_chat", is_direct=True)
        assert eventually(lambda: bo.join(room, there.name).status == 200), here.log()[-3000:]
        yield Scene(guard_there, guard_here, there, here, ann, bo, room)


def eventually(true: Callable[[], bool]) -> bool:
    """Whether something becomes so within a time that is far more than it takes."""
    end = time.monotonic() + 40
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def arrives(scene: Scene, words: str) -> bool:
    return eventually(lambda: words in scene.bo.sees(scene.room))


def test_the_ready_made_module_refuses_a_lure_with_our_words(scene: Scene) -> None:
    refused = scene.ann.send(scene.room, OTHER)
    assert (refused.status, refused.json["errcode"]) == (403, "M_FORBIDDEN")
    assert "stolen accounts" in refused.json["error"]
    assert scene.ann.send(scene.room, "lunch at noon?").status == 200
    assert arrives(scene, "lunch at noon?")


def test_a_lure_from_another_server_is_hidden_from_people_here_and_what_follows_is_not(scene: Scene) -> None:
    assert scene.ann.send(scene.room, LURE).status == 200
    assert scene.ann.send(scene.room, "sorry, not me").status == 200
    assert arrives(scene, "sorry, not me")
    assert LURE not in scene.bo.sees(scene.room)


def test_a_lure_to_another_server_is_refused_before_it_leaves(scene: Scene) -> None:
    assert scene.bo.send(scene.room, LURE).status == 403
    assert scene.bo.send(scene.room, "hello ann").status == 200
    assert eventually(lambda: "hello ann" in scene.ann.sees(scene.room))
    # There it is refused for its own people only: from here it comes through, to be redacted when found out.
    assert scene.bo.send(scene.room, OTHER).status == 200
    assert eventually(lambda: OTHER in scene.ann.sees(scene.room))


def test_no_federated_message_is_lost_while_the_guards_are_away(scene: Scene) -> None:
    scene.guard_here.kill()
    scene.guard_there.kill()
    for number in range(6):
        assert scene.ann.send(scene.room, f"message {number}").status == 200
    assert arrives(scene, "message 5")
    assert {f"message {n}" for n in range(6)} <= set(scene.bo.sees(scene.room))

    scene.guard_here.start()
    scene.guard_there.start()

    def guarded_again() -> bool:
        return scene.bo.send(scene.room, LURE).status == 403

    assert eventually(guarded_again)


def test_a_guard_that_hangs_delays_federated_messages_and_loses_none(scene: Scene) -> None:
    scene.guard_here.freeze()
    assert scene.ann.send(scene.room, "through the fog").status == 200
    assert arrives(scene, "through the fog")
    scene.guard_here.thaw()
