"""What the casework concludes with hindsight: campaigns, accounts, operators, and the run's summary.

These are the shapes of ``campaigns.jsonl``, ``accounts.jsonl``, ``operators.jsonl`` and
``summary.json``.  A bare id means the source named in the row; across sources it is an `events.Ref`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, field

from nospim.events import Reference
from nospim.verdicts import Reason


class Infection(Struct, frozen=True, kw_only=True):
    """How one account came to send for a campaign; `via` is the lure that it fell for, where known."""

    account: Reference
    infected_by: Reference | None
    via: Reference | None
    at: datetime


class Lure(Struct, frozen=True, kw_only=True):
    """One wording of a campaign: an example with names, numbers and links masked, and its count."""

    example: str
    messages: int


class Day(Struct, frozen=True, kw_only=True):
    """One day (UTC) of a campaign: messages sent and stopped, accounts newly taken, reproduction number.

    reproduction: mean number of accounts infected later by the accounts that were taken on this day.
    """

    day: str
    messages: int
    stopped: int
    new_accounts: int
    reproduction: float | None


class Campaign(Struct, frozen=True, kw_only=True):
    """Messages that belong to one effort, joined by destination, wording, infrastructure or infection."""

    id: str
    source: str
    first_seen: datetime
    last_seen: datetime
    messages: tuple[Reference, ...]
    stopped: int
    accounts: tuple[Reference, ...]
    recipients: int
    links: tuple[str, ...]
    lures: tuple[Lure, ...]
    infections: tuple[Infection, ...]
    patient_zero: Reference | None
    operator: str | None
    reproduction: float | None
    days: tuple[Day, ...] = ()
    joined_by: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()


class Episode(Struct, frozen=True, kw_only=True):
    """One stretch of time in which someone else (or nobody honest) wrote with an account."""

    from_: datetime = field(name="from")
    to: datetime
    sessions: tuple[str, ...]
    campaign: str | None


class AccountFinding(Struct, frozen=True, kw_only=True):
    """One judged account.  A hijacked owner is a victim and is never called abusive."""

    account: str
    source: str
    state: Literal["hijacked", "fake", "abusive"]
    since: datetime
    score: float
    reasons: tuple[Reason, ...]
    campaigns: tuple[str, ...]
    episodes: tuple[Episode, ...]


class Linkage(Struct, frozen=True, kw_only=True):
    """One thing that joins campaigns to an operator, what speaks for it and what against.

    joins: False for a mark that campaigns share and that is too common to join anything.
    """

    kind: str
    value: str
    grade: Literal["fact", "inference"]
    for_: str = field(name="for")
    against: str = ""
    joins: bool = True


class Operator(Struct, frozen=True, kw_only=True):
    """Who is likely behind one or more campaigns."""

    id: str
    source: str
    campaigns: tuple[str, ...]
    linkage: tuple[Linkage, ...]


class Findings(Struct, frozen=True, kw_only=True):
    """All that the casework concluded from one run's sightings."""

    campaigns: tuple[Campaign, ...]
    accounts: tuple[AccountFinding, ...]
    operators: tuple[Operator, ...]


class Summary(Struct, frozen=True, kw_only=True):
    """``summary.json``: counts, versions and the configuration's hash; `run` holds what differs between runs.

    counts: named integers (events, messages, refused, repeats, allow, warn, hold, block, released,
    dropped, campaigns, accounts, operators, ...).  lacking: plain sentences on what could not be seen.
    """

    nospim: str
    model: str
    configuration: str
    first: datetime | None
    last: datetime | None
    counts: dict[str, int]
    lacking: tuple[str, ...]
    limits: dict[str, float] = {}
    run: dict[str, Any] = {}
