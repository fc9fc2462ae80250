"""Signal `rush`: a strange session that turns to many people at once.

An owner with a new phone, or abroad, picks up his conversations; a thief has come for the contact list
and is soon locked out, so he writes to it at once (Onaolapo et al., "What Happens After You Are Pwnd",
IMC 2016; row 6 of the scheme: unsolicited bulk messages to each contact).
"""

from __future__ import annotations

from typing import Final

from nospim.signals.burst import by_machine, composed
from nospim.signals.interface import BIT, Evidence, Signal, View, log2
from nospim.signals.sign_in import ODD

WITHIN: Final = 3600.0
"""Seconds after the strange sign-in in which writing to many belongs to it."""
FEWEST: Final = 4
"""Distinct recipients in one sitting from which it is more than picking up conversations."""
KNOWN: Final = 5
"""Messages before this sitting from which an account is somebody's who talks."""
HIGHEST: Final = 4 * BIT


def judge(view: View) -> Evidence | None:
    """One bit per doubling of recipients, after the first doubling; half of that at a person's pace.

    Silent where nothing but the number is unlike the owner: see `burst.composed`.
    """
    session, people = view.session, view.run_any.fast
    if session is None or people < FEWEST:
        return None
    if view.strange < ODD:
        return _from_new_device(view)
    if not 0.0 <= view.at - session.since <= WITHIN or composed(view):
        return None
    bits = min(HIGHEST, log2(people) - BIT)
    if not by_machine(view.run_any):
        bits //= 2
    return Evidence(bits, f"wrote to {people} people within an hour of a strange sign-in")


def _from_new_device(view: View) -> Evidence | None:
    """One bit per doubling of those who get a link at once from a device that is new to the account."""
    run, session = view.run_links, view.session
    if run is None or session is None or not session.novel or run.fast < FEWEST:
        return None
    if view.sender.habit_same >= FEWEST or view.sender.habit_any >= run.fast:
        return None  # a shop on its new phone does what it always does
    if view.sender.sent - view.run_any.fast < KNOWN:  # whoever talks to nobody is nobody's friend: a body
        return None
    if not 0.0 <= view.at - session.opened <= WITHIN:
        return None
    bits = min(HIGHEST, log2(run.fast))
    return Evidence(bits, f"sent a link to {run.fast} people within an hour of a sign-in from a new device")


SIGNAL = Signal(name="rush", judge=judge, needs="sessions", source="Onaolapo et al., IMC 2016")
