"""Signal `near_duplicate`: others sent this wording or destination, and how they came to send it.

Alarm when many accounts of one group of similar messages break their own habits at once (Egele et al.,
"COMPA", NDSS 2013); decide for the group, reuse for its members (Gao et al., NDSS 2012).  A popular
link or a holiday greeting is used by many who are quite themselves: their number weighs against.
"""

from __future__ import annotations

import math
from typing import Final

from nospim.memory import Cluster
from nospim.signals.chain import FEWEST_WORDS, everybodys, received
from nospim.signals.interface import BIT, Evidence, Signal, View, clamp
from nospim.signals.links import MANY

HIGHEST: Final = 10 * BIT
HIGHEST_WIDE: Final = 16 * BIT
"""Of a thing of which messages were blocked before, and that `WIDE` accounts or more used oddly."""
WIDE: Final = 6
LOWEST: Final = -2 * BIT
LOWEST_POPULAR: Final = -8 * BIT
"""What it weighs against when as many use it in their own ways as make it everybody's."""
RECENT: Final = 21 * 86400.0
"""Seconds for which an account's odd use of a thing counts."""
ODD_AMONG_THIEVES: Final = 0.7
"""Share of a campaign's accounts whose sessions look strange (the rest are first seen with the thief)."""
FRESH_AMONG_THIEVES: Final = 0.35
"""Share of a campaign's accounts whose sessions are only new: thieves on a line in the owner's country."""
MOST_PER_FRESH: Final = 3 * BIT
MOST_PER_ODD: Final = 4 * BIT
PER_BULK: Final = 3 * BIT
"""Three worm-ridden accounts in four write to many at once, one in ten of those who like a link."""
WITH_CUE: Final = (2 * BIT, 600)
WITH_LINK: Final = (BIT, 400)
"""What another sender of the same sentence says who sent it to many, like a machine or by hand, when it asks
for something and when it only leads somewhere, as an event's invitation does, too.
"""
FORWARDED: Final = 4
"""People who pass a sentence on by hand from home, for each who does not, from which it is a chain letter:
`MANY` of them, whatever it asks for, clear it.
"""
MOST_BULK: Final = 9 * BIT
"""What all who sent it like a machine say together, at most: clients have a button to forward to many."""
MOST_WIDE: Final = 3 * BIT
"""What all who sent it by hand say together, at most."""
SENTENCE: Final = 6
"""Words from which two people hardly hit on the same sentence."""
PER_USUAL: Final = -1500
"""log2(0.3 / 0.95): a user who is quite himself is rare in a campaign."""
MOST_FEW_USUAL: Final = -3 * BIT
"""What users who are quite themselves say together against a worm, while there are fewer of them than `MANY`:
a circle of patient accounts can use a link beforehand as if it were everybody's.
"""
AT_HOME: Final = 2
"""People who say the same from home for each who says it from a strange place, from which it is a greeting:
on a holiday a third may be away, and of a campaign's words nobody at home says any.
"""
LONG: Final = 7 * 86400.0
"""Seconds over which an account must have used a place, and on so many days, before it is its own."""
DAYS: Final = 3
CONFIRMED: Final = 3 * BIT
"""A destination or wording of which messages were blocked before, and that is not one account's alone."""
ENOUGH: Final = 4
"""Other users of a destination from which their ways say more than its wording does."""
MOST_BROUGHT: Final = 2 * BIT
"""Against who brought a thing here in his own way: a thief who sends it on must not silence him (framing)."""
PER_TAKEN: Final = 2300
"""log2(0.2 / 0.04): one in five who open a lure is taken, one in 25 signs in oddly by chance."""
PER_OPENED: Final = -250
"""log2(0.8 / 0.96): who opened it and nothing followed."""


def per_odd(share: float) -> int:
    """Bits of one more account that used a thing from a strange session.

    share: of this service's harmless messages that come from strange sessions (travel, new phones):
    where everybody travels, a traveller says little.
    """
    return min(MOST_PER_ODD, round(BIT * math.log2(ODD_AMONG_THIEVES / share)))


def his_own(cluster: Cluster, number: int) -> bool:
    """Whether an account used a place again and again before anybody did so oddly: then it is his."""
    known = cluster.firsts.get(number)
    return known is not None and known[1] - known[0] > LONG and known[2] >= DAYS


def per_fresh(share: float) -> int:
    """Bits of one more account that used a thing from a device that was new to it.

    share: of this service's harmless messages that come from new devices.
    """
    return min(MOST_PER_FRESH, round(BIT * math.log2(FRESH_AMONG_THIEVES / share)))


def _others(users: dict[int, float], number: int, at: float) -> int:
    since = at - RECENT
    return len([1 for n, t in users.items() if t > since and n != number])


def weigh(
    cluster: Cluster,
    number: int,
    at: float,
    odd_share: float,
    fresh_share: float = 0.05,
    *,
    destination: bool,
    bait: tuple[int, int] | None = None,
) -> int:
    """Thousandths of a bit from how other accounts used a destination or a wording.

    Each other user is one observation with its own likelihood ratio, so a popular thing clears itself.
    Sending a text to many is what greetings do, so for a wording it counts as usual, unless it carries
    a bait (a link that is not everybody's, a request for a secret...); sending a link to many like a
    machine is what worms do.
    """
    if cluster.cleared > at:
        return 0
    brought = destination and number in cluster.firsts
    odd = _others(cluster.odd, number, at) if cluster.odd else 0
    bulk = _others(cluster.bulk, number, at) if cluster.bulk else 0
    fresh = _others(cluster.fresh, number, at) if cluster.fresh else 0
    taken = _others(cluster.taken, number, at) if cluster.taken else 0
    hand = _others(cluster.hand, number, at) if cluster.hand else 0
    usual = len(cluster.usual) + cluster.more_usual - (number in cluster.usual)
    if bait and hand >= MANY and hand > FORWARDED * (odd + bulk + fresh):
        bait = None
    per_bulk = PER_BULK if destination else PER_USUAL
    per_wide = 0 if destination else PER_USUAL
    if bait:
        per_bulk, per_wide = bait
    bits = odd * per_odd(odd_share) + (usual + (0 if bait else hand)) * PER_USUAL
    if bulk:
        bits = (max(bits, MOST_FEW_USUAL) if usual < MANY else bits) + min(MOST_BULK, bulk * per_bulk)
    wide = _others(cluster.wide, number, at) if cluster.wide else 0
    by_hand = wide * per_wide + (hand * per_wide if bait else 0)
    bits += fresh * per_fresh(fresh_share) + min(MOST_WIDE, by_hand)
    if destination and his_own(cluster, number):
        return clamp(bits, LOWEST, 0)
    at_home = usual + wide + hand + len(cluster.idle)
    if not destination and not bait and not bulk and at_home >= AT_HOME * (odd + fresh):
        bits = min(bits, 0)
    blamed = len(cluster.odd) + len(cluster.bulk) + len(cluster.fresh)
    highest = HIGHEST
    if cluster.confirmed and blamed > 1 and blamed * 2 > usual + hand:
        bits += CONFIRMED
        if odd + fresh >= WIDE and odd + fresh > 2 * (usual + hand):
            highest = HIGHEST_WIDE
    if taken:
        bits += max(0, taken * PER_TAKEN + (len(cluster.clickers) - taken) * PER_OPENED)
    lowest = LOWEST_POPULAR if everybodys(cluster) else LOWEST
    return clamp(bits, lowest, MOST_BROUGHT if brought else highest)


def _well_known(cluster: Cluster, number: int) -> bool:
    """Whether enough others used a destination that it speaks for itself, whatever words went with it."""
    roles = (cluster.usual, cluster.hand, cluster.odd, cluster.bulk, cluster.fresh)
    return sum(map(len, roles)) - any(number in role for role in roles) >= ENOUGH


def _goes_round(cluster: Cluster) -> bool:
    """Whether a text without a link goes from hand to hand, like a chain letter.

    Some forward so fast that they look like a machine; but a worm would have something to lead people to.
    """
    hand, bulk = len(cluster.hand), len(cluster.bulk)
    return hand >= MANY and hand >= bulk and hand + bulk > FORWARDED * (len(cluster.odd) + len(cluster.fresh))


def _bait(view: View) -> tuple[int, int] | None:
    if view.reading.words < SENTENCE:
        return None
    if not view.destinations and view.wording is not None and _goes_round(view.wording[1]):
        return None
    if view.reading.cues:
        return WITH_CUE
    return WITH_LINK if view.run_links is not None else None


def _at_home(view: View) -> bool:
    """Whether the owner may have reasons of his own: he is at home where he writes, or asks what a link is.

    What thieves send may be his own page (framing); and who has got a link may ask one friend about it.
    """
    if view.strange >= BIT or view.fresh:
        return False
    if view.session is not None and view.session.odd is not None and view.strange < 0:
        return True
    return view.same < 2 and any(received(view.sender, name, view.at) for name, _ in view.destinations)


def judge(view: View) -> Evidence | None:
    """The stronger of the destination's and the wording's evidence, and a little of the other."""
    number, at = view.sender.number, view.at
    odd, fresh = view.odd_share, view.fresh_share
    by_link = [weigh(c, number, at, odd, fresh, destination=True) for _, c in view.destinations]
    by_word = 0
    if view.wording is not None and view.reading.words >= FEWEST_WORDS:
        by_word = weigh(view.wording[1], number, at, odd, fresh, destination=False, bait=_bait(view))
    if by_link and any(_well_known(c, number) for _, c in view.destinations):
        bits = max(by_link)
    elif by_link:
        first, second = max(by_link), max(0, by_word)
        bits = max(first, second) + (min(first, second) // 3 if first > 0 else 0)
    else:
        bits = by_word
    if _at_home(view):
        bits = min(bits, HIGHEST)
    if not bits:
        return None
    what = "this link" if by_link and max(by_link) >= by_word else "almost this text"
    if bits < 0:
        return Evidence(bits, f"others here send {what}, too, and are quite themselves")
    return Evidence(bits, f"other accounts sent {what} in a way that was unlike them")


SIGNAL = Signal(
    name="near_duplicate", judge=judge, needs="message text", source="COMPA, NDSS 2013; Gao, NDSS 2012"
)
