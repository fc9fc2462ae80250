"""The stored queries behind a report, in the order in which they run, and the figures taken from each.

They are data: ``queries/catalogue.toml`` and a file of SQL each.  Its rows each name the record
of the ledger on which they rest (`seq`).  A *figure* is one number over a query's rows by one of a few simple
operations, so that whoever has the rows as CSV can take it again with nothing but a spreadsheet.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Final, Literal

import msgspec
from msgspec import Struct

Operation = Literal["count", "distinct", "sum", "min", "max", "median"]

Bound = Literal["text", "whole", "time", "among"]
"""The cell is the field's text; its whole number; its moment in UTC; or one of the texts in it, a list."""


class Figure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One number.

    key: its name.  title: what it is, for people.  operation, column: what is done over which column; a count
    counts rows.  where: column and value that a row must have to be counted, or None for all rows.
    """

    key: str
    title: str
    operation: Operation
    column: str = ""
    where: tuple[str, str] | None = None


class Query(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One stored query.

    accounts: columns that name people, ids: those with ids of sessions and messages, in which a service
    may put names; a report shows both by pseudonym.  rule: how it counts, in words.  bound: column, path
    into the record that the row rests on, and how one follows from the other (`Bound`).
    """

    id: str
    title: str
    rule: str
    figures: tuple[Figure, ...]
    accounts: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    bound: tuple[tuple[str, str, Bound], ...] = ()


QUERIES: Final = msgspec.convert(
    tomllib.loads(files("nospim.facts").joinpath("queries", "catalogue.toml").read_text(encoding="utf-8"))[
        "query"
    ],
    tuple[Query, ...],
)
"""The stored queries, in the order in which they run."""


def sql_of(query: Query) -> str:
    """The SQL of a stored query, as it ships."""
    return files("nospim.facts").joinpath("queries", f"{query.id}.sql").read_text(encoding="utf-8").strip()


def figure_keys() -> tuple[str, ...]:
    """The names of all figures, in order."""
    return tuple(figure.key for query in QUERIES for figure in query.figures)
