"""What a record is, and how records, batch marks and ends are laid out as bytes in a segment.

All numbers are big-endian.  A segment is a head, then frames; a frame begins with four bytes that say
which it is, and a CRC-32 (as zlib computes it) over everything in the frame behind the CRC.

    head    magic 8s, format H, emptied H, CRC I (over all else), first sequence Q, ring 16s
    record  b"rec\\n", CRC I, length I, sequence Q, day I, retention B, spare B, spare H,
            kind 16s (ASCII, padded with NUL), leaf 32s; then `length` bytes of ciphertext, none of them
            where the record was emptied because its key is destroyed
    batch   b"bat\\n", CRC I, first sequence of the batch Q, first sequence not known durable Q
    end     b"end\\n", CRC I, next sequence Q, first sequence not known durable Q
"""

from __future__ import annotations

import re
from enum import IntEnum
from struct import Struct as Layout
from typing import Final
from zlib import crc32

from msgspec import Struct

MAGIC: Final = b"nospim-j"
FORMAT: Final = 1
"""Version of the layout; a segment of another version is refused with a message."""

HEAD: Final = Layout(">8sHHIQ16s")
RECORD: Final = Layout(">4sIIQIBBH16s32s")
MARK: Final = Layout(">4sIQQ")
CRC: Final = Layout(">I")
CRC_FROM: Final = 8
"""In a frame, the bytes from here on are what the CRC covers."""

RECORD_WORD: Final = b"rec\n"
BATCH_WORD: Final = b"bat\n"
END_WORD: Final = b"end\n"

MAX_BODY: Final = 16 * 1024 * 1024
"""Bytes in one record; a service's largest request is far below, and a reader never has to trust more."""
MAX_SEQUENCE: Final = 2**63 - 1
MAX_DAY: Final = 2**31 - 1

_KIND: Final = re.compile(r"[a-z][a-z0-9.-]{0,15}")


class Retention(IntEnum):
    """How long a record's body may live; each day of each class has a key of its own.

    CONTENT: the words of people, as received.  RISK: what was concluded, without words.  KEPT: what
    says nothing about a person (erasures done, tree heads), never erased.
    """

    CONTENT = 1
    RISK = 2
    KEPT = 3


class Record(Struct, frozen=True, gc=False):
    """One record of the journal.

    seq: its place, from 0 on without a hole.  day: UTC day number (days since 1970-01-01) that its
    retention counts from.  leaf: SHA-256(0x00 || salt || body), the leaf hash of RFC 9162 section 2.1.1.
    body: None where its key was destroyed.  salt: 16 random bytes, empty where the body is None.
    """

    seq: int
    kind: str
    day: int
    leaf: bytes
    body: bytes | None
    retention: Retention
    salt: bytes


class Header(Struct, frozen=True, gc=False):
    """The open part of a record; `length` counts the bytes of ciphertext that follow it."""

    length: int
    seq: int
    day: int
    retention: Retention
    kind: str
    leaf: bytes


def kind_bytes(kind: str) -> bytes:
    """A kind as the record's field.  Raises ValueError for one that is no word of 1 to 16 characters."""
    if not _KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} is no kind of record: a-z, then a-z, 0-9, dot or hyphen, 16 at most")
    return kind.encode("ascii").ljust(16, b"\0")


def head(first: int, ring: bytes, emptied: int = 0) -> bytes:
    """The head of a segment.

    first: the sequence of its first record.  ring: the key ring's 16 bytes.  emptied: the classes of
    retention of which nothing is left to be emptied here, as a sum of `1 << retention`.
    """
    data = HEAD.pack(MAGIC, FORMAT, emptied, 0, first, ring)
    return HEAD.pack(MAGIC, FORMAT, emptied, crc32(data), first, ring)


def parse_head(data: bytes) -> tuple[int, bytes, int]:
    """First sequence, ring and emptied classes of a segment's head.  Raises ValueError with what is wrong."""
    if len(data) < HEAD.size:
        raise ValueError("the head of the segment is cut short")
    magic, version, emptied, crc, first, ring = HEAD.unpack(data[: HEAD.size])
    if magic != MAGIC:
        raise ValueError("this is no segment of a journal")
    if version != FORMAT:
        raise ValueError(f"the segment has format {version}, this program reads {FORMAT}")
    if first > MAX_SEQUENCE or crc != crc32(HEAD.pack(magic, version, emptied, 0, first, ring)):
        raise ValueError("the head of the segment is damaged")
    return int(first), bytes(ring), int(emptied)


def frame(kind: bytes, seq: int, day: int, retention: int, leaf: bytes, sealed: bytes) -> bytes:
    """A whole record.  kind: as `kind_bytes` gives it; sealed: the ciphertext."""
    data = RECORD.pack(b"", 0, len(sealed), seq, day, retention, 0, 0, kind, leaf)[8:] + sealed
    return RECORD_WORD + CRC.pack(crc32(data)) + data


def parse_header(data: bytes) -> Header:
    """The header of a record; the CRC is not checked here.  Raises ValueError with what is wrong."""
    word, _, length, seq, day, retention, _, _, kind, leaf = RECORD.unpack(data)
    if word != RECORD_WORD:
        raise ValueError("no record begins here")
    if length > MAX_BODY + 64 or seq > MAX_SEQUENCE or day > MAX_DAY:
        raise ValueError("a number in the record's header is out of range")
    try:
        name = kind.rstrip(b"\0").decode("ascii")
        kind_bytes(name)
        return Header(length, seq, day, Retention(retention), name, leaf)
    except ValueError:
        raise ValueError("the record's header names no known kind or retention") from None


def mark(word: bytes, seq: int, durable: int) -> bytes:
    """A batch mark or an end."""
    data = MARK.pack(word, 0, seq, durable)
    return word + CRC.pack(crc32(data[CRC_FROM:])) + data[CRC_FROM:]


def parse_mark(data: bytes) -> tuple[int, int]:
    """The two sequences in a batch mark or an end.  Raises ValueError where it is damaged."""
    _, crc, seq, other = MARK.unpack(data)
    if crc != crc32(data[CRC_FROM:]):
        raise ValueError("the CRC of a batch mark does not match")
    return int(seq), int(other)
