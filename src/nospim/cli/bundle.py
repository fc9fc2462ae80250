"""The commands ``nospim case seal``, ``export`` and ``verify``: from a case to a bundle that a stranger
checks."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from nospim.cases import decisions as d
from nospim.cases.case import Case
from nospim.cli.access import looked, require_second
from nospim.cli.case_files import unchanged
from nospim.cli.case_store import HOME, By, Home, decide, enter, existing, ledger_of, opened
from nospim.cli.commit import commit_case, committed_of
from nospim.cli.evidence import UNPROVED, _key, _roots, _seals, seal_ledger
from nospim.errors import NospimError, UsageError

PRIVILEGED: Final = "[with privileged material]"
"""What stands before the ground of an export with what counsel may withhold."""

if TYPE_CHECKING:
    from nospim.bundles.build import Made
    from nospim.bundles.material import Capture, Kept


def seal(
    name: str,
    /,
    *,
    key: Path,
    authority: str = "",
    authority_root: Path | None = None,
    by: By = "",
    cases: Home = HOME,
) -> None:
    """Seal a case: take its entries into the ledger and sign that.

    Parameters
    ----------
    name
        The case.
    key
        The signing key.
    authority
        Address of a time-stamp authority (RFC 3161).
    authority_root
        PEM file with the authority's root certificate.
    """
    with opened(cases) as store:
        case, _ = existing(store, name)
        enter(store, case)
        commit_case(ledger_of(case, store), case)
        number, digest = seal_ledger(ledger_of(case, store), key, authority, authority_root)
        decide(store, name, d.Sealed(head=number, digest=digest), by)
        # The entry that says so needs a head of its own, or no bundle could show it.
        seal_ledger(ledger_of(case, store), key, authority, authority_root)


def export(
    name: str,
    /,
    *,
    out: Path,
    key: Path,
    to: str,
    ground: str,
    approver: str,
    sealed: Annotated[bool, Parameter(negative="")] = False,
    authority: str = "",
    authority_root: Path | None = None,
    with_privileged: Annotated[bool, Parameter(negative="")] = False,
    policy: Path | None = None,
    by: By = "",
    cases: Home = HOME,
) -> None:
    """Write a case's bundle: report, exhibits, the rows behind each number, and proofs.

    Parameters
    ----------
    name
        The case.
    out
        Folder for the bundle; nothing may be in it yet.
    key
        The signing key.
    to
        Who gets it.
    ground
        The legal ground on which content leaves.
    approver
        Who approves that: a lead, counsel or approver of the case.
    sealed
        With people's names and the originals of all records; without it, pseudonyms.
    authority
        Address of a time-stamp authority (RFC 3161).
    authority_root
        PEM file with the authority's root certificate.
    with_privileged
        With notes and documents that counsel may withhold; counsel must approve it.
    policy
        Policy file whose [privacy] counts: it may ask that somebody else approves.
    """
    from nospim.bundles.bag import require_new  # noqa: PLC0415 - needs an extra
    from nospim.cases.case import allow  # noqa: PLC0415

    require_new(out)
    with opened(cases) as store:
        case, _ = existing(store, name)
        require_second(policy, by, approver, case)
        if with_privileged:
            require_counsel(case, approver)
            ground = f"{PRIVILEGED} {ground}"
        looked(store, name, by, "export", ground)
        gate = d.Exported(to=to, ground=ground, approver=approver, sealed=sealed, digest="0" * 64)
        allow(case, by or getpass.getuser(), gate)
        enter(store, case)
        made = _build(
            store.home,
            case,
            store.entries(name),
            store.places(name),
            out,
            key,
            sealed,
            authority,
            authority_root,
            with_privileged,
        )
        gate = d.Exported(to=to, ground=ground, approver=approver, sealed=sealed, digest=made.digest)
        decide(store, name, gate, by)
    print(f"bundle: {out}; {made.exhibits} exhibits, {made.figures} figures, {made.records:,} records proved")
    if made.standard.endswith("spelled out"):
        print("some letters have no font here and are spelled out in the PDF; install fonts-noto-core, -cjk")


def _build(
    home: Path,
    case: Case,
    entries: list[bytes],
    places: dict[int, int],
    out: Path,
    key: Path,
    sealed: bool,
    authority: str,
    authority_root: Path | None,
    with_privileged: bool,
) -> Made:
    from nospim.bundles.build import Sources, build  # noqa: PLC0415 - as above
    from nospim.cli.tables import tables_of_ledger  # noqa: PLC0415
    from nospim.facts.run import Facts  # noqa: PLC0415

    ledger = home / case.opened.ledger
    tables, source = tables_of_ledger(ledger, case)
    commit_case(ledger, case)
    seal_ledger(ledger, key, authority, authority_root)
    stamp, stamped = _stamper(authority, authority_root), None
    with _seals(ledger) as seals, Facts(tables, [(source, one) for one in case.campaigns]) as facts:
        if authority:
            stamped = _time(seals.envelopes[-1], seals.answers[-1], authority_root)
        return build(
            Sources(
                case=case,
                entries=entries,
                places=places,
                source=source,
                facts=facts,
                hashes=seals.tree,
                envelopes=seals.envelopes,
                answers=seals.answers,
                records=lambda wanted, contents: _kept(ledger, wanted, contents),
                committed=committed_of(ledger),
                captures=_captures(home, case, entries, places),
                files=unchanged(home, case),
                documents=_documents(home, case, with_privileged),
            ),
            out,
            _key(key),
            datetime.now(UTC),
            redact=not sealed,
            privileged=with_privileged,
            stamp=stamp,
            stamped=stamped,
        )


def verify(
    bundle: Path,
    /,
    *,
    fingerprint: Annotated[list[str] | None, Parameter(negative="")] = None,
    authority_root: Path | None = None,
) -> int:
    """Check a bundle, by the same file that is inside it.

    Parameters
    ----------
    bundle
        Folder of the bundle.
    fingerprint
        Fingerprint of a key that you trust, from elsewhere; may be repeated.
    authority_root
        PEM file with the root certificates of time-stamp authorities that you trust.

    Returns the exit status: 0 when all holds and the origin is proved, 4 when the origin is unproved, 1 when
    something is wrong.
    """
    from nospim.bundles import verify as check  # noqa: PLC0415 - needs an extra
    from nospim.ledger.stamps import authorities  # noqa: PLC0415

    if not bundle.is_dir():
        raise UsageError(f"{bundle} is no folder of a bundle")
    roots = () if authority_root is None else authorities(authority_root.read_bytes())
    try:
        result = check.check(check.Folder(bundle), fingerprint or [], roots)
    except check.Wrong as error:
        raise NospimError(f"{bundle}: {error}") from None
    print(f"consistent: {result.head['size']:,} records, head {result.head['number']}")
    print(f"rows bound to fields of their records: {result.bound[0]:,} of {result.bound[1]:,}")
    for time in result.times:
        print(f"stamped {time.isoformat()}")
    print("origin proved" if result.proved else "consistent, origin unproved")
    return 0 if result.proved else UNPROVED


def _kept(ledger: Path, wanted: set[int], contents: set[int]) -> dict[int, Kept]:
    """The records that are wanted, read over the stretch they lie in."""
    from nospim.bundles.material import kept_of  # noqa: PLC0415 - as above
    from nospim.ledger.folder import records  # noqa: PLC0415

    if not wanted:
        return {}
    return kept_of(records(ledger, min(wanted), max(wanted) + 1), wanted, contents)


def require_counsel(case: Case, approver: str) -> None:
    """Raise UsageError unless counsel of a case approves that what they may withhold leaves."""
    if case.people.get(approver) != "counsel":
        raise UsageError(f"case {case.id}: only its counsel may approve that privileged material leaves")


def _documents(home: Path, case: Case, privileged: bool) -> tuple[tuple[int, str, bytes], ...]:
    """The case's documents that go into a bundle: entry, name and bytes of each."""
    import hashlib  # noqa: PLC0415 - only here

    found = []
    for number, one in case.documents.items():
        if one.mark and not privileged:
            continue
        path = home / one.path
        data = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(data).hexdigest() != one.digest:
            raise NospimError(f"{path} is not the document that was added to case {case.id}")
        found.append((number, path.name, data))
    return tuple(found)


def _captures(home: Path, case: Case, entries: list[bytes], places: dict[int, int]) -> tuple[Capture, ...]:
    import hashlib  # noqa: PLC0415 - only here

    import msgspec  # noqa: PLC0415

    from nospim.bundles.material import Capture  # noqa: PLC0415 - as above

    found = []
    for number, data in enumerate(entries):
        decision = d.decode(data).decision
        if not isinstance(decision, d.CaptureAdded):
            continue
        folder = home / decision.folder
        told = (folder / "capture.json").read_bytes()
        if hashlib.sha256(told).hexdigest() != decision.digest:
            raise NospimError(f"{folder / 'capture.json'} is not the file that was added to case {case.id}")
        parsed = msgspec.json.decode(told)
        files = [("capture.json", folder / "capture.json")]
        for name, digest in parsed.get("files", ()):
            path = folder / name
            if name.startswith("sealed/") or not path.exists():
                continue  # the sharp picture and the decoy's secrets stay where they are
            if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                raise NospimError(f"{path} was changed since it was captured")
            files.append((name, path))
        found.append(Capture(told=parsed, files=tuple(files), record=places[number], shows=decision.shows))
    return tuple(found)


def _stamper(authority: str, root: Path | None) -> Callable[[bytes], bytes] | None:
    """Asks the authority about some bytes and checks its answer."""
    if not authority:
        return None
    roots = _roots(authority, root)

    def stamp(covers: bytes) -> bytes:
        from nospim.ledger.authority import ask  # noqa: PLC0415 - as above
        from nospim.ledger.stamps import query, verify_stamp  # noqa: PLC0415

        asked = query(covers)
        answer = ask(authority, asked.data)
        verify_stamp(answer, covers, roots, asked.nonce)
        return answer

    return stamp


def _time(envelope: bytes, answers: list[bytes], root: Path | None) -> datetime | None:
    from nospim.ledger.stamps import authorities, verify_stamps  # noqa: PLC0415 - as above

    if not answers or root is None:
        return None
    return verify_stamps(envelope, answers, authorities(root.read_bytes()))[0].at
