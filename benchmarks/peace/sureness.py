"""How sure a rate is when messages come in clusters: design effects and a bootstrap of clusters.

Sources: Kish, "Survey Sampling" (1965), for the design effect and the effective sample size; Ridout,
Demétrio, Firth, "Estimating intraclass correlation for binary data" (Biometrics 1999), for the estimator by
analysis of variance; Hanley and MacGibbon, "Creating non-parametric bootstrap samples using Poisson
frequencies" (Computer Methods and Programs in Biomedicine 2006).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from msgspec import Struct

from nospim.quality.intervals import Interval, poisson_upper

REPLICATES: Final = 4000


class Clusters(Struct, frozen=True):
    """Messages by cluster (sender or text).  messages: how many; clusters: how many have any; squares: sum of
    the squares of their sizes."""

    messages: int
    clusters: int
    squares: int

    @staticmethod
    def of(sizes: Sequence[int]) -> Clusters:
        """Of the messages per cluster; empty clusters do not count."""
        return Clusters(sum(sizes), sum(1 for n in sizes if n), sum(n * n for n in sizes))

    @property
    def worst(self) -> float:
        """Effective sample size if all messages of a cluster shared one fate: (sum of n)^2 / sum of n^2."""
        return self.messages**2 / self.squares if self.squares else 0.0


def correlation(clusters: Clusters, hits: Mapping[int, int], sizes: Sequence[int]) -> float:
    """Intraclass correlation of a rare event, by analysis of variance; at least 0.

    hits: by cluster, the messages that it happened to; sizes: by cluster, all messages.
    """
    n, k, total = clusters.messages, clusters.clusters, sum(hits.values())
    if k < 2 or n <= k or not 0 < total < n:
        return 0.0
    shares = math.fsum(h * h / sizes[c] for c, h in hits.items())
    between = (shares - total * total / n) / (k - 1)
    within = (total - shares) / (n - k)
    size = (n - clusters.squares / n) / (k - 1)
    spread = between + (size - 1.0) * within
    return max(0.0, (between - within) / spread) if spread > 0 else 0.0


def design_effect(clusters: Clusters, rho: float) -> float:
    """By how much clusters inflate the variance: 1 + (mean size met by a message - 1) * rho."""
    return 1.0 + (clusters.squares / clusters.messages - 1.0) * rho if clusters.messages else 1.0


def upper_rate(seen: int, effective: float, of: int) -> float:
    """One-sided 95 % limit of a rate, `seen` of `of` messages that are worth `effective` independent ones:
    exact Poisson of the count that so many would have shown, rounded up; 1 where nothing is known."""
    if effective <= 0:
        return 1.0
    return min(1.0, poisson_upper(math.ceil(seen * effective / of)) / effective)


def bootstrap(clusters: Clusters, hits: Mapping[int, int], seed: int = 1) -> Interval:
    """Percentile interval (95 %) of a rate when whole clusters are drawn again, each a Poisson(1) times.

    Clusters without a hit only move the denominator, whose sum is drawn as a normal of the same variance.
    """
    if not hits or not clusters.messages:
        return Interval(0.0, 0.0)
    rng = Random(seed)
    counts = sorted(hits.values())
    spread = math.sqrt(clusters.squares) / clusters.messages
    rates = sorted(
        sum(h * _poisson_one(rng) for h in counts)
        / (clusters.messages * max(0.1, 1.0 + spread * rng.gauss(0, 1)))
        for _ in range(REPLICATES)
    )
    return Interval(rates[round(0.025 * REPLICATES)], rates[round(0.975 * REPLICATES) - 1])


def _poisson_one(rng: Random) -> int:
    count, product = 0, rng.random()
    while product > 1 / math.e:
        count += 1
        product *= rng.random()
    return count
