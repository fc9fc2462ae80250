"""The tables that queries read: Parquet files made from the ledger's records, disposable at any time.

They hold what happened and was concluded, with the number of the record that each row comes from (`seq`),
and no words: a message is its length.  Times are microseconds in UTC.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from nospim.errors import NospimError, UsageError
from nospim.events import TYPE_OF, Ref, Reference, key, named, split_key
from nospim.findings import AccountFinding, Infection, Operator
from nospim.verdicts import Resolution, Verdict

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError as absent:
    raise UsageError(
        f"{absent.name} is not installed; cases need the extra: pip install 'nospim[cases]'"
    ) from None

ROWS: Final = 50_000
"""Rows of a table held before they are written."""

MOST_NUMBER: Final = 1 << 53
"""Largest number taken from an event, as the vocabulary has it."""

_TIME: Final = pa.timestamp("us")
"""UTC, and no zone beside it: the database needs an extension for zones."""
_TEXT: Final = pa.string()
_NUMBER: Final = pa.int64()

SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "events": {
        "seq": _NUMBER, "source": _TEXT, "id": _TEXT, "type": _TEXT, "time": _TIME, "account": _TEXT,
        "session": _TEXT, "ip": _TEXT, "network": _TEXT, "asn": _NUMBER, "country": _TEXT,
        "device": _TEXT, "client": _TEXT,
        "app": _TEXT, "message_source": _TEXT, "message": _TEXT, "accused": _TEXT, "contacts": _NUMBER,
        "recipients": _NUMBER, "bytes": _NUMBER, "action": _TEXT, "kind": _TEXT, "target": _TEXT,
        "actor": _TEXT, "reason": _TEXT,
    },
    "recipients": {"seq": _NUMBER, "source": _TEXT, "message": _TEXT, "recipient": _TEXT},
    "verdicts": {
        "seq": _NUMBER, "source": _TEXT, "message": _TEXT, "time": _TIME, "account": _TEXT, "rung": _TEXT,
        "score": pa.float64(),
    },
    "resolutions": {
        "seq": _NUMBER, "source": _TEXT, "message": _TEXT, "time": _TIME, "outcome": _TEXT,
        "delay_s": pa.float64(),
    },
    "actions": {
        "seq": _NUMBER, "source": _TEXT, "action": _TEXT, "kind": _TEXT, "target": _TEXT, "account": _TEXT,
        "time": _TIME, "cause_source": _TEXT, "cause": _TEXT,
    },
    "accounts": {
        "seq": _NUMBER, "source": _TEXT, "account": _TEXT, "state": _TEXT, "since": _TIME,
        "score": pa.float64(), "why": _TEXT,
    },
    "sittings": {
        "seq": _NUMBER, "source": _TEXT, "account": _TEXT, "campaign": _TEXT, "session": _TEXT,
        "since": _TIME, "until": _TIME,
    },
    "campaigns": {
        "seq": _NUMBER, "source": _TEXT, "campaign": _TEXT, "first_seen": _TIME, "last_seen": _TIME,
        "operator": _TEXT, "reproduction": pa.float64(), "patient_zero": _TEXT,
    },
    "members": {
        "seq": _NUMBER, "source": _TEXT, "campaign": _TEXT, "message_source": _TEXT, "message": _TEXT,
    },
    "links": {"seq": _NUMBER, "source": _TEXT, "campaign": _TEXT, "link": _TEXT},
    "infections": {
        "seq": _NUMBER, "source": _TEXT, "campaign": _TEXT, "account": _TEXT, "account_source": _TEXT,
        "account_id": _TEXT, "infected_by": _TEXT,
        "via": _TEXT, "time": _TIME,
    },
    "linkage": {
        "seq": _NUMBER, "source": _TEXT, "operator": _TEXT, "campaign": _TEXT, "kind": _TEXT,
        "value": _TEXT, "grade": _TEXT, "speaks_for": _TEXT, "speaks_against": _TEXT, "joins": pa.bool_(),
    },
}  # fmt: skip
"""Every table with its columns."""


class Row(Protocol):
    """What is read of a record of the journal."""

    @property
    def seq(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def body(self) -> bytes | None: ...


class CampaignRow(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign as the ledger holds it: without its messages."""

    id: str
    source: str
    first_seen: datetime
    last_seen: datetime
    links: tuple[str, ...] = ()
    infections: tuple[Infection, ...] = ()
    operator: str | None = None
    reproduction: float | None = None
    patient_zero: Reference | None = None


class Members(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a campaign's messages."""

    campaign: str
    source: str
    messages: tuple[Reference, ...]


def project(records: Iterable[Row], folder: Path, progress: Callable[[int], None] | None = None) -> int:
    """Write the tables of these records into a folder, which must be empty or new.

    Records whose content was erased, and kinds that no table holds, are passed over.  Returns how many
    records were read.  Raises NospimError where a record is not what its kind says.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    tables = {name: _Table(folder / f"{name}.parquet", schema) for name, schema in SCHEMAS.items()}
    count = 0
    try:
        for record in records:
            count += 1
            if progress is not None and count % ROWS == 0:
                progress(count)
            put = _PUT.get(record.kind)
            if put is None or record.body is None:
                continue
            try:
                put(tables, record.seq, record.body)
            except msgspec.DecodeError as error:
                raise NospimError(f"record {record.seq} of the ledger is no {record.kind}: {error}") from None
    finally:
        for table in tables.values():
            table.close()
    return count


class _Table:
    """Rows on their way into one Parquet file."""

    def __init__(self, path: Path, columns: dict[str, Any]) -> None:
        self._schema = pa.schema(list(columns.items()))
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[tuple[Any, ...]] = []

    def add(self, *values: Any) -> None:
        """Add a row, its values in the order of the columns."""
        self._rows.append(values)
        if len(self._rows) >= ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            arrays = [
                pa.array(column, type=field.type)
                for column, field in zip(zip(*self._rows, strict=True), self._schema, strict=True)
            ]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
            self._rows.clear()

    def close(self) -> None:
        """Write what is left."""
        self._flush()
        self._writer.close()


Tables = dict[str, _Table]

_verdict: Final = msgspec.json.Decoder(Verdict)
_resolution: Final = msgspec.json.Decoder(Resolution)
_account: Final = msgspec.json.Decoder(AccountFinding)
_campaign: Final = msgspec.json.Decoder(CampaignRow)
_members: Final = msgspec.json.Decoder(Members)
_operator: Final = msgspec.json.Decoder(Operator)


class _Data(msgspec.Struct, frozen=True):
    """The fields of any type of event that some table holds; what has another type elsewhere is Any."""

    session: Any = None
    ip: Any = None
    asn: Any = None
    country: Any = None
    device: Any = None
    client: Any = None
    app: Any = None
    message: Any = None
    accused: Any = None
    count: Any = None
    to: Any = None
    action: Any = None
    kind: Any = None
    target: Any = None
    actor: Any = None
    reason: Any = None


class _Event(msgspec.Struct, frozen=True):
    """An event that was accepted once, so that its form needs no second check."""

    type: str
    source: str
    id: str
    time: datetime
    subject: str
    data: msgspec.Raw = msgspec.Raw(b"{}")


_event: Final = msgspec.json.Decoder(_Event)
_data: Final = msgspec.json.Decoder(_Data)
_NOTHING: Final = _Data()
_KNOWN: Final = frozenset(TYPE_OF.values())


def told(reference: Any, source: str) -> str | None:
    """An account or thing as a cell: its bare id where it is of the same source."""
    if isinstance(reference, dict):
        other, name = _text(reference.get("source")), _text(reference.get("id"))
        return name if other == source or name is None else f"{name} at {other}"
    return _text(reference)


def _named(ref: Reference | None) -> str | None:
    return None if ref is None else named(ref)


def _text(value: Any) -> str | None:
    """A text, or nothing: where a type does not define a field, a sender may put anything there."""
    return value if isinstance(value, str) else None


@lru_cache(maxsize=65_536)
def block_of(ip: str | None) -> str | None:
    """The block that an address counts for, as the casework names it: /24, or /48 of IPv6 (RFC 6177)."""
    try:
        address = ipaddress.ip_address(ip or "")
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))


def _whole(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value <= MOST_NUMBER else None


def _put_event(tables: Tables, seq: int, body: bytes) -> None:
    event = _event.decode(body)
    data = _data.decode(event.data) if event.type in _KNOWN else _NOTHING
    sent = event.type == "im.message.sent"
    of: str | None = event.source
    name = data.message
    if isinstance(name, dict):
        of, name = _text(name.get("source")), name.get("id")
    name = _text(name)
    tables["events"].add(
        seq, event.source, event.id, event.type, event.time, event.subject, _text(data.session),
        _text(data.ip), block_of(_text(data.ip)), _whole(data.asn), _text(data.country),
        _text(data.device), _text(data.client),
        _text(data.app), None if name is None else of, name, told(data.accused, event.source),
        _whole(data.count), len(data.to) if sent else None, len(body), _text(data.action), _text(data.kind),
        told(data.target, event.source), _text(data.actor), _text(data.reason),
    )  # fmt: skip
    if sent:
        for recipient in data.to:
            tables["recipients"].add(seq, event.source, event.id, told(recipient, event.source))


def _put_verdict(tables: Tables, seq: int, body: bytes) -> None:
    for line in body.split(b"\n"):  # a running guard writes what passed together
        row = _verdict.decode(line)
        tables["verdicts"].add(seq, row.source, row.id, row.time, row.account, row.action, row.score)


def _put_resolution(tables: Tables, seq: int, body: bytes) -> None:
    row = _resolution.decode(body)
    tables["resolutions"].add(seq, row.source, row.id, row.at, row.outcome, row.delay_s)


class _ActionRow(msgspec.Struct, frozen=True, kw_only=True):
    action: str
    source: str
    kind: str
    target: str
    account: str
    at: datetime
    cause: Reference


_action: Final = msgspec.json.Decoder(_ActionRow)


def _put_action(tables: Tables, seq: int, body: bytes) -> None:
    row = _action.decode(body)
    source, cause = split_key(key(row.source, row.cause))
    tables["actions"].add(
        seq, row.source, row.action, row.kind, row.target, row.account, row.at, source, cause
    )


def _put_account(tables: Tables, seq: int, body: bytes) -> None:
    row = _account.decode(body)
    why = "; ".join(r.detail for r in row.reasons if r.bits > 0)
    tables["accounts"].add(seq, row.source, row.account, row.state, row.since, row.score, why)
    for episode in row.episodes:
        for session in episode.sessions or (None,):
            tables["sittings"].add(
                seq, row.source, row.account, episode.campaign, session, episode.from_, episode.to
            )


def _put_campaign(tables: Tables, seq: int, body: bytes) -> None:
    row = _campaign.decode(body)
    tables["campaigns"].add(
        seq, row.source, row.id, row.first_seen, row.last_seen, row.operator, row.reproduction,
        _named(row.patient_zero),
    )  # fmt: skip
    for link in row.links:
        tables["links"].add(seq, row.source, row.id, link)
    for one in row.infections:
        via = one.via.id if isinstance(one.via, Ref) else one.via
        who, by = _named(one.account), _named(one.infected_by)
        source, ident = split_key(key(row.source, one.account))
        tables["infections"].add(seq, row.source, row.id, who, source, ident, by, via, one.at)


def _put_members(tables: Tables, seq: int, body: bytes) -> None:
    row = _members.decode(body)
    for message in row.messages:
        source, ident = split_key(key(row.source, message))
        tables["members"].add(seq, row.source, row.campaign, source, ident)


def _put_operator(tables: Tables, seq: int, body: bytes) -> None:
    row = _operator.decode(body)
    for campaign in row.campaigns:
        for one in row.linkage:
            tables["linkage"].add(
                seq,
                row.source,
                row.id,
                campaign,
                one.kind,
                one.value,
                one.grade,
                one.for_,
                one.against,
                one.joins,
            )


_PUT: Final[dict[str, Callable[[Tables, int, bytes], None]]] = {
    "event": _put_event,
    "verdict": _put_verdict,
    "resolution": _put_resolution,
    "action": _put_action,
    "account": _put_account,
    "campaign": _put_campaign,
    "members": _put_members,
    "operator": _put_operator,
}
