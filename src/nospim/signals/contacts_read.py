"""Signal `contacts_read`: the contact list was read right after a strange sign-in (row 5 of the scheme).

Most clients read the list when they start, so by itself this says little; after a strange sign-in, and
followed at once by writing to many, it is the step that every thief needs.
"""

from __future__ import annotations

from typing import Final

from nospim.signals.interface import BIT, Evidence, Signal, View
from nospim.signals.sign_in import ODD

SOON: Final = 15 * 60.0
"""Seconds after the sign-in within which the reading belongs to it."""


def judge(view: View) -> Evidence | None:
    """One bit when the list was read soon after a strange sign-in, a second when writing followed at once."""
    session = view.session
    if session is None or session.read is None or view.strange < ODD:
        return None
    if not 0.0 <= session.read - session.since <= SOON:
        return None
    quick = view.at - session.read <= SOON
    return Evidence(
        BIT + (BIT // 2 if quick else 0),
        "the contact list was read right after a strange sign-in" + (", and used at once" if quick else ""),
    )


SIGNAL = Signal(name="contacts_read", judge=judge, needs="contact reads", source="Bursztein et al., IMC 2014")
