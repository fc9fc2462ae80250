"""The commands ``nospim ledger check``, ``expire``, ``backup``, ``restore`` and ``change-master``."""

from __future__ import annotations

import shutil
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nospim.cli.scan import read_policy
from nospim.errors import NospimError, UsageError

if TYPE_CHECKING:
    from nospim.ledger.keys import KeyRing, Scope
    from nospim.ledger.retention import Erasure
    from nospim.ledger.survey import Survey

KEYS: Final = "keys"
TABLES: Final = "tables"
"""Folder of what queries read; it must not outlive what it was made from."""
DAY: Final = 86400
SHOWN: Final = 20
"""Problems that are told one by one."""


def check(ledger: Path, /, *, keys: Path | None = None) -> int:
    """Check a ledger's files: sequences, checksums, leaf hashes, keys; and say what is there.

    Writes nothing, and can be run beside the service. What is signed is checked by: nospim ledger verify

    Parameters
    ----------
    ledger
        Folder of the ledger, or of the service's data.
    keys
        Folder of the keys; by default within the ledger.

    Returns the exit status: 1 where something is wrong.
    """
    _need()
    from nospim.ledger import KeyRing  # noqa: PLC0415
    from nospim.ledger.survey import JOURNAL, survey  # noqa: PLC0415

    ring = KeyRing.open(_existing(keys or ledger / KEYS, "keys"))
    found = survey(_existing(ledger / JOURNAL, "ledger"), ring)
    _tell(found)
    print(
        f"keys: {len(ring.scopes())} there, {len(ring.destroyed())} destroyed, {len(ring.cases())} of cases"
    )
    return 1 if found.problems or found.without_key else 0


def expire(
    ledger: Path, /, *, keys: Path | None = None, policy: Path | None = None, prove: bool = False
) -> None:
    """Destroy the keys of what has been kept as long as the policy says, and record it in the ledger.

    A running service does this by itself, every day; this is for a ledger that no service writes.

    Parameters
    ----------
    ledger
        Folder of the ledger, or of the service's data.
    keys
        Folder of the keys; by default within the ledger.
    policy
        Policy file in TOML whose [retention] counts; by default 30 days for words, 180 for conclusions.
    prove
        Read the whole ledger before and after, and show that no leaf changed.
    """
    _need()
    from nospim.ledger import Journal, KeyRing  # noqa: PLC0415
    from nospim.ledger import retention as r  # noqa: PLC0415
    from nospim.ledger.snapshot import FOLDER as SNAPSHOTS  # noqa: PLC0415
    from nospim.ledger.survey import JOURNAL  # noqa: PLC0415

    settings = read_policy(policy).retention
    rule = r.RetentionPolicy(content=settings.content_days, risk=settings.risk_days)
    ring = KeyRing.open(_existing(keys or ledger / KEYS, "keys"))
    journal = Journal.open(_existing(ledger / JOURNAL, "ledger"), keys=ring)
    try:
        before = r.prove(journal) if prove else None
        done = r.expire(journal, rule, today=int(time.time()) // DAY, snapshots=ledger / SNAPSHOTS)
        if before is not None:
            after = r.prove(journal, before.records)
            r.check_erased(before, after)
            print(f"proved: {after.records:,} leaves are unchanged (sha256 {after.leaves})")
            print(f"records that cannot be opened: {before.erased:,} before, {after.erased:,} now")
    finally:
        journal.close()
    if done.seq is not None:  # tables are made from the ledger, and made again without what is gone
        shutil.rmtree(ledger / TABLES, ignore_errors=True)
    _tell_erasure(done)


def compact(ledger: Path, /, *, keys: Path | None = None) -> None:
    """Give the space of erased records back; a service may be running.

    Only what nobody can read any more is removed. Leaf hashes stay, so every proof still holds.

    Parameters
    ----------
    ledger
        Folder of the ledger, or of the service's data.
    keys
        Folder of the keys; by default within the ledger.
    """
    _need()
    from nospim.ledger import KeyRing  # noqa: PLC0415
    from nospim.ledger.emptying import empty_erased  # noqa: PLC0415
    from nospim.ledger.survey import JOURNAL  # noqa: PLC0415

    ring = KeyRing.open(_existing(keys or ledger / KEYS, "keys"))
    done = empty_erased(_existing(ledger / JOURNAL, "ledger"), ring)
    print(f"emptied {done.records:,} records in {done.segments:,} segments; {done.freed:,} bytes given back")


def hold(
    ledger: Path, case: str, records: list[str], /, *, keys: Path | None = None, until: date | None = None
) -> int:
    """Keep records readable for a case after their time; a service may be running.

    Parameters
    ----------
    ledger
        Folder of the ledger, or of the service's data.
    case
        Name of the case.
    records
        Numbers of records, and ranges of them: 17 200-250.
    keys
        Folder of the keys; by default within the ledger.
    until
        Last day of the whole hold; without it, the hold lasts until it is released.

    Returns the exit status: 3 when some of the records had been erased before.
    """
    _need()
    from nospim.ledger import KeyRing  # noqa: PLC0415
    from nospim.ledger.folder import length  # noqa: PLC0415
    from nospim.ledger.holds import REST, Holds  # noqa: PLC0415
    from nospim.ledger.reading import read_records  # noqa: PLC0415
    from nospim.ledger.survey import JOURNAL  # noqa: PLC0415

    if case.startswith(REST):
        raise UsageError(f"no case may be called {REST}...: those holds stand beside erasures")
    wanted = [_range(text) for text in records]
    ring = KeyRing.open(_existing(keys or ledger / KEYS, "keys"))
    journal = _existing(ledger / JOURNAL, "ledger")
    count = length(ledger)
    if any(last >= count for _, last in wanted):
        raise UsageError(f"the ledger has {count:,} records, numbered from 0")
    found = (r for first, last in wanted for r in read_records(journal, ring, first, last + 1))
    day = None if until is None else (until - date(1970, 1, 1)).days
    try:
        done = Holds(ring).hold(case, found, until=day)
    except ValueError as error:
        raise UsageError(str(error)) from None
    print(f"case {case} holds {done.held:,} records; replace the backup of the keys now")
    if done.erased:
        _complain(f"{len(done.erased):,} records had been erased before: {_some(done.erased)}")
    return 3 if done.erased else 0


def release(keys: Path, case: str, /) -> int:
    """End a case's hold: records whose time is over are erased at once.

    Parameters
    ----------
    keys
        Folder of the keys.
    case
        Name of the case.

    Returns the exit status: 1 where there is no such hold.
    """
    _need()
    from nospim.ledger import KeyRing  # noqa: PLC0415
    from nospim.ledger.holds import Holds  # noqa: PLC0415

    try:
        ended = Holds(KeyRing.open(_existing(keys, "keys"))).release(case)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if not ended:
        raise NospimError(f"{keys}: no hold for case {case}")
    print(f"the hold of case {case} is released; replace the backup of the keys now")
    return 0


def backup(
    ledger: Path, /, *, keys: Path | None = None, data_to: Path | None = None, keys_to: Path | None = None
) -> None:
    """Back up a ledger's data, its keys, or both, to two places; a service may be running.

    Parameters
    ----------
    ledger
        Folder of the ledger, or of the service's data.
    keys
        Folder of the keys; by default within the ledger.
    data_to
        Folder for the data: new, or an earlier backup, to which only what is new is copied.
    keys_to
        Folder for the keys, away from the data: new, or the earlier backup, which is overwritten.
    """
    _need()
    from nospim.ledger import KeyRing  # noqa: PLC0415
    from nospim.ledger.backup import back_up_data, back_up_keys  # noqa: PLC0415

    if data_to is None and keys_to is None:
        raise UsageError("say where to: --data-to FOLDER, --keys-to FOLDER, or both")
    ring = KeyRing.open(_existing(keys or ledger / KEYS, "keys"))
    for target, other in ((data_to, keys_to), (keys_to, data_to)):
        if target is not None and other is not None and target.resolve().is_relative_to(other.resolve()):
            raise UsageError("keep the two backups apart: whoever has both and the master key can read all")
    if data_to is not None:
        made = back_up_data(_existing(ledger, "ledger"), ring, data_to)
        print(f"data: {len(made.files):,} files, {made.size:,} bytes in {data_to}")
    if keys_to is not None:
        made = back_up_keys(ring, keys_to)
        print(f"keys: {len(made.files):,} files in {keys_to}, without the master key ({ring.master.name})")


def restore(
    ledger: Path,
    /,
    *,
    data_from: Path,
    keys_from: Path,
    keys: Path | None = None,
    master: Path | None = None,
) -> int:
    """Bring a ledger back from its two backups, check it, and destroy again what was destroyed before.

    Parameters
    ----------
    ledger
        New folder for the data.
    data_from
        Backup of the data.
    keys_from
        Backup of the keys.
    keys
        New folder for the keys; by default within the ledger.
    master
        File with the master key, which is copied beside the keys; without it the key is looked for in
        the environment, as the service does.

    Returns the exit status: 1 where something is wrong with what was brought back.
    """
    _need()
    from nospim.ledger.backup import bring_back  # noqa: PLC0415
    from nospim.ledger.master import find_master, read_master  # noqa: PLC0415
    from nospim.ledger.retention import erase_again, parse_erasure  # noqa: PLC0415
    from nospim.ledger.survey import JOURNAL, survey  # noqa: PLC0415

    ring_at = keys or ledger / KEYS
    key = read_master(master) if master is not None else find_master(keys_from, ring=True)
    ring = bring_back(data_from, keys_from, key, ledger, ring_at)
    if master is not None:
        key.keep(ring_at)
    found = survey(ledger / JOURNAL, ring)
    _tell(found)
    again = erase_again(ring, map(parse_erasure, found.erasures), lambda one: _shred(ledger, ring, one))
    if again:
        names = ", ".join(_spoken(str(scope)) for scope in again)
        print(f"destroyed again, as the ledger tells: {names}; replace the backup of the keys")
    print(f"restored to {ledger}, keys in {ring_at}")
    return 1 if found.problems or found.without_key else 0


def _shred(ledger: Path, ring: KeyRing, told: Erasure) -> tuple[Scope, ...]:
    """Erase one person's records anew, where the keys of their days are there again."""
    from nospim.ledger.folder import length  # noqa: PLC0415 - needs an extra
    from nospim.ledger.persons import numbers_of, shred  # noqa: PLC0415
    from nospim.ledger.reading import read_records  # noqa: PLC0415
    from nospim.ledger.survey import JOURNAL  # noqa: PLC0415

    if not any(ring.find(scope) for scope in ring.scopes() if str(scope) in told.scopes):
        return ()
    count = length(ledger)
    wanted = set(numbers_of(told.records))
    return shred(ring, lambda: read_records(ledger / JOURNAL, ring, 0, count), wanted, told.on)


def change_master(keys: Path, /, *, new: Path | None = None) -> None:
    """Wrap a ledger's keys by a new master key, so that old copies of them become useless.

    The service must be stopped. Afterwards back up the keys again, and forget the old master key.

    Parameters
    ----------
    keys
        Folder of the keys.
    new
        File with the new master key (64 hexadecimal digits, mode 600), for a key that is kept elsewhere;
        without it a key is made and replaces the one beside the keys.
    """
    _need()
    from nospim.ledger import KeyRing  # noqa: PLC0415
    from nospim.ledger.master import read_master  # noqa: PLC0415

    ring = KeyRing.open(_existing(keys, "keys"))
    old = ring.master.name
    ring.rotate(None if new is None else read_master(new))
    print(f"master key {old} is replaced by {ring.master.name}; back up the keys again")


def _need() -> None:
    """Say which extra is missing, where it is."""
    try:
        import cryptography  # noqa: F401, PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise UsageError(
            f"{error.name} is not installed; this command needs: pip install 'nospim[server]'"
        ) from None


def _tell_erasure(done: Erasure) -> None:
    if done.seq is None:
        print("nothing was due")
        return
    for what, names in (("key", done.scopes), ("hold", done.cases), ("file", (*done.snapshots, *done.torn))):
        if names:
            print(f"destroyed {len(names)} {what}s: {', '.join(map(_spoken, names))}")
    print(f"record {done.seq} of the ledger tells of it; replace the backup of the keys now")


def _tell(found: Survey) -> None:
    print(f"{found.records:,} records in {found.segments:,} segments, {found.size:,} bytes")
    for kind, stock in sorted(found.stocks.items()):
        erased = f", {stock.erased:,} erased" if stock.erased else ""
        print(f"{kind}: {stock.records:,} records of {_date(stock.first)} to {_date(stock.last)}{erased}")
    if found.held:
        print(f"kept by keys of their own, for cases or beside an erasure: {found.held:,} records")
    if found.torn:
        print(
            f"{found.torn:,} bytes of a write that has not ended; the next start cuts them if it never does"
        )
    if found.aside:
        print(f"bytes that were cut before: {', '.join(found.aside)}")
    for scope, count in found.without_key.items():
        _complain(
            f"the key of {_spoken(scope)} is missing ({count:,} records); restore a newer backup of the keys"
        )
    for problem in found.problems[:SHOWN]:
        _complain(problem)
    if len(found.problems) > SHOWN:
        _complain(f"and {len(found.problems) - SHOWN:,} problems more")


def _complain(text: str) -> None:
    print(f"nospim: {text}", file=sys.stderr)


def _range(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if not first.isdecimal() or (dash and not last.isdecimal()) or (dash and int(last) < int(first)):
        raise UsageError(f"{text!r} is no record's number, and no range such as 200-250")
    return int(first), int(last) if dash else int(first)


def _some(numbers: tuple[int, ...]) -> str:
    more = f" and {len(numbers) - SHOWN:,} more" if len(numbers) > SHOWN else ""
    return ", ".join(map(str, numbers[:SHOWN])) + more


def _date(day: int) -> str:
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date().isoformat()
    except OverflowError:
        return f"day {day}"


def _spoken(scope: str) -> str:
    """A scope with a date instead of a day number; anything else as it is."""
    word, slash, day = scope.partition("/")
    return f"{word} of {_date(int(day))}" if slash and day.isdigit() else scope


def _existing(folder: Path, what: str) -> Path:
    if not folder.is_dir():
        raise NospimError(f"{folder}: no {what} here; is the folder right?")
    return folder
