"""Giving the space of erased records back: their ciphertext goes, their headers and leaves stay.

Nothing is erased by this.  What is removed could be read by nobody, since its key is destroyed; it only
takes room.  A segment is rewritten beside the old one and put in its place whole.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final
from zlib import crc32

from msgspec import Struct

from nospim.ledger.disk import alone, replace_file
from nospim.ledger.errors import RefusedError
from nospim.ledger.holds import Holds
from nospim.ledger.keys import KeyRing, Scope, scope_of
from nospim.ledger.record import CRC, RECORD_WORD, Retention, head
from nospim.ledger.segment import Frame, ended_at, frames, read_head, segments

LOCK: Final = "emptying"
EXPIRE: Final = (Retention.CONTENT, Retention.RISK)


class Emptied(Struct, frozen=True, kw_only=True):
    """What was given back: segments rewritten, records emptied, bytes freed."""

    segments: int = 0
    records: int = 0
    freed: int = 0


def empty_erased(folder: Path, keys: KeyRing) -> Emptied:
    """Empty the erased records in a journal's complete segments; a service may be running.

    Raises RefusedError where there is no room for the new segment (64 MiB at most) beside the old one,
    CorruptError where a segment is damaged: that one is left alone; LockedError where this is being done.
    """
    gone = keys.destroyed()
    newest = {
        retention: max((s.day for s in gone if s.retention is retention), default=-1) for retention in EXPIRE
    }
    held = Holds(keys).all().keys()
    done = []
    with alone(folder / LOCK):
        for first, path in segments(folder):
            if ended_at(path) is not None and _may_have_erased(path, first, keys, newest):
                done.append(_empty(path, first, keys, gone, held))
    return Emptied(
        segments=sum(one.segments for one in done),
        records=sum(one.records for one in done),
        freed=sum(one.freed for one in done),
    )


def _may_have_erased(path: Path, first: int, keys: KeyRing, newest: Mapping[Retention, int]) -> bool:
    """Whether a look at a segment's beginning leaves room for records to be emptied in it.

    newest: the last day erased of each class.  Days rise along the journal, so where the first record's
    is later, nothing that follows is erased.
    """
    with path.open("rb") as file:
        emptied = read_head(path, file, first, keys.name)
        for frame in frames(path, file, first):
            if frame.header is not None:
                day = frame.header.day
                return any(not emptied >> r & 1 and newest[r] >= day for r in EXPIRE)
    return False


def _empty(path: Path, first: int, keys: KeyRing, gone: Collection[Scope], held: Collection[int]) -> Emptied:
    """Empty one segment, unless there is nothing to empty in it."""
    parts, records, freed = [b""], 0, 0
    left: set[Retention] = set()
    with path.open("rb") as file:
        emptied = read_head(path, file, first, keys.name)
        for frame in frames(path, file, first):
            header = frame.header
            if header is None:
                parts.append(frame.data)
                continue
            erased = scope_of(header.retention, header.day) in gone and header.seq not in held
            if not erased:
                left.add(header.retention)
            elif header.length:
                records, freed = records + 1, freed + header.length
            parts.append(_frame(frame, keep=not erased))
    now = sum(1 << retention for retention in EXPIRE if retention not in left)
    if not records and now == emptied:
        return Emptied()
    parts[0] = head(first, keys.name, now)
    try:
        replace_file(path, b"".join(parts))
    except OSError as error:
        raise RefusedError(
            f"{path}: no room to rewrite the segment without what was erased ({error.strerror})"
        ) from error
    return Emptied(segments=1, records=records, freed=freed)


def _frame(frame: Frame, *, keep: bool) -> bytes:
    """A record's bytes, with or without its ciphertext."""
    sealed = frame.sealed if keep else b""
    data = len(sealed).to_bytes(4, "big") + frame.open_part + sealed
    return RECORD_WORD + CRC.pack(crc32(data)) + data
