"""Who read what: recording it before content is shown, the gate before content leaves, and ``ledger
accesses``."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.text import Text

from nospim.cases.case import Case, fold
from nospim.cases.interface import CaseStore
from nospim.cli.scan import read_policy
from nospim.errors import UsageError


def looked(store: CaseStore, name: str, by: str, what: str, why: str = "") -> None:
    """Record that somebody looks at a case, in the file of cases and in the case's ledger."""
    who, at = by or getpass.getuser(), datetime.now(UTC)
    store.access(at, who, name, what)
    data = store.entries(name) if name else []
    if data:
        case = fold(data)
        if case.opened.ledger:
            record_reading(store.home / case.opened.ledger, who, f"case {name}: {what}", why)


def record_reading(
    ledger: Path,
    by: str,
    what: str,
    why: str = "",
    records: int | None = None,
    *,
    to: str = "",
    ground: str = "",
    approver: str = "",
) -> None:
    """Record in a ledger that somebody reads content of it; raises before anything is read where it cannot
    be."""
    from nospim.ledger.access import Reading, note  # noqa: PLC0415 - needs an extra

    told = Reading(
        at=datetime.now(UTC), by=by or getpass.getuser(), what=what, why=why, records=records, to=to,
        ground=ground, approver=approver,
    )  # fmt: skip
    if not note(ledger, told):
        print("nospim: a service writes the ledger; who read this goes in when it is free", file=sys.stderr)


def require_reason(policy: Path | None, why: str) -> None:
    """Raise UsageError where the policy asks for a reason and none is given."""
    if read_policy(policy).privacy.reasons and not why:
        raise UsageError("the policy asks for a reason whenever content is read: say --why")


def require_second(policy: Path | None, by: str, approver: str, case: Case | None = None) -> None:
    """Raise UsageError where the policy asks that somebody else approves, and nobody else does."""
    if read_policy(policy).privacy.four_eyes and approver == (by or getpass.getuser()):
        of = f"case {case.id}: " if case is not None else ""
        raise UsageError(
            f"{of}the policy asks that somebody else than {approver} approves that content leaves"
        )


def accesses(ledger: Path, /) -> None:
    """Show who read content of a ledger: when, who, what, why, and where it went.

    Parameters
    ----------
    ledger
        Folder of the ledger, or of the service's data.
    """
    from nospim.cli.case_store import table_console  # noqa: PLC0415 - not where a case is only looked at
    from nospim.ledger.access import readings  # noqa: PLC0415 - needs an extra
    from nospim.ledger.folder import require  # noqa: PLC0415

    console = table_console()
    for seq, one in readings(require(ledger)):
        place = "waits to go in" if seq is None else f"record {seq}"
        count = "" if one.records is None else f", {one.records:,} records"
        left = f"; to {one.to}, on {one.ground}, approved by {one.approver}" if one.to else ""
        console.print(
            Text(f"{one.at:%Y-%m-%d %H:%M:%S}  {one.by}  {one.what}{count}: {one.why or 'no reason given'}"
                 f"{left} ({place})")
        )  # fmt: skip
