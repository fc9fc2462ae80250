"""A published list in a real Prosody: mod_firewall stops its hosts, mod_muc_rtbl keeps its accounts out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import slixmpp
from defusedxml.ElementTree import fromstring
from prosody_server import Prosody, serving
from slixmpp.xmlstream import ET
from xmpp_people import PATIENCE, Person, error_of, people, until
from xmpp_scene import run

from nospim.sharing import Book, Found, choose, put_out, renew
from share_words import DAY, NOON, account, campaign, label

MODULES: Final = Path("/usr/lib/prosody/modules/mod_firewall")
NO_MODULES: Final = "Prosody's community modules are not here (Debian: apt-get install prosody-modules)"
LURE: Final = "http://evil-login.example/album"
FAKE: Final = "fay@localhost"
NODE: Final = "spam_source_jids_sha256"
SCRIPT: Final = """
%LIST lures: file:{folder}/hosts.txt
%SEARCH body: body#
%PATTERN host: https?://([%w%-%.]+)

::deliver
SCAN: body for host in lures
BOUNCE=policy-violation (This link leads to a page that steals passwords)
"""
OPTIONS: Final = """
firewall_scripts = {{ "{folder}/lures.pfw" }}
admins = {{ "ada@localhost" }}
Component "lists.localhost" "pubsub"
    autocreate_on_publish = true
Component "clubs.localhost" "muc"
    modules_enabled = {{ "nospim_rtbl" }}
    muc_room_locking = false
    muc_rtbl_jid = "lists.localhost"; muc_rtbl_node = "{node}"
"""


@pytest.fixture(scope="module")
def book() -> Book:
    found = Found(
        campaigns=(campaign("c1", LURE, accounts=(FAKE,)),),
        accounts=(account(FAKE, "fake", "c1"),),
        labels=(label(FAKE, "fake"), label("evil-login.example", "lure")),
    )
    made = renew(None, choose(found, NOON + DAY), {}, NOON + DAY)
    assert made is not None
    return made


@pytest.fixture(scope="module")
def published(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("list")
    put_out(book, folder, folder / "private")
    (folder / "lures.pfw").write_text(SCRIPT.format(folder=folder), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def server(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prosody]:
    if not MODULES.exists():
        pytest.skip(NO_MODULES)
    options = OPTIONS.format(folder=published, node=NODE)
    folder = tmp_path_factory.mktemp("prosody")
    names = ["ada", "ann", "bob", "fay"]
    with serving(folder, None, names, options, modules=("firewall",)) as server:
        yield server


def test_a_lure_to_a_listed_host_is_refused_and_talk_is_not(server: Prosody) -> None:
    async def scene() -> None:
        async with people(server.port, "ann", "bob") as (ann, bob):
            ann.say("bob@localhost", f"is this you? {LURE}")
            ann.say("bob@localhost", "see https://good.example/ and eight tonight")
            await until(lambda: bool(ann.refused) and bool(bob.got))
            assert bob.heard() == ["see https://good.example/ and eight tonight"]
            assert error_of(ann.refused[0]) == "policy-violation"

    run(scene())


def pubsub_of(person: Person) -> Any:
    """Somebody's hand on PubSub nodes."""
    return person.plugin["xep_0060"]


async def joins(person: Person, room: str) -> bool:
    """Whether somebody is let into a room."""
    answers: asyncio.Queue[bool] = asyncio.Queue()

    def heard(presence: slixmpp.Presence) -> None:
        if presence["from"] == f"{room}/{person.boundjid.user}":
            answers.put_nowait(presence["type"] != "error")

    for event in ("presence_available", "presence_error"):
        person.add_event_handler(event, heard)
    presence = person.make_presence(pto=f"{room}/{person.boundjid.user}")
    presence.append(ET.Element("{http://jabber.org/protocol/muc}x"))
    presence.send()
    return await asyncio.wait_for(answers.get(), PATIENCE)


def test_a_listed_account_is_kept_out_of_rooms_until_it_is_taken_back(
    server: Prosody, published: Path
) -> None:
    (items,) = fromstring((published / "rtbl" / f"{NODE}.xml").read_bytes())

    async def publish(ada: Person) -> None:
        for item in items:
            await pubsub_of(ada).publish("lists.localhost", NODE, id=item.get("id"), payload=item[0])

    async def scene() -> None:
        async with people(server.port, "ada", "ann", "fay") as (ada, ann, fay):
            ada.register_plugin("xep_0060")
            await publish(ada)  # makes the node
            load = "module:load('muc_rtbl', 'clubs.localhost')"
            await asyncio.to_thread(server.prosodyctl, "shell", load)
            # What was published before is there at once, though PubSub and rooms are of one server.
            await until(lambda: f"{len(items)} RTBL entries received" in server.log)
            assert await joins(ann, "chess@clubs.localhost")
            assert not await joins(fay, "chess@clubs.localhost")
            await until(lambda: "RTBL active" in server.log)
            for item in items:
                await pubsub_of(ada).retract("lists.localhost", NODE, item.get("id"), notify=True)
            assert await joins(fay, "chess@clubs.localhost")

    run(scene())
