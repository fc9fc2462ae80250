"""Which state a case may go to from which, and who may decide what: tables."""

from __future__ import annotations

from typing import Final

from nospim.cases.decisions import Role, State

TRANSITIONS: Final[dict[State, tuple[State, ...]]] = {
    "open": ("investigating", "closed"),
    "investigating": ("referred", "filed", "closed"),
    "referred": ("investigating", "filed", "closed"),
    "filed": ("decided", "closed"),
    "decided": ("closed",),
    "closed": ("open",),
}
"""From each state to which others.  A closed case is opened again rather than copied."""

MEANING: Final[dict[State, str]] = {
    "open": "noticed, and nobody works on it yet",
    "investigating": "somebody collects and judges material",
    "referred": "handed to counsel, police or a regulator",
    "filed": "a complaint is before a court",
    "decided": "settled or ruled on; an injunction may be watched",
    "closed": "no work goes on",
}

EVERYBODY: Final[frozenset[Role]] = frozenset({"lead", "investigator", "counsel", "approver"})
_LAWYERS: Final[frozenset[Role]] = frozenset({"lead", "counsel"})

PERMITTED: Final[dict[str, frozenset[Role]]] = {
    "campaign_added": EVERYBODY,
    "person_added": frozenset({"lead"}),
    "person_removed": frozenset({"lead"}),
    "state_changed": _LAWYERS,
    "note_added": EVERYBODY,
    "task_added": EVERYBODY,
    "task_done": EVERYBODY,
    "hold_placed": EVERYBODY,
    "hold_lifted": _LAWYERS,
    "cost_added": EVERYBODY,
    "doe_added": EVERYBODY,
    "doe_named": _LAWYERS,
    "evidence_weighed": EVERYBODY,
    "capture_added": EVERYBODY,
    "file_added": EVERYBODY,
    "document_added": EVERYBODY,
    "exported": EVERYBODY,
    "sealed": EVERYBODY,
    "takedown_opened": EVERYBODY,
    "takedown_sent": EVERYBODY,
    "takedown_answered": EVERYBODY,
    "takedown_checked": EVERYBODY,
    "takedown_dropped": EVERYBODY,
    "watch_set": EVERYBODY,
}
"""Who may decide what.  To preserve is open to all who work on a case, to let go is not."""

APPROVES_EXPORT: Final[frozenset[Role]] = frozenset({"lead", "counsel", "approver"})
"""Who may approve that content leaves."""
