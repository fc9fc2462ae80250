"""What happens when a journal is opened: its segments are looked through, and a torn tail is cut.

A write that a crash or a power cut stopped leaves a torn tail: bytes behind the last whole record that
were never acknowledged.  They are kept aside and cut off.  Damage anywhere else is refused.
"""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path
from typing import Final

from msgspec import Struct

from nospim.ledger.disk import replace_file, sync_folder
from nospim.ledger.errors import CorruptError, LedgerError
from nospim.ledger.record import HEAD
from nospim.ledger.segment import ended_at, frames, proof_of_more, read_head, segments

ASIDE: Final = ".torn"
"""What the names of files with cut bytes end in."""


class Recovery(Struct, frozen=True, kw_only=True):
    """What opening a journal found.

    next: the sequence that the next append gets.  segments: how many there are.  cut: bytes of a torn
    tail that were cut, from `path` at `offset`, and are now in `aside`.  unended: a segment that is
    whole but has no end yet, and its size.
    """

    next: int = 0
    segments: int = 0
    cut: int = 0
    path: Path | None = None
    offset: int = 0
    aside: Path | None = None
    unended: tuple[Path, int] | None = None

    def __str__(self) -> str:
        whole = f"{self.segments} segments, {self.next} records"
        if not self.cut:
            return whole
        return (
            f"{whole}; a write had not ended: {self.cut} bytes at byte {self.offset} of {self.path} were cut "
            f"and kept in {self.aside}; none of it was acknowledged, if the disk kept its word"
        )


def recover(folder: Path, ring: bytes) -> Recovery:
    """Look through a journal's folder and cut a torn tail.

    Only the last segment is read; those before must each end where the next begins.
    Raises CorruptError for damage that is no torn tail.
    """
    found = segments(folder)
    for (first, path), (following, _) in pairwise(found):
        end = ended_at(path)
        if end != following or first >= following:
            told = "has no end" if end is None else f"ends before {end}"
            raise CorruptError(
                path, path.stat().st_size, f"the segment {told}, and the next begins at {following}"
            )
        with path.open("rb") as file:
            read_head(path, file, first, ring)
    if not found:
        return Recovery()
    first, path = found[-1]
    return _last(path, first, ring, len(found))


def _last(path: Path, first: int, ring: bytes, count: int) -> Recovery:
    size = path.stat().st_size
    good, seq, ends = 0, first, False
    try:
        with path.open("rb") as file:
            read_head(path, file, first, ring)
            good = HEAD.size
            for frame in frames(path, file, first):
                if frame.header is not None or frame.ends:
                    good, seq, ends = frame.end, frame.seq, frame.ends
    except CorruptError as error:
        if (error.offset == 0 and _is_foreign(path)) or proof_of_more(path, error.offset, seq):
            raise
    if ends and good == size:
        return Recovery(next=seq, segments=count)
    aside = _cut(path, good, empty=seq == first)
    empty = seq == first
    return Recovery(
        next=seq,
        segments=count - empty,
        cut=size - good,
        path=path,
        offset=good,
        aside=aside,
        unended=None if empty else (path, good),
    )


def _is_foreign(path: Path) -> bool:
    """Whether a file with a wrong head is something else than a head that was not written whole."""
    with path.open("rb") as file:
        data = file.read(HEAD.size)
    return len(data) == HEAD.size and any(data)


def _cut(path: Path, good: int, *, empty: bool) -> Path | None:
    """Cut a file behind `good`, keeping the cut bytes aside; a file without a record goes as a whole."""
    with path.open("rb") as file:
        file.seek(good)
        rest = file.read()
    aside = path.with_name(f"{path.name}.{good}{ASIDE}") if rest else None
    try:
        if aside is not None:
            number = 0
            while aside.exists():
                number += 1
                aside = path.with_name(f"{path.name}.{good}-{number}{ASIDE}")
            replace_file(aside, rest)
        if empty:
            path.unlink()
        elif rest:
            handle = os.open(path, os.O_RDWR)
            try:
                os.ftruncate(handle, good)
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_folder(path.parent)
    except OSError as error:
        raise LedgerError(
            f"{path}: {len(rest)} torn bytes at byte {good} cannot be kept aside and cut ({error.strerror}); "
            "make room on the disk and start again"
        ) from error
    return aside
