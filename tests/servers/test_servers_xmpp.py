"""Prosody and ejabberd with our modules and a real guard: what people and thieves meet."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import slixmpp
from ejabberd_server import Ejabberd
from ejabberd_server import serving as serving_ejabberd
from guard_process import GuardProcess, running
from prosody_server import Prosody
from prosody_server import serving as serving_prosody
from slixmpp import JID
from slixmpp.xmlstream import ET
from xmpp_history import past
from xmpp_people import Person, asked, component, error_of, lures_of, people, until
from xmpp_scene import (
    BASE,
    DENIED,
    EVERYTHING_HELD,
    EVERYTHING_WARNED,
    FRIENDS,
    NAMES,
    Tap,
    carried_out,
    request,
    run,
    spread,
    states,
    thief_of,
)

from nospim.actions import ActionKind
from nospim.verdicts import LADDER

Server = Prosody | Ejabberd
SERVERS = ("prosody", "ejabberd")
ELSEWHERE = "127.0.0.1"
"""A server that is named by its address is found without the DNS."""


@pytest.fixture(scope="module", params=SERVERS)
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
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prosody]:
    """Another server, whose people are not guarded by anybody."""
    folder = tmp_path_factory.mktemp("elsewhere")
    with serving_prosody(folder, None, ["zoe"], host=ELSEWHERE) as server:
        yield server


@pytest.fixture(scope="module")
def server(
    kind: str,
    guard: GuardProcess,
    tap: Tap,
    elsewhere: Prosody,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp(kind)
    with (
        serving_prosody(folder, tap, NAMES, peer=elsewhere)
        if kind == "prosody"
        else serving_ejabberd(folder, tap, NAMES, peer=elsewhere)
    ) as server:
        guard.tell(past(FRIENDS, "xmpp"))
        yield server


async def noticed(server: Server) -> None:
    """Wait until the server knows that the guard is there again."""
    await until(lambda: server.log.count("does not answer") == server.log.count("answers again"))


def with_policy(
    guard: GuardProcess, server: Server, policy: str, scene: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    """Play a scene under another policy."""
    usual = guard.policy.read_text()

    def change(text: str) -> None:
        guard.stop()
        guard.policy.write_text(text)
        guard.start()
        run(noticed(server))

    change(policy)
    try:
        run(scene())
    finally:
        change(usual)


def test_honest_talk_arrives_unchanged_and_in_order(server: Server) -> None:
    async def scene() -> None:
        async with people(server.port, "person0", "person1") as (ann, bob):
            lines = [f"line {n} <of> a & b" for n in range(80)]
            for n, line in enumerate(lines):
                ann.say("person1@localhost" if n % 2 else bob.boundjid.full, line)
            await until(lambda: len(bob.heard()) == len(lines))
            assert bob.heard() == lines
            assert ann.refused == []

    run(scene())


def test_a_thief_s_lures_are_refused_and_his_session_is_ended(server: Server, guard: GuardProcess) -> None:
    async def scene() -> None:
        async with people(server.port, *NAMES) as crowd:
            owner = crowd[2]
            thief = await thief_of("person2", server.port).enter()
            await spread(thief, "person2")
            await until(thief.gone.is_set)
            assert thief.ended is not None
            assert thief.ended[0] == "policy-violation"
            assert {error_of(message) for message in thief.refused} <= {"policy-violation"}
            # What got through before he was found out is taken back.
            await until(lambda: all(lures_of(person) == person.taken_back for person in crowd))
            assert not owner.gone.is_set(), "the owner's own session stays"
            await until(lambda: any("set a new one now" in notice for notice in owner.notices()))
            again = thief_of("person2", server.port)
            assert await again.tries_to_enter() == "credentials-expired"
            await again.leave()

            # The owner, who was signed in before the thief, sets a new password; that lifts the lock.
            change = owner.make_iq_set()
            query = ET.SubElement(change.xml, "{jabber:iq:register}query")
            ET.SubElement(query, "{jabber:iq:register}username").text = "person2"
            ET.SubElement(query, "{jabber:iq:register}password").text = "a new one"
            await asked(change)
            fresh = Person("person2@localhost/phone", "a new one", server.port, owner.home)
            assert await fresh.tries_to_enter() is None
            await fresh.leave()
            await until(lambda: guard.metric("nospim_actions_open") == 0)
            done = await states(guard, "person2@localhost")
            assert done["end_sessions"] == done["require_password"] == done["notify_owner"] == "done"

    run(scene())


def test_an_account_that_was_locked_opens_again_when_the_admin_sets_a_password(
    server: Server, guard: GuardProcess
) -> None:
    async def scene() -> None:
        await carried_out(guard, request(guard, "require_password", "person14@localhost"))
        shut = Person("person14@localhost/desk", "pw-person14", server.port)
        assert await shut.tries_to_enter() == "credentials-expired"
        await shut.leave()
        server.new_password("person14", "from the admin")
        opened = Person("person14@localhost/desk", "from the admin", server.port)
        assert await opened.tries_to_enter() is None
        await opened.leave()

    run(scene())


def test_suspending_is_undone_without_a_trace(server: Server, guard: GuardProcess) -> None:
    async def scene() -> None:
        async with people(server.port, "person13") as (person,):
            action = request(guard, "suspend", "person13@localhost")
            await carried_out(guard, action)
            await until(person.gone.is_set)
            shut = Person("person13@localhost/desk", "pw-person13", server.port)
            assert await shut.tries_to_enter() == "account-disabled"
            await shut.leave()
            guard.ask("POST", f"/v1/actions/{action}/undo", {"by": "admin", "reason": "a mistake"})
            await until(lambda: guard.metric("nospim_actions_open") == 0)
            opened = Person("person13@localhost/desk", "pw-person13", server.port)
            assert await opened.tries_to_enter() is None
            await opened.leave()

    run(scene())


def test_a_limited_account_may_send_a_few_messages_a_minute(server: Server, guard: GuardProcess) -> None:
    async def scene() -> None:
        async with people(server.port, "person12", "person1") as (person, bob):
            action = request(guard, "limit", "person12@localhost")
            await carried_out(guard, action)
            for n in range(5):
                person.say("person1@localhost", f"limited {n}")
            await until(lambda: len(person.refused) == 2)
            await until(lambda: bob.heard() == ["limited 0", "limited 1", "limited 2"])
            assert error_of(person.refused[0]) == "resource-constraint"

    run(scene())


def test_who_opened_a_lure_is_told_where_there_is_no_second_factor(
    server: Server, guard: GuardProcess
) -> None:
    async def scene() -> None:
        async with people(server.port, "person11") as (person,):
            await carried_out(guard, request(guard, "step_up", "person11@localhost"))
            await until(lambda: any("change it now" in notice for notice in person.notices()))

    run(scene())


def test_what_cannot_be_done_is_answered_with_the_reason(server: Server, guard: GuardProcess) -> None:
    async def scene() -> None:
        unknown = request(guard, "recall", "no-such-message")
        away = request(guard, "end_sessions", "zoe@elsewhere.example")
        for action, why in ((unknown, "not known any more"), (away, "on another server")):
            await carried_out(guard, action, "failed")
            trail = guard.ask("GET", f"/v1/actions/{action}")[1]["trail"]
            assert why in trail[-1]["why"]

    run(scene())


def test_the_reference_has_a_row_for_every_verdict_and_action() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "reference" / "servers.md"
    rows = re.findall(r"^\| `([a-z_]+)` \|", page.read_text(encoding="utf-8"), re.M)
    assert sorted(rows) == sorted([*LADDER, "release", "drop", *get_args(ActionKind), "undo"])


def test_the_same_id_twice_is_two_messages(server: Server) -> None:
    async def scene() -> None:
        async with people(server.port, "person0", "person1") as (ann, bob):
            ann.say("person1@localhost", "harmless", id="same")
            ann.say("person1@localhost", f"look {DENIED}", id="same")
            await until(lambda: len(ann.refused) == 1)
            await until(lambda: bob.heard() == ["harmless"])

    run(scene())


def test_a_refusal_says_why_in_the_operator_s_words(server: Server) -> None:
    async def scene() -> None:
        async with people(server.port, "person0", "person1") as (ann, _):
            ann.say("person1@localhost", f"look {DENIED}")
            await until(lambda: len(ann.refused) == 1)
            assert error_of(ann.refused[0]) == "policy-violation"
            assert "stolen accounts" in ann.refused[0]["error"]["text"]

    run(scene())


def test_an_edit_into_a_lure_is_refused(server: Server, tap: Tap) -> None:
    async def scene() -> None:
        async with people(server.port, "person0", "person1") as (ann, bob):
            first = ann.say("person1@localhost", "see you at nine")
            second = ann.make_message(mto="person1@localhost", mbody="see you at ten", mtype="chat")
            second["replace"]["id"] = first
            second.send()
            third = ann.make_message(mto="person1@localhost", mbody=f"see {DENIED}", mtype="chat")
            third["replace"]["id"] = first
            third.send()
            await until(lambda: len(ann.refused) == 1)
            await until(lambda: bob.heard() == ["see you at nine", "see you at ten"])
            await until(lambda: tap.of("im.message.edited", "person0@localhost"))
            edit = tap.of("im.message.edited", "person0@localhost")[0]["data"]
            sent = tap.saying("see you at nine")[0]
            assert (edit["message"], edit["text"]) == (sent["id"], "see you at ten")

    run(scene())


def test_an_encrypted_message_gives_away_nothing_but_that_it_was_sent(server: Server, tap: Tap) -> None:
    async def scene() -> None:
        async with people(server.port, "person0", "person1") as (ann, bob):
            message = ann.make_message(mto="person1@localhost", mbody=f"fallback {DENIED}", mtype="chat")
            ET.SubElement(message.xml, "{eu.siacs.conversations.axolotl}encrypted")
            message.send()
            await until(lambda: len(bob.heard()) == 1)
            told = tap.of("im.message.sent", "person0@localhost")[-1]["data"]
            assert told["encrypted"] is True
            assert "text" not in told

    run(scene())


def test_what_only_other_elements_show_is_judged_too(server: Server) -> None:
    async def scene() -> None:
        async with people(server.port, "person0", "person1") as (ann, bob):
            rich = ann.make_message(mto="person1@localhost", mbody="my photo", mtype="chat")
            html = ET.SubElement(rich.xml, "{http://jabber.org/protocol/xhtml-im}html")
            body = ET.SubElement(html, "{http://www.w3.org/1999/xhtml}body")
            ET.SubElement(body, "{http://www.w3.org/1999/xhtml}a", href=DENIED).text = "my photo"
            rich.send()
            link = ann.make_message(mto="person1@localhost", mbody="a file", mtype="chat")
            ET.SubElement(ET.SubElement(link.xml, "{jabber:x:oob}x"), "{jabber:x:oob}url").text = DENIED
            link.send()
            subject = ann.make_message(mto="person1@localhost", msubject=DENIED, mtype="chat")
            subject.send()
            await until(lambda: len(ann.refused) == 3)
            assert bob.heard() == []

    run(scene())


def test_a_room_is_guarded_like_everything_else(server: Server, tap: Tap) -> None:
    async def scene() -> None:
        async with people(server.port, "person0", "person1", "person3") as crowd:
            for n, person in enumerate(crowd):
                await person.plugin["xep_0045"].join_muc_wait(
                    JID("club@rooms.localhost"), f"nick{n}", timeout=20
                )
            crowd[0].say("club@rooms.localhost", "good evening all", kind="groupchat")
            crowd[0].say("club@rooms.localhost", f"look {DENIED}", kind="groupchat")
            crowd[0].say("club@rooms.localhost/nick1", f"private {DENIED}")
            await until(lambda: len(crowd[0].refused) == 2)
            await until(lambda: all(person.heard() == ["good evening all"] for person in crowd[1:]))
            told = [
                e["data"] for e in tap.of("im.message.sent") if e["data"].get("text") == "good evening all"
            ]
            assert [(t["kind"], t["conversation"]) for t in told] == [("group", "club@rooms.localhost")]
            assert sorted(told[0]["to"]) == ["person1@localhost", "person3@localhost"]

    run(scene())


def test_a_warning_stands_in_the_conversation_before_the_message(server: Server, guard: GuardProcess) -> None:
    async def scene() -> None:
        async with people(server.port, "person4", "person5") as (ann, bob):
            ann.say("person5@localhost", "an odd word")
            await until(lambda: len(bob.got) == 2)
            notice, message = bob.got
            assert notice["from"].bare == message["from"].bare == "person4@localhost"
            assert "Notice from the service localhost" in notice["body"]
            assert message["body"] == "an odd word"

    with_policy(guard, server, EVERYTHING_WARNED, scene)


def test_a_held_message_waits_without_stopping_other_conversations(
    server: Server, guard: GuardProcess
) -> None:
    async def scene() -> None:
        async with people(server.port, "person4", "person5", "person6") as (ann, bob, carol):
            for n in range(3):
                ann.say("person5@localhost", f"waits {n}")
            ann.say("person6@localhost", "waits too")
            await until(lambda: guard.metric("nospim_held") == 4)
            assert bob.got == carol.got == []
            await until(lambda: bob.heard() == ["waits 0", "waits 1", "waits 2"])
            await until(lambda: carol.heard() == ["waits too"])
            ann.say("person5@localhost", "waits in vain")
            await until(lambda: guard.metric("nospim_held") == 1)
            ann.say("person6@localhost", f"look {DENIED}")  # found out: what waits goes the same way
            await until(lambda: len(ann.refused) == 2)
            assert len(bob.heard()) == 3

    with_policy(guard, server, EVERYTHING_HELD, scene)


def test_mail_between_servers_is_guarded_both_ways(server: Server, elsewhere: Prosody) -> None:
    async def scene() -> None:
        there = people(elsewhere.port, "zoe", host=ELSEWHERE)
        async with people(server.port, "person0") as (ann,), there as (zoe,):
            ann.say("zoe@127.0.0.1", "hello over there")
            ann.say("zoe@127.0.0.1", f"look {DENIED}")
            zoe.say("person0@localhost", "hello yourself")
            zoe.say("person0@localhost", f"look {DENIED}")
            await until(lambda: zoe.heard() == ["hello over there"])
            await until(lambda: ann.heard() == ["hello yourself"])
            await until(lambda: len(ann.refused) == len(zoe.refused) == 1)

    run(scene())


def test_an_external_component_is_guarded_both_ways(server: Server) -> None:
    async def scene() -> None:
        bot = component("bots.localhost", server.component_port)
        up = asyncio.Event()
        got: list[str] = []
        refused: list[str] = []
        bot.add_event_handler("session_start", lambda _: up.set())

        def sort(stanza: Any) -> Any:
            if isinstance(stanza, slixmpp.Message):
                (refused if stanza["type"] == "error" else got).append(stanza["body"])
            return stanza

        bot.add_filter("in", sort)
        bot.connect()
        await asyncio.wait_for(up.wait(), 20)
        async with people(server.port, "person0") as (ann,):
            for text in ("good news", f"look {DENIED}"):
                ann.say("weather@bots.localhost", text)
                bot.send_message(
                    mto=JID("person0@localhost"), mbody=text, mfrom=JID("weather@bots.localhost")
                )
            await until(lambda: len(ann.refused) == len(refused) == 1)
            await until(lambda: got == ann.heard() == ["good news"])
        await bot.disconnect()

    run(scene())


def test_the_guard_is_told_what_people_do(server: Server, tap: Tap) -> None:
    async def scene() -> None:
        async with people(server.port, "person7", "person8") as (ann, bob):
            await ann.get_roster()
            ann.update_roster(JID("person9@localhost"), name="Nine")
            ann.send_presence_subscription("person8@localhost", ptype="subscribe")
            sent = bob.say("person7@localhost", "report me")
            await until(lambda: ann.heard() == ["report me"])
            receipt = ann.make_message(mto="person8@localhost")
            ET.SubElement(receipt.xml, "{urn:xmpp:receipts}received", id=sent)
            receipt.send()
            block = ann.make_iq_set()
            item = ET.SubElement(
                ET.SubElement(block.xml, "{urn:xmpp:blocking}block"), "{urn:xmpp:blocking}item"
            )
            item.set("jid", "person8@localhost")
            report = ET.SubElement(item, "{urn:xmpp:reporting:1}report", reason="urn:xmpp:reporting:spam")
            ET.SubElement(report, "{urn:xmpp:reporting:1}text").text = "not her words"
            await asked(block)
            stranger = Person("person7@localhost/desk", "wrong", server.port)
            assert await stranger.tries_to_enter() == "not-authorized"
            await stranger.leave()
            removed = ann.update_roster(JID("person9@localhost"), subscription="remove")
            assert removed is not None
            await removed

        await until(lambda: tap.of("im.session.closed", "person7@localhost"))
        await until(lambda: tap.of("im.contact.removed", "person7@localhost"))
        opened = tap.of("im.session.opened", "person7@localhost")[-1]["data"]
        assert opened["ip"] == ann.home
        assert (opened["device"], opened["client"], opened["method"]) == ("desk", "desk", "SCRAM-SHA-1")
        message = tap.saying("report me")[0]
        assert message["id"] != sent
        assert tap.of("im.contacts.read", "person7@localhost")[-1]["data"]["session"] == opened["session"]
        assert tap.of("im.contact.added", "person7@localhost")[-1]["data"]["contact"] == "person9@localhost"
        assert tap.of("im.contact.removed", "person7@localhost")[-1]["data"]["contact"] == "person9@localhost"
        assert (
            tap.of("im.contact.requested", "person7@localhost")[-1]["data"]["contact"] == "person8@localhost"
        )
        assert tap.of("im.message.delivered", "person7@localhost")[-1]["data"]["message"] == message["id"]
        assert tap.of("im.message.reported", "person7@localhost")[-1]["data"] == {
            "message": message["id"],
            "accused": "person8@localhost",
            "reason": "spam",
            "comment": "not her words",
        }
        reason = tap.of("im.session.failed", "person7@localhost")[-1]["data"]["reason"]
        assert reason in {"not-authorized", "Invalid username or password"}

    run(scene())
