"""Events from files: JSON Lines, plain, gzip or Zstandard, or standard input, in bounded memory.

Files are read in the order given, lines in theirs.  A line that is no event is a `Refusal` with its
number and never loses its neighbours; so is packing that is damaged or cut short, after the last good
line before it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import Struct

from nospim.adapters.blocks import BrokenStreamError, Source, unpacked
from nospim.adapters.interface import KEPT_BYTES, AdapterError, Item, Refusal, why_unreadable
from nospim.events import MAX_LINE, AnyEvent, InvalidEventError, decode

STDIN: Final = "-"
"""The name that stands for standard input."""

_BOM: Final = b"\xef\xbb\xbf"

Line = tuple[int, bytes, AnyEvent]
"""A line's number in its file from 1, its bytes without the line end, and the event they are."""


class _TooLong(Struct, frozen=True):
    head: bytes
    length: int


class _Broken(Struct, frozen=True):
    reason: str
    rest: bytes
    length: int


_Group = list[bytes] | _TooLong | _Broken


class EventFiles:
    """The events in some files, in order; iterate once.

    While it is iterated, `file` names the file being read, and `consumed` of `total` bytes (as stored
    on disk) have been read.  `total` is None where a size is not known in advance (a pipe).
    """

    def __init__(self, names: Sequence[str | Path], stdin: BinaryIO | None = None) -> None:
        """names: paths, or "-" for standard input (`stdin`, by default that of the process).

        Raises AdapterError at once if one of the files is not there or may not be read.
        """
        self._names = tuple(str(name) for name in names)
        if self._names.count(STDIN) > 1:
            raise AdapterError("standard input (-) can be read only once; name it once")
        self._stdin = stdin
        self.total = _total(self._names)
        self.file = self._names[0] if self._names else ""
        self._before = 0
        self._source: Source | None = None

    @property
    def consumed(self) -> int:
        """Bytes read so far from all files, as stored."""
        return self._before + (self._source.consumed if self._source else 0)

    def __iter__(self) -> Iterator[Line | Refusal]:
        """Each line as `Line`, or why it is refused.  Raises AdapterError when reading itself fails."""
        for name in self._names:
            self.file = name
            try:
                if name == STDIN:
                    yield from self._lines(name, self._stdin or sys.stdin.buffer)
                else:
                    with Path(name).open("rb") as stream:
                        yield from self._lines(name, stream)
            except OSError as error:
                raise AdapterError(why_unreadable(name, error)) from error

    def _lines(self, name: str, stream: BinaryIO) -> Iterator[Line | Refusal]:
        self._source = Source(stream)
        yield from read_lines(name, self._source)
        self._before += self._source.consumed
        self._source = None


class JsonLines:
    """JSON Lines as an adapter: one CloudEvents object a line."""

    name = "jsonl"

    def describe(self) -> str:
        """One sentence: what it reads."""
        return "CloudEvents 1.0 as JSON Lines, plain or packed with gzip or Zstandard."

    def read(self, name: str, stream: BinaryIO) -> Iterator[Item]:
        """The events of one stream and what is refused in it, in order."""
        try:
            for found in read_lines(name, Source(stream)):
                yield found if isinstance(found, Refusal) else found[2]
        except OSError as error:
            raise AdapterError(why_unreadable(name, error)) from error


def read_lines(name: str, source: Source) -> Iterator[Line | Refusal]:
    """Each line of `source` that is not blank, as an event or a refusal; `name` is the file's name."""
    number = 0
    for group in _groups(unpacked(source, name)):
        if isinstance(group, _TooLong):
            number += 1
            yield Refusal(name, number, f"longer than {MAX_LINE} bytes", group.head, group.length)
            continue
        if isinstance(group, _Broken):
            yield Refusal(name, number + 1, group.reason, group.rest, group.length)
            continue
        for line in group:
            number += 1
            try:
                if not line.isascii():
                    line.decode()  # the decoder does not look inside the fields that it does not know
                event = decode(line)
            except (InvalidEventError, UnicodeDecodeError) as error:
                if line.strip():
                    yield Refusal.of(name, number, str(error), line)
            else:
                yield number, line, event


def _groups(blocks: Iterable[bytes]) -> Iterator[_Group]:
    """Complete lines, many at a time, without their ends; never more than a line's limit is held back."""
    rest = b""  # the line that the last block did not end
    skipped = 0  # bytes of a line that is too long, of which `rest` keeps the head
    first = True
    try:
        for block in blocks:
            if first and len(rest) + len(block) >= len(_BOM):
                block, rest, first = (rest + block).removeprefix(_BOM), b"", False
            if skipped:
                end = block.find(b"\n")
                skipped += len(block) if end < 0 else end
                if end < 0:
                    continue
                yield _TooLong(rest, skipped)
                block, rest, skipped = block[end + 1 :], b"", 0
            if rest:
                block = rest + block
            lines = block.split(b"\n")
            rest = lines.pop()
            if b"\r" in block:
                lines = [line.removesuffix(b"\r") for line in lines]
            if lines:
                yield lines
            if len(rest) > MAX_LINE + 1:  # its line end may still turn out to be CRLF
                rest, skipped = rest[:KEPT_BYTES], len(rest)
    except BrokenStreamError as error:
        if not skipped and _is_event(rest):
            yield [rest]
            rest = b""
        yield _Broken(str(error), rest[:KEPT_BYTES], skipped or len(rest))
        return
    if skipped:
        yield _TooLong(rest, skipped)
    elif rest:
        yield [rest.removesuffix(b"\r")]


def _is_event(line: bytes) -> bool:
    """Did a stream break only after its last line?  (A JSON object says itself where it ends.)"""
    try:
        decode(line)
    except InvalidEventError:
        return False
    return True


def _total(names: Sequence[str]) -> int | None:
    """Bytes in all files, None when one has no size known in advance; AdapterError if one is unreadable."""
    total: int | None = 0
    for name in names:
        if name == STDIN:
            total = None
            continue
        path = Path(name)
        try:
            if path.is_dir():
                raise AdapterError(f"{name} is a folder; name the files in it, such as {name}/events.jsonl")
            if not path.is_file():
                path.stat()  # a pipe is not opened before its turn: that could wait for ever
                total = None
                continue
            with path.open("rb"):
                size = path.stat().st_size
        except (OSError, ValueError) as error:
            raise AdapterError(why_unreadable(name, error)) from error
        total = None if total is None else total + size
    return total
