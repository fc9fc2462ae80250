"""Signal `links`: where the links lead, how new that place is on this service, and how it is dressed.

93 % of the domains in IM phishing are on no list (Antonatos et al., "HoneyBuddy", 2010), so age and
rarity on this service carry it, not lists.  Hosts where anyone may publish and shorteners say nothing
by themselves: the page is the destination.
"""

from __future__ import annotations

from typing import Final

from nospim.memory import Cluster
from nospim.signals.interface import BIT, Evidence, Signal, View

DAY: Final = 86400.0
HIDING: Final = frozenset({"defanged", "split", "homoglyph", "userinfo", "ip_host", "deceptive_text"})
"""Tricks whose only use is to get past a filter or to deceive a reader."""
PLAYFUL: Final = BIT // 2
"""What disguised letters may say of a message that is harmless all the same: as much as "gr8" does."""
HIGHEST: Final = 7 * BIT
HARMLESS: Final = -5 * BIT
"""A message that asks for nothing: 95 % of talk is like that, and hardly one lure in thirty."""
POPULAR: Final = -2 * BIT
SOME: Final = 3
"""Other accounts that send the same harmless words round from which these are nobody's bait."""
MANY: Final = 8
"""Accounts that use a thing in their usual way from which it counts as everybody's."""


def _age(cluster: Cluster, at: float) -> tuple[int, str]:
    old = max(0.0, at - cluster.first)
    if cluster.messages == 0:
        return 1500, "to a place not seen here before"
    many = len(cluster.usual) + cluster.more_usual
    if many >= MANY and old > DAY:
        return -2000, "to a place that many here know"
    if old < DAY:
        return 1000, "to a place first seen here within a day"
    if old < 7 * DAY:
        return 500, "to a place first seen here within a week"
    return -500, "to a place known here for over a week"


def harmless(view: View) -> bool:
    """Nothing in the message that a lure needs: no link, no bait, no disguise, no text sent round.

    What cannot be read is not harmless, and a picture may hold a lure.  A greeting that many here send
    of their own accord is harmless however many get it.
    """
    reading = view.reading
    if reading.links or reading.cues or view.encrypted or view.attached:
        return False
    if view.disguise > PLAYFUL:
        return False
    run, group = view.run_wording, view.wording
    if group is None:
        return True
    usual, odd = users(group[1])
    usual += len(group[1].wide)
    return odd * 4 <= usual if usual >= SOME else run is None or (run.fast < 3 and len(run.recipients) < 6)


def users(cluster: Cluster) -> tuple[int, int]:
    """How many accounts used a thing as usual, and how many oddly or in bulk."""
    return len(cluster.usual) + cluster.more_usual, len(cluster.odd) + len(cluster.bulk)


def judge(view: View) -> Evidence | None:
    """Bits for having a link at all, for its place's age and rarity, and for its tricks."""
    found = view.reading.links
    if not found:
        if harmless(view):
            return Evidence(HARMLESS, "no link, no bait and no text that goes round")
        return None if view.encrypted or view.attached else Evidence(-1200, "no link")
    bits, words = 2500, "a link"
    if all(link.popular for link in found):
        bits = POPULAR
        words = "a link to a popular place"
    else:
        ages = [_age(c, view.at) for _, c in view.destinations]
        best = max(ages, default=(0, ""))
        bits += best[0]
        words = f"a link {best[1]}" if best[1] else words
    tricks = sorted({t for link in found for t in link.tricks})
    hiding = [t for t in tricks if t in HIDING]
    if hiding:
        bits += 3000 if len(hiding) == 1 else 4000
        words += f", hidden ({', '.join(hiding).replace('_', ' ')})"
    elif tricks:
        bits += 700
    if any(link.place != "own" for link in found):
        bits += 300
    run = view.run_links
    if view.sender.sent_links * 4 > view.sender.sent >= 8 and (run is None or run.fast <= 3):
        bits -= 1000
        words += "; this account often sends links"
    return Evidence(min(bits, HIGHEST), words)


SIGNAL = Signal(name="links", judge=judge, needs="message text", source="HoneyBuddy 2010; Gao, NDSS 2012")
