"""The figures of a small campaign, counted by hand, and counted again from the rows by other means."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from benchmarks.story import EXPECTED, HERE, STORY, Record, records
from hypothesis import given
from hypothesis import strategies as st

from nospim.errors import NospimError, UsageError
from nospim.events import InvalidEventError, decode
from nospim.facts.catalogue import QUERIES, figure_keys, sql_of
from nospim.facts.run import Facts, campaigns_of
from nospim.facts.tables import project

FIELDS = ["session", "asn", "ip", "accused", "count", "to", "action", "target", "reason", "message"]
ANYTHING = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5) | st.dictionaries(st.sampled_from(["source", "id", "x"]), st.integers(), max_size=2)
)  # fmt: skip
"""What a sender may put into fields that a type of event does not define."""


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
    row, _ = facts.rows("sign_ins")
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


@given(st.dictionaries(st.sampled_from(FIELDS), st.recursive(ANYTHING, st.lists, max_leaves=3), max_size=6))
def test_fields_that_a_type_does_not_define_may_hold_anything(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]
) -> None:
    raw = json.dumps(
        {
            "specversion": "1.0", "source": HERE, "id": "x", "type": "im.link.clicked", "subject": "bo",
            "time": "2026-03-02T12:00:00Z", "data": {"url": "http://a.example/"} | data,
        }
    ).encode()  # fmt: skip
    try:
        decode(raw)
    except InvalidEventError:
        return  # it never gets into a ledger
    assert project([Record(0, "event", raw)], tmp_path_factory.mktemp("any") / "tables") == 1


def test_every_query_has_its_sql_its_rule_and_a_figure() -> None:
    assert len({query.id for query in QUERIES}) == len(QUERIES)
    assert len(set(figure_keys())) == len(figure_keys())
    for query in QUERIES:
        assert "ORDER BY" in sql_of(query)
        assert query.rule.endswith(".")
        assert query.figures
