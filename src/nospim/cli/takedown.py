"""The commands ``nospim takedown ...``: who was asked to take which page down, and what came of it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from nospim.cases import decisions as d
from nospim.cases.case import Case
from nospim.cases.interface import CaseStore
from nospim.cases.takedowns import Takedown, due
from nospim.cli.access import looked
from nospim.cli.case_store import HOME, WIDTH, By, Home, decide, existing, ledger_of, opened
from nospim.errors import UsageError

if TYPE_CHECKING:
    from nospim.capture.interface import Fetcher
    from nospim.capture.resolve import Resolver

    Make = Callable[[Resolver], Fetcher]

DUE: Final = 4
"""Exit status of ``list --due`` where something is due, and of ``check`` where a page is there."""
COLUMNS: Final = (
    "case", "takedown", "url", "contact", "role", "state", "opened", "opened_by", "asks", "sent", "sent_by",
    "channel", "answered", "answer", "looked", "seen", "gone", "due", "to_do",
)  # fmt: skip
_FORMULA: Final = re.compile(r"^[=+\-@\t\r]")
"""What a spreadsheet would run as a formula (OWASP, CSV injection)."""


def new(
    name: str, url: str, /, *, contact: str, role: Literal["host", "registrar", "link"] = "host", by: By = "",
    cases: Home = HOME,
) -> None:  # fmt: skip
    """Note that a page is to be taken down, and by whom.

    Parameters
    ----------
    name
        The case.
    url
        The page's address; it stays in the case, so leave out what marks one reader's copy.
    contact
        Who is to be asked.
    role
        host: keeps the page; registrar: sold its name; link: shortens or forwards its address.
    """
    from nospim.capture.strip import stripped  # noqa: PLC0415 - needs an extra

    clean = stripped(url).url
    with opened(cases) as store:
        case = decide(store, name, d.TakedownOpened(url=clean, contact=contact, role=role), by)
    print(f"takedown {case.entries - 1}: {clean}")


def sent(
    name: str, takedown: int, /, *, channel: str, days: int | None = None, by: By = "", cases: Home = HOME
) -> None:
    """Note that somebody was asked to take a page down.

    Parameters
    ----------
    name
        The case.
    takedown
        Its number.
    channel
        How: mail, form, API, telephone, court.
    days
        Until when an answer is awaited, in days; three without it.
    """
    if days is not None and not 0 <= days <= 365:
        raise UsageError("--days: it is from 0 to 365")
    with opened(cases) as store:
        decide(store, name, d.TakedownSent(takedown=takedown, channel=channel, days=days), by)


def answer(
    name: str,
    takedown: int,
    what: Literal["received", "accepted", "refused"],
    /,
    *,
    told: str = "",
    by: By = "",
    cases: Home = HOME,
) -> None:
    """Note what those who were asked answered.

    Parameters
    ----------
    name
        The case.
    takedown
        Its number.
    what
        received: no more than that; accepted: they will act; refused.
    told
        What they said, in your words.
    """
    with opened(cases) as store:
        decide(store, name, d.TakedownAnswered(takedown=takedown, answer=what, told=told), by)


def drop(name: str, takedown: int, /, *, reason: str, by: By = "", cases: Home = HOME) -> None:
    """Ask no more about a page.

    Parameters
    ----------
    name
        The case.
    takedown
        Its number.
    reason
        Why.
    """
    with opened(cases) as store:
        decide(store, name, d.TakedownDropped(takedown=takedown, reason=reason), by)


def check(name: str, takedown: list[int] | None = None, /, *, by: By = "", cases: Home = HOME) -> int:
    """Look whether pages are gone: fetched in isolation, from the public Internet only.

    Parameters
    ----------
    name
        The case.
    takedown
        Numbers of takedowns; without them all that are due.

    Returns the exit status: 0 when every page was gone, 4 otherwise.
    """
    return look(name, takedown, _public, by, cases)


def look(name: str, wanted: list[int] | None, fetcher: Make, by: str, cases: Path) -> int:
    """As `check`, with the fetcher that is given; tests give one that reaches their own server."""
    from nospim.reporting.recheck import recheck  # noqa: PLC0415 - needs an extra
    from nospim.sharing import captures_in  # noqa: PLC0415

    now = datetime.now(UTC)
    all_gone = True
    with opened(cases) as store:
        case, _ = existing(store, name)
        shown = captures_in([store.home / one.folder for one in case.captures])
        asked = {one.address.rstrip("/") for one in shown if one.phishing}
        for number in wanted or [one.number for one in case.takedowns.values() if _is_due(one, now)]:
            if number not in case.takedowns:
                raise UsageError(f"case {name} has no takedown {number}")
            url = case.takedowns[number].opened.url
            met = recheck(url, fetcher, url.rstrip("/") in asked)
            found = d.TakedownChecked(takedown=number, outcome=met.outcome, told=met.told, digest=met.digest)
            case = decide(store, name, found, by)
            print(f"takedown {number}: {met.outcome}, {met.told}; now {case.takedowns[number].state}")
            all_gone &= met.outcome == "gone"
    return 0 if all_gone else DUE


def list_(
    name: str, /, *, due: bool = False, csv: Path | None = None, by: By = "", cases: Home = HOME
) -> int:
    """List a case's takedowns with their dates, answers and what is due.

    Parameters
    ----------
    name
        The case.
    due
        Only those about which something is due now.
    csv
        Write them all as CSV into this file as well.

    Returns the exit status: 0, or with --due 4 when something is due.
    """
    now = datetime.now(UTC)
    with opened(cases) as store:
        looked(store, name, by, "takedowns")
        case, _ = existing(store, name)
        if csv is not None:
            csv.write_bytes(_clean(as_csv(case), case, store))
    shown = [one for one in case.takedowns.values() if not due or _is_due(one, now)]
    table = Grid("number", "state", "asked", "due", "to do", "contact", "page", box=None, pad_edge=False)
    for one in shown:
        row = _row(case, one)
        told = (str(one.number), one.state, row["sent"][:10], row["due"][:10], row["to_do"])
        table.add_row(*told, Text(one.opened.contact), Text(one.opened.url))
    console = Console()
    (console if console.is_terminal else Console(width=WIDTH)).print(table)
    return DUE if due and shown else 0


def as_csv(case: Case) -> str:
    """A case's takedowns as CSV (RFC 4180), no cell of which a spreadsheet runs."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for one in case.takedowns.values():
        writer.writerow(
            {key: f"'{cell}" if _FORMULA.match(cell) else cell for key, cell in _row(case, one).items()}
        )
    return out.getvalue()


def _clean(text: str, case: Case, store: CaseStore) -> bytes:
    """The text, where it names nobody who sent or got the case's messages; raises LeakError."""
    from nospim.ledger.folder import records, require  # noqa: PLC0415 - needs an extra
    from nospim.reporting.gather import gather  # noqa: PLC0415
    from nospim.reporting.material import require_clean  # noqa: PLC0415
    from nospim.reporting.people import People  # noqa: PLC0415

    ledger = require(ledger_of(case, store))
    names = gather(lambda: records(ledger), case.campaigns).names
    return require_clean(text.encode(), People(names), "the table of takedowns")


def _row(case: Case, one: Takedown) -> dict[str, str]:
    when = due(one)
    return {
        "case": case.id, "takedown": str(one.number), "url": one.opened.url, "contact": one.opened.contact,
        "role": one.opened.role, "state": one.state, "opened": _time(one.at), "opened_by": one.by,
        "asks": str(one.asks), "sent": _time(one.sent), "sent_by": one.sent_by, "channel": one.channel,
        "answered": _time(one.answered), "answer": one.answer, "looked": _time(one.looked), "seen": one.seen,
        "gone": _time(one.gone), "due": _time(when[0]) if when else "", "to_do": when[1] if when else "",
    }  # fmt: skip


def _is_due(one: Takedown, now: datetime) -> bool:
    when = due(one)
    return when is not None and when[0] <= now


def _time(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _public(resolve: Resolver) -> Fetcher:
    from nospim.capture import AddressRules, GuardedFetcher  # noqa: PLC0415 - needs an extra

    return GuardedFetcher(AddressRules(), resolve)
