"""Harm: exact sums of what was spent, and ranges that statutes name, with where they come from."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import ValidationError

from nospim.cases.decisions import CostAdded
from nospim.cases.harm import amount, most_in_a_year, ranges, statutes, sums, thresholds


def staff(day: date, hours: str = "1", rate: str = "100", currency: str = "USD") -> CostAdded:
    return CostAdded(
        kind="staff", task="reset accounts", day=day, currency=currency, person="ivo", hours=hours, rate=rate
    )


def invoice(day: date, value: str) -> CostAdded:
    return CostAdded(kind="invoice", task="forensics", day=day, currency="USD", amount=value, invoice="F-7")


def test_costs_are_summed_exactly_by_kind_and_currency() -> None:
    made = sums(
        {
            4: staff(date(2026, 5, 1), "3.35", "85.10"),
            5: staff(date(2026, 5, 2), "0.10", "0.10"),
            7: invoice(date(2026, 5, 3), "1250.00"),
            9: staff(date(2026, 5, 3), "2", "70", "EUR"),
        }
    )

    assert [(s.kind, s.currency, s.amount, s.hours, s.entries) for s in made] == [
        ("invoice", "USD", "1250.00", "0", (7,)),
        ("staff", "EUR", "140.00", "2", (9,)),
        ("staff", "USD", "285.09", "3.45", (4, 5)),
    ]


def test_the_most_within_one_year_leaves_out_what_is_older() -> None:
    costs = [
        invoice(date(2025, 1, 1), "3000"),
        invoice(date(2025, 12, 31), "2500"),
        invoice(date(2026, 1, 1), "1000"),
        staff(date(2026, 1, 1), "50", "100", "EUR"),
    ]

    assert most_in_a_year(costs, "USD") == Decimal(5500)
    assert most_in_a_year(costs, "EUR") == Decimal(5000)
    assert most_in_a_year([], "USD") == 0


@given(st.lists(st.tuples(st.dates(date(2020, 1, 1), date(2025, 1, 1)), st.integers(1, 10**9)), max_size=12))
def test_the_most_within_a_year_is_that_of_the_best_window(rows: list[tuple[date, int]]) -> None:
    costs = [invoice(day, f"{cents / 100:.2f}") for day, cents in rows]
    best = max(
        (sum(amount(c) for c in costs if 0 <= (c.day - first.day).days < 365) for first in costs),
        default=Decimal(0),
    )

    assert most_in_a_year(costs, "USD") == best


def test_every_statute_names_its_source_its_day_and_what_speaks_against_it() -> None:
    for statute in statutes():
        assert statute.source
        assert statute.read >= date(2026, 1, 1)
        assert statute.limits
        assert Decimal(statute.low) <= Decimal(statute.high)


def test_a_statute_over_the_figures_is_a_range_with_its_rule() -> None:
    (phishing,) = [
        r
        for r in ranges(statutes(), {"victims": 3, "messages_delivered": 40})
        if r.statute.id == "us-wa-19.190.090-2"
    ]

    assert (phishing.units_low, phishing.units_high) == (3, 40)
    assert (phishing.low, phishing.high) == ("15000.00", "600000.00")


def test_the_most_is_never_counted_over_fewer_violations_than_the_least() -> None:
    told = {"victims": 12, "messages_delivered": 11, "deliveries": 12, "addressed": 11}
    for made in ranges(statutes(), told):
        assert made.units_low == made.units_high == 12


def test_a_figure_that_is_not_known_makes_no_range() -> None:
    for made in ranges(statutes(), {"victims": 3}):
        if made.statute.counts_high == "messages_delivered":
            assert (made.units_high, made.high) == (None, "")


def test_a_cap_bounds_the_sum_before_it_is_multiplied() -> None:
    text = """
[[statute]]
id = "x"
name = "x"
cites = "x"
who = "x"
counts_low = "victims"
counts_high = "victims"
unit = "x"
low = "25"
high = "25"
cap = "1000"
multiplier = 3
currency = "USD"
source = "x"
read = 2026-01-01
limits = "x"
"""
    (made,) = ranges(statutes(text), {"victims": 500})

    assert (made.low, made.high) == ("1000.00", "3000.00")
    with pytest.raises(ValidationError):
        statutes(text.replace('low = "25"', 'low = "a lot"'))
    with pytest.raises(ValidationError):
        statutes(text + "advice = true\n")


def test_the_cap_holds_before_what_is_left_is_multiplied() -> None:
    table = {one.id: one for one in statutes()}
    told = {"deliveries": 1_000_000, "addressed": 1_200_000}
    (header,) = ranges([table["us-can-spam-7706-g-header"]], told)
    (other,) = ranges([table["us-can-spam-7706-g-other"]], told)

    assert (header.low, header.high) == ("0.00", "360000000.00")
    assert (other.low, other.high) == ("0.00", "3000000.00")


def test_a_loss_below_the_threshold_is_told_as_such_over_its_own_period() -> None:
    (one,) = thresholds()
    costs = [invoice(date(2025, 1, 1), "3000"), invoice(date(2026, 1, 2), "2500")]

    assert (one.id, one.amount, one.days) == ("us-cfaa-loss", "5000", 365)
    assert most_in_a_year(costs, "USD", timedelta(days=one.days)) == Decimal(3000)
    assert most_in_a_year(costs, "USD", timedelta(days=500)) == Decimal(5500)
