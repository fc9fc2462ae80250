"""What a bundle is made from: the case, its figures, rows as they may be shown, and records of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import msgspec
from msgspec import Struct

from nospim.bundles.document import Number, Redaction
from nospim.bundles.redact import People
from nospim.cases.case import Case
from nospim.cases.hypotheses import Comparison
from nospim.facts.catalogue import QUERIES, Figure, Query
from nospim.facts.run import Facts

PRINTED: Final = 25
"""Rows of a table that are printed; all of them are in the bundle's CSV file."""


class Kept(Struct, frozen=True, kw_only=True):
    """One record of the ledger: its kind and leaf, and salt and body where its content is still there."""

    kind: str
    leaf: bytes
    salt: bytes
    body: bytes | None


class Record(Protocol):
    """A record as the journal gives it."""

    @property
    def seq(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def leaf(self) -> bytes: ...
    @property
    def salt(self) -> bytes: ...
    @property
    def body(self) -> bytes | None: ...


def kept_of(records: Iterable[Record], wanted: set[int], contents: set[int]) -> dict[int, Kept]:
    """The wanted ones of some records by number, and the content of those whose content is wanted, too."""
    return {
        one.seq: Kept(
            kind=one.kind,
            leaf=one.leaf,
            salt=one.salt if one.seq in contents else b"",
            body=one.body if one.seq in contents else None,
        )
        for one in records
        if one.seq in wanted
    }


class Table(Struct, frozen=True, kw_only=True):
    """A query with its rows as they may be shown (all, or the first so many), and the figures from them."""

    query: Query
    columns: tuple[str, ...]
    values: tuple[str, ...]
    rows: Callable[[int | None], Iterator[tuple[str, ...]]]
    total: int
    sql: str

    def printed(self) -> list[dict[str, str]]:
        """The first rows, by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows(PRINTED)]

    def every(self) -> Iterator[dict[str, str]]:
        """Every row, by column."""
        return (dict(zip(self.columns, row, strict=True)) for row in self.rows(None))


class Capture(Struct, frozen=True, kw_only=True):
    """A captured page: what ``capture.json`` says, its files, and the entry of the case that brought it."""

    told: dict[str, Any]
    files: tuple[tuple[str, Path], ...]
    record: int
    shows: str


class Material(Struct, frozen=True, kw_only=True):
    """Everything that exhibits and the report are made from."""

    case: Case
    source: str
    people: People
    facts: Facts
    tables: Mapping[str, Table]
    records: Callable[[int], Kept]
    places: Mapping[int, int]
    captures: tuple[Capture, ...]
    comparison: Comparison

    def figure(self, key: str) -> Number:
        """A figure for a sentence."""
        return numbers(self.tables)[key]

    def event(self, seq: int) -> dict[str, Any]:
        """A record of the ledger as an object; empty where its content was erased."""
        body = self.records(seq).body
        return {} if body is None else msgspec.json.decode(body)

    def redaction(
        self,
        exhibit: str,
        seq: int,
        what: Literal["names", "words", "address"],
        count: int,
        reason: str,
        shown: str,
    ) -> Redaction:
        """A line of the redaction log."""
        return Redaction(
            exhibit=exhibit,
            record=seq,
            what=what,
            count=count,
            reason=reason,
            leaf=self.records(seq).leaf.hex(),
            shown=shown,
        )


def numbers(tables: Mapping[str, Table]) -> dict[str, Number]:
    """Every figure by its key, numbered in the order of the queries."""
    found: dict[str, Number] = {}
    for table in tables.values():
        for figure, value in zip(table.query.figures, table.values, strict=True):
            found[figure.key] = Number(figure.key, value, shown(figure, value), f"F{len(found) + 1}")
    return found


def shown(figure: Figure, value: str) -> str:
    """A figure as it is printed: numbers with thousands apart, times to the second, "none known" where
    empty."""
    if not value:
        return "not known"
    if value.isdigit():
        return f"{int(value):,}"
    if value.endswith("Z") and "T" in value:
        return f"{value[:10]} {value[11:19]} UTC"
    if figure.operation == "sum" and "." in value:
        whole, _, rest = value.removeprefix("-").partition(".")
        return f"{'-' if value.startswith('-') else ''}{int(whole):,}.{rest}"
    return value


def tables_of(facts: Facts, people: People, sql: Callable[[Query], str]) -> dict[str, Table]:
    """The stored queries' tables, people in them by pseudonym."""
    values = facts.values()
    return {
        query.id: Table(
            query=query,
            columns=facts.columns[query.id],
            values=tuple(values[figure.key] for figure in query.figures),
            rows=_rows(facts, query, people),
            total=facts.count(query.id),
            sql=sql(query),
        )
        for query in QUERIES
    }


def _rows(facts: Facts, query: Query, people: People) -> Callable[[int | None], Iterator[tuple[str, ...]]]:
    columns = facts.columns[query.id]
    hidden = [columns.index(name) for name in query.accounts]
    things = [columns.index(name) for name in query.ids]

    def rows(most: int | None) -> Iterator[tuple[str, ...]]:
        for row in facts.rows(query.id, most):
            cells = list(row)
            for place in hidden:
                cells[place] = people.name(cells[place])
            for place in things:
                cells[place] = people.thing(cells[place])
            if people.redact and query.id == "linkage" and cells[columns.index("kind")] == "victims":
                place = columns.index("value")  # the one mark that is a list of people
                cells[place] = f"{cells[place].count(',') + 1} accounts"
            yield tuple(cells)

    return rows
