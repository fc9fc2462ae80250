"""The figures of a small campaign, counted by hand, and counted again from the rows by other means."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from nospim.errors import NospimError, UsageError
from nospim.facts.catalogue import QUERIES, figure_keys, sql_of
from nospim.facts.run import Facts, campaigns_of
from nospim.facts.tables import project

HERE = "xmpp://chat.example"
OWNER = {
    "session": "s-old",
    "ip": "192.0.2.1",
    "asn": 1,
    "country": "SE",
    "device": "d-ann",
    "client": "app/1",
}
THIEF = {
    "session": "s-x",
    "ip": "198.51.100.9",
    "asn": 666,
    "country": "NL",
    "device": "d-x",
    "client": "go/0",
}


class Record(Struct, frozen=True):
    seq: int
    kind: str
    body: bytes | None


def event(name: str, what: str, when: str, who: str, **data: object) -> tuple[str, dict[str, Any]]:
    return "event", {
        "specversion": "1.0", "source": HERE, "id": name, "type": f"im.{what}", "time": f"2026-03-{when}Z",
        "subject": who, "data": data,
    }  # fmt: skip


def lure(name: str, when: str, who: str, *to: str, session: str = "s-x") -> tuple[str, dict[str, Any]]:
    return event(
        name, "message.sent", when, who, to=list(to), text="look http://bad.example/1", session=session
    )


def verdict(name: str, who: str, rung: str) -> tuple[str, dict[str, Any]]:
    return "verdict", {
        "id": name, "source": HERE, "time": "2026-03-02T12:00:00Z", "account": who, "action": rung,
        "score": 0.5, "reasons": [], "campaign": None,
    }  # fmt: skip


def resolution(name: str, outcome: str) -> tuple[str, dict[str, Any]]:
    return "resolution", {
        "id": name, "source": HERE, "at": "2026-03-02T12:01:00Z", "outcome": outcome, "delay_s": 5.0,
        "cause": "",
    }  # fmt: skip


def action(name: str, kind: str, target: str, cause: str) -> tuple[str, dict[str, Any]]:
    return "action", {
        "action": name, "source": HERE, "kind": kind, "target": target, "account": "ann",
        "at": "2026-03-02T12:02:00Z", "cause": cause, "expires": None, "reasons": [],
    }  # fmt: skip


STORY = [
    event("o1", "session.opened", "01T08:00:00", "ann", **OWNER),
    event("o2", "session.opened", "01T09:00:00", "bo", **(OWNER | {"country": "DE", "session": "s-bo"})),
    event("o3", "session.opened", "02T11:00:00", "ann", **THIEF),
    event("k1", "contacts.read", "02T11:01:00", "ann", session="s-x", count=40),
    event("k2", "contacts.read", "02T11:02:00", "ann", session="s-x"),
    event("k3", "contacts.read", "02T11:02:00", "ann", session="s-old", count=999),
    lure("m1", "02T12:00:00", "ann", "bo", "cy"),
    lure("m2", "02T12:00:05", "ann", "cy"),
    lure("m3", "02T12:00:09", "ann", "dee"),
    lure("m4", "03T00:00:00", "fay", "bo", session="s-f"),
    lure("m5", "03T00:00:01", "ann", "eli"),
    event("own", "message.sent", "02T12:30:00", "ann", to=["bo"], text="see you at 8", session="s-old"),
    event("c1", "link.clicked", "02T12:03:00", "bo", url="http://bad.example/1", message="m1"),
    event("c2", "link.clicked", "02T12:04:00", "bo", url="http://bad.example/1", message="m1"),
    event("c3", "link.clicked", "02T12:04:00", "bo", url="http://good.example/", message="own"),
    event("r1", "message.read", "02T12:05:00", "cy", message="m1"),
    event("p1", "message.reported", "02T12:06:00", "cy", message="m1", accused="ann", reason="spim"),
    event("p2", "message.reported", "02T12:07:00", "cy", accused="zed",
          message={"source": "other", "id": "m1"}),
    event("t1", "message.retracted", "02T12:08:00", "ann", message="m1"),
    event("d1", "action.done", "02T12:09:00", "service", action="a-1"),
    event("f1", "account.recovered", "02T17:00:00", "ann"),
    event("f2", "password.changed", "02T16:00:00", "ann", session="s-x"),
    event("other", "message.sent", "02T12:00:00", "ann", to=["bo"]) ,
    *(verdict(name, who, rung) for name, who, rung in (
        ("m1", "ann", "allow"), ("m2", "ann", "block"), ("m3", "ann", "hold"), ("m4", "fay", "hold"),
        ("m5", "ann", "hold"), ("own", "ann", "allow"),
    )),
    resolution("m4", "release"),
    resolution("m5", "drop"),
    action("a-1", "end_sessions", "s-x", "m2"),
    action("a-2", "recall", "m1", "m2"),
    ("account", {
        "account": "ann", "source": HERE, "state": "hijacked", "since": "2026-03-02T11:00:00Z", "score": 0.9,
        "reasons": [{"signal": "sign_in", "bits": 6.0, "detail": "unlike the owner"},
                    {"signal": "prior", "bits": -6.0, "detail": "rare"}],
        "campaigns": ["c-1"],
        "episodes": [{"from": "2026-03-02T11:00:00Z", "to": "2026-03-02T12:00:09Z", "sessions": ["s-x"],
                      "campaign": "c-1"}],
    }),
    ("account", {
        "account": "fay", "source": HERE, "state": "fake", "since": "2026-03-02T23:00:00Z", "score": 0.9,
        "reasons": [], "campaigns": ["c-1"],
        "episodes": [{"from": "2026-03-02T23:00:00Z", "to": "2026-03-03T00:00:00Z", "sessions": ["s-f"],
                      "campaign": "c-1"}],
    }),
    ("account", {
        "account": "zed", "source": HERE, "state": "abusive", "since": "2026-03-02T23:00:00Z", "score": 0.9,
        "reasons": [], "campaigns": [], "episodes": [],
    }),
    ("campaign", {
        "id": "c-1", "source": HERE, "first_seen": "2026-03-02T12:00:00Z",
        "last_seen": "2026-03-03T00:00:01Z",
        "stopped": 3, "accounts": ["ann", "fay"], "recipients": 4, "links": ["http://bad.example/1"],
        "lures": [], "patient_zero": "ann", "operator": "o-1", "reproduction": 0.0,
        "infections": [{"account": "ann", "infected_by": None, "via": None, "at": "2026-03-02T11:00:00Z"}],
    }),
    ("members", {"campaign": "c-1", "source": HERE, "messages": ["m1", "m2", "m3"]}),
    ("members", {"campaign": "c-1", "source": HERE, "messages": ["m4", "m5"]}),
    ("campaign", {
        "id": "c-2", "source": HERE, "first_seen": "2026-03-04T12:00:00Z",
        "last_seen": "2026-03-04T12:00:00Z",
    }),
    ("members", {"campaign": "c-2", "source": HERE, "messages": ["other"]}),
    ("operator", {
        "id": "o-1", "source": HERE, "campaigns": ["c-1"],
        "linkage": [{"kind": "network", "value": "198.51.100.0/24", "grade": "fact", "for": "f",
                     "against": "a"}],
    }),
    ("case", {"this": "is none of the tables' business"}),
]  # fmt: skip

EXPECTED = {
    "messages_sent": "5", "messages_delivered": "2", "messages_stopped": "3", "messages_recalled": "1",
    "senders": "2", "first_seen": "2026-03-02T12:00:00.000000Z",
    "last_seen": "2026-03-03T00:00:01.000000Z", "deliveries": "3", "days": "2", "busiest_day": "3",
    "recipients": "4", "recipients_reached": "2", "countries": "2", "place_unknown": "3", "victims": "1",
    "fake_accounts": "1", "unauthorised_sign_ins": "1", "accounts_entered": "1", "networks": "1",
    "addresses": "1", "from_new_device": "1", "from_new_network": "1", "contact_reads": "2",
    "contact_lists": "1", "contacts_read": "40", "clicks": "2", "clickers": "1", "reads": "1",
    "readers": "1", "complaints": "1", "complainants": "1", "actions_asked": "2", "actions_done": "1",
    "sessions_ended": "1", "passwords_asked": "0", "deactivations": "0", "recoveries": "1",
    "recovery_hours": "6", "infections": "1", "links": "1", "link_hosts": "1", "linkage_facts": "1",
    "linkage_inferences": "0",
}  # fmt: skip


def records() -> Iterator[Record]:
    for seq, (kind, row) in enumerate(STORY):
        yield Record(seq, kind, json.dumps(row).encode())
    yield Record(len(STORY), "event", None)  # its content was erased


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("facts") / "tables"
    assert project(records(), folder) == len(STORY) + 1
    return folder


@pytest.fixture(scope="module")
def facts(tables: Path) -> Iterator[Facts]:
    with Facts(tables, [(HERE, "c-1")]) as made:
        yield made


def test_the_figures_are_those_counted_by_hand(facts: Facts) -> None:
    values = facts.values()
    taken_in = sum(len(json.dumps(row)) for _, row in STORY if row.get("id") in {"m1", "m2", "m3", "m4", "m5"}
                   and "specversion" in row)  # fmt: skip

    assert values.pop("bytes") == str(taken_in)
    assert values == EXPECTED
    assert tuple(fact.key for fact in facts.facts) == figure_keys()


def again(facts: Facts, query: str, operation: str, column: str, where: tuple[str, str] | None) -> str:
    """A figure taken from the rows as anybody could."""
    names = facts.columns[query]
    rows = [dict(zip(names, row, strict=True)) for row in facts.rows(query)]
    rows = [row for row in rows if where is None or row[where[0]] == where[1]]
    cells = [row[column] for row in rows if row[column]] if column else []
    match operation:
        case "count":
            return str(len(rows))
        case "distinct":
            return str(len(set(cells)))
        case "sum":
            return str(sum(map(int, cells)))
        case "median":
            return f"{statistics.median(map(float, cells)):.2f}".rstrip("0").rstrip(".") if cells else ""
    ordered = sorted(cells, key=lambda c: (len(c), c) if c.isdigit() else (0, c))
    return (ordered[0] if operation == "min" else ordered[-1]) if ordered else ""


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q.id)
def test_every_figure_can_be_taken_again_from_the_rows(facts: Facts, query: Any) -> None:
    values = facts.values()
    for figure in query.figures:
        taken = again(facts, query.id, figure.operation, figure.column, figure.where)
        assert taken == values[figure.key], figure.key


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q.id)
def test_every_row_names_the_record_that_it_rests_on(facts: Facts, query: Any) -> None:
    assert facts.columns[query.id][0] == "seq"
    assert set(query.accounts) <= set(facts.columns[query.id])
    for row in facts.rows(query.id):
        assert STORY[int(row[0])][1]["source"] == HERE
    assert facts.count(query.id) == len(list(facts.rows(query.id)))


def test_running_the_queries_again_gives_the_same_rows(facts: Facts, tables: Path) -> None:
    with Facts(tables, [(HERE, "c-1")], threads=1) as twice:
        assert twice.values() == facts.values()
        for query in QUERIES:
            assert list(twice.rows(query.id)) == list(facts.rows(query.id))


def test_a_strange_sign_in_is_set_beside_the_owners(facts: Facts) -> None:
    (row,) = facts.rows("sign_ins")
    told = dict(zip(facts.columns["sign_ins"], row, strict=True))

    assert (told["account"], told["asn"], told["country"]) == ("ann", "666", "NL")
    assert (told["owner_sign_ins_before"], told["same_network_before"]) == ("1", "0")


def test_what_rests_on_a_record_can_be_found(facts: Facts) -> None:
    kinds = {STORY[seq][0] for seq in facts.records()}

    assert kinds == {"event", "account", "action", "campaign", "operator"}
    assert [STORY[seq][0] for seq in facts.campaign_records()] == ["campaign", "members", "members"]


def test_two_campaigns_are_counted_together_without_counting_twice(tables: Path) -> None:
    with Facts(tables, [(HERE, "c-2"), (HERE, "c-1")]) as both:
        assert both.values()["messages_sent"] == "6"
    assert campaigns_of(tables) == [(HERE, "c-1"), (HERE, "c-2")]


def test_a_campaign_that_the_ledger_does_not_know_is_told(tables: Path, tmp_path: Path) -> None:
    for unknown in ([(HERE, "c-9")], [("elsewhere", "c-1")], []):
        with pytest.raises(NospimError, match="knows no campaign"):
            Facts(tables, unknown)
    with pytest.raises(UsageError, match="make the tables again"):
        Facts(tmp_path, [(HERE, "c-1")])


def test_a_record_that_is_not_what_its_kind_says_is_told(tmp_path: Path) -> None:
    with pytest.raises(NospimError, match="record 7 of the ledger is no verdict"):
        project([Record(7, "verdict", b"[]")], tmp_path / "tables")


def test_every_query_has_its_sql_its_rule_and_a_figure() -> None:
    assert len({query.id for query in QUERIES}) == len(QUERIES)
    assert len(set(figure_keys())) == len(figure_keys())
    for query in QUERIES:
        assert "ORDER BY" in sql_of(query)
        assert query.rule.endswith(".")
        assert query.figures
