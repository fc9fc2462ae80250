"""Uncertainty of counted figures: Wilson intervals of shares, exact Poisson limits of counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from msgspec import Struct

Z95: Final = 1.959963984540054
"""The 0.975 quantile of the standard normal: two-sided 95 %."""
STEPS: Final = 200
"""Halvings of a bisection; doubles run out of digits long before."""


class Interval(Struct, frozen=True):
    """From `low` to `high`, both in the unit of the figure they belong to."""

    low: float
    high: float


def wilson(seen: int, of: int, z: float = Z95) -> Interval:
    """Two-sided score interval of the share ``seen / of`` (Wilson 1927); 0 to 1 where `of` is 0.

    Raises ValueError unless 0 <= seen <= of.
    """
    if not 0 <= seen <= of:
        raise ValueError(f"{seen} of {of} is not a share")
    if of == 0:
        return Interval(0.0, 1.0)
    share = seen / of
    scale = 1.0 + z * z / of
    centre = (share + z * z / (2 * of)) / scale
    half = z / scale * math.sqrt(share * (1.0 - share) / of + z * z / (4 * of * of))
    low = 0.0 if seen == 0 else max(0.0, centre - half)
    return Interval(low, 1.0 if seen == of else min(1.0, centre + half))


def poisson_upper(seen: int, level: float = 0.95) -> float:
    """Exact one-sided upper limit of the mean of a Poisson count (Garwood 1936): the mean at which
    `seen` or fewer would be counted with a chance of ``1 - level``.

    Raises ValueError for a negative count.
    """
    if seen < 0:
        raise ValueError(f"a count cannot be {seen}")
    ceiling = seen + 10.0 * math.sqrt(seen + 1.0) + 10.0
    return _bisect(lambda mean: poisson_cdf(seen, mean) > 1.0 - level, 0.0, ceiling)


def poisson(seen: int, level: float = 0.95) -> Interval:
    """Exact two-sided limits of the mean of a Poisson count (Garwood 1936)."""
    tail = (1.0 - level) / 2.0
    high = poisson_upper(seen, 1.0 - tail)
    if seen == 0:
        return Interval(0.0, high)
    return Interval(_bisect(lambda mean: poisson_cdf(seen - 1, mean) > 1.0 - tail, 0.0, high), high)


def poisson_cdf(seen: int, mean: float) -> float:
    """Chance of at most `seen` in a Poisson count of that mean."""
    if mean == 0.0:
        return 1.0
    log = math.log(mean)
    return math.fsum(math.exp(k * log - mean - math.lgamma(k + 1)) for k in range(seen + 1))


def _bisect(below: Callable[[float], bool], low: float, high: float) -> float:
    """Where `below` turns from true to false between low and high."""
    for _ in range(STEPS):
        middle = (low + high) / 2.0
        if below(middle):
            low = middle
        else:
            high = middle
    return low
