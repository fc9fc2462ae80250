"""The casework on the labelled worlds, with verdicts made of the truth, one in ten of them wrong."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest
from labelled import World

from nospim.findings import Findings
from nospim.operators import investigate
from nospim.sightings import Sighting

WORLDS = ("dev-1", "dev-2")
POORER: tuple[dict[str, bool], ...] = ({}, {"sessions": False}, {"sessions": False, "clicks": False})


@pytest.fixture(scope="module", params=WORLDS)
def world(request: pytest.FixtureRequest, shared_data: Path) -> World:
    return World(shared_data / "spimbench" / "worlds" / request.param)


def bcubed(world: World, findings: Findings) -> tuple[float, float]:
    label = {m: c.id for c in findings.campaigns for m in c.messages if m not in world.small_talk}
    truth = {m: row["campaign"] for m, row in world.lure.items()}
    got, want = Counter(label.values()), Counter(truth.values())
    both = Counter((label[m], truth[m]) for m in label if m in truth)
    precise = [both[c, truth[m]] / got[c] if m in truth else 0.0 for m, c in label.items()]
    recalled = [both[label[m], c] / want[c] if m in label else 0.0 for m, c in truth.items()]
    return sum(precise) / len(precise), sum(recalled) / len(recalled)


@pytest.mark.parametrize("poorer", POORER, ids=("all", "no sessions", "messages only"))
def test_campaigns_accounts_and_infections(world: World, poorer: dict[str, bool]) -> None:
    sightings = world.sightings(sessions=poorer.get("sessions", True), clicks=poorer.get("clicks", True))
    findings = investigate(lambda: iter(sightings))
    precision, recall = bcubed(world, findings)
    assert precision >= 0.95
    assert recall >= 0.85

    states = {row["account"]: row["state"] for row in world.truth if row["kind"] == "account"}
    found = {finding.account: finding.state for finding in findings.accounts}
    right = found.keys() & states.keys()
    assert len(right) >= 0.97 * len(found)
    assert len(right) >= 0.90 * len(states)
    assert sum(found[account] == states[account] for account in right) >= 0.97 * len(right)
    assert "abusive" not in found.values()

    true = {(row["infected_by"], row["account"]) for row in world.truth if row.get("infected_by")}
    edges = {
        (one.infected_by, one.account) for c in findings.campaigns for one in c.infections if one.infected_by
    }
    assert len(edges & true) >= 0.8 * len(edges)
    assert len(edges & true) >= 0.6 * len(true)


def test_operators_join_no_strangers(world: World) -> None:
    sightings = world.sightings()
    findings = investigate(lambda: iter(sightings))
    behind = {row["id"]: row["operator"] for row in world.truth if row["kind"] == "message"}
    gang = {
        c.id: Counter(behind[m] for m in c.messages if m in behind).most_common(1)[0][0]
        for c in findings.campaigns
    }
    for operator in findings.operators:
        assert len({gang[campaign] for campaign in operator.campaigns}) == 1
    assert len(findings.operators) < len(findings.campaigns)


def test_encrypted_texts_still_give_accounts(world: World) -> None:
    sightings = world.sightings(text=False, clicks=False)
    findings = investigate(lambda: iter(sightings))
    truth = {row["account"] for row in world.truth if row["kind"] == "account"}
    found = {finding.account for finding in findings.accounts}
    assert len(found & truth) >= 0.97 * len(found)
    assert len(found & truth) >= 0.85 * len(truth)


def test_the_same_sightings_give_the_same_bytes(world: World) -> None:
    sightings = world.sightings()
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(sightings), type=list[Sighting])
    first = msgspec.json.encode(investigate(lambda: iter(sightings)))
    assert msgspec.json.encode(investigate(lambda: iter(again))) == first
