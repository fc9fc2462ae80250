"""Reads a growing file line by line, whatever the log's keeper does with it meanwhile.

Rotation by renaming (the old file is read to its end, then what came after it), truncation in place
(logrotate's `copytruncate`) and a file that is not there yet are all ordinary.  Nothing here waits: each
call returns what is complete now.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Final

from msgspec import Struct

from nospim.adapters.interface import KEPT_BYTES, AdapterError, why_unreadable
from nospim.events import MAX_LINE
from nospim.follow.rotated import found_again, next_after

BLOCK: Final = 256 * 1024
"""Bytes read at a time, as for whole files (adapters/blocks)."""
LINES: Final = 500
"""Lines that one call returns about: one request's worth (client.plans.MAX_BATCH)."""
BEFORE: Final = 256
"""Bytes before the place whose hash shows that the file is still the same, only longer."""

QUIET: Final = 20
"""Looks at a renamed file that found nothing new, after which its writer has gone even though the new
file is still empty: 10 s at the usual two looks a second."""


class Place(Struct, frozen=True, kw_only=True):
    """How far a file was read: which file, the byte after the last line, that line's number from 1, and
    the hash (hex) of up to `BEFORE` bytes that stand before the place.
    """

    device: int
    inode: int
    offset: int
    line: int
    before: str


class TailLine(Struct, frozen=True):
    """A complete line without its end; of one longer than `MAX_LINE` the head, with its whole length."""

    number: int
    raw: bytes
    length: int


class Tail:
    """One log being followed.

    path: of the log; it may not exist yet.  place: where an earlier run stopped, None to begin at the start,
    or at the end where `at_end` is set.  notice: told, in words, of what a person should know.
    """

    def __init__(
        self, path: Path, place: Place | None, notice: Callable[[str], None], *, at_end: bool = False
    ) -> None:
        self._path = path
        self._notice = notice
        self._saved = place
        self._at_end = at_end
        self._stream: FileIO | None = None
        self._offset = 0  # of the first byte that belongs to no line returned yet
        self._line = 0
        self._before = b""
        self._rest = b""  # read, but its line has not ended
        self._skipped = 0  # length so far of a line that is too long, of which `rest` keeps the head
        self._over = b""  # and the last bytes of what was passed over
        self._quiet = 0  # looks in a row that found nothing while the name led to another file

    def poll(self) -> list[TailLine]:
        """The lines that are complete and were not returned yet, about `LINES` of them at most.

        Raises AdapterError where the file is there and cannot be read.
        """
        try:
            return self._poll()
        except OSError as error:
            raise AdapterError(why_unreadable(str(self._path), error)) from error

    def place(self) -> Place | None:
        """The place after the last line returned; None while there was no file."""
        if self._stream is None:
            return self._saved
        status = os.fstat(self._stream.fileno())
        return Place(
            device=status.st_dev,
            inode=status.st_ino,
            offset=self._offset,
            line=self._line,
            before=digest(self._before),
        )

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()

    def _poll(self) -> list[TailLine]:
        if self._stream is None and not self._open():
            return []
        self._begin_again_if_cut()
        lines: list[TailLine] = []
        while len(lines) < LINES:
            stream = self._stream
            if stream is None:
                break
            # Asked before the read: a file that is renamed after it gets another read first.
            moved = self._moved(stream)
            block = os.pread(stream.fileno(), BLOCK, self._offset + (self._skipped or len(self._rest)))
            if block:
                self._take(block, lines)
            elif moved:
                self._finish(lines)
            else:
                break
        return lines

    def _open(self) -> bool:
        """Open the file to read now: the one an earlier run stopped in, wherever it is, or the log."""
        saved, self._saved = self._saved, None
        if saved is not None:
            where = found_again(self._path, saved.device, saved.inode)
            if where is not None:
                return self._go_on(where, saved)
            if not self._path.exists():
                self._saved = saved
                return False
            self._notice(
                f"{self._path}: the file that was read last is gone (deleted, or packed when it "
                f"was rotated); what it held after line {saved.line} was not read"
            )
        return self._start(self._path)

    def _start(self, path: Path) -> bool:
        try:
            self._stream = path.open("rb", buffering=0)
        except FileNotFoundError:
            self._at_end = False  # what is written from here on is new
            return False
        self._quiet = 0
        self._offset, self._line, self._before, self._rest, self._skipped = 0, 0, b"", b"", 0
        if self._at_end:
            self._to_end()
        self._at_end = False
        return True

    def _to_end(self) -> None:
        """Pass over the lines that are there; one that has not ended yet is still to come."""
        stream = self._stream
        while stream is not None and (block := os.pread(stream.fileno(), BLOCK, self._offset)):
            end = block.rfind(b"\n") + 1
            if not end:
                break
            self._line += block.count(b"\n")
            self._advance(block[:end])

    def _go_on(self, where: Path, saved: Place) -> bool:
        if not self._start(where) or self._stream is None:
            self._saved = saved
            return False
        back = min(BEFORE, saved.offset)
        before = os.pread(self._stream.fileno(), back, saved.offset - back)
        if len(before) == back and digest(before) == saved.before:
            self._offset, self._line, self._before = saved.offset, saved.line, before
        else:
            self._notice(f"{where} was begun again since it was read; it is read from its start")
        return True

    def _begin_again_if_cut(self) -> None:
        """A file cut short in place, and perhaps grown again since, no longer has what stood before."""
        if self._stream is None or not self._before:
            return
        start = self._offset - len(self._before)
        if os.pread(self._stream.fileno(), len(self._before), start) != self._before:
            self._notice(f"{self._path} was cut short; it is read from its start again")
            self._offset, self._line, self._before, self._rest, self._skipped = 0, 0, b"", b"", 0

    def _moved(self, stream: FileIO) -> bool:
        """Has the log's keeper gone on to another file?  While the name leads to none, or to one that is
        empty, ours may still be written to: logrotate creates the new file before it tells the writer.
        """
        ours = os.fstat(stream.fileno())
        try:
            named = self._path.stat()
        except FileNotFoundError:
            return False
        if (named.st_dev, named.st_ino) == (ours.st_dev, ours.st_ino):
            return False
        self._quiet += 1
        return named.st_size > 0 or self._quiet > QUIET

    def _finish(self, lines: list[TailLine]) -> None:
        """The end of a rotated file: its last line may lack its end; then comes the next file."""
        stream = self._stream
        if stream is None:
            return
        if self._skipped or self._rest:
            self._emit(self._rest, lines, self._skipped or len(self._rest))
        following = next_after(self._path, os.fstat(stream.fileno()))
        stream.close()
        self._stream = None
        self._start(following)

    def _take(self, block: bytes, lines: list[TailLine]) -> None:
        """Cut a block into lines."""
        if self._skipped:
            end = block.find(b"\n")
            if end < 0:
                self._skipped += len(block)
                self._over = (self._over + block)[-BEFORE:]
                return
            length = self._skipped + end
            self._emit(self._rest, lines, length)
            self._offset += length + 1
            self._before = (self._over + block[: end + 1])[-BEFORE:]
            block, self._rest, self._skipped = block[end + 1 :], b"", 0
        block = self._rest + block
        *whole, self._rest = block.split(b"\n")
        for raw in whole:
            self._emit(raw, lines, len(raw))
        self._advance(block[: len(block) - len(self._rest)])
        if len(self._rest) > MAX_LINE:
            self._over = self._rest[-BEFORE:]
            self._rest, self._skipped = self._rest[:KEPT_BYTES], len(self._rest)

    def _emit(self, raw: bytes, lines: list[TailLine], length: int) -> None:
        self._line += 1
        raw = raw if length > len(raw) else raw.removesuffix(b"\r")
        lines.append(TailLine(self._line, raw, length))

    def _advance(self, passed: bytes) -> None:
        self._offset += len(passed)
        self._before = (self._before + passed[-BEFORE:])[-BEFORE:]


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()
