"""A case as its entries make it, and whether the next decision is allowed.  Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct, field

from nospim.cases import decisions as d
from nospim.cases.rules import APPROVES_EXPORT, PERMITTED, TRANSITIONS
from nospim.cases.takedowns import Step, Takedown, stepped, wrong_step
from nospim.errors import NospimError

MOST_ENTRIES: Final = 100_000
"""Entries of one case; a large lawsuit has some thousands."""


class CaseError(NospimError):
    """A decision that the case does not allow, or entries that do not follow each other."""


class Case(Struct, kw_only=True):
    """A case as it stands after some entries.

    Tasks, holds, notes and costs are named by the number of the entry that made them.
    """

    id: str
    opened: d.Opened
    since: datetime
    state: d.State = "open"
    campaigns: list[str] = field(default_factory=list)
    people: dict[str, d.Role] = field(default_factory=dict)
    notes: dict[int, d.NoteAdded] = field(default_factory=dict)
    tasks: dict[int, d.TaskAdded] = field(default_factory=dict)
    done: dict[int, d.TaskDone] = field(default_factory=dict)
    holds: dict[int, d.HoldPlaced] = field(default_factory=dict)
    costs: dict[int, d.CostAdded] = field(default_factory=dict)
    does: dict[str, d.DoeAdded] = field(default_factory=dict)
    named: dict[str, d.DoeNamed] = field(default_factory=dict)
    about_does: list[int] = field(default_factory=list)
    weighed: dict[int, d.EvidenceWeighed] = field(default_factory=dict)
    captures: list[d.CaptureAdded] = field(default_factory=list)
    files: dict[int, d.FileAdded] = field(default_factory=dict)
    documents: dict[int, d.DocumentAdded] = field(default_factory=dict)
    exports: list[d.Exported] = field(default_factory=list)
    seals: list[d.Sealed] = field(default_factory=list)
    takedowns: dict[int, Takedown] = field(default_factory=dict)
    watch: d.WatchSet | None = None
    entries: int = 0
    last: str = ""
    at: datetime | None = None


def fold(data: Sequence[bytes]) -> Case:
    """The case that these entries make, each checked against those before it.

    Raises CaseError at the first that is out of place, changed, or was not allowed.
    """
    case: Case | None = None
    for place, each in enumerate(data):
        case = add(case, each, place)
    if case is None:
        raise CaseError("there is no such case")
    return case


def add(case: Case | None, data: bytes, place: int) -> Case:
    """The case with one more entry; raises CaseError."""
    try:
        entry = d.decode(data)
    except ValueError:
        raise CaseError(f"entry {place} of the case cannot be read") from None
    if d.encode(entry) != data:
        raise CaseError(f"entry {place} of the case is not written as it was")
    if case is None:
        if not isinstance(entry.decision, d.Opened) or entry.number != 0 or entry.previous:
            raise CaseError("a case begins with being opened")
        case = Case(id=entry.case, opened=entry.decision, since=entry.at)
        case.campaigns = list(entry.decision.campaigns)
        case.people[entry.by] = "lead"
    else:
        if entry.case != case.id or entry.number != case.entries or entry.previous != case.last:
            raise CaseError(f"entry {place} of case {case.id} does not follow the one before it")
        allow(case, entry.by, entry.decision)
        _apply(case, entry)
    case.entries += 1
    case.last = d.digest(data)
    case.at = entry.at
    return case


def next_entry(case: Case, decision: d.Decision, at: datetime, by: str) -> bytes:
    """The bytes of the next entry, once it is allowed; raises CaseError."""
    allow(case, by, decision)
    if case.entries >= MOST_ENTRIES:
        raise CaseError(f"case {case.id} has {MOST_ENTRIES} entries; open another one for what follows")
    entry = d.CaseEntry(
        case=case.id, number=case.entries, at=at, by=by, previous=case.last, decision=decision
    )
    return d.encode(entry)


def first_entry(name: str, opened: d.Opened, at: datetime, by: str) -> bytes:
    """The bytes of a case's first entry; who opens it leads it."""
    return d.encode(d.CaseEntry(case=name, number=0, at=at, by=by, previous="", decision=opened))


def allow(case: Case, by: str, decision: d.Decision) -> None:
    """Check that somebody may decide this now; raises CaseError."""
    kind = d.tag_of(decision)
    role = case.people.get(by)
    if role is None:
        raise CaseError(f"{by} does not work on case {case.id}; its lead can add them: nospim case add")
    if role not in PERMITTED.get(kind, frozenset()):
        raise CaseError(f"{by} is {role} of case {case.id}, who may not decide this ({kind})")
    wrong = _wrong(case, decision)
    if wrong:
        raise CaseError(f"case {case.id}: {wrong}")


def _wrong(case: Case, decision: d.Decision) -> str:
    """Why a decision does not fit the case as it stands, or nothing."""
    match decision:
        case d.StateChanged(to=to) if to not in TRANSITIONS[case.state]:
            known = ", ".join(TRANSITIONS[case.state])
            return f"it is {case.state}, and from there goes to {known}, not to {to}"
        case d.CampaignAdded(campaign=name) if name in case.campaigns:
            return f"campaign {name} is in it already"
        case d.PersonRemoved(person=name) if name not in case.people:
            return f"{name} does not work on it"
        case d.PersonRemoved(person=name) if not _leads_without(case, name):
            return f"{name} is its only lead; add another one first"
        case d.PersonAdded(person=name, role=role) if role != "lead" and not _leads_without(case, name):
            return f"{name} is its only lead; add another one first"
        case d.TaskDone(task=number) if number not in case.tasks or number in case.done:
            return f"it has no open task {number}"
        case d.HoldLifted(hold=number) if number not in case.holds:
            return f"it has no hold {number}"
        case d.HoldPlaced(since=since, until=until) if since and until and until < since:
            return "the hold ends before it begins"
        case d.DoeAdded(name=name) if name in case.does:
            return f"{name} is in it already"
        case d.DoeNamed(doe=name) if name not in case.does or name in case.named:
            return f"it has no unnamed {name}"
        case d.CostAdded():
            return _wrong_cost(decision)
        case d.Exported(approver=name) if case.people.get(name) not in APPROVES_EXPORT:
            return f"{name} may not approve that content leaves"
        case d.Opened():
            return "it was opened already"
        case _:
            return _wrong_takedown(case, decision)


def _wrong_takedown(case: Case, decision: d.Decision) -> str:
    step: Step
    match decision:
        case d.TakedownOpened(url=url, contact=contact):
            asked = {(one.opened.url, one.opened.contact) for one in case.takedowns.values()}
            return f"{contact} has a takedown of {url} already" if (url, contact) in asked else ""
        case d.TakedownSent(takedown=number):
            step = "sent"
        case d.TakedownAnswered(takedown=number, answer=answer):
            step = answer
        case d.TakedownChecked(takedown=number, outcome=outcome):
            step = outcome
        case d.TakedownDropped(takedown=number):
            step = "dropped"
        case _:
            return ""
    one = case.takedowns.get(number)
    return f"it has no takedown {number}" if one is None else wrong_step(one, step)


def _wrong_cost(cost: d.CostAdded) -> str:
    if cost.kind == "staff" and not (cost.person and float(cost.hours) > 0 and float(cost.rate) > 0):
        return "staff costs need a person, hours and an hourly rate"
    if cost.kind == "staff" and float(cost.amount):
        return "the amount of staff costs is hours times rate; leave it out"
    if cost.kind != "staff" and not float(cost.amount):
        return "the cost needs an amount"
    if cost.kind == "invoice" and not cost.invoice:
        return "an invoice needs its number"
    return ""


def _leads_without(case: Case, name: str) -> bool:
    return any(role == "lead" for person, role in case.people.items() if person != name)


def _apply(case: Case, entry: d.CaseEntry) -> None:
    """Change the case as the entry says; it was allowed."""
    match entry.decision:
        case d.StateChanged(to=to):
            case.state = to
        case d.CampaignAdded(campaign=name):
            case.campaigns.append(name)
        case d.PersonAdded(person=name, role=role):
            case.people[name] = role
        case d.PersonRemoved(person=name):
            del case.people[name]
        case d.TaskDone() as done:
            case.done[done.task] = done
        case d.HoldLifted(hold=number):
            del case.holds[number]
        case d.DoeAdded() as doe:
            case.does[doe.name] = doe
            case.about_does.append(entry.number)
        case d.DoeNamed() as named:
            case.named[named.doe] = named
            case.about_does.append(entry.number)
        case d.TakedownOpened() as opened:
            case.takedowns[entry.number] = Takedown(
                number=entry.number, opened=opened, at=entry.at, by=entry.by
            )
        case d.TakedownSent() | d.TakedownAnswered() | d.TakedownChecked() | d.TakedownDropped() as about:
            case.takedowns[about.takedown] = stepped(case.takedowns[about.takedown], entry)
        case other:
            _keep(case, entry.number, other)


def _keep(case: Case, number: int, decision: d.Decision) -> None:
    """Put what the entry brings where it is kept, under the entry's number."""
    match decision:
        case d.NoteAdded() as note:
            case.notes[number] = note
        case d.TaskAdded() as task:
            case.tasks[number] = task
        case d.HoldPlaced() as hold:
            case.holds[number] = hold
        case d.CostAdded() as cost:
            case.costs[number] = cost
        case d.EvidenceWeighed() as piece:
            case.weighed[number] = piece
        case d.CaptureAdded() as capture:
            case.captures.append(capture)
        case d.FileAdded() as file:
            case.files[number] = file
        case d.DocumentAdded() as document:
            case.documents[number] = document
        case d.Exported() as export:
            case.exports.append(export)
        case d.Sealed() as sealed:
            case.seals.append(sealed)
        case d.WatchSet() as watch:
            case.watch = watch
        case _:
            raise CaseError(f"entry {number} cannot stand there")
