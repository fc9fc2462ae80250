"""The commands ``nospim case watch`` and ``recurs``: what is watched for, and what a scan meets of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import msgspec
from cyclopts import Parameter

from nospim.cases import decisions as d
from nospim.cli.access import looked
from nospim.cli.case_store import HOME, By, Home, decide, existing, opened
from nospim.errors import UsageError
from nospim.findings import Campaign, Operator

if TYPE_CHECKING:
    from nospim.capture.interface import Capture

T = TypeVar("T")
MET: Final = 4
"""Exit status where a term was met."""


def watch(
    name: str,
    /,
    *,
    title: str = "",
    term: list[str] | None = None,
    basis: str = "",
    operator: str = "",
    scan: Path | None = None,
    clear: Annotated[bool, Parameter(negative="")] = False,
    by: By = "",
    cases: Home = HOME,
) -> None:
    """Write what a case watches for: an injunction's terms, or an operator's marks.

    Parameters
    ----------
    name
        The case.
    title
        Whom or what it is about; needed the first time.
    term
        KIND=VALUE, of the kinds domain, kit, wording, network, payment, name; may be repeated.
    basis
        Where these terms come from: the order and its clause.
    operator
        Id of an operator whose hosts, networks and lures are watched for.
    scan
        Folder of the scan that found the operator.
    clear
        Leave out the terms from before.
    """
    from nospim.reporting.watch import checked, terms_of  # noqa: PLC0415 - needs an extra

    if bool(operator) != (scan is not None):
        raise UsageError("--operator and --scan go together")
    found = [checked(_term(text, basis)) for text in term or ()]
    if scan is not None:
        operators = [one for one in _rows(scan / "operators.jsonl", Operator) if one.id == operator]
        if not operators:
            raise UsageError(f"{scan} knows no operator {operator}")
        found += terms_of(operators[0], _rows(scan / "campaigns.jsonl", Campaign))
    with opened(cases) as store:
        case, _ = existing(store, name)
        before = () if case.watch is None or clear else case.watch.terms
        about = title or (case.watch.title if case.watch is not None else "")
        if not about:
            raise UsageError("--title is needed: whom or what it is about")
        terms = tuple({(one.kind, one.value): one for one in (*before, *found)}.values())
        decide(store, name, d.WatchSet(title=about, terms=terms), by)
    print(f"case {name} watches for {len(terms)} terms: {about}")


def recurs(
    name: str,
    scans: list[Path],
    /,
    *,
    captures: Annotated[tuple[Path, ...], Parameter(consume_multiple=True)] = (),
    by: By = "",
    cases: Home = HOME,
) -> int:
    """Say which of a case's watched terms a later scan meets, with what speaks for and against.

    Parameters
    ----------
    name
        The case.
    scans
        Folders that nospim scan wrote.
    captures
        Folders with captures of pages; kits, payments and names are looked for in them.

    Returns the exit status: 0 when no term was met, 4 when one was.
    """
    from nospim.reporting.watch import met  # noqa: PLC0415 - needs an extra

    with opened(cases) as store:
        looked(store, name, by, "recurs")
        case, _ = existing(store, name)
    if case.watch is None or not case.watch.terms:
        raise UsageError(f"case {name} watches for nothing; write its terms: nospim case watch")
    campaigns = [one for scan in scans for one in _rows(scan / "campaigns.jsonl", Campaign)]
    operators = [one for scan in scans for one in _rows(scan / "operators.jsonl", Operator)]
    hits = met(case.watch.terms, campaigns, operators, _captures(captures))
    print(f"{case.watch.title}: {len(hits)} matches in {len(campaigns)} campaigns")
    for hit in hits:
        who = f" (operator {hit.operator})" if hit.operator else ""
        basis = f" [{hit.term.basis}]" if hit.term.basis else ""
        print(f"{hit.grade}: {hit.term.kind} {hit.term.value}{basis} in campaign {hit.campaign}{who}")
        print(f"  for: {hit.speaks_for}")
        print(f"  against: {hit.speaks_against}")
    return MET if hits else 0


def _term(text: str, basis: str) -> d.Term:
    kind, equals, value = text.partition("=")
    try:
        return msgspec.convert({"kind": kind, "value": value if equals else "", "basis": basis}, type=d.Term)
    except msgspec.ValidationError:
        raise UsageError(f"--term {text}: it is KIND=VALUE, like domain=bad.example") from None


def _rows(path: Path, kind: type[T]) -> list[T]:
    if not path.exists():
        raise UsageError(f"{path.parent} holds no scan: there is no {path.name}")
    rows = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            rows.append(msgspec.json.decode(line, type=kind))
        except msgspec.DecodeError as error:
            raise UsageError(f"{path}, line {number}: {error}; scan the log again") from None
    return rows


def _captures(folders: Iterable[Path]) -> list[Capture]:
    from nospim.capture.interface import Capture  # noqa: PLC0415 - needs an extra

    found = []
    for path in (path for folder in folders for path in sorted(folder.rglob("capture.json"))):
        try:
            found.append(msgspec.json.decode(path.read_bytes(), type=Capture))
        except msgspec.DecodeError as error:
            raise UsageError(f"{path} is no capture: {error}") from None
    return found
