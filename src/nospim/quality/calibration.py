"""Fitting a calibration: which likelihood ratio a sum of evidence has earned on labelled worlds.

Method: Platt's logistic fit (Platt 1999) with a line broken at a few knots instead of one straight
line, by penalised maximum likelihood.  In each world spim and benign messages weigh the same in
total, so a world's share of spim drops out and the fitted log-odds are a likelihood ratio.
Half a message of either kind is added at every knot (Jeffreys' prior; Platt adds one), so that a region
where no false alarm was seen earns a bounded number of bits: about log2 of the benign messages seen.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from msgspec import Struct

from nospim.policy.calibration import FARTHEST, Calibration
from nospim.quality.evidence import Evidence
from nospim.quality.rows import QualityError

BENIGN_AT: Final = (0.05, 0.5, 0.9, 0.99, 0.999, 0.9999)
"""Quantiles of benign evidence where a knot may stand: the far tail is where false stops are made."""
SPIM_AT: Final = (0.02, 0.1, 0.25, 0.5)
"""Quantiles of spim evidence where a knot may stand; above the median too few are left to tell apart
more than the benign messages can support."""
APART: Final = 2000
"""Least distance of two knots in millibits: closer ones would fit the accidents of a few honest people."""
GRAIN: Final = 50
"""Millibits to which sums are rounded down for a fit: finer differences mean nothing, and a fit is quick."""
PSEUDO: Final = 0.5
"""Messages of either kind that are imagined at each knot."""
ROUNDS: Final = 200
"""Newton steps at most; it takes some ten."""
CLOSE: Final = 1e-9
"""Step in nats below which the fit has settled."""
LONGEST: Final = 4.0
"""Longest Newton step in nats, so that a flat start cannot throw it far."""

Weighted = tuple[int, float, float]
"""A sum of evidence in millibits, and what spim and benign messages with that sum weigh."""


class _Place(Struct, frozen=True):
    """Where a point lies among the knots: between `left` and its right neighbour, `part` of the way."""

    left: int
    part: float
    spim: float
    benign: float


def fit(worlds: Sequence[Evidence]) -> Calibration:
    """The calibration that the worlds support.

    The same worlds in any order of their messages give the same knots.
    Raises QualityError when there is no world, or when evidence tells spim from benign nowhere.
    """
    if not worlds:
        raise QualityError("a calibration needs at least one labelled world")
    points = _balanced(worlds)
    spim = sum(world.source.spim for world in worlds)
    benign = sum(world.source.messages - world.source.spim for world in worlds)
    pseudo = (PSEUDO / spim, PSEUDO / benign)
    knots = _knots(points)
    while len(knots) > 1:
        nats = _solve(knots, points, pseudo)
        bits = [round(z / math.log(2) * 1000) for z in nats]
        falling = next((i for i, (low, high) in enumerate(pairwise(bits)) if low >= high), None)
        if falling is None:
            return Calibration(
                tuple(zip(knots, (max(-FARTHEST, min(FARTHEST, y)) for y in bits), strict=True)),
                tuple(world.source for world in worlds),
            )
        # Two knots whose order the data does not support are one.
        knots[falling : falling + 2] = [(knots[falling] + knots[falling + 1]) // 2]
    raise QualityError("in these worlds stronger evidence does not mean spim; nothing can be fitted")


def _balanced(worlds: Sequence[Evidence]) -> list[Weighted]:
    """All messages by their sum of evidence; each world's spim weighs 1/worlds in total, so its benign."""
    spim: dict[int, list[int]] = defaultdict(lambda: [0] * len(worlds))
    benign: dict[int, list[int]] = defaultdict(lambda: [0] * len(worlds))
    for number, world in enumerate(worlds):
        for exact, is_spim in world.pairs:
            raw = exact // GRAIN * GRAIN
            (spim if is_spim else benign)[raw][number] += 1
    shares = [
        (1 / len(worlds) / w.source.spim, 1 / len(worlds) / (w.source.messages - w.source.spim))
        for w in worlds
    ]
    none = [0] * len(worlds)
    return [
        (
            raw,
            math.fsum(n * s for n, (s, _) in zip(spim.get(raw, none), shares, strict=True)),
            math.fsum(n * b for n, (_, b) in zip(benign.get(raw, none), shares, strict=True)),
        )
        for raw in sorted(spim.keys() | benign.keys())
    ]


def _knots(points: list[Weighted]) -> list[int]:
    """Where the line may bend: quantiles of either kind, at least `APART` from one another."""
    wanted = [_quantile([(raw, b) for raw, _, b in points], q) for q in BENIGN_AT]
    wanted += [_quantile([(raw, s) for raw, s, _ in points], q) for q in SPIM_AT]
    knots: list[int] = []
    for at in sorted(wanted):
        if not knots or at - knots[-1] >= APART:
            knots.append(at)
    return knots


def _quantile(weighted: list[tuple[int, float]], q: float) -> int:
    total, seen = math.fsum(w for _, w in weighted), 0.0
    for raw, weight in weighted:
        seen += weight
        if seen >= q * total:
            return raw
    return weighted[-1][0]


def _solve(knots: list[int], points: list[Weighted], pseudo: tuple[float, float]) -> list[float]:
    """Log-odds in nats at each knot, by Newton's method; its equations touch only neighbouring knots."""
    places = [_place(knots, *point) for point in points]
    places += [_place(knots, at, *pseudo) for at in knots]
    z = [0.0] * len(knots)
    for _ in range(ROUNDS):
        gradient, diagonal, beside = _derivatives(places, z)
        step = _tridiagonal(diagonal, beside, gradient)
        scale = min(1.0, LONGEST / max(CLOSE, *(abs(s) for s in step)))
        before = _loss(places, z)
        while scale > CLOSE and _loss(places, _moved(z, step, scale)) > before:
            scale /= 2.0
        z = _moved(z, step, scale)
        if scale * max(abs(s) for s in step) < CLOSE:
            break
    return z


def _place(knots: list[int], raw: int, spim: float, benign: float) -> _Place:
    right = bisect_right(knots, raw)
    if right == 0:
        return _Place(0, 0.0, spim, benign)
    if right == len(knots):
        return _Place(len(knots) - 2, 1.0, spim, benign)
    left = right - 1
    return _Place(left, (raw - knots[left]) / (knots[right] - knots[left]), spim, benign)


def _at(place: _Place, z: list[float]) -> float:
    return (1.0 - place.part) * z[place.left] + place.part * z[place.left + 1]


def _loss(places: list[_Place], z: list[float]) -> float:
    """Negative log-likelihood: log(1 + exp(-z)) for spim, log(1 + exp(z)) for benign messages."""
    total = 0.0
    for place in places:
        value = _at(place, z)
        total += place.spim * _softplus(-value) + place.benign * _softplus(value)
    return total


def _derivatives(places: list[_Place], z: list[float]) -> tuple[list[float], list[float], list[float]]:
    """Uphill gradient, and diagonal and side diagonal of the negated Hessian, which is tridiagonal."""
    gradient, diagonal = [0.0] * len(z), [0.0] * len(z)
    beside = [0.0] * (len(z) - 1)
    for place in places:
        p = _logistic(_at(place, z))
        weight = place.spim + place.benign
        slope, curve = place.spim - weight * p, weight * p * (1.0 - p)
        i, near, far = place.left, 1.0 - place.part, place.part
        gradient[i] += slope * near
        gradient[i + 1] += slope * far
        diagonal[i] += curve * near * near
        diagonal[i + 1] += curve * far * far
        beside[i] += curve * near * far
    return gradient, diagonal, beside


def _tridiagonal(diagonal: list[float], beside: list[float], right: list[float]) -> list[float]:
    """Solve a symmetric positive tridiagonal system (Thomas' algorithm)."""
    d, r = diagonal[:], right[:]
    for i in range(1, len(d)):
        factor = beside[i - 1] / d[i - 1]
        d[i] -= factor * beside[i - 1]
        r[i] -= factor * r[i - 1]
    solved = [0.0] * len(d)
    solved[-1] = r[-1] / d[-1]
    for i in range(len(d) - 2, -1, -1):
        solved[i] = (r[i] - beside[i] * solved[i + 1]) / d[i]
    return solved


def _moved(z: list[float], step: list[float], scale: float) -> list[float]:
    return [a + scale * s for a, s in zip(z, step, strict=True)]


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))
