"""The guard stops, hangs and comes back while people write: what each server does meanwhile and later."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import slixmpp
from ejabberd_server import Ejabberd
from ejabberd_server import serving as serving_ejabberd
from guard_process import GuardProcess, running
from prosody_server import Prosody
from prosody_server import serving as serving_prosody
from slixmpp import JID
from xmpp_history import past
from xmpp_people import Person, error_of, lures_of, people, until
from xmpp_scene import BASE, DENIED, FRIENDS, LURE, NAMES, Tap, run, thief_of

Server = Prosody | Ejabberd
OPTIONS = {
    "prosody": """
nospim_timeout = 1
nospim_on_failure = { message = "deliver", group = "hold", edit = "refuse" }
""",
    "ejabberd": """
timeout: 1000
on_failure: {message: deliver, group: hold, edit: refuse}
""",
}
ROOM = "club@rooms.localhost"


@pytest.fixture(scope="module", params=list(OPTIONS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def guard(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardProcess]:
    with running(tmp_path_factory.mktemp("guard"), BASE) as guard:
        yield guard


@pytest.fixture(scope="module")
def tap(guard: GuardProcess) -> Iterator[Tap]:
    tap = Tap(guard)
    yield tap
    tap.close()


@pytest.fixture(scope="module")
def server(
    kind: str, guard: GuardProcess, tap: Tap, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp(kind)
    with (
        serving_prosody(folder, tap, NAMES, OPTIONS[kind])
        if kind == "prosody"
        else serving_ejabberd(folder, tap, NAMES, OPTIONS[kind])
    ) as server:
        guard.tell(past(FRIENDS, "xmpp"))
        yield server


async def enter_room(*crowd: Person) -> None:
    for person in crowd:
        await person.plugin["xep_0045"].join_muc_wait(JID(ROOM), person.boundjid.user, timeout=20)


def in_room(person: Person) -> list[str]:
    return [m["body"] for m in person.got if m["type"] == "groupchat" and m["from"].resource]


def directly(person: Person) -> list[str]:
    return [m["body"] for m in person.got if m["type"] == "chat" and m["from"].resource]


def correct(person: Person, to: str, old: str, text: str) -> None:
    edit: slixmpp.Message = person.make_message(mto=JID(to), mbody=text, mtype="chat")
    edit["replace"]["id"] = old
    edit.send()


def test_each_hook_does_what_its_policy_says_while_the_guard_is_gone(
    server: Server, guard: GuardProcess
) -> None:
    async def scene() -> None:
        async with people(server.port, "person0", "person1") as (ann, bob):
            await enter_room(ann, bob)
            first = ann.say("person1@localhost", "0")
            for n in range(1, 90):
                ann.say("person1@localhost", str(n))
                ann.say(ROOM, f"room {n}", kind="groupchat")
                if n == 20:
                    guard.kill()
                if n == 60:
                    correct(ann, "person1@localhost", first, "edited while it is gone")
                await asyncio.sleep(0.01)
            await until(lambda: directly(bob) == [str(n) for n in range(90)], "direct messages go out")
            await until(lambda: len(ann.refused) == 1, "an edit is refused")
            assert error_of(ann.refused[0]) == "resource-constraint"
            assert len(in_room(bob)) < 89, "what is said in a room waits"
            guard.start()
            await until(lambda: in_room(bob) == [f"room {n}" for n in range(1, 90)], "and comes, in order")
            correct(ann, "person1@localhost", first, "edited afterwards")
            await until(lambda: directly(bob)[-1] == "edited afterwards")
            assert len(ann.refused) == 1

    run(scene())


def test_a_guard_that_hangs_delays_by_the_deadline_and_no_more_than_that(
    server: Server, guard: GuardProcess
) -> None:
    async def scene() -> None:
        async with people(server.port, "person0", "person1") as (ann, bob):
            guard.freeze()
            try:
                for n in range(12):
                    ann.say("person1@localhost", str(n))
                await until(lambda: len(directly(bob)) == 12)
            finally:
                guard.thaw()
            assert directly(bob) == [str(n) for n in range(12)]
            # With a deadline of a second each they would have taken twelve: the circuit opened after three.
            assert server.log.count("does not answer") >= 1
            await until(lambda: server.log.count("does not answer") == server.log.count("answers again"))
            while not ann.refused:  # on a busy machine the first answers may still come too late
                ann.say("person1@localhost", f"look {DENIED}")
                await asyncio.sleep(0.5)

    run(scene())


def test_lures_that_went_out_unchecked_are_taken_back_from_everyone(
    server: Server, guard: GuardProcess
) -> None:
    async def scene() -> None:
        friends = FRIENDS["person2"]
        online, offline = friends[:4], friends[4:]
        async with people(server.port, *online) as crowd:
            guard.kill()
            thief = await thief_of("person2", server.port).enter()
            for friend in friends:
                thief.say(f"{friend}@localhost", LURE.format(name="person2"))
            await until(lambda: all(lures_of(person) for person in crowd), "they go out")
            guard.start()
            # The guard hears of the sign-in and of every lure now, and asks for the rest itself.
            await until(lambda: all(p.taken_back == lures_of(p) for p in crowd), "they are taken back")
            await until(thief.gone.is_set, "and the thief is put out")
            await until(lambda: guard.metric("nospim_actions_open") == 0)
            for person in crowd:
                archive: Any = person.plugin["xep_0313"]
                pages = archive.retrieve(with_jid=JID("person2@localhost"), iterator=True)
                kept = [str(item) async for page in pages for item in page["mam"]["results"]]
                assert kept
                assert not [item for item in kept if "in this video" in item]
            await until(
                lambda: all(p.notices()[-1].endswith("a victim too.") for p in crowd), "they are told"
            )
            for friend in offline:
                crowd[0].say(f"{friend}@localhost", "good morning")
        async with people(server.port, *offline) as late:
            await until(lambda: all(person.heard() == ["good morning"] for person in late))

    run(scene())


def test_what_happened_while_both_were_down_is_told_later(
    server: Server, guard: GuardProcess, tap: Tap
) -> None:
    async def scene() -> None:
        guard.kill()
        async with people(server.port, "person5", "person6") as (ann, bob):
            ann.say("person6@localhost", "told later")
            await until(lambda: directly(bob) == ["told later"])
        server.stop()
        server.start()
        tap.events.clear()
        guard.start()
        await until(lambda: tap.saying("told later"))
        await until(lambda: tap.of("im.session.opened", "person5@localhost"))
        path = f"/v1/verdicts?source=xmpp&id={tap.saying('told later')[0]['id']}"
        await until(lambda: guard.ask("GET", path)[0] == 200)
        assert guard.ask("GET", path)[1]["action"] == "allow"

    run(scene())
