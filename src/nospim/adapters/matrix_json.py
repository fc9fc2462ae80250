"""Objects one by one out of a JSON file of any size: a list a line, an array, or arrays within objects.

What is handed out is, of a file of lines, each line; of anything else, each object that stands in an array
and in no other such object.  Nothing is decoded here but what tells the two apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Struct

from nospim.events import MAX_LINE

MAX_OBJECT: Final = 2 * MAX_LINE
"""Bytes of one object; a Matrix event is at most 64 KiB, and what servers add to it is not much more."""
MAX_NESTING: Final = 256
_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
_OPEN_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+\\?\Z', re.DOTALL)


class Piece(Struct, frozen=True, kw_only=True):
    """An object's bytes with its place, or, with `bad`, why there is none."""

    line: int
    offset: int
    raw: bytes
    bad: str = ""


def pieces(blocks: Iterator[bytes]) -> Iterator[Piece]:
    """The objects of a file in order."""
    first = b""
    for block in blocks:
        first += block
        if b"\n" in first or len(first) > MAX_OBJECT:
            break
    if _is_line(first.partition(b"\n")[0]):
        return _lines(first, blocks)
    return _Elements(first, blocks).read()


def _is_line(text: bytes) -> bool:
    """Whether a file's first line is a whole event, so that each line is one."""
    try:
        row = msgspec.json.decode(text.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return isinstance(row, dict) and isinstance(row.get("type") or row.get("event_id"), str)


def _lines(window: bytes, blocks: Iterator[bytes]) -> Iterator[Piece]:
    place, line, ended, lost = 0, 1, False, False
    while not ended:
        *whole, window = window.split(b"\n")
        for raw in whole:
            if lost or raw.strip():
                yield _line(raw, line, place, lost=lost)
            lost = False
            place, line = place + len(raw) + 1, line + 1
        if len(window) > MAX_OBJECT:  # let what is too long go, piece by piece
            place, window, lost = place + len(window), b"", True
        block = next(blocks, b"")
        ended = not block
        window += block
    if lost or window.strip():
        yield _line(window, line, place, lost=lost)


def _line(raw: bytes, line: int, place: int, *, lost: bool) -> Piece:
    bad = f"longer than {MAX_OBJECT} bytes" if lost or len(raw) > MAX_OBJECT else ""
    return Piece(line=line, offset=place, raw=raw, bad=bad)


class _Elements:
    """Walks the brackets of a document, strings stepped over."""

    def __init__(self, window: bytes, blocks: Iterator[bytes]) -> None:
        self._window, self._blocks = window, blocks
        self._place, self._line = 0, 1
        self._stack = bytearray()
        self._begin: int | None = None  # where in the window the object began
        self._depth = 0  # of the stack there

    def read(self) -> Iterator[Piece]:
        at, found = 0, 0
        while True:
            token = _TOKEN.search(self._window, at)
            string = _OPEN_STRING.search(self._window, at) if token is None else None
            if token is None or (string is not None and string.start() < token.start()):
                at = string.start() if string is not None else len(self._window)
                at = self._forget(at)
                if len(self._window) - at > MAX_OBJECT or self._too_long():
                    yield self._bad(f"an object or a string longer than {MAX_OBJECT} bytes")
                    return
                block = next(self._blocks, b"")
                if not block:
                    break
                self._window += block
                continue
            before = self._begin
            bad = self._step(token[0], token.start())
            at = token.end()
            if bad:
                yield self._bad(bad)
                return
            if before is not None and self._begin is None:
                found += 1
                yield self._piece(before, at)
        if self._stack or not found:
            yield self._bad("the file is cut short" if self._stack else "no JSON with a list of events")

    def _step(self, token: bytes, at: int) -> str:
        """Take one bracket in; returns what is wrong with it."""
        if token in b"[{":
            if token == b"{" and self._stack.endswith(b"[") and self._begin is None:
                self._begin, self._depth = at, len(self._stack)
            self._stack += token
            return "nested too deep" if len(self._stack) > MAX_NESTING else ""
        if token in b"]}":
            if not self._stack or not self._stack.endswith(b"[" if token == b"]" else b"{"):
                return f"a bracket {token.decode()} too many: not well-formed JSON"
            self._stack.pop()
            if self._begin is not None and len(self._stack) == self._depth:
                self._begin = None
        return ""

    def _too_long(self) -> bool:
        return self._begin is not None and len(self._window) - self._begin > MAX_OBJECT

    def _piece(self, begin: int, end: int) -> Piece:
        line = self._line + self._window.count(b"\n", 0, begin)
        raw = self._window[begin:end]
        return Piece(line=line, offset=self._place + begin, raw=raw)

    def _bad(self, reason: str) -> Piece:
        begin = self._begin or 0
        raw = self._window[begin : begin + MAX_OBJECT]
        line = self._line + self._window.count(b"\n", 0, begin)
        return Piece(line=line, offset=self._place + begin, raw=raw, bad=reason)

    def _forget(self, at: int) -> int:
        """Let go of what is done with; returns where `at` is then."""
        gone = at if self._begin is None else self._begin
        self._line += self._window.count(b"\n", 0, gone)
        self._place += gone
        self._window = self._window[gone:]
        self._begin = None if self._begin is None else 0
        return at - gone
