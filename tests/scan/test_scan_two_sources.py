"""A world of two services: what is of the other one is named by source and id, by all who write and read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nospim.cli import run
from nospim.cli.schema import build
from nospim.drill import Plan, generate, write_world
from nospim.events import key
from nospim.ledger.folder import records
from nospim.quality.outcome import read_outcome
from nospim.reporting.gather import gather
from nospim.scan import scan

HOME, PARTNER = "xmpp://chat.example", "xmpp://talk.example"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two")
    plan = Plan(seed=5, accounts=100, days=5, tactics=("worm",), hijacked_per_campaign=6, federated=0.4)
    write_world(generate(plan), folder / "world")
    scan([folder / "world" / "events.jsonl.gz"], folder / "out")
    return folder


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def across(world: Path) -> dict[str, Any]:
    """A campaign with messages of both services."""
    found = rows(world / "out" / "campaigns.jsonl")
    return next(row for row in found if any(isinstance(one, dict) for one in row["messages"]))


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)
    elif isinstance(value, str):
        yield value


def test_what_is_of_the_other_service_is_written_with_its_source(world: Path) -> None:
    sent = {}
    for item in (world / "out" / "verdicts.jsonl").read_text().splitlines():
        row = json.loads(item)
        sent[row["id"]] = row["source"]
    campaign = across(world)
    assert {sent[one] for one in campaign["messages"] if isinstance(one, str)} == {campaign["source"]}
    others = [one for one in campaign["messages"] if isinstance(one, dict)]
    assert all(set(one) == {"source", "id"} for one in others)
    assert all(sent[one["id"]] == one["source"] != campaign["source"] for one in others)
    host = {HOME: "chat.example", PARTNER: "talk.example"}
    for account in campaign["accounts"]:
        source, name = (
            (account["source"], account["id"]) if isinstance(account, dict) else (campaign["source"], account)
        )
        assert name.endswith("@" + host[source])
    for name in ("campaigns", "accounts", "operators", "actions"):
        check = jsonschema.Draft202012Validator(build(name))
        for number, row in enumerate(rows(world / "out" / f"{name}.jsonl")):
            if number < 5:
                check.validate(row)
            assert not [text for text in leaves(row) if text.startswith((HOME + " ", PARTNER + " "))]


def test_an_action_is_asked_of_the_service_that_can_carry_it_out(world: Path) -> None:
    hosts = {HOME: "@chat.example", PARTNER: "@talk.example"}
    steps = [row for row in rows(world / "out" / "actions.jsonl") if row["kind"] == "step_up"]
    assert all(row["target"].endswith(hosts[row["source"]]) for row in steps)
    told = [row["cause"] for row in steps if isinstance(row["cause"], dict)]
    assert told
    assert all(set(cause) == {"source", "id"} for cause in told)


def test_a_score_counts_the_messages_of_both(world: Path) -> None:
    sent = [row["id"] for row in rows(world / "out" / "verdicts.jsonl")]
    outcome = read_outcome(world / "out", sent)
    campaign = across(world)
    [joined] = [one for one in outcome.campaigns if one.id == campaign["id"]]
    assert len(joined.messages) == len(campaign["messages"])
    assert set(joined.messages) <= set(sent)
    assert run(["score", str(world / "world"), str(world / "out")]) == 0


def test_a_case_and_reports_rest_on_the_messages_of_both(world: Path, tmp_path: Path) -> None:
    ledger, log = tmp_path / "ledger", world / "world" / "events.jsonl.gz"
    assert run(["ledger", "ingest", str(log), "--scan", str(world / "out"), "--out", str(ledger)]) == 0
    campaign = across(world)
    gathered = gather(lambda: records(ledger), [campaign["id"]])
    [read] = gathered.campaigns
    assert len(read.messages) == len(campaign["messages"])
    assert not {name for name in gathered.names if " " in name}

    from nospim.facts.run import Facts
    from nospim.facts.tables import project

    project(records(ledger), tmp_path / "tables")
    with Facts(tmp_path / "tables", [(campaign["source"], campaign["id"])]) as facts:
        assert facts.count("messages") == len(campaign["messages"])
        taken = {row[facts.columns["infections"].index("account")] for row in facts.rows("infections", None)}
        assert any(" at xmpp://" in name for name in taken)
        judged = list(facts.rows("accounts", None))
        by = facts.columns["accounts"].index("infected_by")
        assert any(row[by] for row in judged)


def test_the_report_names_both_services(world: Path) -> None:
    page = (world / "out" / "report.html").read_text(encoding="utf-8")
    other = next(one for one in across(world)["infections"] if isinstance(one["account"], dict))["account"]
    assert other["id"] in page
    assert key(other["source"], other["id"]) not in page
