"""Signal `decoy`: the session comes from where somebody signed in with a decoy.

Whoever used one has it from a lure's page (Bursztein et al., "Handcrafted Fraud and Extortion", IMC 2014).
Addresses are shared, so those who are at home on the block weigh against (BotGraph, NSDI 2009; EvilCohort,
USENIX Security 2015).
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from nospim.memory import Memory, Session, touch
from nospim.signals.interface import BIT, Evidence, Signal, View, log2
from nospim.signals.reading import local_part
from nospim.signals.sign_in import network_of

SAME_ADDRESS: Final = 12 * BIT
SAME_BLOCK: Final = 7 * BIT
PER_DOUBLING: Final = 2 * BIT
"""What each doubling of those who are at home on the block takes away."""
RECENT: Final = 14 * 86400.0
"""Seconds for which an address is a thief's: rented ones change hands, and so do homes' after a while."""
MAX_BURNT: Final = 4096
"""Addresses and blocks remembered; whoever guesses no decoy name cannot add one."""


def fingerprint(account: str) -> str:
    """SHA-256 (hex) of a decoy's name: what policies, events and memory hold of it.

    Without case, spaces and server: thieves tidy their lists.
    """
    return sha256(local_part("".join(account.split())).casefold().encode()).hexdigest()


def burn(memory: Memory, ip: str | None, at: float) -> None:
    """A decoy was used from an address."""
    if ip is None:
        return
    network = network_of(ip)
    if network is not None:
        touch(memory.burnt, f"ip {ip}", at, MAX_BURNT)
        touch(memory.burnt, f"net {network}", at, MAX_BURNT)


def is_burnt(memory: Memory, ip: str | None, at: float) -> bool:
    """Whether a decoy was used from this very address lately."""
    return ip is not None and _lately(memory, f"ip {ip}", at)


def burnt_by(memory: Memory, number: int, session: Session | None, at: float) -> int:
    """Thousandths of a bit that a session is a thief's from decoys used at its place."""
    if session is None or not memory.burnt or session.network is None:
        return 0
    bits = SAME_ADDRESS if session.burnt else 0
    if _lately(memory, f"net {session.network}", at):
        bits = max(bits, SAME_BLOCK)
    if not bits:
        return 0
    place = memory.networks.get(f"net {session.network}")
    usual = 0 if place is None else len(place.usual) - (number in place.usual)
    return max(0, bits - PER_DOUBLING * log2(usual + 1) // BIT)


def _lately(memory: Memory, name: str, at: float) -> bool:
    return 0.0 <= at - memory.burnt.get(name, -1e18) <= RECENT


def judge(view: View) -> Evidence | None:
    """Near certainty at the same address, less on the same block."""
    if not view.burnt:
        return None
    return Evidence(view.burnt, "comes from where somebody signed in with credentials given to a lure's page")


SIGNAL = Signal(
    name="decoy",
    judge=judge,
    needs="sign-ins with addresses, and decoys",
    source="Bursztein et al., IMC 2014",
)
