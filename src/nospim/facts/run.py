"""Running the stored queries over a folder of tables, and taking the figures from their rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from nospim.errors import NospimError, UsageError
from nospim.facts.catalogue import QUERIES, Figure, sql_of
from nospim.facts.tables import SCHEMAS

try:
    import duckdb
except ImportError:
    raise UsageError("duckdb is not installed; cases need the extra: pip install 'nospim[cases]'") from None

Cell = str
"""A cell as it is written: text, whole numbers and decimals as such, times in UTC; empty where unknown."""

BATCH: Final = 10_000
"""Rows fetched at a time."""
MEMORY: Final = "2GB"
"""What the database may hold before it writes to its folder."""


class Fact(Struct, frozen=True, kw_only=True):
    """One number of a report: its name, what it is, the cell, and the query and rule it comes from."""

    key: str
    title: str
    value: Cell
    query: str
    figure: Figure


class Facts:
    """The queries of one case, run once; rows stay in the database and are read when they are asked for."""

    def __init__(self, tables: Path, campaigns: Sequence[tuple[str, str]], threads: int = 2) -> None:
        """tables: folder that `tables.project` wrote.  campaigns: (source, id).

        Raises NospimError where a campaign is not in the tables, UsageError where a table is missing.
        """
        absent = [name for name in SCHEMAS if not (tables / f"{name}.parquet").exists()]
        if absent:
            raise UsageError(f"{tables} lacks {', '.join(absent)}; make the tables again")
        self._db = duckdb.connect(config=_settings(tables, threads))
        for name in SCHEMAS:
            path = str(tables / f"{name}.parquet").replace("'", "''")
            self._db.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
        self._wanted(campaigns)
        self.columns: dict[str, tuple[str, ...]] = {}
        for query in QUERIES:
            self._db.execute(f"CREATE TABLE q_{query.id} AS {sql_of(query)}")
            described = self._db.execute(f"DESCRIBE q_{query.id}").fetchall()
            self.columns[query.id] = tuple(row[0] for row in described)
        self.facts: Final = tuple(self._facts())

    def __enter__(self) -> Facts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the database go."""
        self._db.close()

    def values(self) -> dict[str, Cell]:
        """Every figure's cell by its name."""
        return {fact.key: fact.value for fact in self.facts}

    def rows(self, query: str, most: int | None = None) -> Iterator[tuple[Cell, ...]]:
        """The rows of a query, in its order; most: only the first so many."""
        cursor = self._db.cursor()
        only = "" if most is None else f" LIMIT {int(most)}"
        cursor.execute(f"SELECT * FROM q_{query} ORDER BY rowid{only}")
        while batch := cursor.fetchmany(BATCH):
            for row in batch:
                yield tuple(cell(value) for value in row)

    def count(self, query: str) -> int:
        """How many rows a query has."""
        return int(self._one(f"SELECT count(*) FROM q_{query}"))

    def records(self) -> list[int]:
        """The records that any row rests on, rising."""
        parts = " UNION ".join(f"SELECT seq FROM q_{query.id}" for query in QUERIES)
        return [row[0] for row in self._db.execute(f"{parts} ORDER BY seq").fetchall()]

    def campaign_records(self) -> list[int]:
        """The records of the campaigns themselves and of their lists of messages, rising."""
        found = self._db.execute(
            "SELECT seq FROM campaigns SEMI JOIN wanted USING (source, campaign) "
            "UNION SELECT seq FROM members SEMI JOIN wanted USING (source, campaign) ORDER BY seq"
        )
        return [row[0] for row in found.fetchall()]

    def exemplars(self, most: int) -> list[tuple[int, str]]:
        """Messages that show the scheme best, each with why: (record, reason), one a reason."""
        found = self._db.execute(
            "WITH via AS (SELECT DISTINCT via FROM q_infections WHERE via IS NOT NULL), rated AS ("
            "  SELECT m.seq, m.sender, m.time, CASE "
            "    WHEN m.message IN (SELECT via FROM via) THEN 'an account was taken over through it' "
            "    WHEN m.outcome = 'delivered' AND m.message IN (SELECT message FROM q_clicks) "
            "      THEN 'it was delivered and its link opened' "
            "    WHEN m.outcome = 'delivered' THEN 'it was delivered' ELSE 'it was stopped' END AS why "
            "  FROM q_messages m), first AS ("
            "  SELECT *, row_number() OVER (PARTITION BY why ORDER BY time, seq) AS place FROM rated) "
            "SELECT seq, why FROM first WHERE place = 1 ORDER BY why = 'it was stopped', why, seq LIMIT ?",
            [most],
        )
        return [(row[0], row[1]) for row in found.fetchall()]

    def before(self, seq: int, most: int) -> list[tuple[int, str, Cell]]:
        """What the sender of a message and its first recipient wrote to each other before, oldest first.

        Returns record, writer and time of each, at most so many.
        """
        found = self._db.execute(
            "WITH m AS (SELECT e.source, e.account AS a, e.time, min(r.recipient) AS b FROM events e "
            "  JOIN recipients r USING (seq) WHERE e.seq = ? GROUP BY ALL) "
            "SELECT e.seq, e.account, e.time FROM events e JOIN recipients r USING (seq), m "
            "WHERE e.source = m.source AND e.time < m.time AND e.type = 'im.message.sent' "
            "  AND ((e.account = m.a AND r.recipient = m.b) OR (e.account = m.b AND r.recipient = m.a)) "
            "ORDER BY e.time DESC, e.seq DESC LIMIT ?",
            [seq, most],
        )
        return [(row[0], row[1], cell(row[2])) for row in reversed(found.fetchall())]

    def _wanted(self, campaigns: Sequence[tuple[str, str]]) -> None:
        self._db.execute("CREATE TABLE wanted (source VARCHAR, campaign VARCHAR)")
        for one in campaigns:
            self._db.execute("INSERT INTO wanted VALUES (?, ?)", list(one))
        lacking = self._db.execute(
            "SELECT campaign FROM wanted ANTI JOIN campaigns USING (source, campaign)"
        ).fetchall()
        if lacking or not campaigns:
            names = ", ".join(row[0] for row in lacking) or "(none)"
            raise NospimError(f"the ledger knows no campaign {names}; was the scan taken in with it?")
        self._db.execute(
            "CREATE TABLE lures AS SELECT DISTINCT message_source AS source, message FROM members "
            "SEMI JOIN wanted USING (source, campaign)"
        )

    def _facts(self) -> Iterator[Fact]:
        for query in QUERIES:
            for figure in query.figures:
                value = self._db.execute(
                    f"SELECT {_operation(figure)} FROM q_{query.id} {_where(figure)}",
                    [figure.where[1]] if figure.where else [],
                ).fetchone()
                yield Fact(
                    key=figure.key,
                    title=figure.title,
                    value="" if value is None else cell(value[0]),
                    query=query.id,
                    figure=figure,
                )

    def _one(self, sql: str) -> Any:
        row = self._db.execute(sql).fetchone()
        return None if row is None else row[0]


def campaigns_of(tables: Path) -> list[tuple[str, str]]:
    """The campaigns that the tables know, as (source, id), by first message."""
    path = str(tables / "campaigns.parquet").replace("'", "''")
    with duckdb.connect(config=_settings(tables, 1)) as db:
        return db.execute(
            f"SELECT source, campaign FROM read_parquet('{path}') ORDER BY first_seen, campaign"
        ).fetchall()


def cell(value: Any) -> Cell:
    """A value as it is written in a table."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return str(value)


def _settings(tables: Path, threads: int) -> dict[str, str | bool | int | float | list[str]]:
    """Nothing is fetched or loaded from elsewhere; what does not fit memory goes beside the tables."""
    return {
        "threads": threads,
        "memory_limit": MEMORY,
        "temp_directory": str(tables / "spill"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def _operation(figure: Figure) -> str:
    column = f'"{figure.column}"'
    return {
        "count": "count(*)",
        "distinct": f"count(DISTINCT {column})",
        "sum": f"coalesce(sum({column}), 0)::BIGINT",
        "min": f"min({column})",
        "max": f"max({column})",
        "median": f"round(median({column}), 2)",
    }[figure.operation]


def _where(figure: Figure) -> str:
    return f'WHERE "{figure.where[0]}"::VARCHAR = ?' if figure.where else ""
