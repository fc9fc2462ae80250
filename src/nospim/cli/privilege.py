"""The commands ``nospim case document`` and ``nospim case privilege``: papers, and what counsel may
withhold."""

from __future__ import annotations

import hashlib
from pathlib import Path

from rich.table import Table as Grid
from rich.text import Text

from nospim.bundles.privilege import withheld
from nospim.cases import decisions as d
from nospim.cli.access import looked
from nospim.cli.case_store import HOME, By, Home, decide, existing, opened, relative, table_console
from nospim.errors import UsageError


def document(
    name: str, path: Path, /, *, title: str, mark: d.Mark = "", by: By = "", cases: Home = HOME
) -> None:
    """Add a document to a case; the file stays where it is, and its hash goes into the case.

    Parameters
    ----------
    name
        The case.
    path
        The file.
    title
        What it is. It stands in the privilege log where the document is withheld: say nothing of its content.
    mark
        Why counsel may withhold it: privileged, or work product.
    """
    if not path.is_file():
        raise UsageError(f"{path} is no file")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with opened(cases) as store:
        told = d.DocumentAdded(path=relative(cases, path), digest=digest, title=title, mark=mark)
        case = decide(store, name, told, by)
    print(f"document {case.entries - 1}")


def privilege(name: str, /, *, by: By = "", cases: Home = HOME) -> None:
    """Show the privilege log of a case: what is withheld, whose it is, and why, without what it says.

    Parameters
    ----------
    name
        The case.
    """
    with opened(cases) as store:
        looked(store, name, by, "privilege log")
        _, data = existing(store, name)
    table = Grid("entry", "date", "by", "what", "title", "mark", box=None, pad_edge=False)
    for row in withheld(data):
        table.add_row(str(row.entry), f"{row.at:%Y-%m-%d}", Text(row.by), row.kind, Text(row.title), row.mark)
    table_console().print(table)
