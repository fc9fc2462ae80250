"""Reading a journal's records, without being its writer."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from nospim.ledger.errors import CorruptError
from nospim.ledger.holds import Holds
from nospim.ledger.keys import KeyRing, Scope, scope_of
from nospim.ledger.record import Record
from nospim.ledger.sealing import record_key, unseal
from nospim.ledger.segment import Frame, frames, read_head, segments


def read_records(folder: Path, keys: KeyRing, start: int, until: int) -> Iterator[Record]:
    """The records with sequences from `start` up to, and without, `until`.

    Raises CorruptError where a file is damaged or missing, KeysError where a key is missing that was not
    destroyed.
    """
    opener = Opener(keys)
    found = segments(folder)
    if start < until and (not found or found[0][0] > start):
        raise CorruptError(folder, 0, f"no segment holds record {start}")
    for place, (first, path) in enumerate(found):
        stop = min(until, found[place + 1][0]) if place + 1 < len(found) else until
        if stop <= start or first >= stop:
            continue
        seq = first
        with path.open("rb") as file:
            read_head(path, file, first, keys.name)
            for frame in frames(path, file, first):
                if frame.header is None:
                    continue
                seq = frame.seq
                if frame.header.seq >= start:
                    yield opener.open(path, frame)
                if seq == stop:
                    break
        if seq != stop:
            raise CorruptError(path, path.stat().st_size, f"the records from {seq} to {stop} are missing")


def headers(folder: Path, keys: KeyRing, wanted: Collection[int]) -> Iterator[Record]:
    """The records with these sequences, unopened (body None), in order; those beyond the end are left out.

    Only the segments that hold some of them are read.  Raises CorruptError where a file is damaged.
    """
    left = sorted(wanted, reverse=True)
    found = segments(folder)
    for place, (first, path) in enumerate(found):
        after = found[place + 1][0] if place + 1 < len(found) else None
        if not left or (after is not None and left[-1] >= after):
            continue
        with path.open("rb") as file:
            read_head(path, file, first, keys.name)
            for frame in frames(path, file, first):
                header = frame.header
                if header is not None and left and header.seq == left[-1]:
                    left.pop()
                    yield Record(
                        header.seq, header.kind, header.day, header.leaf, None, header.retention, b""
                    )
                if not left or (after is not None and left[-1] >= after):
                    break


def read_kind(folder: Path, keys: KeyRing, kind: str, until: int) -> Iterator[Record]:
    """The records of one kind below a sequence; those of others are passed over without being opened.

    Raises CorruptError, KeysError as `read_records`.
    """
    opener = Opener(keys)
    for first, path in segments(folder):
        if first >= until:
            return
        with path.open("rb") as file:
            read_head(path, file, first, keys.name)
            for frame in frames(path, file, first):
                if frame.header is not None and frame.header.kind == kind and frame.header.seq < until:
                    yield opener.open(path, frame)
                if frame.seq >= until:
                    break


def kinds_between(folder: Path, keys: KeyRing, start: int, until: int) -> set[str]:
    """The kinds of the records from one sequence up to another; none of them is opened."""
    found: set[str] = set()
    places = segments(folder)
    for place, (first, path) in enumerate(places):
        following = places[place + 1][0] if place + 1 < len(places) else until
        if following <= start or first >= until:
            continue
        with path.open("rb") as file:
            read_head(path, file, first, keys.name)
            for frame in frames(path, file, first):
                if frame.header is not None and start <= frame.header.seq < until:
                    found.add(frame.header.kind)
                if frame.seq >= until:
                    break
    return found


class Opener:
    """Opens the records of frames, one key look-up per class and day; holds count where a day is erased."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys
        self._found: dict[Scope, bytes | None] = {}
        self._held: dict[int, bytes] | None = None
        self.ring = keys.name

    def is_held(self, scope: Scope) -> bool:
        """Whether a record of a scope that was opened was so by a hold, its key being destroyed."""
        return self._found.get(scope, b"") is None

    def open(self, path: Path, frame: Frame) -> Record:
        """The record of a frame; body None where its key was destroyed.  Raises CorruptError, KeysError."""
        header = frame.header
        assert header is not None  # noqa: S101  the caller passes records only
        scope = scope_of(header.retention, header.day)
        if scope in self._found:
            key = self._found[scope]
        else:
            key = self._found[scope] = self._keys.find(scope)
        salt, body, one = b"", None, b""
        if key is not None and not header.length:
            raise CorruptError(path, frame.at, "the record was emptied, and its key is still here")
        if key is not None:
            one = record_key(key, header.seq, header.leaf)
        else:
            if self._held is None:
                self._held = Holds(self._keys).all()
            one = self._held.get(header.seq, b"")
        if one:
            try:
                salt, body = unseal(one, header.seq, frame.open_part, frame.sealed, header.leaf)
            except ValueError as error:
                raise CorruptError(path, frame.at, str(error)) from None
        return Record(header.seq, header.kind, header.day, header.leaf, body, header.retention, salt)
