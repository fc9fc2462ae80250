"""The case's costs as a table like those of the stored queries, so that its sums are checked the same way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from nospim.bundles.material import Table
from nospim.cases.case import Case
from nospim.cases.harm import amount, sums
from nospim.facts.catalogue import Figure, Query

COLUMNS: Final = (
    "seq", "entry", "day", "kind", "currency", "task", "person", "hours", "rate", "amount", "invoice",
    "incident",
)  # fmt: skip
KINDS: Final = {"staff": "staff", "invoice": "invoices", "compute": "computing"}


def costs_table(case: Case, places: Mapping[int, int]) -> Table:
    """The costs that people entered; places: the ledger's record of each entry of the case."""
    figures, values = [], []
    for one in sums(case.costs):
        unit = f"{one.kind}_{one.currency.lower()}"
        figures.append(
            Figure(
                key=f"cost_{unit}",
                title=f"{KINDS[one.kind]}, {one.currency}",
                operation="sum",
                column="amount",
                where=("unit", unit),
            )
        )
        values.append(one.amount)
    query = Query(
        id="costs",
        title="What it cost",
        rule="One row for each cost that somebody entered in the case. Staff: hours times the hourly rate. "
        "Amounts "
        "are summed exactly, by kind and currency; currencies are not converted.",
        figures=tuple(figures),
    )
    columns = (*COLUMNS, "unit")

    def rows(most: int | None) -> Iterator[tuple[str, ...]]:
        for number, cost in sorted(case.costs.items())[:most]:
            yield (
                str(places[number]), str(number), cost.day.isoformat(), cost.kind, cost.currency, cost.task,
                cost.person, cost.hours, cost.rate, f"{amount(cost):.2f}", cost.invoice, cost.incident,
                f"{cost.kind}_{cost.currency.lower()}",
            )  # fmt: skip

    return Table(query=query, columns=columns, values=tuple(values), rows=rows, total=len(case.costs), sql="")
