"""The proof of an erasure: a signed document that says what was erased, when, by whom and how, and its check.

It holds the receipt of the ledger's own record of the erasure, so that it proves with the ledger's signed
head that the erasure was told there; and, for whoever has the ledger, what must be unreadable in each place.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from nospim.errors import NospimError
from nospim.ledger import receipts
from nospim.ledger.folder import KEYS
from nospim.ledger.keys import KeyRing, Scope, scope_of
from nospim.ledger.persons import numbers_of
from nospim.ledger.record import Record, Retention
from nospim.ledger.retention import Erasure, parse_erasure
from nospim.ledger.signing import SigningKey, Statement, fingerprint_of, sign
from nospim.ledger.snapshot import FOLDER as SNAPSHOTS
from nospim.ledger.snapshot import made_of

KIND: Final = "application/vnd.nospim.erasure-proof+json"
FORM: Final = "nospim-erasure/1"
EPOCH: Final = date(1970, 1, 1)


class DestroyedKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A content key that was destroyed: its class, the day that it covered, and its id."""

    retention: str
    day: date
    id: str


class Sealed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A volume with originals that left before: to whom, when, and its hash.  Nothing here reaches it."""

    case: str
    to: str
    at: datetime
    digest: str


class ErasureProof(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The document.

    record: of the ledger, which tells of the erasure.  records: ranges of those erased, empty where whole
    days were; count, leaves: how many, and SHA-256 over their leaf hashes in order.  receipt: of the record,
    base64. outside: volumes with originals that had left by then.
    """

    form: str
    at: datetime
    key: str
    record: int
    on: date
    by: str
    reason: str
    keys: tuple[DestroyedKey, ...]
    records: tuple[tuple[int, int], ...]
    count: int
    leaves: str
    snapshots: tuple[str, ...]
    receipt: bytes
    outside: tuple[Sealed, ...] = ()


class Place(Struct, frozen=True, kw_only=True):
    """One place that was looked at: what was found there, and whether it is as it should be."""

    name: str
    found: str
    right: bool


def erased_by(told: Erasure, records: Iterable[Record]) -> list[Record]:
    """The records that an erasure is about: its own list, or all of the days whose keys it destroyed."""
    if told.records:
        wanted = set(numbers_of(told.records))
        return [one for one in records if one.seq in wanted]
    scopes = {Scope.parse(name) for name in told.scopes}
    return [one for one in records if scope_of(one.retention, one.day) in scopes and one.body is None]


def make(
    told: Erasure,
    records: Iterable[Record],
    receipt: receipts.Receipt,
    key: SigningKey,
    at: datetime,
    outside: Sequence[Sealed] = (),
) -> bytes:
    """The signed document.  records: the ledger's.  Raises NospimError where something can be read still."""
    gone = erased_by(told, records)
    readable = [one.seq for one in gone if one.body is not None]
    if readable:
        raise NospimError(f"record {readable[0]} can be read still; nothing is proved by this ledger")
    digest = sha256(b"".join(one.leaf for one in gone)).hexdigest()
    ids = told.ids or ("",) * len(told.scopes)
    proof = ErasureProof(
        form=FORM,
        at=at,
        key=key.public.hex(),
        record=receipt.record,
        on=_date(told.on),
        by=told.by or "the retention of the policy",
        reason=told.reason or "kept as long as the policy allows",
        keys=tuple(_key(scope, name) for scope, name in zip(told.scopes, ids, strict=True)),
        records=told.records,
        count=len(gone),
        leaves=digest,
        snapshots=told.snapshots,
        receipt=receipts.written(receipt),
        outside=tuple(outside),
    )
    return sign(msgspec.json.encode(proof), KIND, [key])


def _key(scope: str, name: str) -> DestroyedKey:
    parsed = Scope.parse(scope)
    return DestroyedKey(retention=parsed.retention.name.lower(), day=_date(parsed.day), id=name)


def _date(day: int) -> date:
    return EPOCH + timedelta(days=day)


def read(data: bytes, trusted: Sequence[str]) -> tuple[ErasureProof, bool]:
    """A document with whether its origin is proved; raises LedgerError where it does not hold by itself."""
    statement = Statement(data)
    try:
        proof = msgspec.json.decode(statement.payload, type=ErasureProof)
        public = bytes.fromhex(proof.key)
    except (msgspec.DecodeError, ValueError):
        raise NospimError("this is no proof of an erasure") from None
    if statement.kind != KIND or proof.form != FORM:
        raise NospimError("this is no proof of an erasure")
    statement.require(public)
    receipt = receipts.read(proof.receipt)
    checked = receipts.verify(receipt, trusted)
    if receipt.record != proof.record or receipt.content is None:
        raise NospimError("the proof's receipt is of another record, or does not show it")
    told = parse_erasure(_body(receipt))
    named = tuple(f"{one.retention}/{(one.day - EPOCH).days}" for one in proof.keys)
    same = (told.scopes, told.records, _date(told.on)) == (named, proof.records, proof.on)
    if not same or (told.by or proof.by) != proof.by or (told.reason or proof.reason) != proof.reason:
        raise NospimError("the proof tells something else than the ledger's own record of the erasure")
    names = {name.lower() for name in trusted}
    return proof, checked.origin_proved and fingerprint_of(public) in names


def check(
    proof: ErasureProof,
    ledger: Path,
    records: Callable[[], Iterable[Record]],
    rows: Callable[[set[int]], str],
) -> list[Place]:
    """Look whether what was erased is gone in a ledger.

    records: returns the ledger's, afresh.  rows: says, for numbers of records, what the tables hold of
    them; empty where nothing.
    """
    told = parse_erasure(_body(receipts.read(proof.receipt)))
    gone = erased_by(told, records())
    wanted = {one.seq for one in gone}
    readable = [one.seq for one in gone if one.body is not None]
    digest = sha256(b"".join(one.leaf for one in gone)).hexdigest()
    ring = KeyRing.open(ledger / KEYS)
    alive = [str(scope) for scope in ring.scopes() if str(scope) in told.scopes]
    places = [
        _place("keys", f"{len(told.scopes)} destroyed, {len(alive)} there", not alive),
        _place("journal", f"{len(gone):,} records, {len(readable):,} can be read", not readable),
        _place("leaf hashes", "unchanged" if digest == proof.leaves else "changed", digest == proof.leaves),
    ]
    left = _snapshots(ledger / SNAPSHOTS, told, proof.record, ring)
    places.append(_place("snapshots", f"{len(left)} hold what was before", not left))
    in_tables = rows(wanted)
    places.append(_place("tables", in_tables or "hold nothing of it", not in_tables))
    return places


def _place(name: str, found: str, right: bool) -> Place:
    return Place(name=name, found=found, right=right)


def _body(receipt: receipts.Receipt) -> bytes:
    """The content of the record that a receipt shows; the receipt was verified."""
    return b"" if receipt.content is None else b64decode(receipt.content.body)


def _snapshots(folder: Path, told: Erasure, record: int, ring: KeyRing) -> list[str]:
    """The snapshots that can be read and were made of records before the erasure."""
    found = []
    for path, seq, day in made_of(folder, ring):
        readable = ring.find(Scope(Retention.RISK, day)) is not None
        if readable and (seq <= record if told.records else path.name in told.snapshots):
            found.append(path.name)
    return found


def now() -> datetime:
    """The time that a document is made at, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
