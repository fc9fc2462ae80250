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
FEW: Final = 3
"""Recipients in a sitting below which what cannot be read is most likely talk, wherever it comes from."""
UNREAD_TO_FEW: Final = -2 * BIT
SMALL_TALK: Final = -3500
FEWEST_FOR_A_LURE: Final = 6
"""Words that it takes to ask for something without a link."""
PIECE: Final = 3500
"""An address in pieces is a link that somebody hides."""
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
    if reading.links or reading.cues or reading.piece or view.encrypted or view.attached:
        return False
    if view.disguise > PLAYFUL:
        return False
    run, group = view.run_wording, view.wording
    if group is None:
        return True
    usual, odd = users(group[1])
    usual += len(group[1].wide)
    return odd * 4 <= usual if usual >= SOME else run is None or (run.fast < 3 and len(run.recipients) < 6)


def _small_talk(view: View) -> bool:
    """A few words without a bait: two people hit on the same ones by chance, and a lure needs more."""
    reading, group = view.reading, view.wording
    confirmed = group is not None and group[1].confirmed
    return not (reading.cues or reading.disguised or confirmed) and reading.words < FEWEST_FOR_A_LURE


def users(cluster: Cluster) -> tuple[int, int]:
    """How many accounts used a thing in their own ways, and how many oddly or like a machine."""
    own = len(cluster.usual) + cluster.more_usual + len(cluster.hand)
    return own, len(cluster.odd) + len(cluster.bulk)


def judge(view: View) -> Evidence | None:
    """Bits for having a link at all, for its place's age and rarity, and for its tricks."""
    found = view.reading.links
    if not found:
        if harmless(view):
            return Evidence(HARMLESS, "no link, no bait and no text that goes round")
        if view.reading.piece:
            return Evidence(PIECE, "a piece of an address, whose rest is in another message")
        if view.encrypted and view.run_any.fast < FEW:
            return Evidence(UNREAD_TO_FEW, "cannot be read, and goes to hardly anybody")
        if view.encrypted or view.attached:
            return None
        return Evidence(SMALL_TALK if _small_talk(view) else -1200, "no link")
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
