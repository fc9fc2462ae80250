"""The commands ``nospim case ...``: a person's file on campaigns, from the first note to the sealed
bundle."""

from __future__ import annotations

import getpass
import hashlib
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from rich.table import Table as Grid
from rich.text import Text

from nospim.cases import decisions as d
from nospim.cases.case import first_entry, fold
from nospim.cli.access import looked
from nospim.cli.case_store import HOME, By, Home, decide, enter, needed, opened, relative, table_console
from nospim.errors import UsageError


def new(
    name: str,
    /,
    *,
    title: str,
    campaign: list[str],
    ledger: Path,
    by: By = "",
    cases: Home = HOME,
) -> None:
    """Open a case on campaigns; who opens it leads it.

    Parameters
    ----------
    name
        The case's id: letters, digits, dots and hyphens.
    title
        What it is about, in a few words.
    campaign
        Id of a campaign; may be repeated.
    ledger
        Folder of the ledger that holds the events and what a scan concluded of them.
    """
    from nospim.ledger.folder import require  # noqa: PLC0415 - as above

    if not name.replace("-", "").replace(".", "").isalnum() or not name.isascii() or len(name) > 40:
        raise UsageError(f"{name!r} is no id of a case: letters, digits, dots and hyphens, 40 at most")
    who = by or getpass.getuser()
    decision = d.Opened(title=title, campaigns=tuple(campaign), ledger=relative(cases, require(ledger)))
    entry = first_entry(name, decision, datetime.now(UTC), who)
    with opened(cases) as store:
        store.append(name, 0, entry)
        enter(store, fold([entry]))
    print(f"case {name} is open, led by {who}")


def add_(
    name: str,
    /,
    *,
    campaign: str = "",
    reason: str = "",
    capture: Path | None = None,
    file: Annotated[list[Path] | None, Parameter(negative="")] = None,
    person: str = "",
    role: d.Role = "investigator",
    remove: bool = False,
    by: By = "",
    cases: Home = HOME,
) -> None:
    """Add a campaign, a captured page, a file, or a person to a case.

    Parameters
    ----------
    name
        The case.
    campaign
        Id of a campaign that belongs to it too.
    reason
        Why: needed for a campaign, a file (what it shows), and for taking a person off.
    capture
        Folder that nospim capture wrote.
    file
        A file, such as a complaint's mail; it stays where it is, and the case knows its SHA-256. May be
        repeated.
    person
        Somebody who works on it.
    role
        What they may do.
    remove
        Take the person off instead.
    """
    chosen = [bool(campaign), capture is not None, bool(file), bool(person)]
    if sum(chosen) != 1:
        raise UsageError("say one of --campaign, --capture, --file, --person")
    decision: d.Decision
    if file:
        from nospim.cli.case_files import added  # noqa: PLC0415 - only where a file is added

        found = [added(each, cases, needed(reason, "--reason")) for each in file]
        with opened(cases) as store:
            for each in found:
                decide(store, name, each, by)
        return
    if campaign:
        decision = d.CampaignAdded(campaign=campaign, reason=needed(reason, "--reason"))
    elif capture is not None:
        told = (capture / "capture.json").read_bytes()
        digest = hashlib.sha256(told).hexdigest()
        decision = d.CaptureAdded(folder=relative(cases, capture), digest=digest, shows=reason)
    elif remove:
        decision = d.PersonRemoved(person=person, reason=needed(reason, "--reason"))
    else:
        decision = d.PersonAdded(person=person, role=role)
    with opened(cases) as store:
        case = decide(store, name, decision, by)
        if campaign and case.holds:
            from nospim.cli.hold import hold_records  # noqa: PLC0415 - needs an extra

            held, _ = hold_records(case, store)
            print(f"the case's hold now keeps {held:,} records")


def note(
    name: str, text: str, /, *, mark: Literal["", "privileged", "work product"] = "", by: By = "",
    cases: Home = HOME,
) -> None:  # fmt: skip
    """Write a note into a case.

    Parameters
    ----------
    name
        The case.
    text
        The note. It is kept as long as the case; quote nobody's messages in it.
    mark
        Why counsel may withhold it: bundles show its hash only.
    """
    with opened(cases) as store:
        decide(store, name, d.NoteAdded(text=text, mark=mark), by)


def task(
    name: str, text: str = "", /, *, assignee: str = "", due: date | None = None, done: int | None = None,
    by: By = "", cases: Home = HOME,
) -> None:  # fmt: skip
    """Add a task to a case, or say that one is done.

    Parameters
    ----------
    name
        The case.
    text
        What is to be done, or with --done the result.
    assignee
        Who does it.
    due
        Until when.
    done
        Number of the task that is done.
    """
    decision: d.Decision
    if done is None:
        decision = d.TaskAdded(task=needed(text, "a text"), assignee=assignee, due=due)
    else:
        decision = d.TaskDone(task=done, result=text)
    with opened(cases) as store:
        case = decide(store, name, decision, by)
    if done is None:
        print(f"task {case.entries - 1}")


def state(name: str, to: d.State, /, *, reason: str, by: By = "", cases: Home = HOME) -> None:
    """Move a case to another state: open, investigating, referred, filed, decided, closed.

    Parameters
    ----------
    name
        The case.
    to
        The state.
    reason
        Why.
    """
    with opened(cases) as store:
        decide(store, name, d.StateChanged(to=to, reason=reason), by)


def hold(
    name: str,
    /,
    *,
    reason: str,
    lift: int | None = None,
    by: By = "",
    cases: Home = HOME,
) -> None:
    """Keep what a case rests on from being erased, or lift such a hold.

    Parameters
    ----------
    name
        The case.
    reason
        Why.
    lift
        Number of the hold that ends.
    """
    from nospim.cli.hold import hold_records, release_records  # noqa: PLC0415 - needs an extra

    with opened(cases) as store:
        if lift is not None:
            case = decide(store, name, d.HoldLifted(hold=lift, reason=reason), by)
            if not case.holds:
                release_records(case, store)
            return
        case = decide(store, name, d.HoldPlaced(reason=reason, campaigns=()), by)
        held, gone = hold_records(case, store)
    print(f"hold {case.entries - 1}: {held:,} records are kept")
    if gone:
        print(f"nospim: {gone:,} records were erased before", file=sys.stderr)


def cost(
    name: str,
    task: str,
    /,
    *,
    kind: d.CostKind = "staff",
    day: date | None = None,
    currency: str = "USD",
    person: str = "",
    hours: str = "0",
    rate: str = "0",
    amount: str = "0",
    invoice: str = "",
    incident: str = "",
    by: By = "",
    cases: Home = HOME,
) -> None:
    """Enter what a case cost: hours of staff, an invoice, or computing.

    Parameters
    ----------
    name
        The case.
    task
        What was done or bought.
    kind
        staff, invoice or compute.
    day
        When; without it today.
    currency
        Three letters (ISO 4217).
    person
        Who worked.
    hours
        How long, at most two decimals.
    rate
        Per hour.
    amount
        For invoices and computing.
    invoice
        Its number.
    incident
        What it belongs to.
    """
    import msgspec  # noqa: PLC0415 - only here

    on = (day or datetime.now(UTC).date()).isoformat()
    told = {
        "type": "cost_added", "kind": kind, "task": task, "day": on, "currency": currency, "person": person,
        "hours": hours, "rate": rate, "amount": amount, "invoice": invoice, "incident": incident,
    }  # fmt: skip
    try:
        decision = msgspec.convert(told, type=d.CostAdded)
    except msgspec.ValidationError as error:
        raise UsageError(f"this cost cannot be entered: {error}; amounts are like 1250.00") from None
    with opened(cases) as store:
        decide(store, name, decision, by)


def doe(
    name: str,
    who: str,
    /,
    *,
    identifier: list[str] | None = None,
    operator: str = "",
    grade: Literal["fact", "inference"] = "inference",
    speaks_for: str = "",
    speaks_against: str = "",
    named: str = "",
    basis: str = "",
    by: By = "",
    cases: Home = HOME,
) -> None:
    """Record a person unknown so far, what would identify them, or their name once it is known.

    Parameters
    ----------
    name
        The case.
    who
        What the person is called: Doe 1.
    identifier
        KIND=VALUE, of the kinds registrar, host, network, relay, affiliate, payment, mailbox, other; may be
        repeated.
    operator
        Id of the operator whom the casework found.
    grade
        Whether it is a fact or an inference that these belong to one person.
    speaks_for
        What speaks for it.
    speaks_against
        What speaks against it.
    named
        The person's name, now that it is known.
    basis
        Where the name comes from.
    """
    decision: d.Decision
    if named:
        decision = d.DoeNamed(doe=who, name=named, basis=needed(basis, "--basis"))
    else:
        decision = d.DoeAdded(
            name=who,
            identifiers=tuple(_identifier(text) for text in identifier or ()),
            operator=operator,
            grade=grade,
            speaks_for=speaks_for,
            speaks_against=speaks_against,
        )
    with opened(cases) as store:
        decide(store, name, decision, by)


def list_(*, by: By = "", cases: Home = HOME) -> None:
    """List the cases.

    Returns a table: id, state, title, campaigns, holds, entries.
    """
    with opened(cases) as store:
        looked(store, "", by, "list")
        rows = [fold(store.entries(name)) for name in store.names()]
    table = Grid("case", "state", "title", "campaigns", "holds", "entries", box=None, pad_edge=False)
    for case in rows:
        table.add_row(
            case.id, case.state, Text(case.opened.title), str(len(case.campaigns)), str(len(case.holds)),
            str(case.entries),
        )  # fmt: skip
    table_console().print(table)


def show(name: str, /, *, accesses: bool = False, by: By = "", cases: Home = HOME) -> None:
    """Show a case entry by entry, or who looked at it.

    Parameters
    ----------
    name
        The case.
    accesses
        Show who looked at it instead.
    """
    with opened(cases) as store:
        looked(store, name, by, "show")
        data = store.entries(name)
        case = fold(data) if data else None
        readings = [one for one in store.accesses() if one.case == name]
    if case is None:
        raise UsageError(f"there is no case {name}; nospim case list shows those there are")
    console = table_console()
    if accesses:
        for one in readings:
            console.print(Text(f"{one.at:%Y-%m-%d %H:%M:%S}  {one.by}  {one.what}"))
        return
    console.print(Text(f"case {case.id}: {case.opened.title} ({case.state})"))
    for each in data:
        entry = d.decode(each)
        told = ", ".join(
            f"{field}={getattr(entry.decision, field)}"
            for field in entry.decision.__struct_fields__
            if getattr(entry.decision, field) not in ("", (), None)
        )
        line = f"{entry.number:4} {entry.at:%Y-%m-%d %H:%M} {entry.by} {d.tag_of(entry.decision)}: {told}"
        console.print(Text(line))


def _identifier(text: str) -> d.Identifier:
    import msgspec  # noqa: PLC0415 - only here

    kind, equals, value = text.partition("=")
    try:
        return msgspec.convert({"kind": kind, "value": value if equals else ""}, type=d.Identifier)
    except msgspec.ValidationError:
        raise UsageError(f"--identifier {text}: it is KIND=VALUE, like registrar=bad.example") from None
