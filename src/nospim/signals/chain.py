"""Signal `chain`: a lure arrived, its link was opened, a strange sign-in followed, and now a lure goes out.

Each step alone is weak; in this order, across two accounts, they are nearly proof.  20 % of hijackings
follow within 30 minutes of the password being given (Bursztein et al., "Handcrafted Fraud and
Extortion", IMC 2014).
"""

from __future__ import annotations

from typing import Final

from nospim.memory import Account, Cluster
from nospim.signals.burst import by_machine, composed
from nospim.signals.interface import BIT, Evidence, Signal, View
from nospim.signals.links import MANY, users
from nospim.signals.sign_in import ODD

WINDOW: Final = 3 * 86400.0
"""Seconds for which something received can explain what is sent on."""
CLICK_TO_SIGN_IN: Final = 24 * 3600.0
"""Seconds between opening a link and a strange sign-in that may follow from it."""
FEWEST_WORDS: Final = 4
"""Shorter texts are passed on by chance."""


def everybodys(cluster: Cluster) -> bool:
    """Whether a destination or wording is popular, in general or here: passing it on says nothing."""
    usual, odd = users(cluster)
    return cluster.popular or (usual >= MANY and odd * 4 <= usual)


def received(account: Account, name: str, at: float) -> bool:
    """Whether the account got this destination or wording from someone else within the window."""
    when = account.received.get(name)
    return when is not None and 0.0 <= at - when <= WINDOW


def judge(view: View) -> Evidence | None:
    """Bits for passing on what the sender himself received, by how much of the chain is seen."""
    sender, session, at = view.sender, view.session, view.at
    names = [name for name, cluster in view.destinations if not everybodys(cluster)]
    if view.wording is not None and view.reading.words >= FEWEST_WORDS and not everybodys(view.wording[1]):
        names.append(view.wording[0])
    passed_on = next((n for n in names if received(sender, n, at)), None)
    if view.strange >= ODD and session is not None:
        if session.clicked is not None and passed_on is not None:
            return Evidence(
                5 * BIT, "sends on what it received, after opening that link and a strange sign-in"
            )
        if passed_on is not None and not view.destinations and composed(view):
            return Evidence(BIT, "says what was said to it, from a strange sign-in")
        if passed_on is not None:
            return Evidence(3 * BIT, "sends on what it received, from a strange sign-in")
        if session.clicked is not None and (names or view.run_any.fast > 3):
            return Evidence(1500, "a link was opened, a strange sign-in followed, and now it sends")
        return None
    run = view.run_links
    if passed_on is None or run is None or run.fast < 3:
        return None
    opened = any(0.0 <= at - sender.clicks.get(n, -1.0) <= WINDOW for n in names if n in sender.clicks)
    bits = (2 * BIT if run.fast < 6 else 4 * BIT) + (BIT if opened else 0)
    how = "after opening it" if opened else "without a strange sign-in"
    if not by_machine(run):
        bits //= 3
        how += ", at a person's pace"
    return Evidence(bits, f"sends a link that it received on to many, {how}")


SIGNAL = Signal(
    name="chain", judge=judge, needs="messages, link clicks and sessions", source="Bursztein 2014"
)
