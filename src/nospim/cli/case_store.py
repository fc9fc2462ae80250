"""What commands on cases share: the file of cases, and how a decision gets into it and into the ledger."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter
from rich.console import Console

from nospim.cases import decisions as d
from nospim.cases.case import Case, add, fold, next_entry
from nospim.cases.interface import CaseStore
from nospim.errors import NospimError, UsageError

if TYPE_CHECKING:
    from nospim.cases.sqlite import SqliteCases

FILE: Final = "cases.db"
HOME: Final = Path("cases")
WIDTH: Final = 100
"""Columns where the output is no terminal."""

By = Annotated[str, Parameter(help="Who decides; without it, the user of this machine.")]
Home = Annotated[Path, Parameter(help="Folder with the file of cases.")]


@contextmanager
def opened(home: Path) -> Iterator[SqliteCases]:
    """The store of cases of a folder."""
    from nospim.cases.sqlite import SqliteCases  # noqa: PLC0415 - only where a case is asked for

    with SqliteCases(home / FILE) as store:
        yield store


def decide(store: CaseStore, name: str, decision: d.Decision, by: str) -> Case:
    """Add one decision to a case and take it into the ledger; returns the case as it stands then."""
    who = by or getpass.getuser()
    data = store.entries(name)
    if not data:
        raise UsageError(f"there is no case {name}; nospim case list shows those there are")
    case = fold(data)
    entry = next_entry(case, decision, datetime.now(UTC), who)
    store.append(name, case.entries, entry)
    case = add(case, entry, case.entries)
    enter(store, case)
    return case


def ledger_of(case: Case, store: CaseStore) -> Path:
    """The folder of a case's ledger."""
    return store.home / case.opened.ledger


def relative(home: Path, folder: Path) -> str:
    """A folder as an entry names it: relative to the home of cases."""
    return os.path.relpath(folder.resolve(), home.resolve())


def enter(store: CaseStore, case: Case) -> None:
    """Take entries that are not in the ledger yet into it; what cannot be now is taken in at the next
    time."""
    from nospim.facts.intake import day_of  # noqa: PLC0415 - as above
    from nospim.ledger.errors import LedgerError  # noqa: PLC0415
    from nospim.ledger.folder import writer  # noqa: PLC0415

    waiting = [one for one in store.unentered() if one[0] == case.id]
    if not waiting or not case.opened.ledger:
        return
    try:
        journal = writer(ledger_of(case, store))
    except LedgerError as error:
        print(f"nospim: not in the ledger yet: {error}", file=sys.stderr)
        return
    try:
        places = [
            (number, journal.append("case", entry, day=day_of(d.decode(entry).at)))
            for _, number, entry in waiting
        ]
        journal.commit()
    finally:
        journal.close()
    for number, seq in places:
        store.entered(case.id, number, seq)


def existing(store: CaseStore, name: str) -> tuple[Case, list[bytes]]:
    """A case with its entries; raises NospimError where there is none."""
    data = store.entries(name)
    if not data:
        raise NospimError(f"there is no case {name}; nospim case list shows those there are")
    return fold(data), data


def needed(text: str, what: str) -> str:
    """The text; raises UsageError where it is empty."""
    if not text:
        raise UsageError(f"{what} is needed here")
    return text


def table_console() -> Console:
    """Where tables go: as wide as the terminal, or `WIDTH`."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH)
