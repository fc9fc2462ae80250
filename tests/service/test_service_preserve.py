"""What belongs to a campaign outlives its retention, until a person says that the campaign is none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, cast

import pytest
from service_server import event, serving

from nospim.drill import Plan, generate
from nospim.events import AnyEvent, encode
from nospim.ledger import Journal, KeyRing
from nospim.ledger.folder import records
from nospim.ledger.holds import Holds
from nospim.ledger.reading import headers
from nospim.ledger.retention import RetentionPolicy, expire
from nospim.service.wire import MAX_EVENTS

PLAN = Plan(
    seed=5,
    accounts=60,
    days=5,
    hijacked_per_campaign=5,
    fakes_per_campaign=3,
    tactics=("classic", "obfuscated"),
)
TRUST = (
    '[service]\nevent_time = "trust"\n[enforcement]\nper_minute = 100000\n[retention]\ncampaign_days = 3650\n'
)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """The data folder of a service that went through a drill, and the campaigns that it found."""
    folder = tmp_path_factory.mktemp("preserve") / "data"
    lines = [encode(cast("AnyEvent", one)) for one in generate(PLAN).received()]
    with serving(folder, TRUST) as service:
        for start in range(0, len(lines), MAX_EVENTS):
            body = b"\n".join(lines[start : start + MAX_EVENTS])
            headers_sent = {"content-type": "application/jsonl"}
            assert service.ask("POST", "/v1/events", body, headers=headers_sent).status == 202
        campaigns = service.ask("GET", "/v1/campaigns").json["campaigns"]
        assert service.stop() == 0
    return folder, campaigns


def events_of(folder: Path) -> dict[str, dict[str, Any]]:
    """The events that can still be read, by id."""
    bodies = [one.body for one in records(folder) if one.kind == "event" and one.body is not None]
    return {told["id"]: told for told in map(json.loads, bodies)}


def test_a_campaign_outlives_the_days_of_its_words_and_nothing_else_does(
    scene: tuple[Path, list[dict[str, Any]]], tmp_path: Path
) -> None:
    campaigns, folder = scene[1], tmp_path / "data"
    shutil.copytree(scene[0], folder)
    stopped = [one for one in campaigns if one["stopped"]]
    before = events_of(folder)
    ring = KeyRing.open(folder / "keys")
    assert set(ring.cases()) == {f"auto-{one['id']}" for one in stopped}
    assert stopped

    journal = Journal.open(folder / "journal", keys=ring)
    today = max(one.day for one in records(folder)) + 40
    expire(journal, RetentionPolicy(content=30, risk=180), today=today)
    journal.close()
    after = events_of(folder)

    lures = {message for one in stopped for message in one["messages"]}
    assert lures <= after.keys()
    assert {told["type"] for told in after.values()} > {"im.message.sent"}
    assert all(after[ident] == before[ident] for ident in after)
    talk = {i for i, told in before.items() if told["type"] == "im.message.sent"} - lures
    assert talk
    assert not talk & after.keys()
    assert len(after) < len(before) / 2


def test_it_is_let_go_where_a_person_says_that_it_is_none(scene: tuple[Path, list[dict[str, Any]]]) -> None:
    folder, campaigns = scene
    stopped = [one for one in campaigns if one["stopped"]]
    first = stopped[0]
    with serving(folder, TRUST) as service:
        label = event("dismiss", "label", "mod", target=first["id"], label="benign", reason="a newsletter")
        assert service.send(label | {"source": first["source"]}).json["accepted"] == 1
        service.ask("GET", "/v1/campaigns")
    assert set(KeyRing.open(folder / "keys").cases()) == {f"auto-{one['id']}" for one in stopped[1:]}


def test_a_hold_ends_by_itself_after_its_term(scene: tuple[Path, list[dict[str, Any]]]) -> None:
    ring = KeyRing.open(scene[0] / "keys")
    terms = ring.cases()
    assert all(until is not None for until in terms.values())
    last = max((until or 0) for until in terms.values())
    assert set(Holds(ring).ended(last)) < set(terms) or len(terms) <= 1
    assert set(Holds(ring).ended(last + 1)) == set(terms)


def test_headers_are_read_without_opening_anything(tmp_path: Path) -> None:
    keys = KeyRing.open(tmp_path / "keys")
    journal = Journal.open(tmp_path / "journal", keys=keys)
    for number in range(50):
        journal.append("event", b"%d" % number, day=7)
    journal.commit()
    found = list(headers(tmp_path / "journal", keys, {3, 41, 7, 900}))
    assert [(one.seq, one.day, one.body) for one in found] == [(3, 7, None), (7, 7, None), (41, 7, None)]
    journal.close()
