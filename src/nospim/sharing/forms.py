"""A list in the forms that others read: XMPP's RTBL, hosts, hashes, Matrix policy rules, and our own.

Sources: XEP-0060 (PubSub) and XEP-0377 (reports) as RTBL uses them: an item is named by the hex SHA-256 of a
bare JID.  Matrix client-server API, "Moderation policy lists" (``m.policy.rule.*``), and MSC4205 for hashed
entities.  Files of hosts are read by Prosody's mod_firewall (``%LIST``) and by nospim's own list feeds.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any, Final
from xml.sax.saxutils import quoteattr

import msgspec
from msgspec.structs import replace

from nospim.sharing.listing import Book, Kind, Listing, Withdrawn

NODES: Final[dict[Kind, str]] = {
    "account": "spam_source_jids_sha256",
    "host": "lure_hosts_sha256",
    "address": "lure_addresses_sha256",
}
"""Names of PubSub nodes; the first is the one that servers subscribe to (xmppbl.org)."""
PUBSUB: Final = "http://jabber.org/protocol/pubsub"
HASHES: Final = "org.matrix.msc4205.hashes"
"""The field of MSC4205 until it is part of the specification."""


def render(book: Book) -> dict[str, bytes]:
    """Every file of a version, by its path."""
    solid = _solid(book)
    told = replace(book, withdrawn=tuple(w for w in book.withdrawn if w.why != "victim"))
    files = {"list.json": msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"}
    for kind, node in NODES.items():
        entries = [one for one in solid if one.kind == kind]
        files[f"rtbl/{node}.xml"] = _items(node, book, entries)
        files[f"rtbl/{node}.changes.xml"] = _changes(node, book, entries, kind)
    files["hosts.txt"] = _lines(book, (one.value for one in solid if one.kind == "host"))
    files["addresses.txt"] = _lines(book, (one.value for one in solid if one.kind == "address"))
    files["sha256.txt"] = _lines(book, (f"{one.sha256} {one.reason}" for one in solid))
    files["matrix/policy.json"] = msgspec.json.format(msgspec.json.encode(_rules(book)), indent=1) + b"\n"
    return files


def _solid(book: Book) -> list[Listing]:
    """The entries that forms without weights hold: not those places that only two campaigns speak for."""
    return [
        one
        for one in book.entries
        if one.kind == "account" or any(c.kind != "campaigns" for c in one.conditions)
    ]


def _items(node: str, book: Book, entries: Iterable[Listing]) -> bytes:
    """The items of a PubSub node, as a server answers who asks for them."""
    items = "".join(f"\n  {_item(one)}" for one in entries)
    return _xml(
        book, f"<pubsub xmlns={quoteattr(PUBSUB)}><items node={quoteattr(node)}>{items}\n</items></pubsub>"
    )


def _changes(node: str, book: Book, entries: Iterable[Listing], kind: Kind) -> bytes:
    """The same as events: what was published with this version, and what was taken back."""
    new = "".join(f"\n  {_item(one)}" for one in entries if one.since == book.issued)
    taken = [w for w in book.withdrawn if w.kind == kind and w.at == book.issued]
    gone = "".join(f"\n  <retract id={quoteattr(w.sha256)}/>" for w in taken)
    return _xml(
        book, f"<event xmlns='{PUBSUB}#event'><items node={quoteattr(node)}>{new}{gone}\n</items></event>"
    )


def _item(one: Listing) -> str:
    told = f"nospim: {one.conditions[0].told}; until {one.until.date().isoformat()}"
    reason = quoteattr(f"urn:xmpp:reporting:{'spam' if one.reason == 'spam' else 'abuse'}")
    report = f"<report xmlns='urn:xmpp:reporting:1' reason={reason}><text>{_text(told)}</text></report>"
    return f"<item id={quoteattr(one.sha256)}>{report}</item>"


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _xml(book: Book, body: str) -> bytes:
    dated = f"<!-- Updated: {book.issued.date().isoformat()} version {book.version} -->"
    return f"<?xml version='1.0' encoding='UTF-8'?>\n{dated}\n{body}\n".encode()


def _lines(book: Book, lines: Iterable[str]) -> bytes:
    by = " ".join(book.publisher.split()) or "a list"
    head = f"# Updated: {book.issued.date().isoformat()} version {book.version} of {by}\n"
    return (head + "".join(f"{line}\n" for line in lines)).encode()


def _rules(book: Book) -> list[dict[str, Any]]:
    """State events for a policy room: hashed rules about Matrix users; an empty content takes one back."""
    made: list[dict[str, Any]] = []
    for one in book.entries:
        if one.kind == "account":
            content = {
                "recommendation": "m.ban",
                "reason": one.reason,
                HASHES: {"sha256": _base64(one.sha256)},
            }
            made.append(_rule(one, content))
    gone = [w for w in book.withdrawn if w.why != "victim" or w.at == book.issued]
    made += [_rule(w, {}) for w in gone if w.kind == "account"]
    return made


def _rule(one: Listing | Withdrawn, content: dict[str, Any]) -> dict[str, Any]:
    return {"type": "m.policy.rule.user", "state_key": f"sha256:{one.sha256}", "content": content}


def _base64(digest: str) -> str:
    """A hash in Matrix's unpadded Base64."""
    return base64.b64encode(bytes.fromhex(digest)).decode().rstrip("=")
