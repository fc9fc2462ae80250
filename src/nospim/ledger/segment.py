"""Reading the files of a journal: which segments there are, and the frames in one, checked.

Whatever a file holds, reading it ends in records or in one `CorruptError`; no more memory is taken than
one record may have.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final
from zlib import crc32

from msgspec import Struct

from nospim.ledger.errors import CorruptError
from nospim.ledger.record import (
    BATCH_WORD,
    CRC,
    CRC_FROM,
    END_WORD,
    HEAD,
    MARK,
    RECORD,
    RECORD_WORD,
    Header,
    parse_head,
    parse_header,
    parse_mark,
)

SUFFIX: Final = ".jnl"
DIGITS: Final = 20
OPEN_FROM: Final = 12
"""From here to the end of a record's header is what the cipher binds to the body."""


class Frame(Struct, frozen=True, gc=False):
    """One frame.

    at, end: offsets (bytes) in its file.  seq: the next sequence behind it.  header, open_part and
    sealed are None and empty for marks.  data: the whole of a mark.
    """

    at: int
    end: int
    seq: int
    header: Header | None = None
    open_part: bytes = b""
    sealed: bytes = b""
    ends: bool = False
    data: bytes = b""


def segment_path(folder: Path, first: int) -> Path:
    """The file of the segment whose first record has sequence `first`."""
    return folder / f"{first:0{DIGITS}d}{SUFFIX}"


def segments(folder: Path) -> list[tuple[int, Path]]:
    """The segments of a folder with their first sequences, in order.  Raises CorruptError for an odd name."""
    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        digits = path.stem
        if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
            raise CorruptError(path, 0, "no segment has such a name", "move the file out of the folder")
        found.append((int(digits), path))
    return found


def read_head(path: Path, file: BinaryIO, first: int, ring: bytes | None) -> int:
    """Check a segment's head; returns its emptied classes.

    Raises CorruptError where it is damaged, or another ring's or place's.
    """
    try:
        told, owner, emptied = parse_head(file.read(HEAD.size))
    except ValueError as error:
        raise CorruptError(path, 0, str(error)) from None
    if told != first:
        raise CorruptError(path, 0, f"the segment begins at {told}, and its name says {first}")
    if ring is not None and owner != ring:
        raise CorruptError(
            path, 0, "the segment was written under another key ring", "give the folder of its own keys"
        )
    return emptied


def frames(path: Path, file: BinaryIO, first: int) -> Iterator[Frame]:
    """The frames behind a head, in order, checked.

    first: the sequence that the first record must have.  Ends quietly where the file ends between two
    frames; raises CorruptError at the first frame that is not whole.
    """
    at, seq = HEAD.size, first
    while start := file.read(MARK.size):
        word = start[:4]
        try:
            if len(start) < MARK.size:
                raise ValueError("the file ends within a frame")
            if word == RECORD_WORD:
                frame = _record(start, file, at, seq)
            elif word in {BATCH_WORD, END_WORD}:
                if parse_mark(start)[0] != seq:
                    raise ValueError(f"a mark is not for sequence {seq}, which comes next")
                frame = Frame(at, at + MARK.size, seq, ends=word == END_WORD, data=start)
            else:
                raise ValueError("no frame begins here")
        except ValueError as error:
            raise CorruptError(path, at, str(error)) from None
        yield frame
        at, seq = frame.end, frame.seq
        if frame.ends:
            if file.read(1):
                raise CorruptError(path, at, "there is something behind the segment's end")
            return


def _record(start: bytes, file: BinaryIO, at: int, seq: int) -> Frame:
    data = start + file.read(RECORD.size - MARK.size)
    if len(data) < RECORD.size:
        raise ValueError("the file ends within a record's header")
    header = parse_header(data)
    sealed = file.read(header.length)
    if len(sealed) < header.length:
        raise ValueError("the file ends within a record")
    if CRC.unpack(data[4:8])[0] != crc32(sealed, crc32(data[CRC_FROM:])):
        raise ValueError("the CRC of a record does not match")
    if header.seq != seq:
        raise ValueError(f"the record has sequence {header.seq}, and {seq} comes next")
    return Frame(at, at + RECORD.size + header.length, seq + 1, header, data[OPEN_FROM:], sealed)


def ended_at(path: Path) -> int | None:
    """The next sequence that a segment's end tells, or None where the segment has no end (yet)."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        if size < HEAD.size + MARK.size:
            return None
        file.seek(size - MARK.size)
        data = file.read(MARK.size)
    if data[:4] != END_WORD:
        return None
    try:
        return parse_mark(data)[0]
    except ValueError:
        return None


def whole_until(path: Path) -> int:
    """The bytes of a segment up to its last whole record; 0 where there is none.  Raises CorruptError.

    What is behind may be a write under way; damage in front of what was acknowledged is told.
    """
    end, seq = 0, int(path.stem)
    try:
        with path.open("rb") as file:
            read_head(path, file, seq, None)
            for frame in frames(path, file, seq):
                if frame.header is not None or frame.ends:
                    end, seq = frame.end, frame.seq
    except CorruptError as error:
        if proof_of_more(path, error.offset, seq):
            raise
    return end


def proof_of_more(path: Path, offset: int, seq: int) -> bool:
    """Whether something behind `offset` proves that the record `seq` was once on disk.

    A mark tells which sequences were durable when it was written, so what is wrong in front of it is
    damage; without such a mark it is a write that never ended.  (Ciphertext cannot be chosen to look
    like a mark.)
    """
    with path.open("rb") as file:
        file.seek(offset)
        rest = file.read()
    for word in (BATCH_WORD, END_WORD):
        place = rest.find(word)
        while place >= 0:
            data = rest[place : place + MARK.size]
            try:
                if len(data) == MARK.size and parse_mark(data)[1] > seq:
                    return True
            except ValueError:
                pass
            place = rest.find(word, place + 1)
    return False
