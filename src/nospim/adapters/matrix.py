"""Matrix room exports as events: Element's JSON export, Synapse's ``export-data``, lists of room events.

A file is read twice: who was in which room when decides whom a message went to.  Ids are Matrix event ids
where these are hashes, and minted from room and event id otherwise: the same event in two exports is one.
Reports of messages as Synapse's admin API lists them are read too.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePath
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final, cast

import msgspec

from nospim.adapters.blocks import BrokenStreamError, Source, unpacked
from nospim.adapters.interface import AdapterError, Item, Refusal, Skipped, why_unreadable
from nospim.adapters.matrix_convert import Json, envelope, events_of, time_of
from nospim.adapters.matrix_json import Piece, pieces
from nospim.adapters.matrix_rooms import Rooms
from nospim.adapters.placed import Placed, joined, minted, placed
from nospim.events import MAX_ID, InvalidEventError, decode, encode

SOURCE: Final = "matrix:archive"
"""The source of events when none is given."""
_MESSAGES: Final = frozenset({
    "m.room.message", "m.room.encrypted", "m.sticker", "m.poll.start", "org.matrix.msc3381.poll.start",
    "m.message", "org.matrix.msc1767.message",
})  # fmt: skip
_OTHERS: Final = frozenset({"m.room.member", "m.room.redaction"})
_HASH: Final = re.compile(r"\$[A-Za-z0-9_-]{43}")
_ROOM: Final = re.compile(r"![^\s/]{1,254}")


class MatrixArchive:
    """Reads exports of Matrix rooms; the options apply to every file that it reads."""

    name = "matrix"

    def __init__(self, *, room: str | None = None, source: str = SOURCE) -> None:
        """room: the room of events that do not say theirs.  source: the CloudEvents source of all events.
        Raises AdapterError when an option has a value that it cannot have.
        """
        if room is not None and not _ROOM.fullmatch(room):
            raise AdapterError(f"--room {room!r} is no room's id; write it like !abc:example.org")
        if not re.fullmatch(r"\S{1,1024}", source):
            raise AdapterError(f"--source {source!r} is no source; write a URI, without spaces")
        self._room, self._source = room, source

    def describe(self) -> str:
        """One sentence: what it reads."""
        return "Matrix rooms: Element's JSON export, Synapse's export-data, lists of room events, reports."

    def read(self, name: str, stream: BinaryIO) -> Iterator[Item]:
        """The events of one file and what is refused or skipped in it, in order, repeats left out."""
        return (each.item() for each in joined(self.placed(name, stream)))

    def placed(self, name: str, stream: BinaryIO) -> Iterator[Placed]:
        """The same with places, before repeats are left out."""
        room = self._room or _room_of(name)
        try:
            with _twice(stream) as again:
                rooms = Rooms()
                for piece in _pieces(again, name):
                    row = _row(piece)
                    if row is not None and (where := _where(row, room)):
                        rooms.take(where, row)
                again.seek(0)
                for piece in _pieces(again, name):
                    yield from self._items(name, piece, room, rooms)
        except OSError as error:
            raise AdapterError(why_unreadable(name, error)) from error

    def _items(self, name: str, piece: Piece, room: str | None, rooms: Rooms) -> Iterator[Placed]:
        line, offset, length = piece.line, piece.offset, len(piece.raw)
        row = _row(piece)
        try:
            if row is None:
                raise InvalidEventError(piece.bad or "it is no JSON object")
            found = self._meaning(row, _where(row, room), rooms)
            if isinstance(found, str):
                yield placed(name, Skipped(name, line, found), line, offset, length)
                return
            lines = [msgspec.json.encode(one) for one in found]
            events = [decode(one) for one in lines]
        except InvalidEventError as error:
            refusal = Refusal.of(name, line, str(error), piece.raw)
            yield placed(name, refusal, line, offset, length)
            return
        for event in events:
            yield Placed(file=name, line=line, offset=offset, length=length, event=encode(event), at=event.at)

    def _meaning(self, row: Json, room: str | None, rooms: Rooms) -> list[Json] | str:
        """The events of one Matrix event, or why there are none; raises InvalidEventError."""
        if "user_id" in row and "received_ts" in row:
            return self._report(row)
        kind, ident, at = row.get("type"), row.get("event_id"), row.get("origin_server_ts")
        if not isinstance(kind, str):
            raise InvalidEventError("it has no type: no Matrix event")
        if kind not in _MESSAGES | _OTHERS:
            return f"an event of type {kind[:60]}"
        if not isinstance(ident, str) or not ident or not isinstance(row.get("content"), dict):
            raise InvalidEventError("it has no event_id or no content")
        if not isinstance(at, int) or isinstance(at, bool) or not 0 <= at < 1 << 53:
            raise InvalidEventError("its origin_server_ts is no time in milliseconds")
        sender = row.get("sender")
        if not isinstance(sender, str) or not sender or len(sender) > MAX_ID:
            raise InvalidEventError("it has no sender")
        if room is None:
            raise InvalidEventError("it does not say its room; give --room")
        members = rooms.members(room, sender, at)
        given = {**row, "room_id": room}
        found = events_of(given, self._id(room, ident), self._source, members)
        found = [one for one in found if one["type"] != "im.message.sent"] if _is_edit(found) else found
        for one in found:
            data = one["data"]
            if isinstance(data.get("message"), str):
                data["message"] = self._id(room, data["message"])
            if one["type"] == "im.message.sent":
                data["kind"] = rooms.kind(room, members)
        found += self._redacted(row, room, ident)
        if not found:
            return (
                "a membership that is no invitation and no new contact" if kind in _OTHERS else "no message"
            )
        return [{**one, "data": {k: v for k, v in one["data"].items() if v is not None}} for one in found]

    def _id(self, room: str, ident: str) -> str:
        return event_id(room, ident)

    def _redacted(self, row: Json, room: str, ident: str) -> list[Json]:
        """The retraction that a redacted event carries with it."""
        unsigned = row.get("unsigned")
        because = unsigned.get("redacted_because") if isinstance(unsigned, dict) else None
        if row.get("type") not in _MESSAGES or not isinstance(because, dict):
            return []
        by, at, own = because.get("sender"), because.get("origin_server_ts"), because.get("event_id")
        if not (isinstance(by, str) and by and isinstance(at, int) and isinstance(own, str) and own):
            return []
        data = {"message": self._id(room, ident)}
        return [envelope(self._source, self._id(room, own), "im.message.retracted", time_of(at), by, data)]

    def _report(self, row: Json) -> list[Json]:
        """A report as Synapse's admin API lists it (``/_synapse/admin/v1/event_reports``)."""
        room, ident, sender = row.get("room_id"), row.get("event_id"), row.get("sender")
        if not all(isinstance(each, str) and each for each in (room, ident, sender, row["user_id"])):
            raise InvalidEventError("a report without its event, room, sender or reporter")
        data = {
            "message": self._id(str(room), str(ident)),
            "accused": sender,
            "comment": row["reason"][:100_000] if isinstance(row.get("reason"), str) else None,
        }
        own = minted("mx-report-", str(row.get("id")), str(ident), row["user_id"], str(row["received_ts"]))
        time = time_of(row["received_ts"])
        return [envelope(self._source, own, "im.message.reported", time, row["user_id"], data)]


def event_id(room: str, ident: str) -> str:
    """The id that an event has here: its own where it is a hash (room versions 4 and on), so that live
    events, archives and complaints mean the same by it; else a minted one, because servers choose others.
    """
    return ident if _HASH.fullmatch(ident) else minted("mx-", room, ident)


def _is_edit(found: list[Json]) -> bool:
    """Whether these are an edit and the question about it that only a guard has to ask."""
    return any(one["type"] == "im.message.edited" for one in found)


def _row(piece: Piece) -> Json | None:
    if piece.bad:
        return None
    try:
        row = msgspec.json.decode(piece.raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _where(row: Mapping[str, Any], room: str | None) -> str | None:
    said = row.get("room_id")
    return said if isinstance(said, str) and 0 < len(said) <= MAX_ID else room


def _room_of(name: str) -> str | None:
    """The room by Synapse's folders: rooms/<room>/events."""
    parts = PurePath(name.replace("\\", "/")).parts
    return next((part for part in reversed(parts[:-1]) if _ROOM.fullmatch(part)), None)


def _pieces(stream: BinaryIO, name: str) -> Iterator[Piece]:
    blocks = _Blocks(unpacked(Source(stream), name))
    line = offset = 0
    for piece in pieces(blocks):
        line, offset = piece.line, piece.offset
        yield piece
    if blocks.broken:
        yield Piece(line=line or 1, offset=offset, raw=b"", bad=blocks.broken)


class _Blocks:
    """Blocks that end where their packing is broken; `broken` says why."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self.broken = ""

    def __iter__(self) -> _Blocks:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._blocks)
        except BrokenStreamError as error:
            self.broken = str(error)
            raise StopIteration from None


@contextmanager
def _twice(stream: BinaryIO) -> Iterator[BinaryIO]:
    """A stream that can be gone back in: itself, or a copy on disk."""
    if stream.seekable():
        yield stream
        return
    with TemporaryFile() as copy:
        shutil.copyfileobj(stream, copy)
        copy.seek(0)
        yield cast("BinaryIO", copy)
