"""What a campaign cost, summed exactly, and what statutes name per violation, as ranges and never as advice.

Costs come from the case's cost entries.  Statutory amounts are data (``data/statutes.toml``), each with its
source and the date on which it was read; which of them applies, and whether any does, counsel decides.
Money is summed with exact decimals, by currency; currencies are never converted.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from nospim.cases.decisions import CostAdded, CostKind, Currency, Money

YEAR: Final = timedelta(days=365)
"""The period within which 18 U.S.C. 1030(c)(4)(A)(i)(I) sums loss: "during any 1-year period"."""


class Sum(Struct, frozen=True, kw_only=True):
    """Costs of one kind in one currency; amount: exact, with two decimals."""

    kind: CostKind
    currency: Currency
    entries: tuple[int, ...]
    hours: str
    amount: str


class Statute(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount per violation that a statute names.

    counts: which figure of the report would be multiplied, at least (`counts_low`) and at most
    (`counts_high`).  low, high: amounts per unit.  cap: the most in all, empty where there is none.
    source: where it was read; read: when.  limits: what speaks against applying it, in plain words.
    """

    id: str
    name: str
    cites: str
    who: str
    counts_low: str
    counts_high: str
    unit: str
    low: Money
    high: Money
    currency: Currency
    source: str
    read: date
    limits: str
    cap: Money | Literal[""] = ""
    multiplier: Annotated[int, Meta(ge=1, le=3)] = 1


class Threshold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A loss that must be reached before a claim can be brought.

    days: the period within which it is summed.  counted: what is summed here.  The rest is as in `Statute`.
    """

    id: str
    name: str
    cites: str
    amount: Money
    currency: Currency
    days: Annotated[int, Meta(ge=1, le=3660)]
    counted: str
    source: str
    read: date
    limits: str


class Range(Struct, frozen=True, kw_only=True):
    """One statute applied to the report's figures: from the least to the most that arithmetic allows.

    A figure that is not known makes `low` or `high` empty.
    """

    statute: Statute
    units_low: int | None
    units_high: int | None
    low: str
    high: str


def amount(cost: CostAdded) -> Decimal:
    """What one entry comes to."""
    if cost.kind == "staff":
        return (Decimal(cost.hours) * Decimal(cost.rate)).quantize(Decimal("0.01"))
    return Decimal(cost.amount)


def sums(costs: Mapping[int, CostAdded]) -> tuple[Sum, ...]:
    """Costs by kind and currency, each with the entries that it sums."""
    groups: dict[tuple[CostKind, str], list[int]] = {}
    for number, cost in sorted(costs.items()):
        groups.setdefault((cost.kind, cost.currency), []).append(number)
    return tuple(
        Sum(
            kind=kind,
            currency=currency,
            entries=tuple(numbers),
            hours=str(sum((Decimal(costs[n].hours) for n in numbers), Decimal(0))),
            amount=f"{sum((amount(costs[n]) for n in numbers), Decimal(0)):.2f}",
        )
        for (kind, currency), numbers in sorted(groups.items())
    )


def most_in_a_year(costs: Iterable[CostAdded], currency: str, period: timedelta = YEAR) -> Decimal:
    """The largest sum of costs in one currency whose days lie within one year, or another period."""
    days = sorted((cost.day, amount(cost)) for cost in costs if cost.currency == currency)
    best, total, first = Decimal(0), Decimal(0), 0
    for day, value in days:
        total += value
        while day - days[first][0] >= period:
            total -= days[first][1]
            first += 1
        best = max(best, total)
    return best


def statutes(text: str | None = None) -> tuple[Statute, ...]:
    """The table of statutes that ships, or that of another text in TOML; raises msgspec.ValidationError."""
    if text is None:
        text = files("nospim.cases").joinpath("data", "statutes.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["statute"], tuple[Statute, ...])


def thresholds(text: str | None = None) -> tuple[Threshold, ...]:
    """The thresholds of the table that ships, or of another text in TOML; raises msgspec.ValidationError."""
    if text is None:
        text = files("nospim.cases").joinpath("data", "statutes.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text).get("threshold", []), tuple[Threshold, ...])


def ranges(table: Iterable[Statute], figures: Mapping[str, int]) -> tuple[Range, ...]:
    """Each statute over the report's figures, by their keys."""
    return tuple(_range(statute, figures) for statute in table)


def _range(statute: Statute, figures: Mapping[str, int]) -> Range:
    low, high = figures.get(statute.counts_low), figures.get(statute.counts_high)
    if low is not None and high is not None:
        high = max(low, high)  # where few lures were delivered, the accounts taken are the more of the two
    return Range(
        statute=statute,
        units_low=low,
        units_high=high,
        low=_times(low, statute.low, 1, statute.cap),
        high=_times(high, statute.high, statute.multiplier, statute.cap),
    )


def _times(units: int | None, each: str, multiplier: int, cap: str) -> str:
    if units is None:
        return ""
    total = units * Decimal(each)
    total = min(total, Decimal(cap)) if cap else total
    return f"{total * multiplier:.2f}"
