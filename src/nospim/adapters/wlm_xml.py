"""Messenger history as XML, read as what a stranger wrote: records one by one, or why they are refused.

The parser is Expat behind defusedxml: no document type, no entity, nothing external.  It is fed in
chunks and builds no tree, and every length is bounded.  Where the XML is broken, the record there is
refused and reading goes on at the next one: years of history are not lost to one bad character.
(Messenger writes every < of a text as &lt;, so that no text can look like the beginning of a record.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import errors
from xml.parsers.expat.errors import codes

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from msgspec import Struct

from nospim.adapters.interface import KEPT_BYTES, Refusal, Skipped
from nospim.events import MAX_LINE, MAX_RECIPIENTS, MAX_TEXT

CHUNK: Final = 1 << 15
"""Bytes handed to the parser at a time; many histories are read side by side."""
MAX_DEPTH: Final = 16
"""Deepest nesting accepted; Messenger's own files have four levels."""
MAX_TAG: Final = 1 << 20
"""Longest single tag in bytes, because the parser must hold one whole; as for an event's line."""
MAX_NAME: Final = 4096
"""Characters kept of a name or file name; Messenger itself stops at a few hundred."""

RECORDS: Final = frozenset({"Message", "Invitation", "InvitationResponse", "Join", "Leave"})
_RECORD: Final = re.compile(rb"<(?:Message|Invitation|InvitationResponse|Join|Leave)(?=[\s>])")
_ENCODING: Final = re.compile(
    rb"""\A(?:\xef\xbb\xbf)?<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([\w.-]{1,40})["']"""
)
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_OVERLAP: Final = 32
_HEAD: Final = 512

_CUT_SHORT: Final = frozenset(
    codes[message]
    for message in (
        errors.XML_ERROR_NO_ELEMENTS,
        errors.XML_ERROR_UNCLOSED_TOKEN,
        errors.XML_ERROR_PARTIAL_CHAR,
        errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)
_OTHER_ENCODING: Final = codes[errors.XML_ERROR_INCORRECT_ENCODING]


class Person(Struct, frozen=True):
    """Somebody as a record names them; either may be empty."""

    logon: str
    name: str


class Record(Struct, frozen=True, kw_only=True):
    """One element of a history: what was said, to whom, when; as it stands in the file.

    line, offset: where it begins (the offset in bytes of the unpacked file).  index: how many records stand
    before it.  time: the `DateTime` attribute.
    raw: the head of its bytes; length: all of them.
    """

    tag: str
    line: int
    offset: int
    index: int
    time: str | None
    session: str
    sender: tuple[Person, ...]
    to: tuple[Person, ...]
    text: str | None
    file: str | None
    raw: bytes
    length: int


class Readable(Protocol):
    """What records are read from: `read` gives at most `size` bytes, and none at the end only."""

    def read(self, size: int, /) -> bytes: ...


class _HopelessError(Exception):
    """The file as a whole is not to be read on; the message says why."""


class _Open:
    """A record whose end has not come yet."""

    def __init__(self, tag: str, attributes: Mapping[str, str], line: int, start: int) -> None:
        self.tag = tag
        self.line = line
        self.start = start
        self.time = attributes.get("DateTime")
        self.session = attributes.get("SessionID", "")[:MAX_NAME]
        self.people: dict[str, list[Person]] = {"From": [], "To": [], "": []}
        self.side = ""
        self.texts: dict[str, list[str]] = {}
        self.characters = 0
        self.gathering: str | None = None
        self.bad: str | None = None
        self.head = b""
        self.filled = False

    def child(self, tag: str, attributes: Mapping[str, str], depth: int) -> None:
        self.filled = True
        if depth == 2:
            self.side = tag if tag in ("From", "To") else ""
            self.gathering = tag if tag in ("Text", "File") else None
            if self.gathering:
                self.texts.setdefault(self.gathering, [])
        if tag == "User" and ("LogonName" in attributes or "FriendlyName" in attributes):
            people = self.people[self.side]
            if len(people) >= MAX_RECIPIENTS:
                self.bad = f"more than {MAX_RECIPIENTS} people in one record"
                return
            logon, name = attributes.get("LogonName", ""), attributes.get("FriendlyName", "")
            people.append(Person(logon[:MAX_NAME], name[:MAX_NAME]))

    def gather(self, text: str) -> None:
        self.filled = True
        if self.gathering is None or self.bad:
            return
        self.characters += len(text)
        if self.characters > MAX_TEXT:
            self.bad = f"longer than {MAX_TEXT} characters"
            self.texts.clear()
            return
        self.texts[self.gathering].append(text)

    def said(self, tag: str) -> str | None:
        return "".join(self.texts[tag]) if tag in self.texts else None


Found = Record | Refusal | Skipped


def records(name: str, stream: Readable) -> Iterator[Found]:
    """The records of one history in order, with what is refused or skipped; `name` is the file's name."""
    reader = _Reader(name)
    while not reader.done:
        chunk = stream.read(CHUNK)
        yield from reader.take(chunk)


class _Reader:
    """Feeds the parser, is called back by it, and starts it again behind what is broken."""

    def __init__(self, name: str) -> None:
        self.done = False
        self._name = name
        self._found: list[Found] = []
        self._window = b""  # bytes from the open record (or tag) on
        self._base = 0  # what the parser counts as the place of the window's first byte
        self._line = 1  # line of the window's first byte
        self._gone = 0  # bytes of the file before the window
        self._lines_before = 0  # lines that the parser has not seen
        self._index = 0
        self._head = b""  # the first bytes of the file, which say its encoding
        self._broken: tuple[int, str] | None = None  # line and reason of what is being let go
        self._hopeless = False
        self._lost = b""
        self._lost_length = 0
        self._begin(None, b"")

    def take(self, chunk: bytes) -> list[Found]:
        """What is found with one more chunk; an empty one is the end."""
        self._head += chunk[: _HEAD - len(self._head)]
        self._window += chunk
        data: bytes | None = chunk
        while data is not None and not self._hopeless:
            data = self._feed(data, last=not chunk)
        if self._hopeless:
            self._swallow(len(self._window))
        if not chunk:
            self._swallow(len(self._window) if self._broken else 0)
            self._refuse_broken()
            self.done = True
        self._trim()
        found, self._found = self._found, []
        return found

    def _begin(self, encoding: str | None, prefix: bytes) -> None:
        self._parser = DefusedXMLParser(target=self, encoding=encoding, forbid_dtd=True)
        self._expat = self._parser.parser
        self._depth = 0
        self._open: _Open | None = None
        self._base = len(prefix)
        if prefix:
            self._parser.feed(prefix)

    def _feed(self, data: bytes, *, last: bool) -> bytes | None:
        """Feed the parser; returns what to feed it next, once it has been started again."""
        if self._broken is not None:
            return self._resume(0)
        try:
            if data:
                self._parser.feed(data)
            if last:
                self._parser.close()
            elif self._base + len(self._window) - self._expat.CurrentByteIndex > MAX_TAG + CHUNK:
                raise _HopelessError(f"one tag is longer than {MAX_TAG} bytes")
        except _HopelessError as error:
            self._give_up(str(error))
        except DefusedXmlException as error:
            self._give_up(f"forbidden in untrusted XML: {_what(error)}")
        except ParseError as error:
            if last and error.code in _CUT_SHORT:
                self._give_up(f"the file is cut short ({_plain(error)})" if self._head else "it is empty")
            elif self._head.startswith(_WIDE) or error.code == _OTHER_ENCODING:
                self._give_up(f"not well-formed XML: {_plain(error)}")
            else:
                return self._break(f"not well-formed XML: {_plain(error)}")
        except (ValueError, LookupError) as error:  # from the codec that the file asks for
            self._give_up(f"the encoding cannot be read: {error}")
        return None

    def _break(self, reason: str) -> bytes | None:
        """Let what is broken go, up to the next record, and refuse it."""
        at = max(self._expat.ErrorByteIndex - self._base, 0)
        begin = at if self._open is None else max(self._open.start - self._base, 0)
        self._broken = (self._here() if self._open is None else self._open.line, reason)
        self._open = None
        self._forget(begin)
        return self._resume(max(at - begin, 1))

    def _resume(self, start: int) -> bytes | None:
        """Go on at the next record, if there is one at or behind `start` in the window."""
        following = _RECORD.search(self._window, start)
        if following is None:
            # What is kept may be the first part of a tag, but never that of the broken record itself.
            self._swallow(max(len(self._window) - _OVERLAP, min(start, len(self._window))))
            return None
        self._swallow(following.start())
        self._refuse_broken()
        self._lines_before = self._line - 1
        declared = _ENCODING.match(self._head)
        self._begin("utf-8" if declared is None else declared[1].decode("ascii"), b"<Log>")
        return self._window

    def _swallow(self, size: int) -> None:
        self._lost += self._window[: min(size, KEPT_BYTES - len(self._lost))]
        self._lost_length += size
        self._forget(size)

    def _refuse_broken(self) -> None:
        if self._broken is not None:
            line, reason = self._broken
            self._found.append(Refusal(self._name, line, reason, self._lost, self._lost_length))
            self._index += 1
        self._broken, self._lost, self._lost_length = None, b"", 0

    def _give_up(self, reason: str) -> None:
        """Refuse the file from here on; the rest is only counted."""
        place = self._expat.CurrentByteIndex if self._open is None else self._open.start
        self._broken = (self._here() if self._open is None else self._open.line, reason)
        self._hopeless = True
        self._open = None
        self._forget(max(place - self._base, 0))

    def _here(self) -> int:
        return self._lines_before + int(self._expat.CurrentLineNumber)

    def _trim(self) -> None:
        """Let go of what neither the open record nor the parser needs any more."""
        if self._broken is not None or self.done:
            return
        place = self._expat.CurrentByteIndex
        opened = self._open
        if opened is not None and place - opened.start > MAX_LINE and opened.bad is None:
            opened.bad = f"longer than {MAX_LINE} bytes"
            opened.texts.clear()
        if opened is not None and opened.bad and not opened.head:
            opened.head = self._raw(opened.start, None)
        keep = place if opened is None or opened.bad else min(opened.start, place)
        self._forget(max(keep - self._base, 0))

    def _raw(self, start: int, end: int | None) -> bytes:
        """The head of the bytes between two places that the parser gave."""
        stop = start + KEPT_BYTES if end is None else min(end, start + KEPT_BYTES)
        return self._window[max(start - self._base, 0) : stop - self._base]

    def _forget(self, size: int) -> None:
        gone = self._window[:size]
        self._window = self._window[size:]
        self._base += len(gone)
        self._gone += len(gone)
        self._line += gone.count(b"\n")

    # What the parser calls back.

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        depth, self._depth = self._depth, self._depth + 1
        if depth >= MAX_DEPTH:
            raise _HopelessError(f"nested deeper than {MAX_DEPTH} levels")
        if depth == 0 and tag != "Log":
            raise _HopelessError(f"the root element is <{tag[:40]}> and not <Log>: no Messenger history")
        if depth == 1:
            self._open = _Open(tag, attributes, self._here(), self._expat.CurrentByteIndex)
        elif self._open is not None:
            self._open.child(tag, attributes, depth)

    def data(self, text: str) -> None:
        if self._open is not None:
            self._open.gather(text)

    def end(self, _tag: str) -> None:
        self._depth -= 1
        opened = self._open
        if opened is None or self._depth > 2:
            return
        if self._depth == 2:
            opened.gathering, opened.side = None, ""
        elif self._depth == 1:
            self._open = None
            self._close(opened)

    def close(self) -> None:
        """Part of what a parser's target must have; nothing is gathered until the end."""

    def _close(self, opened: _Open) -> None:
        end = self._expat.CurrentByteIndex
        if opened.filled or not self._window[: end - self._base].endswith(b"/>"):
            end += len(opened.tag) + 3  # the end tag, where there is one
        raw, length = opened.head or self._raw(opened.start, end), end - opened.start
        index, self._index = self._index, self._index + 1
        if opened.tag not in RECORDS:
            reason = f"an element <{opened.tag[:40]}> that Messenger histories are not known to have"
            self._found.append(Skipped(self._name, opened.line, reason))
        elif opened.bad:
            self._found.append(Refusal(self._name, opened.line, opened.bad, raw, max(length, len(raw))))
        else:
            self._found.append(
                Record(
                    tag=opened.tag,
                    line=opened.line,
                    offset=self._gone + opened.start - self._base,
                    index=index,
                    time=opened.time,
                    session=opened.session,
                    sender=tuple(opened.people["From"] or opened.people[""]),
                    to=tuple(opened.people["To"]),
                    text=opened.said("Text"),
                    file=opened.said("File"),
                    raw=raw,
                    length=max(length, len(raw)),
                )
            )


def _what(error: Any) -> str:
    kinds = {
        "DTDForbidden": "a document type (DTD)",
        "EntitiesForbidden": "an entity",
        "ExternalReferenceForbidden": "an external reference",
    }
    return kinds.get(type(error).__name__, "a construct")


def _plain(error: ParseError) -> str:
    """Expat's words without its place, which is counted from where the parser was started."""
    return str(error).partition(":")[0]
