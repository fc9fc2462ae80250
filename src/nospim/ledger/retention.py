"""How long things live: what is due, and carrying it out by destroying keys.

What is due is computed from the policy and the day alone, so doing it twice does nothing the second
time, and what a crash left half done is done by the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from nospim.errors import UsageError
from nospim.ledger.errors import LedgerError
from nospim.ledger.holds import REST, Holds
from nospim.ledger.journal import Journal
from nospim.ledger.keys import KeyRing, Scope, scope_of
from nospim.ledger.record import Retention
from nospim.ledger.recovery import ASIDE
from nospim.ledger.snapshot import expire_snapshots
from nospim.ledger.survey import ERASURE

CONTENT_DAYS: Final = 30
RISK_DAYS: Final = 180
MAX_DAYS: Final = 36_525
"""A hundred years: whoever means "for ever" should say so by a hold, with a reason."""


class RetentionPolicy(Struct, frozen=True, kw_only=True):
    """How many days each class of retention lives at most.

    content: people's words, as received; 30 days unless the operator decides otherwise.  risk: what was
    concluded without words, 180 days.  The day a record counts from is its first.
    Raises UsageError for 0, which would erase what is still being judged, and beyond a hundred years.
    """

    content: int = CONTENT_DAYS
    risk: int = RISK_DAYS

    def __post_init__(self) -> None:
        for name, days in (("content", self.content), ("risk", self.risk)):
            if not 1 <= days <= MAX_DAYS:
                raise UsageError(f"retention {name} = {days}: give a number of days from 1 to {MAX_DAYS}")
        if self.content > self.risk:
            raise UsageError(
                f"retention content = {self.content}, risk = {self.risk}: what was concluded from words "
                "may not be forgotten before the words"
            )

    def days(self, retention: Retention) -> int | None:
        """The days of a class, or None where it does not expire."""
        return {Retention.CONTENT: self.content, Retention.RISK: self.risk}.get(retention)


class Erasure(Struct, frozen=True, kw_only=True):
    """What one run did, as it is told in the journal and to people.

    on: the day number.  scopes: keys that were destroyed.  cases: holds that ended.  snapshots: names of
    those removed, and torn: those of files with cut bytes.  seq: where the journal tells it, None where
    there was nothing to tell.
    by, reason: who did it, and why, where a person did.  records: ranges of those that were erased for one
    person; empty where whole days were.  ids: of the keys, in the order of scopes; empty where not known.
    """

    on: int
    scopes: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    snapshots: tuple[str, ...] = ()
    torn: tuple[str, ...] = ()
    seq: int | None = None
    by: str = ""
    reason: str = ""
    records: tuple[tuple[int, int], ...] = ()
    ids: tuple[str, ...] = ()


class Proof(Struct, frozen=True, kw_only=True):
    """What reading the whole journal showed: counts, and one hash over all leaves in order.

    erased: records that cannot be opened any more.  held: records that only a case's hold still opens.
    """

    records: int
    erased: int
    held: int
    leaves: str


def due(keys: KeyRing, policy: RetentionPolicy, today: int) -> tuple[Scope, ...]:
    """The keys whose time is over: everything under them is at least as old as the policy allows, less a day.

    A day's key goes when the day is as many days ago as the policy says, so that its first record has
    lived that long and no record longer.
    """
    return tuple(
        scope
        for scope in keys.scopes()
        if (days := policy.days(scope.retention)) is not None and today - scope.day >= days
    )


def expire(
    journal: Journal, policy: RetentionPolicy, *, today: int, snapshots: Path | None = None
) -> Erasure:
    """Carry out what is due; the journal tells of it afterwards.  Doing it again does nothing.

    today: the UTC day number.  snapshots: the folder of snapshots, if there is one.
    Raises RefusedError where the disk is full or fails: what was destroyed stays destroyed, and the next
    run tells of it.
    """
    keys = journal.keys
    keys.refresh()  # a case may have been given more time by another process
    holds = Holds(keys)
    ended = (*holds.ended(today), *_rests(keys, policy, today))
    for case in ended:
        holds.release(case)
    ids = {scope: key_id(keys, scope) for scope in due(keys, policy, today)}
    keys.destroy(due(keys, policy, today), on=today)
    removed = () if snapshots is None else expire_snapshots(snapshots, keys, today, policy.risk)
    torn = _remove_torn(journal, policy, today)
    untold = keys.untold()
    done = Erasure(
        on=today,
        scopes=tuple(map(str, untold)),
        cases=ended,
        snapshots=tuple(path.name for path in removed),
        torn=torn,
        ids=tuple(ids.get(scope, "") for scope in untold),
    )
    if not (untold or ended or removed or torn):
        return done
    seq = journal.append(ERASURE, msgspec.json.encode(done), day=today)
    journal.commit()
    keys.told(untold)
    return msgspec.structs.replace(done, seq=seq)


def key_id(keys: KeyRing, scope: Scope) -> str:
    """A name for a content key that tells nothing of it: 128 bits of its SHA-256; empty where it is gone."""
    key = keys.find(scope)
    return "" if key is None else sha256(b"nospim content key\0" + key).hexdigest()[:32]


def _rests(keys: KeyRing, policy: RetentionPolicy, today: int) -> tuple[str, ...]:
    """The holds beside somebody's erasure whose day has lived as long as it may."""
    found = []
    for case in keys.cases():
        if case.startswith(REST):
            scope = Scope.parse(case.removeprefix(REST).replace(".", "/"))
            days = policy.days(scope.retention)
            if days is not None and today - scope.day >= days:
                found.append(case)
    return tuple(found)


def _remove_torn(journal: Journal, policy: RetentionPolicy, today: int) -> tuple[str, ...]:
    """Remove files with cut bytes that are older than content may be: nobody needs them to be readable."""
    gone = []
    for path in sorted(journal.folder.glob(f"*{ASIDE}")):
        if today - int(path.stat().st_mtime // 86400) >= policy.content:
            path.unlink(missing_ok=True)
            gone.append(path.name)
    return tuple(gone)


def prove(journal: Journal, first: int | None = None) -> Proof:
    """Read the journal, or its `first` records, and say what it holds.  Raises CorruptError, KeysError."""
    digest = sha256()
    records = erased = held = 0
    gone = journal.keys.destroyed()
    for record in islice(journal.read(), first):
        digest.update(record.leaf)
        records += 1
        if record.body is None:
            erased += 1
        elif scope_of(record.retention, record.day) in gone:
            held += 1
    return Proof(records=records, erased=erased, held=held, leaves=digest.hexdigest())


def check_erased(before: Proof, after: Proof) -> None:
    """Hold an erasure to its promise: every leaf is where it was.  Raises LedgerError where one is not.

    after: over as many records as `before`.
    """
    if (after.records, after.leaves) != (before.records, before.leaves):
        raise LedgerError("a leaf of the journal changed during the erasure; do not use this copy")


def parse_erasure(body: bytes) -> Erasure:
    """The body of a record that tells of an erasure.  Raises LedgerError."""
    try:
        return msgspec.json.decode(body, type=Erasure)
    except msgspec.DecodeError as error:
        raise LedgerError(f"a record that should tell of an erasure does not ({error})") from None


def erase_again(
    keys: KeyRing, told: Iterable[Erasure], again_for: Callable[[Erasure], tuple[Scope, ...]] | None = None
) -> tuple[Scope, ...]:
    """Destroy what a journal tells was destroyed, where a ring from an older backup still has it.

    again_for: erases single records anew, so that others of their day keep their keys; asked where a
    person was erased.
    Returns the scopes whose keys were there again.  Holds that ended are ended again.
    """
    again: list[Scope] = []
    for one in told:
        if one.records and again_for is not None:
            again += again_for(one)
        done = keys.destroy([Scope.parse(name) for name in one.scopes], on=one.on)
        again += done
        keys.told(done)
        for case in one.cases:
            Holds(keys).release(case)
    return tuple(again)
