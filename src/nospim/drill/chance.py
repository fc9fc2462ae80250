"""Drawing from the few distributions that a drill uses, each from a passed generator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import TypeVar

from msgspec import Struct

T = TypeVar("T")
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Span(Struct, frozen=True):
    """A log-normal length of time: half are below `median` seconds, `sigma` spreads its logarithm."""

    median: float
    sigma: float

    def draw(self, rng: Random) -> int:
        """One length, in milliseconds."""
        return max(1, int(self.median * math.exp(self.sigma * rng.gauss(0.0, 1.0)) * 1000))


def poisson(rng: Random, mean: float) -> int:
    """How many events happen where `mean` are expected (Knuth, TAOCP 3.4.1; means here are below 50)."""
    if mean > 50.0:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def between(rng: Random, low: float, high: float) -> int:
    """A whole number of milliseconds, evenly between two numbers of seconds."""
    return int(rng.uniform(low, high) * 1000)


def shuffled(rng: Random, items: Sequence[T]) -> list[T]:
    """A copy in random order."""
    copy = list(items)
    rng.shuffle(copy)
    return copy


def stream(seed: int, name: str) -> Random:
    """The generator of one part of a drill: parts do not disturb each other's draws."""
    return Random(f"{seed}/{name}")
