"""What the guard says: verdicts on messages, ends of holds, and the shapes they are written in.

Bits are kept as integer thousandths of a bit (`millibits`), so that sums do not depend on order;
on paper they are printed as bits with three decimals.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

Rung = Literal["allow", "warn", "hold", "block"]
LADDER: Final[tuple[Rung, ...]] = ("allow", "warn", "hold", "block")
STOPPED: Final[frozenset[Rung]] = frozenset({"hold", "block"})


class Reason(Struct, frozen=True):
    """What one signal added to the log-odds (base 2), and why, without quoting anyone."""

    signal: str
    bits: float
    detail: str


class Verdict(Struct, frozen=True, kw_only=True):
    """What we think of one message.

    score: calibrated probability of spim under the policy's prior; logit2(score) is the sum of the
    reasons' bits (the reasons `prior` and `calibration` included) to within rounding.
    campaign: the live campaign it was joined to when it was decided, or None.
    """

    id: str
    source: str
    time: datetime
    account: str
    action: Rung
    score: float
    reasons: tuple[Reason, ...]
    campaign: str | None


class Resolution(Struct, frozen=True, kw_only=True):
    """How a held message ended; `at` and `delay_s` (seconds) are in event time."""

    id: str
    source: str
    at: datetime
    outcome: Literal["release", "drop"]
    delay_s: float
    cause: str


def score_of(millibits: int) -> float:
    """Probability from log-odds in thousandths of a bit: 1 / (1 + 2 ** -bits)."""
    return 1.0 / (1.0 + math.exp2(-millibits / 1000))


def logit2(score: float) -> float:
    """Log-odds in bits of a probability strictly between 0 and 1: log2(p / (1 - p))."""
    return math.log2(score / (1.0 - score))
