"""What the guard asks for about accounts and delivered messages; the edge carries it out."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from nospim.events import Reference
from nospim.verdicts import Reason

ActionKind = Literal[
    "end_sessions",
    "require_password",
    "limit",
    "notify_owner",
    "notify_recipients",
    "recall",
    "suspend",
    "step_up",
    "capture",
]


class Action(Struct, frozen=True, kw_only=True):
    """One thing asked for, reversible and explained.

    action: its id, the same for the same cause however often it is computed.
    target: an account, a session or a message of the same source, by kind; for `capture` an address.
    cause: the id of the event that made us ask.  expires: when it ends by itself.
    """

    action: str
    source: str
    kind: ActionKind
    target: str
    account: str
    at: datetime
    cause: Reference
    expires: datetime | None
    reasons: tuple[Reason, ...]
