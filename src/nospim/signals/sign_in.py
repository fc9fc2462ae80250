"""Signal `sign_in`: how unlike the owner the sign-in was that the message comes from.

Method: per feature, the likelihood of the value under this user's history against everybody's, after
Freeman et al., "Who Are You? A Statistical Approach to Measuring User Authenticity" (NDSS 2016) and
Wiefling et al., "Pump Up Password Security!" (2022).  A user without history gets no evidence at all
(cold start).  Shared carrier and campus addresses are the main false link between accounts (BotGraph,
NSDI 2009; EvilCohort, USENIX Security 2015): company counts only where familiar users are absent.
"""

from __future__ import annotations

import ipaddress
import math
from functools import lru_cache
from typing import Final

from nospim.events import SessionData
from nospim.memory import Account, Memory, Network, Session
from nospim.memory.account import Features
from nospim.signals.interface import BIT, Evidence, Signal, View, clamp, log2

ODD: Final = 3 * BIT
"""From here on a sign-in counts as strange: one in eight of the owner's would look so."""

NEW_TO_OWNER: Final = {"device": 0.04, "client": 0.05, "asn": 0.02, "country": 0.012, "network": 0.2}
"""Assumed shares of sign-ins in which a value is new to the owner, until the service has shown its own."""
NEW_TO_THIEF: Final = {"device": 0.95, "client": 0.7, "asn": 0.85, "country": 0.7, "network": 0.99}
"""The same for a thief: he brings his own machine, and is seldom next door."""
SHARED_OUT: Final = {"device": 0.55, "client": 0.4, "asn": 0.55, "country": 0.25, "network": 0.2}
"""What part of a new value's bits counts: new things come together (a journey, a new phone)."""
MOST_NEW: Final = {"device": 2500, "client": 1500, "asn": 3000, "country": 1500, "network": 500}
SEEN: Final = {"device": 3000, "client": 500, "asn": 2000, "country": 500, "network": 2500}
"""What a value takes away that was the owner's before, at most."""
NEW_WITHOUT_ASN: Final = 2000
"""An unseen address block where the log has no autonomous system."""
ODD_SHARE: Final = 0.03
"""Assumed share of sign-ins that look strange."""
RESUMED_NEW_ASN: Final = 500
"""A resumption on another network: phones do that all day."""
RESUMED_NEW_COUNTRY: Final = 4500
"""A resumption in a country that the account was never in: a token moved, or its owner did, awake."""
FRESH_SHARE: Final = 0.05
"""Assumed share of harmless messages from a device that is new to its account."""
FRESH: Final = 7 * 86400.0
"""Seconds for which a device counts as new: a thief who is patient waits days, hardly weeks."""
HALF_LIFE: Final = 7 * 86400.0
"""Seconds after which a strange sign-in that nothing followed counts half: the owner keeps his new phone."""
COMPANY_AGE: Final = 14 * 86400.0
"""Seconds for which a strange sign-in is company for others from the same place."""
GUESSED_WITHIN: Final = 86400.0
"""Seconds for which a failed sign-in may be a guess before the one that succeeded."""
GUESSES: Final = 3
"""Failed sign-ins, or other accounts with one, from which somebody guesses: owners mistype once or twice."""
GUESSED: Final = 1500
"""What guesses before it add to a strange sign-in: owners, too, forget a password beside a new phone."""
LOCKED_OUT: Final = BIT
"""What a new password adds to a strange sign-in (lock-outs in Onaolapo et al., IMC 2016)."""
LOWEST: Final = -3 * BIT
HIGHEST: Final = 10 * BIT
MAX_SHARED: Final = 6 * BIT


@lru_cache(maxsize=65536)
def network_of(ip: str) -> str | None:
    """The /24 (IPv4) or /48 (IPv6) block of an address, None for what is no address.

    A /48 is what one customer site gets (RFC 6177); a /24 is the smallest block that is routed.
    """
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        address = mapped
    prefix = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, prefix), strict=False))


def unlike_owner(
    memory: Memory, known: Features | None, data: SessionData, network: str | None
) -> int | None:
    """Thousandths of a bit that a fresh sign-in is not the owner's; None without history.

    A new value is worth what it is worth on this service: where people travel much, a new country says
    little.  And it is worth no more than the account's history is long.
    """
    if known is None or known.count == 0:
        return None
    unseen = log2(known.count + 1)
    asn = None if data.asn is None else str(data.asn)
    total = 0
    for name, value, seen in (
        ("device", data.device, known.devices),
        ("client", data.client, known.clients),
        ("asn", asn, known.asns),
        ("country", data.country, known.countries),
        ("network", network, known.networks),
    ):
        if value is None or not seen:
            continue
        if value in seen:
            total -= min(SEEN[name], log2(seen[value]) + BIT)
        elif name == "network" and asn is None:
            total += min(NEW_WITHOUT_ASN, unseen)
        else:
            ratio = NEW_TO_THIEF[name] / memory.share_of_new(name, NEW_TO_OWNER[name])
            bits = round(BIT * SHARED_OUT[name] * math.log2(max(1.0, ratio)))
            total += min(MOST_NEW[name], bits, unseen)
    return clamp(total, -4 * BIT, 9 * BIT)


def note_novelty(memory: Memory, known: Features | None, data: SessionData, network: str | None) -> None:
    """Count what was new in a sign-in of an account with history: how often that happens here."""
    if known is None or known.count == 0:
        return
    memory.sign_ins += 1
    novel = memory.novel
    asn = None if data.asn is None else str(data.asn)
    for name, value, seen in (
        ("device", data.device, known.devices),
        ("client", data.client, known.clients),
        ("asn", asn, known.asns),
        ("country", data.country, known.countries),
        ("network", network, known.networks),
    ):
        if value is not None and seen and value not in seen:
            novel[name] = novel.get(name, 0) + 1


def unlike_session(known: Features | None, data: SessionData, session: Session) -> int:
    """Thousandths of a bit that a resumption is not by the one who signed in."""
    total = 0
    asn = None if data.asn is None else str(data.asn)
    if asn is not None and session.asn is not None and asn != session.asn:
        total += 0 if known is not None and asn in known.asns else RESUMED_NEW_ASN
    elsewhere = data.country is not None and session.country is not None and data.country != session.country
    if elsewhere and not (known is not None and data.country in known.countries):
        total += RESUMED_NEW_COUNTRY
    return total


def after_guesses(memory: Memory, account: Account, session: Session) -> int | None:
    """What a sign-in says (None without history) when others before it failed from the same place.

    Only a strange one gains by it, where several failed on this account, or on others whose owners are not at
    home there: somebody guesses, or tries passwords that leaked elsewhere.
    """
    odd = session.odd
    if odd is None or odd <= 0 or session.network is None:
        return odd
    since = session.opened - GUESSED_WITHIN
    own = len([1 for at, network in account.guesses if network == session.network and at > since])
    place = memory.networks.get(f"net {session.network}")
    failed = {} if place is None else place.failed
    at_home = 0 if place is None else len(place.usual)
    others = len([1 for number, at in failed.items() if at > since and number != account.number])
    bits = (GUESSED if own >= GUESSES else 0) + (GUESSED if others >= GUESSES + at_home else 0)
    return min(9 * BIT, odd + bits)


def after_lockout(session: Session) -> int:
    """What a strange sign-in says once it has set a new password: thieves lock the owner out."""
    return min(9 * BIT, (session.odd or 0) + LOCKED_OUT)


def company(memory: Memory, number: int, session: Session, at: float) -> int:
    """Thousandths of a bit from others' strange sign-ins at the same place, where no one is at home."""
    total = 0
    since = at - COMPANY_AGE
    for key, each, most, usual_weight in company_keys(session):
        network = memory.networks.get(key)
        if network is not None and network.odd:
            odd = len([1 for n, t in network.odd.items() if t > since and n != number])
            if odd:
                usual = len(network.usual) - (number in network.usual)
                total += max(
                    0, min(most, each * log2(odd + 1) // BIT) - usual_weight * log2(usual + 1) // BIT
                )
    return min(total, MAX_SHARED)


def company_keys(session: Session) -> tuple[tuple[str, int, int, int], ...]:
    """Places of a session: key; thousandths of a bit per doubling of company, at most, and against."""
    keys = []
    if session.network is not None:
        keys.append((f"net {session.network}", 3000, 8000, 2000))
    if session.asn is not None:
        keys.append((f"asn {session.asn}", 900, 2000, 1000))
    if session.client is not None:
        keys.append((f"client {session.client}", 800, 2000, 1000))
    return tuple(keys)


def remember_company(memory: Memory, number: int, session: Session, at: float, strange: bool) -> None:
    """Note who was at a place, as usual or oddly."""
    for key, *_ in company_keys(session):
        network = memory.networks.get(key)
        if network is None:
            network = Network()
            memory.networks.put(key, network)
        users = network.odd if strange else network.usual
        if number in users or len(users) < 64:
            users[number] = at
        elif strange:
            del users[next(iter(users))]
            users[number] = at


def strangeness(session: Session, at: float) -> int:
    """What a session's sign-in says now: strange ones fade while nothing follows, company does not.

    Half of it stays until somebody who knew the account has talked with the session: a thief may wait.
    """
    odd = session.odd or 0
    if odd > 0 and session.alarm is None:
        age = max(0.0, at - session.since)
        faded = round(odd * HALF_LIFE / (HALF_LIFE + age))
        odd = faded if session.vouchers else max(faded, odd // 2)
    return clamp(odd + session.shared, LOWEST, HIGHEST)


def novel(known: Features | None, data: SessionData) -> bool:
    """Whether a sign-in is from a device that an account with a history never used before."""
    if known is None or not known.devices or data.device is None:
        return False
    return data.device not in known.devices


def fresh(session: Session, at: float) -> bool:
    """Whether a session is on a device that its account began to use within the last week."""
    return session.novel and 0.0 <= at - session.opened < FRESH


def judge(view: View) -> Evidence | None:
    """Bits from the session's sign-in, for strange ones and, less, against for the owner's usual one."""
    session = view.session
    if session is None or (session.odd is None and not session.shared):
        return None
    bits = view.strange
    if bits >= BIT:
        what = "new for this account" if (session.odd or 0) > 0 else "not known for this account"
        detail = f"signed in from a place or device that is {what}"
        if session.shared:
            detail += ", used for strange sign-ins of other accounts too"
    elif bits <= -BIT:
        detail = "signed in as the owner usually does"
    else:
        detail = "the sign-in says little"
    return Evidence(bits, detail) if bits else None


SIGNAL = Signal(
    name="sign_in", judge=judge, needs="sessions", source="Freeman et al., NDSS 2016; Wiefling et al. 2022"
)
