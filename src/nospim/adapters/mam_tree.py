"""A stanza as a small tree, whatever it was read from, and the bounds that keep it small."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Final

from msgspec import Struct

MAX_RECORD: Final = 1 << 20
"""Bytes of one archived stanza; servers limit stanzas to 64 KiB or 256 KiB."""
MAX_DEPTH: Final = 64
"""Deepest nesting of elements; forwarded stanzas have about ten levels."""
MAX_NODES: Final = 20_000
"""Elements in one record; an ordinary one has ten."""

MAM: Final = frozenset({"urn:xmpp:mam:2", "urn:xmpp:mam:1", "urn:xmpp:mam:0", "urn:xmpp:mam:tmp"})
"""XEP-0313, and the namespaces of its earlier versions."""
CLIENT: Final = "jabber:client"
DELAY: Final = "urn:xmpp:delay"
_OF_SERVERS: Final = frozenset({
    "urn:xmpp:sid:0",  # XEP-0359, the part that the archive adds
    DELAY,
    "http://jabber.org/protocol/muc#user",
})  # fmt: skip


class El(Struct):
    """An element.  space: its namespace.  text: its own characters, those of children left out."""

    space: str
    name: str
    attributes: Mapping[str, str]
    children: list[El]
    text: str = ""

    def get(self, attribute: str) -> str:
        """An attribute's value, empty where it is not there."""
        return self.attributes.get(attribute, "")

    def child(self, name: str, space: str | None = None) -> El | None:
        """The first child of that name; in that namespace, or in the element's own."""
        return next(self.all(name, space), None)

    def all(self, name: str, space: str | None = None) -> Iterator[El]:
        """All such children."""
        within = self.space if space is None else space
        return (one for one in self.children if one.name == name and one.space == within)


class Archived(Struct, frozen=True, kw_only=True):
    """One record of an archive.

    keeper: whose archive it is, a bare JID, empty where that is not known.  uid: the archive's id of it.
    stamp: the time as the archive wrote it, or seconds since the Unix epoch.
    raw: the head of the record's bytes.
    """

    keeper: str
    uid: str
    stamp: str | float | None
    message: El
    line: int
    offset: int
    length: int
    raw: bytes


class Bad(Struct, frozen=True, kw_only=True):
    """A record that cannot be read, and why."""

    reason: str
    line: int
    offset: int
    length: int
    raw: bytes


def payload(message: El) -> bytes:
    """A digest of what a message's sender wrote: equal in all archives' copies of it (BLAKE2b, 128 bits).

    What servers add on the way (stanza ids, delays, occupants' data) is left out.
    """
    digest = blake2b(digest_size=16)
    todo = [one for one in reversed(message.children) if one.space not in _OF_SERVERS]
    while todo:
        one = todo.pop()
        for part in (one.space, one.name, one.text.strip(), *map("=".join, sorted(one.attributes.items()))):
            data = part.encode(errors="surrogatepass")
            digest.update(len(data).to_bytes(4, "big") + data)
        digest.update(len(one.children).to_bytes(4, "big"))
        todo.extend(reversed(one.children))
    return digest.digest()


def bare(jid: str) -> str:
    """A JID without its resource, its domain in lower case (RFC 7622, 3.3: case is mapped)."""
    return jid.partition("/")[0].strip().lower()
