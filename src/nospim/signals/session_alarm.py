"""Signal `session_alarm`: the session (or, without sessions, the account) has just sent what was stopped.

A thief does not turn honest between two messages.  The owner's plain words from his own session are
left alone: the alarm adds to messages that carry a link, a bait or a repeated text, or that come
from a strange session.
"""

from __future__ import annotations

from typing import Final

from nospim.signals.chain import everybodys
from nospim.signals.interface import BIT, Evidence, Signal, View
from nospim.signals.sign_in import ODD

LASTS: Final = 3 * 86400.0
"""Seconds for which an alarm holds without further evidence."""


def judge(view: View) -> Evidence | None:
    """Bits for what looks like more of the same from an alarmed session or account."""
    session = view.session
    if session is not None:
        if session.alarm is None or view.at - session.alarmed_at > LASTS:
            return None
        odd = view.strange >= ODD
        level = session.alarm
    else:
        alarm = view.sender.alarm
        if alarm is None or view.at - view.sender.alarmed_at > LASTS:
            return None
        odd, level = False, alarm
    run = view.run_wording
    more = (
        any(not everybodys(c) for _, c in view.destinations)
        or bool(view.reading.cues)
        or (run is not None and run.fast >= 2)
    )
    more = more or (view.encrypted and view.run_any.fast >= 4)
    if not (odd or more):
        return None
    bits = min(6 * BIT, 3 * BIT + level) if level > 0 else 3 * BIT
    again = any(c.confirmed for _, c in view.destinations) or (
        view.wording is not None and view.wording[1].confirmed
    )
    if not (odd or again):
        bits = min(bits, 4 * BIT)
    if odd and not more:
        bits = min(bits, 3 * BIT)
    return Evidence(bits, "the same session has just sent messages that were stopped") if bits > 0 else None


SIGNAL = Signal(name="session_alarm", judge=judge, needs="messages", source="Ho et al., USENIX Security 2019")
