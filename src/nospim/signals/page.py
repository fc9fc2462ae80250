"""Signal `page`: what a capture found behind the link.

A page that asks for a password and looks like the service's own sign-in is strong evidence: only the service
has a reason to ask for the service's passwords (Bursztein et al., "Handcrafted Fraud and Extortion", IMC
2014, found that pages which imitate a provider are what takes accounts).  A page that asks for nothing says
nothing: cloaked pages ask for nothing either, when it is not a victim who looks (Oest et al., "PhishFarm",
IEEE S&P 2019).
"""

from __future__ import annotations

from typing import Final

from nospim.events import PageCapturedData
from nospim.signals.interface import BIT, Evidence, Signal, View, clamp

OWN: Final = 12 * BIT
"""A password asked for under the service's own looks, elsewhere."""
BRAND: Final = 8 * BIT
"""The same under the looks of a brand that the policy names."""
LIKE: Final = 0.5
"""Likeness (0..1) from which a page counts as an imitation, where it names whom."""
MOST: Final = 6 * BIT
"""What a page without a known face may weigh, however much speaks against it."""
NO_PASSWORD: Final = 1 * BIT
"""What a page that asks for no password may weigh (a download, a way that leads inside...)."""
DECOY: Final = 15 * BIT
"""A page that took a decoy with which somebody then signed in."""
RECENT: Final = 30 * 86400.0
"""Seconds for which a capture speaks: pages of kits live days (Oest et al., USENIX Security 2020)."""
SURE: Final = 8 * BIT
"""From here up a page decides what waits: it is dropped."""


def weight(data: PageCapturedData) -> tuple[int, str]:
    """Thousandths of a bit against a page, never below 0, and what was found, in a few words."""
    bits = 0 if data.bits is None else round(data.bits * BIT)
    if not data.password_form:
        return clamp(bits, 0, NO_PASSWORD), "a page that asks for no password"
    if data.imitates and (data.likeness or 0.0) >= LIKE:
        if data.own_brand:
            return max(
                OWN, min(bits, OWN)
            ), "a page that asks for a password and looks like this service's own"
        return max(BRAND, min(bits, BRAND)), "a page that asks for a password and looks like another's own"
    return clamp(bits, 0, MOST), "a page that asks for a password"


def judge(view: View) -> Evidence | None:
    """The worst page behind the message's links; silent for one that asks for nothing."""
    worst = None
    for _, cluster in view.destinations:
        page = cluster.page
        if page is None or not 0.0 <= view.at - page.at <= RECENT or cluster.cleared > view.at:
            continue
        if page.millibits > 0 and (worst is None or page.millibits > worst.millibits):
            worst = page
    if worst is None:
        return None
    return Evidence(worst.millibits, f"the link leads to {worst.what}")


SIGNAL = Signal(
    name="page", judge=judge, needs="captures", source="Bursztein et al., IMC 2014; Oest et al. 2019"
)
