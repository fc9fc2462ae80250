"""Are the scores true?  Brier score, expected calibration error, and the reliability table."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from nospim.quality.intervals import Interval, wilson
from nospim.verdicts import logit2, score_of

BIN: Final = 2000
"""Width of a bin of the reliability table in millibits of log-odds."""
OUTER: Final = 12_000
"""Bins end here either way: beyond odds of 4,000 to 1 a drill has too few messages to fill more."""


class Bin(Struct, frozen=True):
    """Messages whose log-odds lie in one stretch.

    low, high: bits; the outermost bins are open (infinite).  predicted: mean score.  observed: share of
    spim.  interval: Wilson's 95 % of it.  gap: how many bits the mean score claims beyond what was
    seen, with half a message of either kind added.
    """

    low: float
    high: float
    messages: int
    spim: int
    predicted: float
    observed: float
    interval: Interval
    gap: float


class Reliability(Struct, frozen=True):
    """Figures of one set of scored messages.

    brier: mean squared error of the score (Brier 1950).  ece: mean over messages of the distance of
    score and share within a bin (Naeini et al. 2015).  ece_bits: the same in bits of log-odds.
    """

    messages: int
    brier: float
    ece: float
    ece_bits: float
    bins: tuple[Bin, ...]


def reliability(scored: Iterable[tuple[int, bool]]) -> Reliability:
    """Figures of messages given as (log-odds in millibits with the prior, is it spim).

    The prior in the log-odds must be the share of spim among these very messages, or every bin is off
    by the same number of bits.  Raises ValueError when there is no message.
    """
    kept: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for millibits, spim in scored:
        kept[max(-OUTER, min(OUTER - 1, millibits)) // BIN].append((score_of(millibits), spim))
    if not kept:
        raise ValueError("there is no message to compare scores with")
    messages = sum(map(len, kept.values()))
    squared = math.fsum((score - spim) ** 2 for seen in kept.values() for score, spim in seen)
    bins = tuple(_bin(number, kept[number]) for number in sorted(kept))
    return Reliability(
        messages,
        squared / messages,
        math.fsum(b.messages * abs(b.predicted - b.observed) for b in bins) / messages,
        math.fsum(b.messages * abs(b.gap) for b in bins) / messages,
        bins,
    )


def _bin(number: int, seen: list[tuple[float, bool]]) -> Bin:
    low, high = number * BIN, (number + 1) * BIN
    spim = sum(is_spim for _, is_spim in seen)
    predicted = math.fsum(score for score, _ in seen) / len(seen)
    return Bin(
        -math.inf if low <= -OUTER else low / 1000,
        math.inf if high >= OUTER else high / 1000,
        len(seen),
        spim,
        predicted,
        spim / len(seen),
        wilson(spim, len(seen)),
        logit2(min(max(predicted, 1e-15), 1 - 1e-15)) - math.log2((spim + 0.5) / (len(seen) - spim + 0.5)),
    )
