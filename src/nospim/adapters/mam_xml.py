"""Archives as XML: XEP-0227 files, results of XEP-0313 and plain messages one after another, read as hostile.

The parser is Expat behind defusedxml (no document type, no entity, nothing external), fed in chunks; a tree
is built of one record at a time, and every length is bounded.  Where the XML is broken the record there is
refused, and reading goes on at the next one of the same archive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from nospim.adapters.interface import KEPT_BYTES
from nospim.adapters.mam_tree import (
    CLIENT,
    DELAY,
    MAM,
    MAX_DEPTH,
    MAX_NODES,
    MAX_RECORD,
    Archived,
    Bad,
    El,
    bare,
)

CHUNK: Final = 1 << 16
_FORWARD: Final = "urn:xmpp:forward:0"
_PIE: Final = "urn:xmpp:pie:0"
_DECLARATION: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>)?")
_ENCODING: Final = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.-]{1,40})["']""")
_BARE: Final = re.compile(rb"<(result|user|host)(?=[\s>])")
_WRAPPED: Final = re.compile(rb"<(message)(?=\s)[^<>]{0,4096}>\s{0,256}<result(?=[\s>])")
_ALONE: Final = re.compile(rb"<(message)(?=[\s>])")
_OVERLAP: Final = 64
_ROOT: Final = b"<archives xmlns='jabber:client'>"


def read(blocks: Iterator[bytes], keeper: str) -> Iterator[Archived | Bad]:
    """The records of an XML file.  keeper: whose archive it is, where nothing in the file says so."""
    reader = _Reader(keeper)
    for block in blocks:
        for start in range(0, len(block), CHUNK):
            yield from reader.take(block[start : start + CHUNK], last=False)
            if reader.hopeless:
                return
    yield from reader.take(b"", last=True)


class _HopelessError(Exception):
    """The file is not to be read on; the message says why."""


class _Reader:
    """Feeds the parser, is called back by it, and starts it again behind what is broken."""

    def __init__(self, keeper: str) -> None:
        self.hopeless = False
        self._given = keeper
        self._host = self._user = ""
        self._next = _BARE  # where a record of this file's kind begins
        self._found: list[Archived | Bad] = []
        self._window = b""  # bytes from the open record on
        self._place = 0  # of the window's first byte in the file
        self._line = 1
        self._head: bytes | None = b""
        self._lost: tuple[int, int, str] | None = None  # offset, line and reason of what is let go
        self._lost_raw = b""
        self._begin(())

    def _begin(self, around: Sequence[str]) -> None:
        """Start a parser; around: elements that are open where the next byte stands."""
        self._parser = DefusedXMLParser(target=self, encoding="utf-8", forbid_dtd=True)
        self._expat = self._parser.parser
        self._stack: list[El] = []  # the open record's elements
        self._outside: list[str] = []  # names of the elements around it
        self._nodes = 0
        self._record: tuple[int, int] | None = None  # offset and line of the open record
        before = _ROOT + "".join(f"<{name}>" for name in around).encode()
        self._base = self._place - len(before)  # what to add to the parser's places
        self._parser.feed(before)

    def take(self, chunk: bytes, *, last: bool) -> list[Archived | Bad]:
        """What is found with one more chunk."""
        data: bytes | None = self._declared(chunk, last=last)
        while data is not None:
            data = self._feed(data, last=last)
        if last and self._lost is not None:
            self._refuse_lost(len(self._window))
        if self._lost is None and not self.hopeless:
            self._trim()
        found, self._found = self._found, []
        return found

    def _declared(self, chunk: bytes, *, last: bool) -> bytes:
        """The bytes to feed: without the XML declaration, which may stand only before the root."""
        if self._head is None:
            self._window += chunk
            return chunk
        self._head += chunk
        if len(self._head) < 256 and not last:
            return b""
        head, self._head = self._head, None
        named = _ENCODING.search(head[:256])
        match = _DECLARATION.match(head)
        size = match.end() if match else 0
        self._place, self._line = size, 1 + head[:size].count(b"\n")
        self._window = head[size:]
        self._begin(())
        if named and named[1].lower() not in (b"utf-8", b"us-ascii", b"ascii"):
            self._give_up(f"the file is in {named[1].decode('ascii')}; XMPP is UTF-8 (RFC 6120, 11.6)")
            return b""
        return self._window

    def _feed(self, data: bytes, *, last: bool) -> bytes | None:
        if self.hopeless:
            return None
        if self._lost is not None:
            return self._resume(0)
        try:
            if data:
                self._parser.feed(data)
            if last:
                self._parser.feed(b"</archives>")
                self._parser.close()
            elif len(self._window) > MAX_RECORD + 2 * CHUNK and self._record is not None:
                return self._break(f"longer than {MAX_RECORD} bytes")
            elif self._base + self._expat.CurrentByteIndex + MAX_RECORD < self._place + len(self._window):
                raise _HopelessError(f"one tag is longer than {MAX_RECORD} bytes")
        except _HopelessError as error:
            return self._break(str(error))
        except DefusedXmlException:
            self._give_up("a document type, an entity or an external reference, which no archive needs")
        except ParseError as error:
            words = str(error).partition(":")[0]  # Expat's places count from where it was started
            reason = f"the file is cut short ({words})" if last else f"not well-formed XML: {words}"
            return self._break(reason)
        return None

    def _break(self, reason: str) -> bytes | None:
        at = self._base + max(self._expat.CurrentByteIndex, 0)
        begin, line = self._record or (at, self._line_at(at))
        self._forget(begin - self._place)
        self._lost = (self._place, line, reason)
        self._record = None
        self._stack = []
        return self._resume(1)

    def _resume(self, start: int) -> bytes | None:
        """Go on at the next record, if there is one at or behind `start` in the window."""
        following = self._next.search(self._window, start)
        if following is None:
            self._swallow(max(len(self._window) - _OVERLAP, 0))
            return None
        self._refuse_lost(following.start())
        around, kind = self._outside[1:], following[1].decode()
        if kind in around:  # a user or host whose own end was among what was lost
            around = around[: around.index(kind)]
            self._user, self._host = "", "" if kind == "host" else self._host
        self._begin(around)
        return self._window

    def _swallow(self, size: int) -> None:
        self._lost_raw += self._window[: min(size, KEPT_BYTES - len(self._lost_raw))]
        self._forget(size)

    def _refuse_lost(self, size: int) -> None:
        self._swallow(size)
        if self._lost is not None:
            offset, line, reason = self._lost
            raw = self._lost_raw
            self._found.append(
                Bad(reason=reason, line=line, offset=offset, length=self._place - offset, raw=raw)
            )
        self._lost, self._lost_raw = None, b""

    def _give_up(self, reason: str) -> None:
        offset, line = self._record or (self._place, self._line)
        raw = self._window[offset - self._place :]
        self._found.append(
            Bad(reason=reason, line=line, offset=offset, length=len(raw), raw=raw[:KEPT_BYTES])
        )
        self.hopeless = True

    def _trim(self) -> None:
        at = self._base + max(self._expat.CurrentByteIndex, 0)
        self._forget((self._record[0] if self._record else at) - self._place)

    def _forget(self, size: int) -> None:
        gone = self._window[: max(size, 0)]
        self._window = self._window[len(gone) :]
        self._place += len(gone)
        self._line += gone.count(b"\n")

    def _line_at(self, place: int) -> int:
        return self._line + self._window[: max(place - self._place, 0)].count(b"\n")

    # What the parser calls back.

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        space, name = _split(tag)
        if self._stack:
            self._inside(space, name, attributes)
            return
        if len(self._outside) > MAX_DEPTH:
            raise _HopelessError(f"nested deeper than {MAX_DEPTH} levels")
        place = self._base + self._expat.CurrentByteIndex
        if (name == "result" and space in MAM) or (name == "message" and space == CLIENT):
            # A message is either a stanza, or the envelope of a result: which, its children say.
            if name == "message" and self._next is _BARE:
                self._next = _ALONE
            self._record = (place, self._line_at(place))
            self._stack = [El(space, name, attributes, [])]
            self._nodes = 1
        else:
            self._outside.append(name)
            if space == _PIE and name == "host":
                self._host, self._user = bare(attributes.get("jid", "")), ""
            elif space == _PIE and name == "user":
                self._user = attributes.get("name", "").lower()

    def _inside(self, space: str, name: str, attributes: dict[str, str]) -> None:
        self._nodes += 1
        if name == "result" and space in MAM and len(self._stack) == 1:
            self._next = _WRAPPED
        if len(self._stack) >= MAX_DEPTH or self._nodes > MAX_NODES:
            raise _HopelessError(f"a record with more than {MAX_DEPTH} levels or {MAX_NODES} elements")
        one = El(space, name, attributes, [])
        self._stack[-1].children.append(one)
        self._stack.append(one)

    def data(self, text: str) -> None:
        if self._stack:
            self._stack[-1].text += text

    def end(self, tag: str) -> None:
        if not self._stack:
            if self._outside:
                self._outside.pop()
            _, name = _split(tag)
            if name == "user":
                self._user = ""
            elif name == "host":
                self._host = self._user = ""
            return
        done = self._stack.pop()
        if not self._stack:
            self._close(done)

    def close(self) -> None:
        """Part of what a parser's target must have."""

    def _close(self, done: El) -> None:
        offset, line = self._record or (self._place, self._line)
        self._record = None
        tail = self._base + self._expat.CurrentByteIndex - self._place
        end = self._window.find(b">", tail) + 1 or len(self._window)
        raw = self._window[offset - self._place : end]
        if len(raw) > MAX_RECORD:
            reason = f"longer than {MAX_RECORD} bytes"
            bad = Bad(reason=reason, line=line, offset=offset, length=len(raw), raw=raw[:KEPT_BYTES])
            self._found.append(bad)
            return
        keeper = self._keeper(done)
        result = done
        if done.name == "message":
            result = next((one for one in done.children if one.name == "result" and one.space in MAM), done)
        told = _told(result)
        if told is None:
            reason = "a result without a forwarded message"
            bad = Bad(reason=reason, line=line, offset=offset, length=len(raw), raw=raw[:KEPT_BYTES])
            self._found.append(bad)
            return
        stamp, message = told
        self._found.append(
            Archived(
                keeper=keeper,
                uid=result.get("id") if result.name == "result" else "",
                stamp=stamp,
                message=message,
                line=line,
                offset=offset,
                length=len(raw),
                raw=raw[:KEPT_BYTES],
            )
        )

    def _keeper(self, done: El) -> str:
        if self._user and self._host:
            return f"{self._user}@{self._host}"
        if self._given:
            return self._given
        if done.name == "message" and any(one.name == "result" for one in done.children):
            # A room's archive answers from the room; an account's from the account, or from nobody named.
            return bare(done.get("from")) or bare(done.get("to"))
        return ""


def _told(result: El) -> tuple[str | None, El] | None:
    """The archive's stamp and the message of a result; of a message that stands alone, its delay's stamp."""
    if result.name == "message":
        delay = result.child("delay", DELAY)
        return (delay.get("stamp") or None if delay is not None else None), result
    forwarded = result.child("forwarded", _FORWARD)
    if forwarded is None:
        return None
    message = next((one for one in forwarded.children if one.name == "message"), None)
    delay = forwarded.child("delay", DELAY)
    return None if message is None else ((delay.get("stamp") or None) if delay is not None else None, message)


def _split(tag: Any) -> tuple[str, str]:
    space, brace, name = str(tag).rpartition("}")
    return (space[1:], name) if brace else ("", name)


class TreeError(Exception):
    """What is no one element of XML, or more than a stanza may be; the message says why."""


def tree(data: bytes) -> El:
    """One element as a tree; raises TreeError."""
    building = _Tree()
    parser = DefusedXMLParser(target=building, encoding="utf-8", forbid_dtd=True)
    try:
        parser.feed(b"<x xmlns='jabber:client'>" + data + b"</x>")
        parser.close()
    except (ParseError, DefusedXmlException, _HopelessError) as error:
        raise TreeError(str(error).partition(":")[0]) from None
    if len(building.root.children) != 1:
        raise TreeError("it is not one element")
    return building.root.children[0]


class _Tree:
    """Builds one tree, within bounds."""

    def __init__(self) -> None:
        self.root = El("", "", {}, [])
        self._stack = [self.root]
        self._nodes = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        space, name = _split(tag)
        self._nodes += 1
        if len(self._stack) > MAX_DEPTH or self._nodes > MAX_NODES:
            raise _HopelessError("too deep or too many elements")
        if self._nodes == 1:
            return  # the wrapping
        one = El(space, name, attributes, [])
        self._stack[-1].children.append(one)
        self._stack.append(one)

    def data(self, text: str) -> None:
        self._stack[-1].text += text

    def end(self, _tag: str) -> None:
        if len(self._stack) > 1:
            self._stack.pop()

    def close(self) -> None:
        """Part of what a parser's target must have."""
