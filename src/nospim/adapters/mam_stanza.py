"""What one archived XMPP message means: events, or why it means none.

Sources: RFC 6121 (messages), XEP-0045 (rooms), XEP-0066 and XEP-0447 (files), XEP-0071 (formatted text),
XEP-0184 and XEP-0333 (receipts), XEP-0308 (corrections), XEP-0313 (archives), XEP-0359 (ids), XEP-0380 and
XEP-0384 (encryption), XEP-0424 and XEP-0425 (retraction, moderation).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

from nospim.adapters.mam_tree import CLIENT, Archived, El, bare, payload
from nospim.adapters.placed import minted
from nospim.events import MAX_ID, MAX_TEXT, Attachment

SID: Final = "urn:xmpp:sid:0"
MUC_USER: Final = "http://jabber.org/protocol/muc#user"
MAX_FILES: Final = 50
MAX_LINKS: Final = 50
"""Links that only the formatted form of a text holds; as for Matrix."""
_TIME: Final = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)T(\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_LATEST: Final = 253_402_300_799.0
"""The last second of the year 9999, which datetime ends with."""
_ENCRYPTED: Final = frozenset({
    ("eu.siacs.conversations.axolotl", "encrypted"),
    ("urn:xmpp:omemo:1", "encrypted"),
    ("urn:xmpp:omemo:2", "encrypted"),
    ("urn:xmpp:openpgp:0", "openpgp"),
    ("jabber:x:encrypted", "x"),
    ("urn:xmpp:eme:0", "encryption"),
})  # fmt: skip
_OTHER: Final = {
    ("http://jabber.org/protocol/pubsub#event", "event"): "a notification of publish-subscribe",
    ("jabber:x:conference", "x"): "an invitation to a room",
    ("urn:xmpp:jingle-message:0", "propose"): "a call",
    ("urn:xmpp:reactions:0", "reactions"): "a reaction",
}
_STATES: Final = {
    ("urn:xmpp:receipts", "received"): "im.message.delivered",
    ("urn:xmpp:chat-markers:0", "received"): "im.message.delivered",
    ("urn:xmpp:chat-markers:0", "displayed"): "im.message.read",
}


class UnusableError(Exception):
    """A record that is refused; the message says why."""


class Meaning(NamedTuple):
    """An event to be: its type and data; names, means and copy as `placed.Placed` has them."""

    kind: str
    ident: str
    subject: str
    at: datetime
    data: dict[str, object]
    names: tuple[str, ...] = ()
    means: str = ""
    copy: bytes = b""


def time_of(stamp: str | float | None) -> datetime | None:
    """A stamp of an archive in UTC; None where it is no time.  XEP-0082, XEP-0203 and the older XEP-0091."""
    if isinstance(stamp, float):
        return datetime.fromtimestamp(stamp, UTC) if 0 <= stamp <= _LATEST else None
    found = _TIME.fullmatch(stamp or "")
    if found is None:
        return None
    year, month, day, clock, part, zone = found.groups()
    try:
        at = datetime.fromisoformat(f"{year}-{month}-{day}T{clock}{(part or '')[:7]}{zone or '+00:00'}")
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def meanings(record: Archived) -> Iterator[Meaning] | str:
    """What a record means, or why nothing; raises UnusableError where it should mean something and cannot."""
    message = record.message
    if message.name != "message":
        return f"a stanza that is no message ({message.name[:40]})"
    kind = message.get("type") or "normal"
    if kind in ("error", "headline"):
        return f"a message of type {kind}, which nobody wrote"
    at = time_of(record.stamp)
    if at is None:
        raise UnusableError("it has no time of the archive (XEP-0203) that can be read")
    stanza = _Stanza(record, at, group=kind == "groupchat")
    if not stanza.sender:
        raise UnusableError("it does not say whom it is from")
    if not stanza.group and not stanza.to:
        raise UnusableError("it does not say whom it was sent to")
    for who in (stanza.sender, stanza.to, stanza.room):
        if len(who) > MAX_ID:
            raise UnusableError(f"a name longer than {MAX_ID} characters")
    found = list(stanza.found())
    return iter(found) if found else stanza.nothing()


class _Stanza:
    """One message with who, where and when."""

    def __init__(self, record: Archived, at: datetime, *, group: bool) -> None:
        self.record, self.message, self.at, self.group = record, record.message, at, group
        source, target = self.message.get("from"), self.message.get("to")
        self.room = bare(source) if group else ""
        occupant = self.message.child("x", MUC_USER)
        if group and "/" not in source:
            # What an account sent to a room stands in its own archive with the account as the sender.
            own = bare(source) == record.keeper and target
            self.room = bare(target) if own else self.room
        self.to = "" if group else self._party(target, occupant) or record.keeper
        self.sender = self._sender(source, occupant)

    def _party(self, jid: str, occupant: El | None) -> str:
        """Whom a JID stands for; an occupant of a room is only known by the whole of it."""
        aside = occupant is not None and not self.group and bare(jid) != self.record.keeper
        return (bare(jid) + jid[len(jid.partition("/")[0]) :]) if aside and "/" in jid else bare(jid)

    def _sender(self, source: str, occupant: El | None) -> str:
        if not self.group:
            return self._party(source, occupant) or (
                self.record.keeper if self.to != self.record.keeper else ""
            )
        if self.record.keeper == self.room and occupant is not None:
            # In its own archive a room says who the occupant is; elsewhere anybody could have written it.
            item = occupant.child("item")
            if item is not None and item.get("jid"):
                return bare(item.get("jid"))
        if "/" not in source:
            return self._moderator() or bare(source)  # the room itself, or its member's own copy
        return bare(source) + source[len(source.partition("/")[0]) :]

    def _moderator(self) -> str:
        """Who took something down in the room (XEP-0425), as the room says."""
        for one in self.message.children:
            for inner in (one, *one.children):
                if inner.name == "moderated" and inner.space.startswith("urn:xmpp:message-moderate:"):
                    return inner.get("by")
        return ""

    @property
    def _where(self) -> str:
        return self.room if self.group else "\0".join(sorted((self.sender, self.to)))

    def _id(self, kind: str, *more: str) -> str:
        record = self.record
        stamp = str(record.stamp)
        ids = (record.keeper, record.uid, stamp, self.message.get("from"), self.message.get("to"))
        return minted("mam-", kind, *ids, self.message.get("id"), payload(self.message).hex(), *more)

    def _called(self, ident: str, sender: str | None = None) -> str:
        """The name by which its sender calls a message: the stanza's id means something only with them."""
        return "\0".join(("by", sender or self.sender, self._where, ident))

    def found(self) -> Iterator[Meaning]:
        """The events, the message itself first."""
        message = self.message
        gone = self._retracted()
        if gone:
            yield gone
            return
        text, encrypted, files = self._text(), self._encrypted(), self._files()
        tombstone = next((one for one in message.children if one.name == "retracted"), None)
        replaced = message.child("replace", "urn:xmpp:message-correct:0")
        if text or encrypted or files or tombstone is not None:
            said: dict[str, object] = {
                "to": [] if self.group else [self.to],
                "text": None if encrypted else text,  # the words beside the cipher are the program's
                "conversation": self.room or None,
                "kind": "group" if self.group else "direct",
                "encrypted": True if encrypted else None,
                "attachments": files or None,
            }
            if replaced is not None and replaced.get("id"):
                edit = {name: said[name] for name in ("to", "text")}
                means = self._called(replaced.get("id"))
                yield self._made("im.message.edited", edit, means=means, copied=True)
            else:
                yield self._made("im.message.sent", said, names=self._names(), copied=True)
            if tombstone is not None and (when := time_of(tombstone.get("stamp") or None)):
                named = self._names()[0] if self._names() else self._id("im.message.sent")
                yield self._made("im.message.retracted", {}, means=named, at=max(when, self.at))
        for one in message.children:
            state = _STATES.get((one.space, one.name))
            if state and one.get("id") and not self.group:
                yield self._made(state, {}, means=self._called(one.get("id"), self.to))

    def _made(
        self, kind: str, data: dict[str, object], *, names: tuple[str, ...] = (), means: str = "",
        copied: bool = False, at: datetime | None = None,
    ) -> Meaning:  # fmt: skip
        copy = b""
        if copied:
            who = (kind, self.message.get("from") if self.group else self.sender, self._where)
            copy = minted("", *who, self.message.get("id"), payload(self.message).hex()).encode()
        given = data if not means else {"message": "-", **data}
        return Meaning(kind, self._id(kind, means), self.sender, at or self.at, given, names, means, copy)

    def _names(self) -> tuple[str, ...]:
        """What later messages may call this one."""
        message, record = self.message, self.record
        own = [message.get("id"), *(one.get("id") for one in message.all("origin-id", SID))]
        names = [self._called(ident) for ident in dict.fromkeys(own) if ident]
        if record.keeper and record.uid:
            names.append("\0".join(("in", record.keeper, record.uid)))
        for one in message.all("stanza-id", SID):
            if one.get("id") and bare(one.get("by")) in (record.keeper, self.room):
                names.append("\0".join(("in", bare(one.get("by")), one.get("id"))))
        return tuple(dict.fromkeys(names))

    def _retracted(self) -> Meaning | None:
        message = self.message
        asked = next(
            (one for one in message.children if one.name == "retract" and "message-retract" in one.space),
            None,
        )
        ident = asked.get("id") if asked is not None else ""
        fastened = message.child("apply-to", "urn:xmpp:fasten:0")
        if asked is None and fastened is not None:
            asked = next((one for one in fastened.children if one.name in ("retract", "moderated")), None)
            ident = fastened.get("id")
        if asked is None or not ident:
            return None
        # In rooms the id is the room's; between two people the sender's: nobody retracts another's words.
        means = "\0".join(("in", self.room, ident)) if self.group else self._called(ident)
        return self._made("im.message.retracted", {}, means=means, copied=True)

    def _text(self) -> str | None:
        bodies = [one.text for one in self.message.all("body", CLIENT) if one.text]
        parts = list(dict.fromkeys(bodies))
        said = "\n".join(parts)
        formatted = self.message.child("html", "http://jabber.org/protocol/xhtml-im")
        if formatted is not None and said:
            parts += [link for link in _links(formatted) if link not in said]
        return "\n".join(parts)[:MAX_TEXT] if parts else None

    def _encrypted(self) -> bool:
        return any((one.space, one.name) in _ENCRYPTED for one in self.message.children)

    def _files(self) -> list[Attachment]:
        files = []
        for one in self.message.all("x", "jabber:x:oob"):
            url = one.child("url")
            if url is not None and url.text.strip():
                files.append(Attachment(url=url.text.strip()[:MAX_TEXT]))
        for one in self.message.children:
            if one.name == "file-sharing" and one.space.startswith("urn:xmpp:sfs:"):
                files.append(_shared(one))
        return files[:MAX_FILES]

    def nothing(self) -> str:
        """Why it means nothing."""
        for one in self.message.children:
            if (one.space, one.name) in _OTHER:
                return _OTHER[one.space, one.name]
        if self.message.child("subject") is not None:
            return "a new subject of a room"
        return "a message without words (a state of typing, a marker)"


def _links(formatted: El) -> list[str]:
    todo: list[El] = [formatted]
    found: list[str] = []
    while todo and len(found) < MAX_LINKS:
        one = todo.pop()
        found += [one.get(name) for name in ("href", "src") if one.get(name)]
        todo.extend(reversed(one.children))
    return found


def _shared(sharing: El) -> Attachment:
    """A file as XEP-0447 and XEP-0446 describe it."""
    file = next((one for one in sharing.children if one.name == "file"), None)
    said = {one.name: one.text.strip() for one in (file.children if file is not None else [])}
    sources = next((one for one in sharing.children if one.name == "sources"), None)
    targets = [one.get("target") for one in (sources.children if sources is not None else [])]
    size = said.get("size", "")
    return Attachment(
        name=said.get("name", "")[:MAX_ID] or None,
        type=said.get("media-type", "")[:MAX_ID] or None,
        size=int(size) if size.isascii() and size.isdecimal() and len(size) < 16 else None,
        hash=said.get("hash", "")[:MAX_ID] or None,
        url=next((target for target in targets if target), None),
    )
