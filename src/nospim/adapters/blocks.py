"""Bytes from files, as blocks of bounded size: plain, gzip or Zstandard, told by their first bytes.

Sources: RFC 1952 (gzip; members may follow one another) and RFC 8878 (Zstandard frames).  Both are
undone in bounded steps, so that a small file that unpacks to a huge one costs time, not memory.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

import zstandard

BLOCK: Final = 1 << 18
"""Bytes read or unpacked in one step: large enough that the cost of a step vanishes among its lines."""
MAX_WINDOW: Final = 1 << 27
"""Largest Zstandard window accepted, in bytes: 128 MiB, the limit of the reference tool without --long."""

GZIP_MAGIC: Final = b"\x1f\x8b"
ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_SKIPPABLE: Final = tuple(bytes([low]) + b"\x2a\x4d\x18" for low in range(0x50, 0x60))
_ZSTD_BLOCK: Final = 1 << 17
_RLE: Final = 1


class BrokenStreamError(Exception):
    """The stream ends too early or its packing is damaged; what came before it is good."""


class Source:
    """A binary stream that counts what was taken from it and can be looked at before it is read."""

    __slots__ = ("_head", "_stream", "consumed")

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._head = b""
        self.consumed = 0

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, or fewer at the end, without taking them."""
        while len(self._head) < size:
            more = self._stream.read(size - len(self._head))
            if not more:
                break
            self._head += more
        return self._head[:size]

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, or fewer at the end."""
        data = self.peek(size)
        self._head = self._head[size:]
        self.consumed += len(data)
        return data

    def unread(self, data: bytes) -> None:
        """Put back what was taken and not used."""
        self._head = data + self._head
        self.consumed -= len(data)

    def some(self, size: int = BLOCK) -> bytes:
        """What is there, at most `size` bytes; empty only at the end (a slow pipe is not waited for)."""
        if self._head:
            return self.read(min(size, len(self._head)))
        read1 = getattr(self._stream, "read1", self._stream.read)
        data: bytes = read1(size)
        self.consumed += len(data)
        return data


def unpacked(source: Source, name: str) -> Iterator[bytes]:
    """The content of `source` as blocks of at most about `BLOCK` bytes.

    name: decides only how an empty or unrecognisable file is judged; the first bytes say what it is.
    Raises BrokenStreamError after the last good block when the packing is cut short or damaged.
    """
    head = source.peek(4)
    if head.startswith(GZIP_MAGIC):
        return _gzip(source)
    if head == ZSTD_MAGIC or head in _SKIPPABLE:
        return _zstd(source)
    for ending, what in ((".gz", "gzip"), (".zst", "Zstandard")):
        if name.endswith(ending) and head[:1] not in (b"{", b"\xef", b" ", b"\t", b"\r", b"\n"):
            return _misnamed(ending, what)
    return _plain(source)


def _misnamed(ending: str, what: str) -> Iterator[bytes]:
    yield b""
    raise BrokenStreamError(f"named {ending}, but it does not begin as {what} data does")


def _plain(source: Source) -> Iterator[bytes]:
    while block := source.some():
        yield block


def _gzip(source: Source) -> Iterator[bytes]:
    while True:
        yield from _gzip_member(source)
        _skip_zeros(source)
        if not source.peek(1):
            return
        if source.peek(2) != GZIP_MAGIC:
            raise BrokenStreamError("after the end of the gzip data comes something that is not gzip")


def _skip_zeros(source: Source) -> None:
    """Tapes and some tools pad a gzip file with zeros, which its own tool ignores."""
    while block := source.some():
        if rest := block.lstrip(b"\0"):
            source.unread(rest)
            return


def _gzip_member(source: Source) -> Iterator[bytes]:
    """One member.  The checksum is taken here and not by zlib, which keeps back the last byte of a member
    whose checksum is wrong.
    """
    _gzip_header(source)
    undo = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    packed, block, ended, crc, length = b"", b"", False, 0, 0
    while not undo.eof:
        if not packed and len(block) < BLOCK:  # a full block may have left more inside
            packed = source.some()
            ended = not packed
        before = undo.copy()
        try:
            block = undo.decompress(packed, BLOCK)
        except zlib.error as error:
            yield from _salvage(before, packed)
            raise BrokenStreamError(f"the gzip data is damaged ({error})") from None
        packed = undo.unconsumed_tail
        if block:
            crc, length = zlib.crc32(block, crc), length + len(block)
            yield block
        elif ended and not undo.eof:
            raise BrokenStreamError("the gzip data is cut short")
    source.unread(undo.unused_data)
    if _exactly(source, 8, "gzip") != crc.to_bytes(4, "little") + (length & 0xFFFFFFFF).to_bytes(4, "little"):
        raise BrokenStreamError("the gzip data is damaged (its checksum is wrong)")


def _gzip_header(source: Source) -> None:
    """Step over a member's header (RFC 1952, section 2.3.1)."""
    method, flags = _exactly(source, 10, "gzip")[2:4]
    if method != 8 or flags & 0xE0:
        raise BrokenStreamError("the gzip data is damaged (its header asks for what does not exist)")
    if flags & 4:
        _skip(source, int.from_bytes(_exactly(source, 2, "gzip"), "little"), "gzip")
    for text in (8, 16):  # the original file name and a comment, each ended by a zero
        while flags & text and _exactly(source, 1, "gzip") != b"\0":
            pass
    if flags & 2:
        _exactly(source, 2, "gzip")


def _salvage(undo: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    """What can still be unpacked before damaged data, to the byte: ever smaller steps up to the damage.

    zlib hands out nothing of a step in which it meets damage.
    """
    for step in (BLOCK >> 6, 64, 1):
        while True:
            before = undo.copy()
            try:
                block = undo.decompress(packed, step)
            except zlib.error:
                undo = before
                break
            packed = undo.unconsumed_tail
            if not block:
                return
            yield block


def _zstd(source: Source) -> Iterator[bytes]:
    """Frames are fed block by block, because one call unpacks all that it is given: a block gives at
    most 128 KiB, and damage loses no more than the block that it is in.
    """
    while magic := source.read(4):
        if magic in _SKIPPABLE:
            _skip(source, int.from_bytes(_exactly(source, 4, "Zstandard"), "little"), "Zstandard")
        elif magic == ZSTD_MAGIC:
            yield from _zstd_frame(source)
        elif len(magic) < 4:
            raise BrokenStreamError("the Zstandard data is cut short")
        else:
            raise BrokenStreamError("after the end of a Zstandard frame comes something that is not one")


def _zstd_frame(source: Source) -> Iterator[bytes]:
    undo = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).decompressobj()
    header, checksum = _frame_header(source)
    try:
        undo.decompress(ZSTD_MAGIC + header)
        last = False
        while not last:
            head = _exactly(source, 3, "Zstandard")
            fields = int.from_bytes(head, "little")
            last, kind, size = bool(fields & 1), fields >> 1 & 3, fields >> 3
            if size > _ZSTD_BLOCK:
                raise BrokenStreamError("the Zstandard data is damaged (a block is too long)")
            packed = head + _exactly(source, 1 if kind == _RLE else size, "Zstandard")
            if block := undo.decompress(packed):
                yield block
        if checksum:
            undo.decompress(_exactly(source, 4, "Zstandard"))
    except zstandard.ZstdError as error:
        raise BrokenStreamError(f"the Zstandard data is damaged ({error})") from None


def _frame_header(source: Source) -> tuple[bytes, bool]:
    """The rest of a frame's header and whether a checksum ends the frame (RFC 8878, section 3.1.1.1)."""
    first = _exactly(source, 1, "Zstandard")
    flags = first[0]
    single = bool(flags & 0x20)
    dictionary = (0, 1, 2, 4)[flags & 3]
    content = (1 if single else 0, 2, 4, 8)[flags >> 6]
    rest = _exactly(source, (0 if single else 1) + dictionary + content, "Zstandard")
    return first + rest, bool(flags & 4)


def _exactly(source: Source, size: int, packing: str) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise BrokenStreamError(f"the {packing} data is cut short")
    return data


def _skip(source: Source, size: int, packing: str) -> None:
    while size:
        size -= len(_exactly(source, min(size, BLOCK), packing))
