"""Signal `habit`: whether this account has a history of being itself.

Profiles after COMPA (Egele et al., NDSS 2013): an account that has long written as it does now, was
answered and was never alarmed is less likely to be turning just with this message.
"""

from __future__ import annotations

from typing import Final

from nospim.signals.interface import BIT, Evidence, Signal, View
from nospim.signals.sign_in import ODD

ENOUGH: Final = 20
"""Messages after which an account's habits are known."""


def judge(view: View) -> Evidence | None:
    """Bits against for an old hand in its own session, for a first message from a strange one."""
    sender = view.sender
    if view.strange >= ODD:
        return None
    if sender.sent >= ENOUGH and sender.alarm is None and view.run_any.fast <= 2:
        return Evidence(-BIT, "this account has long written like this")
    if sender.habit_same >= 8 and sender.alarm is None:
        return Evidence(-BIT, "this account often writes to many, as clubs and shops do")
    return None


SIGNAL = Signal(name="habit", judge=judge, needs="messages", source="COMPA, NDSS 2013")
