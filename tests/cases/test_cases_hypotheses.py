"""Hypotheses of who is behind it: what counts, what does not, and what the conclusion hangs on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.cases import decisions as d
from nospim.cases.hypotheses import (
    EQUAL,
    HYPOTHESES,
    MOST_RATIO,
    Piece,
    Shared,
    assumptions,
    compare,
    in_words,
    pieces_of,
    weighed,
)
from nospim.cases.identify import HOLDERS, leads

TABLE = assumptions()


def shared(
    kind: str, value: str, grade: str = "fact", seen: int | None = None, among: int | None = None
) -> Shared:
    return Shared(seq=7, kind=kind, value=value, grade=grade, against="a", seen=seen, among=among)


def by_hand(**likelihoods: float) -> Piece:
    return weighed(9, "seen", {name: likelihoods[name] for name in HYPOTHESES}, "lea")


def test_a_network_that_nobody_honest_uses_speaks_for_one_operator() -> None:
    (piece,) = pieces_of([shared("network", "198.51.100.0/24", seen=0, among=998)], TABLE)
    found = compare([piece])

    assert piece.sources == ("assumed", "assumed", "counted: 0 of 998", "assumed")
    assert piece.likelihoods[2] == pytest.approx(1 / 1000)
    assert (found.leader, found.second) == ("same", "kit")
    assert found.ratio == pytest.approx(0.5 / 0.2, rel=0.01)
    assert in_words(found.ratio) == "weak"


def test_a_network_that_everybody_uses_speaks_for_nothing() -> None:
    (piece,) = pieces_of([shared("network", "198.51.100.0/24", seen=600, among=998)], TABLE)

    assert compare([piece]).leader == "coincidence"


def test_what_is_too_common_is_shown_and_weighs_nothing() -> None:
    (piece,) = pieces_of([shared("client", "Pidgin", "capped", 900, 998)], TABLE)
    found = compare([piece])

    assert (piece.counted, piece.why_not) == (False, "too common: it joins nothing")
    assert found.shares == EQUAL
    assert (found.hinges, found.without) == (-1, ())


def test_ten_wordings_of_one_kit_are_one_piece() -> None:
    rows = [shared("wording", f"w{n}", "inference") for n in range(10)]
    found = compare(pieces_of(rows, TABLE))

    assert [piece.counted for piece in found.pieces] == [True] + [False] * 9
    assert found.pieces[5].why_not == "another wording is counted: they come together"
    assert found.leader == "framing"  # whoever received a lure can send it


def test_the_strongest_of_a_kind_is_the_one_that_counts() -> None:
    rows = [shared("network", "a", seen=400, among=998), shared("network", "b", seen=0, among=998)]
    assert [piece.counted for piece in pieces_of(rows, TABLE)] == [False, True]


def test_the_piece_that_the_conclusion_hangs_on_is_named() -> None:
    weak = by_hand(same=0.5, kit=0.4, coincidence=0.4, framing=0.4)
    strong = by_hand(same=0.5, kit=0.01, coincidence=0.01, framing=0.01)
    other = by_hand(same=0.1, kit=0.5, coincidence=0.05, framing=0.05)
    found = compare([weak, strong, other])

    assert (found.leader, found.hinges) == ("same", 1)
    without = next(one for one in found.without if one.piece == 1)
    assert without.leader == "kit"


def test_the_table_of_competing_hypotheses_ranks_by_what_speaks_against() -> None:
    piece = by_hand(same=0.9, kit=0.5, coincidence=0.2, framing=0.05)
    assert [piece.mark(place) for place in range(4)] == ["+", "+", "-", "--"]
    found = compare([piece])
    assert found.inconsistency[:2] == (0, 0)
    assert found.inconsistency[2] < found.inconsistency[3]


def test_what_is_ruled_out_beforehand_is_refused() -> None:
    with pytest.raises(ValueError, match="prior above 0"):
        compare([], (1.0, 0.0, 1.0, 1.0))


ANY = st.floats(1e-9, 1 - 1e-9)


@given(st.lists(st.tuples(ANY, ANY, ANY, ANY), max_size=8))
def test_shares_are_of_one_whole_and_no_piece_outweighs_the_limit(rows: list[tuple[float, ...]]) -> None:
    pieces = [by_hand(**dict(zip(HYPOTHESES, row, strict=True))) for row in rows]
    found = compare(pieces)

    assert sum(found.shares) == pytest.approx(1)
    assert max(found.shares) == found.shares[HYPOTHESES.index(found.leader)]
    assert found.ratio >= 1
    assert all(max(p.likelihoods) / min(p.likelihoods) <= MOST_RATIO * 1.001 for p in pieces)
    assert compare(list(reversed(pieces))).tens == pytest.approx(found.tens)


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (1, "no"),
        (2, "weak"),
        (10, "moderate"),
        (100, "moderately strong"),
        (1000, "strong"),
        (10**5, "very strong"),
    ],
)
def test_ratios_are_said_in_the_words_of_the_guideline(ratio: float, said: str) -> None:
    assert in_words(ratio) == said


def test_what_is_lost_first_is_asked_for_first() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    doe = d.DoeAdded(
        name="Doe 1",
        identifiers=(
            d.Identifier(kind="payment", value="merchant 7"),
            d.Identifier(kind="host", value="bad.example", asks="Example Hosting"),
            d.Identifier(kind="relay", value="203.0.113.7"),
            d.Identifier(kind="registrar", value="bad.example"),
        ),
    )
    found = leads(doe, {"bad.example": at})

    assert [one.identifier.kind for one in found] == ["relay", "payment", "host", "registrar"]
    assert found[2].until == at + timedelta(days=HOLDERS["host"].days)
    assert found[2].who == "Example Hosting"
    assert found[3].who == HOLDERS["registrar"].who
    assert found[0].until is None


def test_every_period_has_a_source_and_says_how_far_it_may_be_relied_on() -> None:
    for one in HOLDERS.values():
        assert one.source
        assert one.instrument
        assert one.basis in {"law", "contract", "practice"}
        assert one.days > 0
