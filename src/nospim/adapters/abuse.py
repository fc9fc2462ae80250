"""Complaints that came by mail, as events: ARF (RFC 5965), XARF, and plain mails of people.

Each mail becomes ``im.complaint.received`` with the mail's SHA-256; where it names a message of an IM service
and who wrote it, ``im.message.reported`` too.  Nothing in a mail proves itself: what it says counts as what
somebody said.  Whoever asks for it is handed each mail's bytes, to keep them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parseaddr, parsedate_to_datetime
from hashlib import sha256
from typing import Any, BinaryIO, Final

import msgspec
from msgspec import Struct, field

from nospim.adapters.abuse_box import Mail, mails
from nospim.adapters.abuse_named import Named, in_json, in_uri, in_xml
from nospim.adapters.blocks import BrokenStreamError, Source, unpacked
from nospim.adapters.interface import AdapterError, Item, Refusal, why_unreadable
from nospim.adapters.placed import Placed, joined, minted, placed
from nospim.events import MAX_ID, MAX_NAMED, InvalidEventError, decode, encode

SOURCE: Final = "mail:abuse"
"""The source of complaints when none is given."""
MAX_PARTS: Final = 200
"""Parts of one mail that are looked at."""
MAX_WORDS: Final = 20_000
"""Characters of a complainer's own words that go into the event; the mail holds all of them."""
_FIELD: Final = re.compile(r"(?m)^([A-Za-z-]{1,40}):[ \t]*([^\r\n]{0,2000})")
_URI: Final = re.compile(r"(?:xmpp:|matrix:|https?://matrix\.to/#/)[^\s<>\"']{1,2000}", re.IGNORECASE)

Keep = Callable[[str, bytes], None]
"""Is handed the SHA-256 (hex) and the bytes of each mail."""


class Complaint(Struct):
    """What was found in one mail."""

    form: str = "mail"
    kind: str = ""
    comment: str = ""
    arrival: str = ""
    named: list[Named] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


class AbuseMails:
    """Reads mail boxes of complaints; the options apply to every file that it reads."""

    name = "abuse"

    def __init__(self, *, source: str = SOURCE, service: str | None = None, keep: Keep | None = None) -> None:
        """source: the CloudEvents source of the complaints.  service: the source of the messages and accounts
        that they are about; without it, the same.  keep: what to do with each mail's bytes.
        Raises AdapterError when an option has a value that it cannot have.
        """
        for option, value in (("source", source), ("service", service or source)):
            if not re.fullmatch(r"\S{1,1024}", value):
                raise AdapterError(f"--{option} {value!r} is no source; write a URI, without spaces")
        self._source, self._service, self._keep = source, service or source, keep

    def describe(self) -> str:
        """One sentence: what it reads."""
        return "Complaints by mail: mbox files and single mails, with ARF and XARF reports or plain words."

    def read(self, name: str, stream: BinaryIO) -> Iterator[Item]:
        """The events of one file and what is refused in it, in order, the same mail only once."""
        return (each.item() for each in joined(self.placed(name, stream)))

    def placed(self, name: str, stream: BinaryIO) -> Iterator[Placed]:
        """The same with places."""
        packing = _Packing()
        try:
            for mail in mails(packing.blocks(stream, name)):
                yield from self._items(name, mail)
        except OSError as error:
            raise AdapterError(why_unreadable(name, error)) from error
        if packing.broken:
            yield placed(name, Refusal(name, 1, packing.broken), 1, 0, 0)

    def _items(self, name: str, mail: Mail) -> Iterator[Placed]:
        digest = sha256(mail.raw).hexdigest()
        line, offset, length = mail.line, mail.offset, len(mail.raw)
        try:
            if mail.bad:
                raise InvalidEventError(mail.bad)
            events = [msgspec.json.encode(one) for one in self._events(mail, digest)]
            made = [decode(one) for one in events]
        except (MessageError, LookupError, UnicodeError) as error:
            reason = f"a mail whose letters cannot be read: {type(error).__name__}"
            yield placed(name, Refusal.of(name, line, reason, mail.raw), line, offset, length)
            return
        except InvalidEventError as error:
            yield placed(name, Refusal.of(name, line, str(error), mail.raw), line, offset, length)
            return
        if self._keep is not None:
            self._keep(digest, mail.raw)
        for event in made:
            yield Placed(file=name, line=line, offset=offset, length=length, event=encode(event), at=event.at)

    def _events(self, mail: Mail, digest: str) -> list[dict[str, Any]]:
        """The events of one mail; raises InvalidEventError where it is none."""
        parsed = _parsed(mail.raw)
        found = Complaint()
        for part in _parts(parsed):
            _take(found, part)
        if found.form == "mail":
            found.named += [one for uri in _URI.findall(found.comment) if (one := in_uri(uri))]
        at = _when(parsed, mail.got, found.arrival)
        if at is None:
            raise InvalidEventError("it has no time: neither Received, nor Date, nor a line of its mail box")
        sender = parseaddr(_words(parsed.get("From")))[1].lower()[:MAX_ID] or "unknown"
        accused = tuple(dict.fromkeys(one.accused for one in found.named if one.accused))[:MAX_NAMED]
        told = {
            "mail": digest,
            "form": found.form,
            "kind": found.kind[:MAX_ID] or None,
            "title": _words(parsed.get("Subject"))[:MAX_ID] or None,
            "comment": found.comment[:MAX_WORDS] or None,
            "accused": [self._ref(name) for name in accused] or None,
            "links": found.links[:MAX_NAMED] or None,
        }
        made = [self._event("im.complaint.received", minted("mail-", digest), at, sender, told)]
        reports = [one for one in found.named if one.accused and one.message]
        for number, one in enumerate(list(dict.fromkeys(reports))[:MAX_NAMED]):
            said = {
                "message": self._ref(one.message),
                "accused": self._ref(one.accused),
                "reason": found.kind[:MAX_ID] or None,
                "comment": found.comment[:MAX_WORDS] or None,
                "content": one.content[:MAX_WORDS] or None,
            }
            ident = minted("mail-", digest, str(number))
            made.append(self._event("im.message.reported", ident, at, sender, said))
        return made

    def _ref(self, ident: str) -> str | dict[str, str]:
        return ident if self._service == self._source else {"source": self._service, "id": ident}

    def _event(self, kind: str, ident: str, at: datetime, who: str, data: dict[str, Any]) -> dict[str, Any]:
        return {
            "specversion": "1.0",
            "source": self._source,
            "id": ident,
            "type": kind,
            "time": at,
            "subject": who,
            "data": {name: value for name, value in data.items() if value is not None},
        }


class _Packing:
    """Unpacked blocks of a stream; where the packing is broken they end, and `broken` says why."""

    broken = ""

    def blocks(self, stream: BinaryIO, name: str) -> Iterator[bytes]:
        try:
            yield from unpacked(Source(stream), name)
        except BrokenStreamError as error:
            self.broken = str(error)


def _parsed(raw: bytes) -> Message:
    try:
        parsed = BytesParser(policy=compat32).parsebytes(raw)
    except (RecursionError, ValueError, LookupError) as error:  # such depth no mail program writes
        raise InvalidEventError(f"it is no mail that can be read: {type(error).__name__}") from None
    if not any(parsed.get(name) for name in ("From", "Received", "Date", "Subject", "To")):
        raise InvalidEventError("it has none of the headers of a mail")
    return parsed


def _parts(mail: Message) -> Iterator[Message]:
    todo, count = [mail], 0
    while todo and count < MAX_PARTS:
        part = todo.pop(0)
        count += 1
        yield part
        payload = part.get_payload()
        if isinstance(payload, list):
            todo = [one for one in payload if isinstance(one, Message)] + todo


def _take(found: Complaint, part: Message) -> None:
    """Learn what one part of a mail says."""
    kind = part.get_content_type()
    if kind == "message/feedback-report":
        found.form = "arf" if found.form == "mail" else found.form
        _fields(found, _fields_text(part))
        return
    if part.is_multipart():
        return
    data = _content(part)
    if kind in ("application/xml", "text/xml", "application/xmpp+xml") or kind.endswith("+xml"):
        found.named += in_xml(data)
    elif kind == "application/json" or kind.endswith("+json"):
        named, report = in_json(data)
        found.named += named
        if report is not None:
            found.form = "xarf"
            told = report["Report"] if isinstance(report.get("Report"), dict) else report
            said = told.get("type") or told.get("ReportType")
            found.kind = said if isinstance(said, str) else found.kind
            link = told.get("url") or told.get("SourceUri")
            found.links += [link] if isinstance(link, str) else []
    elif kind in ("text/plain", "text/rfc822-headers"):
        text = _text(part, data)
        stanza = text.strip().startswith("<") and in_xml(text.encode(errors="replace"))
        if stanza:
            found.named += stanza
        elif kind == "text/plain" and not found.comment:
            found.comment = text.strip()


def _fields_text(part: Message) -> str:
    payload = part.get_payload()
    if isinstance(payload, list):  # the parser takes message/* for a mail, and the fields for its headers
        inner = [one for one in payload if isinstance(one, Message)]
        return "\n".join(f"{name}: {_words(value)}" for one in inner for name, value in one.items())
    return _text(part, _content(part))


def _fields(found: Complaint, text: str) -> None:
    """The fields of an ARF report (RFC 5965, section 3)."""
    for name, value in _FIELD.findall(text):
        name, value = name.lower(), value.strip()
        if name == "feedback-type":
            found.kind = value
        elif name in ("arrival-date", "received-date"):
            found.arrival = value
        elif name in ("reported-uri", "original-mail-from"):
            named = in_uri(value)
            if named is not None:
                found.named.append(named)
            elif name == "reported-uri" and len(found.links) < MAX_NAMED:
                found.links.append(value)


def _content(part: Message) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except (ValueError, LookupError):
        return b""
    return data if isinstance(data, bytes) else b""


def _text(part: Message, data: bytes) -> str:
    charset = part.get_content_charset() or "utf-8"
    try:
        return data.decode(charset, "replace")
    except (LookupError, ValueError):
        return data.decode("utf-8", "replace")


def _words(value: object) -> str:
    """A header's words, its encoded parts undone (RFC 2047), on one line."""
    text = str(value or "")
    with suppress(ValueError, LookupError):
        text = str(make_header(decode_header(text)))
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())


def _when(mail: Message, got: bytes, arrival: str) -> datetime | None:
    """When a mail came: as the last server says, or the mail box; only then as its sender says."""
    received = _words(mail.get("Received")).rpartition(";")[2]
    from_line = got.decode("ascii", "replace").split(" ", 2)[-1] if got else ""
    for text in (received, from_line, _words(mail.get("Date")), arrival):
        try:
            at = parsedate_to_datetime(text.strip())
            return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None
