"""Signal `new_account`: a young account that writes to people who do not know it.

3 % of accounts that sent malicious posts were made for it (Gao et al., IMC 2010); they have few
contacts, no conversations, and strangers as their public.
"""

from __future__ import annotations

from typing import Final

from nospim.signals.interface import BIT, Evidence, Signal, View, clamp, log2

YOUNG: Final = 7 * 86400.0
"""Seconds after its creation during which an account counts as young."""


def age(view: View) -> float | None:
    """Seconds since the account was made, None where the log does not say."""
    return None if view.sender.created is None else view.at - view.sender.created


def acquainted(view: View) -> bool:
    """Whether most of those written to have written to the sender before: strangers do not answer."""
    me = view.sender.number
    return 2 * sum([me in person.peers for person in view.recipients]) > len(view.recipients)


def judge(view: View) -> Evidence | None:
    """Bits for youth, and for each doubling of strangers written to."""
    old = age(view)
    if old is None or not 0.0 <= old < YOUNG:
        return None
    sender = view.sender
    if not sender.strangers or acquainted(view):
        return Evidence(BIT // 2, "a young account")
    bits = (2500 if old < 86400.0 else 1500) + 1200 * log2(min(sender.strangers, 64)) // BIT
    bits -= 500 * min(4, sender.added_by)
    bits = clamp(bits, 0, 8 * BIT)
    return Evidence(bits, f"a young account that wrote to {sender.strangers} strangers") if bits else None


SIGNAL = Signal(name="new_account", judge=judge, needs="account creation", source="Gao et al., IMC 2010")
