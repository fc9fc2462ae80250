"""Erasing one person from a ledger: which records are theirs, and how only those become unreadable.

A record's key follows from its day's key. To take one record away and leave its neighbours, all others of the
day get to keep keys of their own (a hold, named ``rest.CLASS.DAY``, which ends when the day's time is
over), and the day's key is destroyed: in the journal, in backups, in the sightings and snapshots that were
sealed under it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from nospim.errors import NospimError
from nospim.ledger.holds import REST, Holds, rest_of
from nospim.ledger.journal import Journal
from nospim.ledger.keys import KeyRing, Scope, scope_of
from nospim.ledger.record import Record, Retention
from nospim.ledger.retention import Erasure, key_id
from nospim.ledger.snapshot import SUFFIX
from nospim.ledger.survey import ERASURE

OWN: Final = ("subject", "account")
"""Members of a record that say whose it is."""
SHREDDED: Final = (Retention.CONTENT, Retention.RISK)


class HeldError(NospimError):
    """Records of a person cannot be erased because cases hold them."""


class Found(Struct, kw_only=True):
    """The records about a person that can be read.

    own: what they did and what was concluded of them.  mentions: others' records that name them, as messages
    to them and campaigns.  kept: records that are never erased (entries of cases) and name them.  days: of
    each.
    """

    own: set[int] = field(default_factory=set)
    mentions: set[int] = field(default_factory=set)
    kept: set[int] = field(default_factory=set)
    days: dict[int, int] = field(default_factory=dict)


def find(records: Iterable[Record], account: str, source: str = "") -> Found:
    """Look for a person.  account: the bare id.  source: the service; empty takes the account of any.

    A name inside somebody's words is not found: those are the words of who wrote them.
    """
    found, messages = Found(), set[tuple[str, str]]()
    name = account.encode()
    for one in records:
        # what has neither the name nor an escaped letter need not be taken apart
        if one.body is None or (one.kind != "resolution" and name not in one.body and b"\\u" not in one.body):
            continue
        row = _row(one.body)
        key = (str(row.get("source", "")), str(row.get("id", "")))
        elsewhere = bool(source) and row.get("source", source) != source
        mine = not elsewhere and any(row.get(member) == account for member in OWN)
        mine = mine or (one.kind == "resolution" and key in messages)
        if not mine and not (_refers(row, account, source) if elsewhere else _names(row, account)):
            continue
        if one.retention is Retention.KEPT:
            found.kept.add(one.seq)
            continue
        (found.own if mine else found.mentions).add(one.seq)
        found.days[one.seq] = one.day
        if mine and one.kind == "event":
            messages.add(key)
    return found


def _row(body: bytes) -> dict[str, Any]:
    """A record as an object; empty for what is none."""
    try:
        row = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    return row if isinstance(row, dict) else {"": row}


def _names(row: Any, account: str) -> bool:
    """Whether any value is the account, or a reference to it."""
    if isinstance(row, dict):
        return any(_names(value, account) for value in row.values())
    if isinstance(row, list):
        return any(_names(value, account) for value in row)
    return bool(row == account)


def _refers(row: Any, account: str, source: str) -> bool:
    """Whether a reference names the account at its own service, from a record of another one."""
    if isinstance(row, dict):
        if row.get("id") == account and row.get("source") == source:
            return True
        return any(_refers(value, account, source) for value in row.values())
    return isinstance(row, list) and any(_refers(value, account, source) for value in row)


def held_by(keys: KeyRing, wanted: Collection[int]) -> dict[str, list[int]]:
    """The cases that hold some of these records, with those."""
    holds, found = Holds(keys), {}
    for case in keys.cases():
        if not case.startswith(REST):
            mine = sorted(holds.of(case).keys() & set(wanted))
            if mine:
                found[case] = mine
    return found


def let_go(keys: KeyRing, names: Collection[str], wanted: Collection[int]) -> None:
    """Take records out of holds that need not keep them, as those that a policy placed by itself."""
    holds = Holds(keys)
    for name in names:
        holds.let_go(name, wanted)


def shred(
    keys: KeyRing, read: Callable[[], Iterable[Record]], wanted: Collection[int], on: int
) -> tuple[Scope, ...]:
    """Make these records unreadable and leave all others as they are; returns the keys that were destroyed.

    read: returns the ledger's records afresh.  on: the UTC day number of doing it.  Of each day that is
    touched both keys go, since sightings and snapshots of that day are sealed under them.  A crash leaves
    the day's key and the others' keys: doing it again is right.
    """
    days = {one.day for one in read() if one.seq in wanted and one.retention is not Retention.KEPT}
    scopes = {Scope(retention, day) for day in days for retention in SHREDDED}
    rest: dict[Scope, list[Record]] = {scope: [] for scope in scopes}
    for one in read():
        scope = scope_of(one.retention, one.day)
        if scope in rest and one.seq not in wanted and one.body is not None:
            rest[scope].append(msgspec.structs.replace(one, body=None, salt=b""))
    holds = Holds(keys)
    for scope, others in rest.items():
        name = rest_of(scope)
        if others:
            holds.hold(name, others)
        holds.let_go(name, wanted)
    return keys.destroy(scopes, on=on)


def erase(
    journal: Journal, wanted: Collection[int], *, on: int, by: str, reason: str, snapshots: Path
) -> Erasure:
    """Erase records for a person, and let the journal tell of it: record numbers and keys, and never a name.

    journal: opened to be written, so that nobody else does.  snapshots: their folder; all are removed, since
    memory that was made from these records is in them.  Raises HeldError where a case holds one of the
    records.
    """
    keys = journal.keys
    held = held_by(keys, wanted)
    if held:
        names = ", ".join(f"{case} holds {len(seqs):,}" for case, seqs in held.items())
        raise HeldError(f"a legal hold forbids it: case {names} of these records; counsel can lift a hold")
    ids = {scope: key_id(keys, scope) for scope in keys.scopes()}
    gone = shred(keys, journal.read, wanted, on)
    removed = sorted(snapshots.glob(f"*{SUFFIX}")) if snapshots.is_dir() else []
    for path in removed:
        path.unlink(missing_ok=True)
    done = Erasure(
        on=on,
        scopes=tuple(map(str, keys.untold())),
        snapshots=tuple(path.name for path in removed),
        by=by,
        reason=reason,
        records=ranges_of(wanted),
        ids=tuple(ids.get(scope, "") for scope in keys.untold()),
    )
    seq = journal.append(ERASURE, msgspec.json.encode(done), day=on)
    journal.commit()
    keys.told(gone)
    return msgspec.structs.replace(done, seq=seq)


def ranges_of(numbers: Collection[int]) -> tuple[tuple[int, int], ...]:
    """Numbers as ranges, first and last of each."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return tuple((first, last) for first, last in found)


def numbers_of(ranges: Iterable[tuple[int, int]]) -> Iterator[int]:
    """The numbers of ranges."""
    for first, last in ranges:
        yield from range(first, last + 1)
