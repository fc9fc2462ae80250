"""Calibration: a map that keeps order, and gives evidence the bits that it has earned."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.policy.calibration import (
    IDENTITY,
    Calibration,
    CalibrationError,
    FittedOn,
    encode_calibration,
    parse_calibration,
)
from nospim.quality.calibration import fit
from nospim.quality.evidence import Evidence, summed
from nospim.quality.rehearsal import tactics_left_out
from nospim.quality.reliability import reliability
from nospim.quality.rows import QualityError
from nospim.verdicts import Reason, score_of

NO_DIGEST = "0" * 64

rising = st.lists(st.integers(-900_000, 900_000), min_size=2, max_size=9, unique=True).map(sorted)


def world(pairs: list[tuple[int, bool]], name: str = "w") -> Evidence:
    return Evidence(FittedOn(name, NO_DIGEST, NO_DIGEST, len(pairs), sum(s for _, s in pairs)), tuple(pairs))


def bell(mean: float, width: float, count: int, rng: random.Random) -> list[int]:
    return [round(1000 * rng.gauss(mean, width)) for _ in range(count)]


def normal_world(seed: int, *, spim: int, benign: int, stretch: float = 1.0) -> Evidence:
    """Evidence drawn so that its true likelihood ratio is known: two bells of width 3 bits at -4 and 4.

    Unstretched, the log-likelihood ratio in bits is raw * 8 / 9 / ln 2.
    """
    rng = random.Random(seed)
    drawn = [(round(raw * stretch), True) for raw in bell(4, 3, spim, rng)]
    drawn += [(round(raw * stretch), False) for raw in bell(-4, 3, benign, rng)]
    return world(drawn, f"w{seed}")


def true_bits(raw: int) -> float:
    return raw / 1000 * 8 / 9 / math.log(2)


@given(rising, st.data())
def test_a_calibration_never_turns_the_order_of_two_messages(xs: list[int], data: st.DataObject) -> None:
    ys = data.draw(
        st.lists(st.integers(-900_000, 900_000), min_size=len(xs), max_size=len(xs), unique=True).map(sorted)
    )
    calibration = Calibration(tuple(zip(xs, ys, strict=True)))
    low, high = sorted(data.draw(st.tuples(*[st.integers(-2_000_000, 2_000_000)] * 2)))
    assert calibration.apply(low) <= calibration.apply(high)
    assert ys[0] <= calibration.apply(low)
    assert calibration.apply(high) <= ys[-1]
    assert [calibration.apply(x) for x in xs] == ys


@pytest.mark.parametrize(
    ("raw", "calibrated"), [(-5000, -1000), (0, 0), (1500, 300), (2500, 1000), (9000, 4000)]
)
def test_between_knots_it_goes_straight_and_outside_it_stays(raw: int, calibrated: int) -> None:
    assert (
        Calibration(((-5000, -1000), (0, 0), (2000, 400), (3000, 1600), (5000, 4000))).apply(raw)
        == calibrated
    )


@pytest.mark.parametrize(
    "knots", [(), ((0, 0),), ((0, 0), (0, 1)), ((0, 1), (1, 1)), ((1, 0), (0, 1)), ((0, 1), (1, 0))]
)
def test_knots_that_do_not_rise_are_refused(knots: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match=r"knots"):
        Calibration(knots)


def test_a_calibration_read_back_is_the_same() -> None:
    calibration = Calibration(((-1, -2), (3, 4)), (FittedOn("drill", NO_DIGEST, NO_DIGEST, 10, 2, seed=7),))
    assert parse_calibration(encode_calibration(calibration)) == calibration


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"knots":[[0,0]]}', b'{"knots":[[0,0],[1,2]],"sauces":[]}', b'{"knots":[[0,0],[1,1e9]]}'],
)
def test_a_broken_file_is_named(content: bytes) -> None:
    with pytest.raises(CalibrationError, match=r"^mine\.json: "):
        parse_calibration(content, "mine.json")


def test_the_shipped_calibration_can_be_read_and_keeps_zero_evidence_below_a_bit() -> None:
    assert Calibration.shipped().apply(0) < 1000


@pytest.mark.parametrize("stretch", [0.5, 1.0, 3.0])
def test_a_sum_that_claims_too_much_or_too_little_is_put_right(stretch: float) -> None:
    calibration = fit([normal_world(1, spim=4000, benign=20_000, stretch=stretch)])
    for raw in (-5000, -2000, 0, 2000, 5000):
        assert calibration.apply(round(raw * stretch)) / 1000 == pytest.approx(true_bits(raw), abs=0.6)


def test_the_share_of_spim_in_a_drill_drops_out() -> None:
    rare = fit([normal_world(1, spim=1500, benign=30_000)])
    common = fit([normal_world(2, spim=15_000, benign=3000)])
    for raw in (-3000, 0, 3000):
        assert rare.apply(raw) == pytest.approx(common.apply(raw), abs=700)


def test_no_false_alarm_seen_earns_no_more_bits_than_the_benign_messages_can_bear() -> None:
    pairs = [(90_000, True)] * 500 + [(0, False)] * 1000
    assert 9000 < fit([world(pairs)]).apply(90_000) <= round(1000 * math.log2(2 * 1000 + 1))


def test_the_order_of_messages_means_nothing() -> None:
    one = normal_world(5, spim=300, benign=900)
    assert fit([one]) == fit([Evidence(one.source, one.pairs[::-1])])


def test_each_world_weighs_the_same_whatever_its_size() -> None:
    small, large = (
        normal_world(1, spim=400, benign=400),
        normal_world(2, spim=400, benign=40_000, stretch=2.0),
    )
    alone, both = fit([large]), fit([small, large])
    assert abs(both.apply(4000) - alone.apply(4000)) > 300


def test_evidence_that_points_the_wrong_way_is_not_fitted() -> None:
    pairs = [(raw, raw < 0) for raw in range(-5000, 5000, 10)]
    with pytest.raises(QualityError, match="does not mean spim"):
        fit([world(pairs)])


def test_nothing_is_fitted_on_no_world() -> None:
    with pytest.raises(QualityError, match="at least one"):
        fit([])


@given(st.lists(st.tuples(st.integers(-60_000, 60_000), st.booleans()), min_size=2, max_size=60))
def test_whatever_the_messages_the_fit_rises_or_says_why_not(pairs: list[tuple[int, bool]]) -> None:
    pairs += [(-1000, False), (1000, True)]
    try:
        calibration = fit([world(pairs)])
    except QualityError:
        return
    limit = 1000 * math.log2(4 * len(pairs) + 2)
    assert all(abs(y) <= limit for _, y in calibration.knots)


def test_the_evidence_of_a_verdict_leaves_out_prior_and_calibration() -> None:
    reasons = (
        Reason("prior", -10.965, ""),
        Reason("burst", 3.2, ""),
        Reason("text", 0.001, ""),
        Reason("calibration", -0.4, ""),
    )
    assert summed(reasons) == 3201


def test_a_tactic_left_out_takes_its_lures_and_nothing_else() -> None:
    pairs = ((0, False), (9000, True), (7000, True), (1, False))
    whole = Evidence(FittedOn("w", NO_DIGEST, NO_DIGEST, 4, 2), pairs, (None, "worm", "slow", None))
    rest = whole.without("worm")
    assert rest.pairs == ((0, False), (7000, True), (1, False))
    assert (rest.source.messages, rest.source.spim, rest.tactics) == (3, 1, (None, "slow", None))
    with pytest.raises(QualityError, match="both kinds"):
        rest.without("slow")


def test_a_weak_tactic_is_missed_by_a_fit_that_never_saw_it() -> None:
    rng = random.Random(8)
    strong = [(round(1000 * rng.gauss(30, 3)), True) for _ in range(3000)]
    weak = [(round(1000 * rng.gauss(9, 1)), True) for _ in range(3000)]
    benign = [(round(1000 * rng.gauss(-4, 3)), False) for _ in range(60_000)]
    pairs = (*strong, *weak, *benign)
    tactics = (*["strong"] * 3000, *["weak"] * 3000, *[None] * 60_000)
    source = FittedOn("w", NO_DIGEST, NO_DIGEST, len(pairs), 6000)
    left = {row.tactic: row for row in tactics_left_out([Evidence(source, pairs, tactics)])}
    assert left["strong"].unknown > 0.95
    assert left["weak"].unknown < left["weak"].known


def test_true_scores_are_found_reliable_and_boasting_ones_are_not() -> None:
    rng = random.Random(3)
    bits = [rng.randrange(-8000, 8000) for _ in range(20_000)]
    drawn = [(b, rng.random() < score_of(b)) for b in bits]
    honest = reliability(drawn)
    boasting = reliability([(3 * b, spim) for b, spim in drawn])
    assert honest.ece_bits < 0.3
    assert boasting.ece_bits > 2.0
    assert honest.brier < boasting.brier
    assert honest.ece < boasting.ece


def test_the_reliability_table_counts_every_message_once() -> None:
    table = reliability([(-40_000, False), (-1, False), (0, True), (1999, False), (40_000, True)])
    assert [(b.low, b.messages, b.spim) for b in table.bins] == [
        (-math.inf, 1, 0),
        (-2.0, 1, 0),
        (0.0, 2, 1),
        (10.0, 1, 1),
    ]
    assert table.messages == 5


def test_there_is_no_reliability_of_nothing() -> None:
    with pytest.raises(ValueError, match="no message"):
        reliability([])


def test_the_identity_changes_nothing() -> None:
    assert [IDENTITY.apply(x) for x in (-64_000, -1, 0, 1, 12_345)] == [-64_000, -1, 0, 1, 12_345]
