"""The commands ``nospim ledger ingest``, ``seal``, ``prove``, ``verify`` and more: a ledger to be shown."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from cyclopts import Parameter

from nospim.cli.access import record_reading, require_reason, require_second
from nospim.cli.scan import read_policy
from nospim.errors import NospimError, UsageError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from nospim.ledger.heads import Clock
    from nospim.ledger.seals import Seals
    from nospim.ledger.signing import SigningKey

UNPROVED: Final = 4
"""Exit status: everything fits together, and nothing says that it comes from whom it should."""
PASSPHRASE: Final = "NOSPIM_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable
"""Environment variable with the passphrase of the signing key, where it has one."""
COMMIT_EVERY: Final = 5000
"""Records between two commits of an intake."""


def ingest(
    events: list[str] | None = None,
    /,
    *,
    out: Path,
    scan: Path | None = None,
    provenance: Annotated[list[Path] | None, Parameter(negative="")] = None,
) -> int:
    """Take event logs, and what a scan of them concluded, into a ledger.

    Parameters
    ----------
    events
        Event logs (JSON Lines, plain, .gz or .zst), in order; each accepted line is one record. May be left
        out where the ledger holds the events already, as a service's does.
    out
        Folder of the ledger; made if it is not there, added to if it is.
    scan
        Folder that a scan of these logs wrote.
    provenance
        File that nospim import wrote beside the events: where each of them came from; may be repeated.

    Returns the exit status: 3 when some lines were refused.
    """
    from nospim.adapters.files import EventFiles  # noqa: PLC0415 - only where it is asked for
    from nospim.adapters.interface import Refusal  # noqa: PLC0415
    from nospim.adapters.repeats import Repeats  # noqa: PLC0415
    from nospim.facts.intake import day_of, event_day, missing, of_scan, of_trail  # noqa: PLC0415
    from nospim.ledger.folder import writer  # noqa: PLC0415

    if not events and scan is None and not provenance:
        raise UsageError("name event logs, or a scan with --scan, or both")
    if scan is not None and (absent := missing(scan)):
        raise UsageError(f"{scan} is no folder of a scan: {', '.join(absent)} missing")
    files, repeats, refused, day = EventFiles(events or ()), Repeats(), 0, 0
    today = day_of(datetime.now(UTC))
    journal = writer(out)
    try:
        first = journal.next
        for item in files:
            if isinstance(item, Refusal):
                refused += 1
                continue
            _, raw, event = item
            if repeats.check(event, raw) != "new":
                continue
            day = event_day(event.time, today)
            journal.append("event", raw, day=day)
            if journal.next % COMMIT_EVERY == 0:
                journal.commit()
        taken = journal.next - first
        for one in of_scan(scan, day) if scan is not None else ():
            journal.append(one.kind, one.body, day=one.day)
            if journal.next % COMMIT_EVERY == 0:
                journal.commit()
        for path in provenance or ():
            with path.open("rb") as lines:
                for one in of_trail(lines, str(path), day or today):
                    journal.append(one.kind, one.body, day=one.day)
        concluded = journal.next - first - taken
    finally:
        journal.close()
    print(f"took in {taken:,} events and {concluded:,} conclusions; the ledger has {journal.next:,} records")
    if refused:
        print(f"nospim: {refused:,} lines are no events and were left out", file=sys.stderr)
    return 3 if refused else 0


def events(ledger: Path, /, *, out: Path, why: str = "", by: str = "", policy: Path | None = None) -> int:
    """Write the events of a ledger as a log again, to scan it.

    Parameters
    ----------
    ledger
        Folder of a ledger, or of a service's data.
    out
        File for the log, JSON Lines; it must not be there yet.
    why
        Why: it is recorded in the ledger who read, when and why.
    by
        Who reads; without it, the user of this machine.
    policy
        Policy file whose [privacy] counts: it may ask for a reason.

    Returns the exit status: 3 when the content of some events was erased.
    """
    from nospim.ledger.folder import records, require  # noqa: PLC0415 - needs an extra

    written = erased = 0
    require(ledger)
    require_reason(policy, why)
    record_reading(ledger, by, "all events written out", why)
    with out.open("xb") as file:
        out.chmod(0o600)
        for one in records(ledger):
            if one.kind != "event":
                continue
            if one.body is None:
                erased += 1
                continue
            file.write(one.body + b"\n")
            written += 1
    print(f"{written:,} events: {out}")
    if erased:
        print(f"nospim: the content of {erased:,} events was erased", file=sys.stderr)
    return 3 if erased else 0


def new_key(path: Path, /) -> None:
    """Make a key to sign ledgers with, and print its fingerprint.

    Parameters
    ----------
    path
        File for the private key, which is never written over. Set NOSPIM_KEY_PASSPHRASE to encrypt it.

    Give the fingerprint, by a way of its own, to whoever shall be able to check what you seal.
    """
    from nospim.ledger.signing import SigningKey  # noqa: PLC0415 - needs an extra

    key = SigningKey.generate()
    key.save(path, os.environ.get(PASSPHRASE, ""))
    print(f"fingerprint: {key.fingerprint}")


def seal(
    ledger: Path,
    /,
    *,
    key: Path,
    authority: str = "",
    authority_root: Path | None = None,
    policy: Path | None = None,
    clock_source: str = "",
    clock_offset_ms: float | None = None,
    clock_error_ms: float | None = None,
) -> None:
    """Sign a ledger as it stands, and have the signature time-stamped.

    Parameters
    ----------
    ledger
        Folder of the ledger.
    key
        The signing key.
    authority
        Address of a time-stamp authority (RFC 3161); without it the seal has no time but this machine's.
    authority_root
        PEM file with the authority's root certificate, which its answer is checked against.
    policy
        Policy file that was in force; its fingerprint goes into the head.
    clock_source
        What this machine's clock was compared with. Without it, chronyc is asked where it is installed.
    clock_offset_ms
        How far this machine's clock is ahead of that, in milliseconds.
    clock_error_ms
        How far that may be wrong.
    """
    from nospim.ledger.heads import Clock  # noqa: PLC0415 - needs an extra

    clock = Clock(source=clock_source, offset_ms=clock_offset_ms, error_ms=clock_error_ms)
    seal_ledger(ledger, key, authority, authority_root, policy, clock if clock_source else None)


def seal_ledger(
    ledger: Path,
    key: Path,
    authority: str = "",
    authority_root: Path | None = None,
    policy: Path | None = None,
    clock: Clock | None = None,
) -> tuple[int, str]:
    """Sign a ledger as it stands; returns the head's number and the SHA-256 of its envelope."""
    from nospim.ledger.heads import digest  # noqa: PLC0415 - needs an extra

    roots = _roots(authority, authority_root)
    signer = _key(key)
    configuration = read_policy(policy).fingerprint
    with _seals(ledger) as seals:
        head = seals.seal(signer, datetime.now(UTC), configuration, clock or _clock())
        print(f"head {head.number}: {head.size:,} records, root {head.root}")
        print(f"signed by {signer.fingerprint}")
        if authority:
            _stamp(seals, head.number, authority, roots)
        return head.number, digest(seals.envelopes[head.number])


def stamp(ledger: Path, /, *, authority: str, authority_root: Path, days: int = 90) -> None:
    """Renew a ledger's time-stamps before the certificates behind them end.

    Parameters
    ----------
    ledger
        Folder of the ledger.
    authority
        Address of a time-stamp authority (RFC 3161).
    authority_root
        PEM file with the root certificates of this authority and of those that stamped before.
    days
        Renew what ends within so many days.
    """
    from datetime import timedelta  # noqa: PLC0415

    from nospim.ledger.stamps import renewal_due, verify_stamps  # noqa: PLC0415 - needs an extra

    roots = _roots(authority, authority_root)
    now, done = datetime.now(UTC), 0
    with _seals(ledger) as seals:
        seals.chain()
        for number, envelope in enumerate(seals.envelopes):
            stamps = verify_stamps(envelope, seals.answers[number], roots)
            if not stamps or renewal_due(stamps[-1], now, timedelta(days=days)):
                _stamp(seals, number, authority, roots)
                done += 1
    print(f"{done:,} statements were stamped")


def change_key(
    ledger: Path,
    /,
    *,
    new: Path,
    old: Path | None = None,
    reason: Literal["rotated", "lost", "stolen"] = "rotated",
) -> None:
    """Record in a ledger that another key signs from here on.

    Parameters
    ----------
    ledger
        Folder of the ledger.
    new
        The key that signs from here on.
    old
        The key that signed until now; needed for a rotation.
    reason
        Why: a rotation is signed by both keys, a loss or theft by the new one alone.
    """
    if (old is None) is (reason == "rotated"):
        raise UsageError("a rotation needs --old; for a lost or stolen key say --reason and leave --old out")
    fresh = _key(new)
    with _seals(ledger) as seals:
        seals.change_key(fresh, None if old is None else _key(old), datetime.now(UTC), reason)
    print(f"from here on {fresh.fingerprint} signs")
    if reason != "rotated":
        print("tell the new fingerprint, by a way of its own, to whoever trusted the old one")


def prove(
    ledger: Path,
    record: int,
    /,
    *,
    out: Path,
    content: bool = False,
    to: str = "",
    ground: str = "",
    approver: str = "",
    by: str = "",
    policy: Path | None = None,
) -> None:
    """Write the receipt of one record: what proves, without the ledger, that it is in there.

    Parameters
    ----------
    ledger
        Folder of the ledger.
    record
        Number of the record.
    out
        File for the receipt.
    content
        Show the record's content in it; without it the receipt proves a hash of it only.
    to
        Who gets it; needed where content is shown.
    ground
        The legal ground on which content leaves; needed where it is shown.
    approver
        Who approves that; needed where content is shown.
    by
        Who writes the receipt; without it, the user of this machine.
    policy
        Policy file whose [privacy] counts: it may ask that somebody else approves.
    """
    from nospim.ledger import receipts  # noqa: PLC0415 - needs an extra
    from nospim.ledger.folder import records  # noqa: PLC0415
    from nospim.ledger.heads import Head  # noqa: PLC0415

    if content:
        if not (to and ground and approver):
            raise UsageError("content leaves only with --to, --ground and --approver; all are recorded")
        require_second(policy, by, approver)
        record_reading(
            ledger, by, f"content of record {record}", ground, 1, to=to, ground=ground, approver=approver
        )
    with _seals(ledger) as seals:
        heads = [link for link in seals.chain().links if isinstance(link, Head)]
        number = heads[-1].number
        found = next(iter(records(ledger, record, record + 1)), None) if record < seals.tree.size else None
        if found is None:
            raise UsageError(f"{ledger} has no record {record}; its last one is {seals.tree.size - 1}")
        shown = None
        if content:
            if found.body is None:
                raise NospimError(
                    f"the content of record {record} was erased; its receipt can be made without"
                )
            shown = (found.salt, found.body)
        receipt = receipts.make(
            seals.tree, record, found.leaf, seals.envelopes[number], seals.answers[number], shown
        )
    with out.open("xb") as file:
        file.write(receipts.written(receipt))
    print(f"receipt of record {record}: {out}")


def verify(
    path: Path,
    /,
    *,
    fingerprint: Annotated[list[str] | None, Parameter(negative="")] = None,
    authority_root: Path | None = None,
) -> int:
    """Check a ledger, or a receipt: every statement, stamp, hash and content in it.

    Parameters
    ----------
    path
        Folder of a ledger, or file of a receipt.
    fingerprint
        Fingerprint of a key that you trust, from elsewhere than what is checked; may be repeated.
    authority_root
        PEM file with the root certificates of time-stamp authorities that you trust.

    Returns the exit status: 0 when all holds and the origin is proved, 4 when all fits together and no
    fingerprint was given that proves the origin, 1 when something is wrong.
    """
    from nospim.ledger.stamps import authorities  # noqa: PLC0415 - needs an extra

    roots = () if authority_root is None else authorities(authority_root.read_bytes())
    proved = (_verify_ledger if path.is_dir() else _verify_receipt)(path, fingerprint or [], roots)
    print("origin: proved" if proved else "origin: unproved; give the fingerprint of a key that you trust")
    return 0 if proved else UNPROVED


def _verify_ledger(path: Path, trusted: list[str], roots: tuple[Certificate, ...]) -> bool:
    from nospim.ledger.folder import records  # noqa: PLC0415
    from nospim.ledger.stamps import verify_stamps  # noqa: PLC0415

    with _seals(path) as seals:
        audit = seals.audit(records(path, 0, seals.tree.size), trusted)
        print(f"records: {audit.size:,}, of which {audit.opened:,} opened and {audit.destroyed:,} erased")
        print(f"statements: {len(audit.chain.links):,}; records after the last head: {audit.unsealed:,}")
        for number, envelope in enumerate(seals.envelopes):
            for one in verify_stamps(envelope, seals.answers[number], roots) if roots else ():
                print(f"statement {number} stamped {one.at.isoformat()} by {one.authority}")
        unchecked = sum(map(len, seals.answers))
    if unchecked and not roots:
        print(f"time-stamps: {unchecked} not checked; give --authority-root")
    return audit.chain.origin_proved


def _verify_receipt(path: Path, trusted: list[str], roots: tuple[Certificate, ...]) -> bool:
    from nospim.ledger import receipts  # noqa: PLC0415

    receipt = receipts.read(path.read_bytes())
    checked = receipts.verify(receipt, trusted, roots)
    content = "content shown and right" if checked.opened else "content not shown"
    print(f"record {receipt.record} is in the ledger of {checked.head.size:,} records; {content}")
    for one in checked.stamps:
        print(f"stamped {one.at.isoformat()} by {one.authority}")
    if receipt.stamps and not roots:
        print(f"time-stamps: {len(receipt.stamps)} not checked; give --authority-root")
    return checked.origin_proved


def _seals(ledger: Path) -> Seals:
    """The seals of a ledger, its tree brought up to what the journal acknowledged."""
    from nospim.ledger.folder import records, require, settled  # noqa: PLC0415
    from nospim.ledger.seals import Seals  # noqa: PLC0415

    seals = Seals(require(ledger))
    count = settled(ledger)
    if seals.tree.size < count:
        seals.extend(records(ledger, seals.tree.size, count))
    return seals


def _key(path: Path) -> SigningKey:
    from nospim.ledger.signing import SigningKey  # noqa: PLC0415

    return SigningKey.load(path, os.environ.get(PASSPHRASE, ""))


def _roots(authority: str, path: Path | None) -> tuple[Certificate, ...]:
    from nospim.ledger.stamps import authorities  # noqa: PLC0415

    if not authority:
        return ()
    if path is None:
        raise UsageError("--authority needs --authority-root, which its answers are checked against")
    return authorities(path.read_bytes())


def _stamp(seals: Seals, number: int, authority: str, roots: tuple[Certificate, ...]) -> None:
    from nospim.ledger.authority import ask  # noqa: PLC0415
    from nospim.ledger.stamps import covered, query, verify_stamp  # noqa: PLC0415

    covers = covered(seals.envelopes[number], seals.answers[number])
    asked = query(covers)
    answer = ask(authority, asked.data)
    made = verify_stamp(answer, covers, roots, asked.nonce)
    seals.keep_stamp(number, answer)
    print(f"statement {number} stamped {made.at.isoformat()} by {made.authority}")


def _clock() -> Clock:
    """How the clock stands, as chronyd knows it; "not measured" where it does not run."""
    from nospim.ledger.heads import Clock  # noqa: PLC0415

    try:
        done = subprocess.run(["chronyc", "-c", "tracking"], capture_output=True, timeout=5, check=True)  # noqa: S607
        fields = done.stdout.decode("ascii", "replace").strip().split(",")
        # chronyc(1), tracking: name of the reference, ..., system time offset, ..., root delay, dispersion
        name, offset, delay, dispersion = fields[1], float(fields[4]), float(fields[10]), float(fields[11])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return Clock()
    error = abs(delay) / 2 + abs(dispersion)
    return Clock(source=f"chronyd, {name}"[:256], offset_ms=offset * 1000, error_ms=error * 1000)
