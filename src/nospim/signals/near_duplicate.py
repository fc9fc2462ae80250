"""Signal `near_duplicate`: others sent this wording or destination, and how they came to send it.

Alarm when many accounts of one group of similar messages break their own habits at once (Egele et al.,
"COMPA", NDSS 2013); decide for the group, reuse for its members (Gao et al., NDSS 2012).  A popular
link or a holiday greeting is used by many who are quite themselves: their number weighs against.
"""

from __future__ import annotations

from typing import Final

from nospim.memory import Cluster
from nospim.signals.interface import BIT, Evidence, Signal, View, clamp, log2

HIGHEST: Final = 10 * BIT
RECENT: Final = 21 * 86400.0
"""Seconds for which an account's odd use of a thing counts."""


def _others(users: dict[int, float], number: int, at: float) -> int:
    return sum(1 for n, t in users.items() if n != number and at - t < RECENT)


def weigh(cluster: Cluster, number: int, at: float, destination: bool) -> int:
    """Thousandths of a bit from how other accounts used a destination or a wording."""
    if cluster.cleared > at:
        return 0
    odd = _others(cluster.odd, number, at)
    bulk = _others(cluster.bulk, number, at)
    taken = _others(cluster.taken, number, at)
    if not odd and not bulk and not taken:
        return 0
    usual = len(cluster.usual) + cluster.more_usual - (number in cluster.usual)
    per_odd, per_bulk = (3500, 2500) if destination else (3000, 600)
    bits = min(9 * BIT, per_odd * log2(odd + 1) // BIT) + min(7 * BIT, per_bulk * log2(bulk + 1) // BIT)
    bits += min(7 * BIT, 2500 * log2(taken + 1) // BIT)
    against = 1200 * log2(max(1, usual) + 1) // BIT - 1200 if usual else 0
    return clamp(bits - against, 0, HIGHEST)


def judge(view: View) -> Evidence | None:
    """The stronger of the destination's and the wording's evidence, and a little of the other."""
    number, at = view.sender.number, view.at
    by_link = max((weigh(c, number, at, True) for _, c in view.destinations), default=0)
    by_word = weigh(view.wording[1], number, at, False) if view.wording is not None else 0
    if not by_link and not by_word:
        return None
    bits = min(HIGHEST, max(by_link, by_word) + min(by_link, by_word) // 3)
    what = "this link" if by_link >= by_word else "almost this text"
    return Evidence(bits, f"other accounts sent {what} in a way that was unlike them")


SIGNAL = Signal(
    name="near_duplicate", judge=judge, needs="message text", source="COMPA, NDSS 2013; Gao, NDSS 2012"
)
