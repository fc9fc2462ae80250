"""Signal `canary`: a message to a contact that the operator runs and to which no one writes.

Almost no false alarms (Antonatos et al., "HoneyBuddy", 2010; Xie et al., "HoneyIM", ACSAC 2007).
"""

from __future__ import annotations

from nospim.signals.interface import BIT, Evidence, Signal, View


def judge(view: View) -> Evidence | None:
    """Nine bits: only someone who writes to a whole contact list reaches a canary."""
    return Evidence(9 * BIT, "to a canary contact that no one writes to") if view.canary else None


SIGNAL = Signal(name="canary", judge=judge, needs="canary contacts", source="HoneyIM, ACSAC 2007")
