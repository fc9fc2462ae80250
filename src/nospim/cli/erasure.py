"""The commands ``nospim ledger clocks``, ``erase``, ``prove-erasure`` and ``check-erasure``: what is
forgotten."""

from __future__ import annotations

import getpass
import shutil
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter
from rich.table import Table as Grid

from nospim.cli.access import record_reading
from nospim.cli.case_store import FILE, HOME, By, table_console
from nospim.cli.evidence import UNPROVED, _key, _seals
from nospim.cli.ledger import DAY, KEYS, TABLES, _need
from nospim.cli.scan import read_policy
from nospim.errors import NospimError, UsageError

AUTOMATIC: Final = "auto-"
"""How the holds are called that a running service places for campaigns; see
`nospim.service.preserve.PREFIX`."""

if TYPE_CHECKING:
    from nospim.ledger.erasure_proof import Sealed


def clocks(ledger: Path, /, *, policy: Path | None = None) -> None:
    """Show for each kind of record how long it lives, what there is of it, and what goes next.

    Parameters
    ----------
    ledger
        Folder of the ledger, or of the service's data.
    policy
        Policy file in TOML whose [retention] counts; by default 30 days for words, 180 for conclusions.
    """
    _need()
    from nospim.ledger import KeyRing  # noqa: PLC0415 - needs an extra
    from nospim.ledger.folder import require  # noqa: PLC0415
    from nospim.ledger.retention import RetentionPolicy  # noqa: PLC0415
    from nospim.ledger.retention_classes import class_of  # noqa: PLC0415
    from nospim.ledger.survey import JOURNAL, survey  # noqa: PLC0415

    settings = read_policy(policy).retention
    rule = RetentionPolicy(content=settings.content_days, risk=settings.risk_days)
    ring = KeyRing.open(require(ledger) / KEYS)
    found = survey(ledger / JOURNAL, ring)
    table = Grid("kind", "class", "lives", "records", "erased", "oldest", "goes on", box=None, pad_edge=False)
    for kind, stock in sorted(found.stocks.items()):
        retention = class_of(kind)
        days = rule.days(retention)
        there = [scope.day for scope in ring.scopes() if scope.retention is retention]
        oldest = min((day for day in there if stock.first <= day <= stock.last), default=None)
        table.add_row(
            kind, retention.name.lower(), f"{days} days" if days else "always", f"{stock.records:,}",
            f"{stock.erased:,}", "" if oldest is None or not days else f"{_day(oldest)}",
            "" if oldest is None or not days else f"{_day(oldest + days)}",
        )  # fmt: skip
    table_console().print(table)
    if found.held:
        print(f"kept by keys of their own, for cases or beside an erasure: {found.held:,} records")
    for case, until in ring.cases().items():
        print(f"hold {case}: {'until it is released' if until is None else f'until {_day(until)}'}")


def erase(
    ledger: Path,
    /,
    *,
    account: str,
    reason: str,
    source: str = "",
    mentions: bool = False,
    except_held: Annotated[bool, Parameter(negative="")] = False,
    preserved: Annotated[bool, Parameter(negative="")] = False,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    by: By = "",
) -> int:
    """Erase one person: what they did, and what was concluded of them; the service must be stopped.

    Parameters
    ----------
    ledger
        Folder of the ledger, or of the service's data.
    account
        Id of the account.
    reason
        Why: a request under the law, with its number. Do not name the person here, this is kept.
    source
        The service that the account is of; without it, of any.
    mentions
        Erase others' records that name the account, too: messages to it, campaigns that it was in.
    except_held
        Erase what no case holds, and leave the rest. Without it, a legal hold refuses the whole.
    preserved
        Erase also what the policy preserves by itself because it belongs to a campaign. No case's hold
        gives way. dry_run
        Only say what would be erased, and what forbids it.

    Returns the exit status: 3 when records were left because a case holds them, or their day is not over.
    """
    _need()
    from nospim.ledger.folder import length, records, require, writer  # noqa: PLC0415 - needs an extra
    from nospim.ledger.persons import HeldError, erase, find, held_by, let_go  # noqa: PLC0415
    from nospim.ledger.snapshot import FOLDER as SNAPSHOTS  # noqa: PLC0415

    today = int(time.time()) // DAY
    require(ledger)
    record_reading(ledger, by, "looked for a person to erase", reason)
    found = find(records(ledger, 0, length(ledger)), account, source)
    wanted = found.own | (found.mentions if mentions else set())
    later = {seq for seq in wanted if found.days[seq] >= today}
    wanted -= later
    print(f"{len(found.own):,} records are the account's own, {len(found.mentions):,} of others name it")
    journal = writer(ledger)
    try:
        held = held_by(journal.keys, wanted)
        for case, seqs in held.items():
            print(f"{_holder(case)} {len(seqs):,} of them")
        automatic = [case for case in held if case.startswith(AUTOMATIC)]
        if preserved:
            if not dry_run and (except_held or len(automatic) == len(held)):
                let_go(journal.keys, automatic, wanted)
            held = {case: seqs for case, seqs in held.items() if case not in automatic}
        if later:
            print(f"{len(later):,} are of today, whose key is in use; erase them tomorrow")
        if found.kept:
            print(
                f"{len(found.kept):,} entries of cases name the account; they stay as long as the case does"
            )
        if held and not except_held and not dry_run:
            raise HeldError(
                "a legal hold forbids the erasure; counsel lifts a hold with: nospim case hold --lift, "
                "--preserved erases what a policy preserves by itself, and --except-held the rest"
            )
        left = {seq for seqs in held.values() for seq in seqs}
        wanted -= left
        if dry_run or not wanted:
            print(f"{len(wanted):,} records would be erased" if dry_run else "nothing was erased")
            return 3 if left or later else 0
        done = erase(
            journal, wanted, on=today, by=by or getpass.getuser(), reason=reason, snapshots=ledger / SNAPSHOTS
        )
    finally:
        journal.close()
    shutil.rmtree(ledger / TABLES, ignore_errors=True)
    print(f"erased {len(wanted):,} records; record {done.seq} of the ledger tells of it, without the name")
    print("replace the backup of the keys now; seal the ledger, then: nospim ledger prove-erasure")
    return 3 if left or later else 0


def prove_erasure(
    ledger: Path, /, *, out: Path, key: Path, record: int | None = None, cases: Path = HOME
) -> None:
    """Write the proof of an erasure: what was erased, when, by whom, which keys; signed, and checkable.

    Parameters
    ----------
    ledger
        Folder of the ledger, sealed after the erasure.
    out
        File for the proof.
    key
        The signing key.
    record
        Number of the record that tells of the erasure; without it, the last one.
    cases
        Folder with the file of cases: volumes with originals that have left are listed from it.
    """
    _need()
    from nospim.ledger import erasure_proof as proof  # noqa: PLC0415 - needs an extra
    from nospim.ledger import receipts  # noqa: PLC0415
    from nospim.ledger.folder import records  # noqa: PLC0415
    from nospim.ledger.heads import Head  # noqa: PLC0415
    from nospim.ledger.retention import parse_erasure  # noqa: PLC0415
    from nospim.ledger.survey import ERASURE  # noqa: PLC0415

    with _seals(ledger) as seals:
        heads = [link for link in seals.chain().links if isinstance(link, Head)]
        size = heads[-1].size if heads else 0
        told = [one for one in records(ledger, 0, size) if one.kind == ERASURE and one.body is not None]
        chosen = [one for one in told if record is None or one.seq == record]
        if not chosen:
            raise UsageError(f"{ledger}: no sealed record tells of {'that' if told else 'an'} erasure")
        one = chosen[-1]
        number = heads[-1].number
        receipt = receipts.make(
            seals.tree, one.seq, one.leaf, seals.envelopes[number], seals.answers[number],
            (one.salt, one.body or b""),
        )  # fmt: skip
    data = proof.make(
        parse_erasure(one.body or b""), records(ledger), receipt, _key(key), proof.now(), _left(cases, ledger)
    )
    with out.open("xb") as file:
        file.write(data)
    print(f"proof of the erasure that record {one.seq} tells of: {out}")


def check_erasure(
    path: Path,
    /,
    *,
    ledger: Path | None = None,
    bundle: list[Path] | None = None,
    fingerprint: Annotated[list[str] | None, Parameter(negative="")] = None,
) -> int:
    """Check the proof of an erasure, and that what was erased is gone everywhere here.

    Parameters
    ----------
    path
        File of the proof.
    ledger
        Folder of the ledger: keys, journal, leaf hashes, snapshots and tables are looked at.
    bundle
        Folder of a bundle whose originals are looked at; may be repeated.
    fingerprint
        Fingerprint of a key that you trust, from elsewhere; may be repeated.

    Returns the exit status: 0 when all holds and the origin is proved, 4 when the origin is unproved, 1 when
    something is there still.
    """
    _need()
    from nospim.ledger import erasure_proof as proof  # noqa: PLC0415 - needs an extra
    from nospim.ledger.folder import records, require  # noqa: PLC0415
    from nospim.ledger.persons import numbers_of  # noqa: PLC0415

    told, proved = proof.read(path.read_bytes(), fingerprint or [])
    what = f"{told.count:,} records" + ("" if told.records else " of whole days")
    print(f"{told.on}: {what} were erased by {told.by}: {told.reason}")
    for one in told.keys:
        print(f"key of {one.retention} of {one.day} destroyed, id {one.id or 'not known'}")
    wrong = False
    places = [] if ledger is None else proof.check(
        told, require(ledger), lambda: records(ledger), lambda wanted: _rows(ledger / TABLES, wanted)
    )  # fmt: skip
    wanted = set(numbers_of(told.records))
    for folder in bundle or ():
        shown = sorted(_originals(folder) & wanted)
        places.append(proof.Place(name=str(folder), found=f"{len(shown):,} originals", right=not shown))
    for place in places:
        wrong = wrong or not place.right
        print(f"{'ok' if place.right else 'THERE STILL'}: {place.name}: {place.found}")
    for left in told.outside:
        print(
            f"out of reach: a volume of case {left.case} with originals, to {left.to} on {left.at:%Y-%m-%d}"
        )
    if wrong:
        raise NospimError("what was erased is there still")
    print("origin: proved" if proved else "origin: unproved; give the fingerprint of a key that you trust")
    return 0 if proved else UNPROVED


def _holder(hold: str) -> str:
    """Who holds records, as the beginning of a sentence."""
    if hold.startswith(AUTOMATIC):
        return f"the policy preserves for campaign {hold.removeprefix(AUTOMATIC)}"
    return f"case {hold} holds"


def _rows(folder: Path, wanted: set[int]) -> str:
    """What the tables hold of these records; they are made again without what is gone."""
    if not folder.is_dir():
        return ""
    try:
        import pyarrow.parquet as pq  # noqa: PLC0415 - an extra
    except ImportError:
        return "cannot be read without the extra: pip install 'nospim[cases]'"
    found = []
    for path in sorted(folder.glob("*.parquet")):
        numbers = pq.read_table(path, columns=["seq"]).column("seq").to_pylist()
        count = sum(seq in wanted for seq in numbers)
        if count:
            found.append(f"{count:,} rows of {path.stem}")
    return ", ".join(found)


def _originals(folder: Path) -> set[int]:
    """The records whose originals a bundle holds."""
    import msgspec  # noqa: PLC0415 - only here

    path = folder / "data" / "ledger" / "originals.jsonl"
    if not (folder / "data").is_dir():
        raise UsageError(f"{folder} is no folder of a bundle")
    lines = path.read_bytes().splitlines() if path.exists() else []
    return {int(msgspec.json.decode(line)["seq"]) for line in lines}


def _left(cases: Path, ledger: Path) -> list[Sealed]:
    """The volumes with originals that have left from this ledger, as the cases tell."""
    from nospim.cases import decisions as d  # noqa: PLC0415 - as above
    from nospim.cases.case import fold  # noqa: PLC0415
    from nospim.cases.sqlite import SqliteCases  # noqa: PLC0415
    from nospim.ledger.erasure_proof import Sealed  # noqa: PLC0415

    found: list[Sealed] = []
    if not (cases / FILE).exists():
        return found
    with SqliteCases(cases / FILE) as store:
        for name in store.names():
            data = store.entries(name)
            if (store.home / fold(data).opened.ledger).resolve() != ledger.resolve():
                continue
            for entry in map(d.decode, data):
                if isinstance(entry.decision, d.Exported) and entry.decision.sealed:
                    gone = entry.decision
                    found.append(Sealed(case=name, to=gone.to, at=entry.at, digest=gone.digest))
    return found


def _day(number: int) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)).date()
