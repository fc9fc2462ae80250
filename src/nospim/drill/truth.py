"""What a drill says is true of its world: one row a lure, look-alike, other line of a thief, or entry."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from nospim.events import Data, Event


class Lure(Struct, frozen=True, kw_only=True, tag_field="kind", tag="message"):
    """A message that is spim, by the account that it was sent from."""

    id: str
    time: str
    account: str
    campaign: str
    tactic: str
    operator: str
    to: str


class LookAlike(Struct, frozen=True, kw_only=True, tag_field="kind", tag="control"):
    """A benign message that looks like spim, and in which way."""

    id: str
    control: str
    account: str


class ThiefLine(Struct, frozen=True, kw_only=True, tag_field="kind", tag="thief", omit_defaults=True):
    """A message that the thief wrote and that is no lure when sent; `edited_by` made a lure of it later."""

    id: str
    account: str
    campaign: str
    edited_by: str | None = None


class Entry(Struct, frozen=True, kw_only=True, tag_field="kind", tag="account"):
    """An account that a thief entered (`hijacked`) or made (`fake`).

    infected_by, via: the account and message that the victim fell for; both None for a campaign's seed.
    session: the session that the thief used; the owner's own for a worm and for a stolen token.
    until: when the owner got the account back, if so.
    """

    account: str
    state: str
    campaign: str
    tactic: str
    operator: str
    time: str
    infected_by: str | None
    via: str | None
    session: str | None
    until: str | None


TruthRow = Lure | LookAlike | ThiefLine | Entry


def encode_row(row: TruthRow) -> bytes:
    """One truth row as a JSON line without its line end."""
    return msgspec.json.encode(row)


def moment(ms: int) -> datetime:
    """Milliseconds since the Unix epoch as a time in UTC."""
    return datetime.fromtimestamp(ms // 1000, UTC).replace(microsecond=ms % 1000 * 1000)


def stamp(ms: int) -> str:
    """Milliseconds since the Unix epoch as RFC 3339 with milliseconds."""
    return moment(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event_of(event: type[Event], data: Data, *, source: str, ident: str, at: int, subject: str) -> Event:
    """An event of one of the drill's services; at: milliseconds since the Unix epoch."""
    return event(specversion="1.0", source=source, id=ident, time=moment(at), subject=subject, data=data)  # type: ignore[call-arg]
