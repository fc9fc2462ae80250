"""The tables of a ledger, made where they are missing or older than the ledger."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path
from typing import Final

from nospim.cases.case import Case
from nospim.cli.ledger import TABLES
from nospim.errors import NospimError
from nospim.facts.run import campaigns_of
from nospim.facts.tables import SCHEMAS, project
from nospim.ledger.folder import JOURNAL, KEYS, records, require, settled
from nospim.ledger.keys import KeyRing
from nospim.ledger.reading import kinds_between

MADE_OF: Final = "made-of"
"""File that says what the tables were made of: how many records, and which days' keys were destroyed then."""

UNSHOWN: Final = frozenset({"access", "case", "erasure", "fields", "head", "start", "tick"})
"""Kinds of records that no table holds: tables need not be made again for them."""
SHAPE: Final = " ".join(f"{name}({','.join(columns)})" for name, columns in SCHEMAS.items())
"""The tables' columns: tables that an earlier version made have others, and are made again."""


def tables_of_ledger(ledger: Path, case: Case) -> tuple[Path, str]:
    """The folder of a ledger's tables, and the source that the case's campaigns are of.

    Raises NospimError where a campaign is not in the ledger, or they are of several services.
    """
    folder = require(ledger) / TABLES
    count = settled(ledger)
    gone = " ".join(str(scope) for scope in KeyRing.open(ledger / KEYS).destroyed())
    made_of = sha256(f"{gone} {SHAPE}".encode()).hexdigest()
    mark = folder / MADE_OF
    before, _, same = mark.read_text(encoding="ascii").partition(" ") if mark.exists() else ("", "", "")
    if same != made_of or _grown(ledger, int(before), count):
        shutil.rmtree(folder, ignore_errors=True)
        project(records(ledger, 0, count), folder)
        mark.write_text(f"{count} {made_of}", encoding="ascii")
    known = {campaign: source for source, campaign in campaigns_of(folder)}
    lacking = [name for name in case.campaigns if name not in known]
    if lacking:
        raise NospimError(
            f"the ledger knows no campaign {', '.join(lacking)}; was the scan taken in with it?"
        )
    sources = {known[name] for name in case.campaigns}
    if len(sources) != 1:
        raise NospimError(f"the campaigns of case {case.id} are of several services; open a case for each")
    return folder, sources.pop()


def _grown(ledger: Path, before: int, count: int) -> bool:
    """Whether records came since that a table would hold, or the ledger is another one."""
    if before > count:
        return True
    keys = KeyRing.open(ledger / KEYS)
    return before < count and not kinds_between(ledger / JOURNAL, keys, before, count) <= UNSHOWN
