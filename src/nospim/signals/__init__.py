"""The built-in signals, listed by hand in the order in which their reasons are given."""

from __future__ import annotations

from typing import Final

from nospim.signals import (
    burst,
    canary,
    chain,
    contacts_read,
    decoy,
    feed,
    habit,
    links,
    lookalike,
    near_duplicate,
    new_account,
    page,
    recipients,
    reports,
    rush,
    session_alarm,
    sign_in,
    wording,
)
from nospim.signals.interface import Evidence, Signal, View

BUILT_IN: Final[tuple[Signal, ...]] = (
    sign_in.SIGNAL,
    contacts_read.SIGNAL,
    decoy.SIGNAL,
    rush.SIGNAL,
    chain.SIGNAL,
    session_alarm.SIGNAL,
    near_duplicate.SIGNAL,
    burst.SIGNAL,
    links.SIGNAL,
    lookalike.SIGNAL,
    page.SIGNAL,
    feed.SIGNAL,
    wording.SIGNAL,
    recipients.SIGNAL,
    habit.SIGNAL,
    new_account.SIGNAL,
    reports.SIGNAL,
    canary.SIGNAL,
)
SIGNAL_NAMES: Final = tuple(s.name for s in BUILT_IN)

__all__ = ["BUILT_IN", "SIGNAL_NAMES", "Evidence", "Signal", "View"]
