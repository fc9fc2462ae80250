"""Signal `feed`: what the operator's list feeds say of the links and the sender.

Silent without feeds.  A list is late (93 % of domains in IM phishing are on none: Antonatos et al.,
"HoneyBuddy", 2010) and sometimes wrong, so it never decides alone: `nospim.listings` bounds it, and age too.
"""

from __future__ import annotations

from typing import Final

from nospim.listings import MOST, Hit, worth
from nospim.signals.interface import BIT, Evidence, Signal, View, clamp

MORE: Final = BIT // 2
"""For each further feed that says the same: feeds copy from each other, so a second is no second witness."""
DAY: Final = 86400.0
WHAT: Final = {"place": "a link", "sender": "the sender", "server": "the sender's server"}


def judge(view: View) -> Evidence | None:
    """The strongest entry either way, a little for each further feed, bounded by `MOST`."""
    if not view.listed:
        return None
    bits = 0
    said: list[str] = []
    for sign in (1, -1):
        best: dict[str, tuple[int, Hit]] = {}
        for hit in view.listed:
            value = sign * worth(hit, view.at)
            if value > 0 and value > best.get(hit.feed.name, (0, hit))[0]:
                best[hit.feed.name] = value, hit
        if best:
            values = sorted((value for value, _ in best.values()), reverse=True)
            bits += sign * min(MOST, values[0] + sum(min(MORE, value) for value in values[1:]))
            said += [_told(hit, view.at) for _, hit in best.values()]
    return Evidence(clamp(bits, -MOST, MOST), "; ".join(said)) if said else None


def _told(hit: Hit, at: float) -> str:
    days = int((at - hit.dated) // DAY)
    age = "of the same day" if days == 0 else f"{days} day{'s' if days > 1 else ''} old"
    known = "" if hit.feed.kind == "bad" else " of what is known and harmless"
    return f"{WHAT[hit.what]} is on the feed {hit.feed.name}{known} (line {hit.line}, {age})"


SIGNAL = Signal(name="feed", judge=judge, needs="list feeds in the policy", source="HoneyBuddy 2010")
