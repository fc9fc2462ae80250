"""What can be decided in a case: the vocabulary of the case file, as immutable entries.

A case is the list of its entries and nothing else.  Entries are only added; each names the one before it by
hash, and goes into the ledger as it stands.  Pure; imports nothing of ours.
"""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(max_length=100_000)]
Said = Annotated[str, Meta(min_length=1, max_length=100_000)]
Short = Annotated[str, Meta(max_length=1000)]
Money = Annotated[str, Meta(pattern=r"\A\d{1,12}(\.\d{1,2})?\Z")]
"""An amount as written: at most two decimals, no sign; sums are made with exact decimals."""
Currency = Annotated[str, Meta(pattern=r"\A[A-Z]{3}\Z")]
"""ISO 4217."""
Hours = Annotated[str, Meta(pattern=r"\A\d{1,5}(\.\d{1,2})?\Z")]
Time = Annotated[datetime, Meta(tz=True)]

State = Literal["open", "investigating", "referred", "filed", "decided", "closed"]
Role = Literal["lead", "investigator", "counsel", "approver", "viewer"]
Mark = Literal["", "privileged", "work product"]
"""What counsel may withhold: communication with counsel, and material made for the dispute."""
CostKind = Literal["staff", "invoice", "compute"]


class Opened(Struct, frozen=True, kw_only=True, tag="opened"):
    """A case begins.  ledger: its folder, relative to the home of cases; campaigns: their ids."""

    title: Name
    campaigns: tuple[Name, ...]
    ledger: Short = ""


class CampaignAdded(Struct, frozen=True, kw_only=True, tag="campaign_added"):
    """One more campaign belongs to the case, and why."""

    campaign: Name
    reason: Said


class PersonAdded(Struct, frozen=True, kw_only=True, tag="person_added"):
    """Somebody works on the case, in a role."""

    person: Name
    role: Role


class PersonRemoved(Struct, frozen=True, kw_only=True, tag="person_removed"):
    """Somebody works on the case no more."""

    person: Name
    reason: Said


class StateChanged(Struct, frozen=True, kw_only=True, tag="state_changed"):
    """The case is in another state from here on."""

    to: State
    reason: Said


class NoteAdded(Struct, frozen=True, kw_only=True, tag="note_added"):
    """Something that a person wrote down; mark: why counsel may withhold it."""

    text: Said
    mark: Mark = ""


class TaskAdded(Struct, frozen=True, kw_only=True, tag="task_added"):
    """Something to be done, by whom and until when."""

    task: Said
    assignee: Short = ""
    due: date | None = None


class TaskDone(Struct, frozen=True, kw_only=True, tag="task_done"):
    """A task, by the number of its entry, is done, and with what result."""

    task: int
    result: Text = ""


class HoldPlaced(Struct, frozen=True, kw_only=True, tag="hold_placed"):
    """Nothing of this material may be erased: these campaigns and accounts, in this stretch of time.

    accounts: bare names; empty means those of the campaigns.  since, until: None means without limit.
    """

    reason: Said
    campaigns: tuple[Name, ...] = ()
    accounts: tuple[Name, ...] = ()
    since: Time | None = None
    until: Time | None = None


class HoldLifted(Struct, frozen=True, kw_only=True, tag="hold_lifted"):
    """A hold, by the number of its entry, has ended, and why."""

    hold: int
    reason: Said


class CostAdded(Struct, frozen=True, kw_only=True, tag="cost_added"):
    """Something that the campaign cost.

    staff: who worked how many hours at which hourly rate on what.  invoice: an amount, with its number.
    compute: an amount, with how it was worked out in `task`.
    """

    kind: CostKind
    task: Said
    day: date
    currency: Currency
    person: Short = ""
    hours: Hours = "0"
    rate: Money = "0"
    amount: Money = "0"
    invoice: Short = ""
    incident: Short = ""


class Identifier(Struct, frozen=True, kw_only=True):
    """Something that could tell who somebody is.

    kind: registrar, host, network, relay, affiliate, payment, mailbox, other.  asks: who would know.
    """

    kind: Literal["registrar", "host", "network", "relay", "affiliate", "payment", "mailbox", "other"]
    value: Name
    asks: Short = ""


class DoeAdded(Struct, frozen=True, kw_only=True, tag="doe_added"):
    """A person unknown so far, and what would identify them.  operator: as the casework called them."""

    name: Name
    identifiers: tuple[Identifier, ...] = ()
    operator: Short = ""
    grade: Literal["fact", "inference"] = "inference"
    speaks_for: Text = ""
    speaks_against: Text = ""


class DoeNamed(Struct, frozen=True, kw_only=True, tag="doe_named"):
    """A person unknown so far has a name now, and where that comes from."""

    doe: Name
    name: Name
    basis: Said


Chance = Annotated[float, Meta(gt=0.0, lt=1.0)]
"""How likely something is to be seen, if a hypothesis holds; never certain, never impossible."""


class EvidenceWeighed(Struct, frozen=True, kw_only=True, tag="evidence_weighed"):
    """A piece of evidence on who is behind the campaigns, with how likely it is under each hypothesis.

    same: one operator.  kit: a shared kit or service.  coincidence, framing: as they say.  source: where the
    likelihoods come from: a count, a publication, or the judgement of whom.
    """

    text: Said
    same: Chance
    kit: Chance
    coincidence: Chance
    framing: Chance
    source: Said


class CaptureAdded(Struct, frozen=True, kw_only=True, tag="capture_added"):
    """A captured page belongs to the case: its folder, and the SHA-256 of its ``capture.json``."""

    folder: Short
    digest: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    shows: Text = ""


class FileAdded(Struct, frozen=True, kw_only=True, tag="file_added"):
    """A file belongs to the case (a complaint's mail, a letter): where it is, its size and SHA-256, and what
    it shows.
    """

    file: Short
    size: int
    digest: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    shows: Said


class DocumentAdded(Struct, frozen=True, kw_only=True, tag="document_added"):
    """A paper of those who work on the case: file, SHA-256, what it is, why counsel may withhold it."""

    path: Short
    digest: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    title: Name
    mark: Mark = ""


class Exported(Struct, frozen=True, kw_only=True, tag="exported"):
    """Content left the case: to whom, on which ground, who approved it, and what exactly (SHA-256)."""

    to: Name
    ground: Said
    approver: Name
    sealed: bool
    digest: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class Sealed(Struct, frozen=True, kw_only=True, tag="sealed"):
    """The case was sealed with a head of the ledger: its number and the SHA-256 of its envelope."""

    head: int
    digest: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class TakedownOpened(Struct, frozen=True, kw_only=True, tag="takedown_opened"):
    """A page is to be taken down, by whom: who hosts it, sold its name, or shortens its address."""

    url: Name
    contact: Name
    role: Literal["host", "registrar", "link"]


class TakedownSent(Struct, frozen=True, kw_only=True, tag="takedown_sent"):
    """It was asked for, by which channel; days: until when an answer is awaited, None for the usual time."""

    takedown: int
    channel: Name
    days: Annotated[int, Meta(ge=0, le=365)] | None = None


class TakedownAnswered(Struct, frozen=True, kw_only=True, tag="takedown_answered"):
    """Those who were asked answered, and what they said."""

    takedown: int
    answer: Literal["received", "accepted", "refused"]
    told: Text = ""


class TakedownChecked(Struct, frozen=True, kw_only=True, tag="takedown_checked"):
    """Somebody looked whether the page is gone.  told: what was met; digest: the page's SHA-256."""

    takedown: int
    outcome: Literal["gone", "there", "changed", "unknown"]
    told: Short = ""
    digest: Annotated[str, Meta(pattern=r"\A([0-9a-f]{64})?\Z")] = ""


class TakedownDropped(Struct, frozen=True, kw_only=True, tag="takedown_dropped"):
    """Nothing more is asked about the page, and why."""

    takedown: int
    reason: Said


class Term(Struct, frozen=True, kw_only=True):
    """One mark of somebody who is watched for; basis: an injunction's clause, an operator's linkage."""

    kind: Literal["domain", "kit", "wording", "network", "payment", "name"]
    value: Name
    basis: Short = ""


class WatchSet(Struct, frozen=True, kw_only=True, tag="watch_set"):
    """From here on, this is watched for.  title: whom it is about; terms: all of them; none ends it."""

    title: Name
    terms: Annotated[tuple[Term, ...], Meta(max_length=2000)]


Decision = (
    Opened
    | CampaignAdded
    | PersonAdded
    | PersonRemoved
    | StateChanged
    | NoteAdded
    | TaskAdded
    | TaskDone
    | HoldPlaced
    | HoldLifted
    | CostAdded
    | DoeAdded
    | DoeNamed
    | EvidenceWeighed
    | CaptureAdded
    | FileAdded
    | DocumentAdded
    | Exported
    | Sealed
    | TakedownOpened
    | TakedownSent
    | TakedownAnswered
    | TakedownChecked
    | TakedownDropped
    | WatchSet
)


class CaseEntry(Struct, frozen=True, kw_only=True):
    """One decision in its place.

    case: the case's id.  number: from 0.  at: by this machine's clock.  by: who decided.
    previous: SHA-256 of the entry before, or empty at the first.
    """

    case: Name
    number: int
    at: Time
    by: Name
    previous: str
    decision: Decision


_DECODER: Final = msgspec.json.Decoder(CaseEntry)


def encode(entry: CaseEntry) -> bytes:
    """The bytes of an entry, which are what is hashed, stored and put into the ledger."""
    return msgspec.json.encode(entry)


def decode(data: bytes) -> CaseEntry:
    """The entry of some bytes; raises msgspec.DecodeError (or its ValidationError)."""
    return _DECODER.decode(data)


def digest(data: bytes) -> str:
    """The name of an entry in the one after it."""
    return sha256(data).hexdigest()


def tag_of(decision: Decision) -> str:
    """The word for a decision's kind."""
    return str(decision.__struct_config__.tag)
