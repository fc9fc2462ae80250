"""A published list in a policy room of a real Synapse: written, read back as a feed, and taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from synapse_server import Certificates, Person, Synapse, synapse

from nospim.feeds import FORMS
from nospim.listings import Feed, FeedIndex
from nospim.policy import FeedSettings
from nospim.sharing import Book, Found, choose, render, renew
from share_words import DAY, NOON, account, campaign, label

FAKE = "@fay:evil.example"
SETTINGS = FeedSettings(name="room", form="matrix_policy", path="state.json")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    folder = tmp_path_factory.mktemp("lists")
    with synapse(folder / "hs", Certificates(folder / "tls")) as server:
        yield server


def write_rules(person: Person, room: str, book: Book) -> None:
    """Send a version's events to a room, as its owner would."""
    for event in json.loads(render(book)["matrix/policy.json"]):
        got = person.put_state(room, event["type"], event["content"], event["state_key"])
        assert got.status == 200, got


def read_rules(person: Person, room: str) -> FeedIndex:
    """What a feed makes of the room's state."""
    got = person.client("GET", f"/rooms/{quote(room, safe='')}/state")
    parsed = FORMS["matrix_policy"](json.dumps(got.json).encode(), SETTINGS)
    assert parsed.refused == ()
    feed = Feed(name="room", kind="bad", sha256="", dated=0.0, expires=1e9, millibits=2000)
    return FeedIndex.of([(feed, parsed.entries)])


def test_rules_go_into_a_room_come_out_as_a_feed_and_are_taken_back(server: Synapse) -> None:
    ada, bob = server.register("ada"), server.register("bob")
    room = ada.create_room(bob)
    bob.join(room)
    found: dict[str, Any] = {
        "campaigns": (campaign("c1", accounts=(FAKE,)),),
        "accounts": (account(FAKE, "fake", "c1"),),
    }
    first = renew(None, choose(Found(**found, labels=(label(FAKE, "fake"),)), NOON + DAY), {}, NOON + DAY)
    assert first is not None

    write_rules(ada, room, first)
    index = read_rules(bob, room)
    assert [hit.what for hit in index.hits(FAKE, ())] == ["sender"]
    assert index.hits("@somebody:evil.example", ()) == ()

    ada.put_state(
        room, "m.policy.rule.server", {"entity": "bad.example", "recommendation": "m.ban"}, "by hand"
    )
    assert [hit.what for hit in read_rules(bob, room).hits("@x:bad.example", ())] == ["server"]

    victim = choose(Found(labels=(label(FAKE, "victim"),)), NOON + 2 * DAY)
    second = renew(first, victim, {}, NOON + 2 * DAY)
    assert second is not None
    write_rules(ada, room, second)
    assert read_rules(bob, room).hits(FAKE, ()) == ()
