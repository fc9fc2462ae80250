"""What a complaint names: accounts of IM services and their messages, in URIs, stanzas, Matrix events, XARF.

Sources: RFC 5122 (xmpp: URIs), XEP-0147 and XEP-0359 (messages), XEP-0377 (reports), the Matrix
specification's matrix: URIs (MSC2312) and matrix.to links, XARF 4 (messaging/spam).
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from nospim.adapters.mam_tree import CLIENT, El, bare
from nospim.adapters.mam_xml import TreeError, tree
from nospim.adapters.matrix import event_id
from nospim.adapters.matrix_convert import text_of
from nospim.events import MAX_ID

REPORTING: Final = ("urn:xmpp:reporting:1", "urn:xmpp:reporting:0")
_XMPP: Final = re.compile(
    r"xmpp:(?://[^/]*/)?([^?#\s<>\"]{1,1024})(?:\?([^#\s<>\"]{0,1024}))?", re.IGNORECASE
)
_MATRIX_USER: Final = re.compile(
    r"matrix:u(?:ser)?/([^?#\s<>\"]{1,300})|matrix\.to/#/(?:%40|@)([^?/\s<>\"]{1,300})"
)
_MATRIX_EVENT: Final = re.compile(
    r"matrix:roomid/([^/?#\s<>\"]{1,300})/e(?:vent)?/([^?#\s<>\"]{1,300})"
    r"|matrix\.to/#/(?:%21|!)([^/?\s<>\"]{1,300})/(?:%24|\$)([^?/\s<>\"]{1,300})"
)
_ACCOUNT: Final = re.compile(r"[^@/\s<>\"]{1,512}@[^@/\s<>\"]{1,500}|@[^:@\s]{1,250}:[^\s/@]{1,250}")


class Named(Struct, frozen=True):
    """What one piece of a complaint says: the accused, the message, its words; each may be empty."""

    accused: str = ""
    message: str = ""
    content: str = ""


def in_uri(text: str) -> Named | None:
    """The account or message that a URI means, or None."""
    if found := _XMPP.search(text):
        query = dict(part.partition("=")[::2] for part in (found[2] or "").split(";"))
        return Named(accused=bare(unquote(found[1]))[:MAX_ID], message=unquote(query.get("id", ""))[:MAX_ID])
    if found := _MATRIX_EVENT.search(text):
        room, event = unquote(found[1] or found[3]), unquote(found[2] or found[4])
        return Named(message=event_id("!" + room, "$" + event)[:MAX_ID])
    if found := _MATRIX_USER.search(text):
        return Named(accused="@" + unquote(found[1] or found[2])[: MAX_ID - 1])
    return None


def in_xml(data: bytes) -> list[Named]:
    """The messages complained of in an attached stanza, or in what XEP-0377 wraps."""
    try:
        root = tree(_undeclared(data))
    except TreeError:
        return []
    found: list[Named] = []
    todo, by_report = [root], ""
    while todo:
        one = todo.pop(0)
        if one.name == "message" and one.space == CLIENT and one.get("from"):
            found.append(_stanza(one))
            continue
        if one.name == "report" and one.space in REPORTING:
            reported = next((c for c in one.children if c.name == "stanza-id"), None)
            by_report = reported.get("id") if reported is not None else by_report
        if one.name == "item" and one.get("jid") and any(c.name == "report" for c in one.children):
            report = next(c for c in one.children if c.name == "report")
            ids = [c.get("id") for c in report.children if c.name == "stanza-id" and c.get("id")]
            found += [Named(bare(one.get("jid")), ident[:MAX_ID]) for ident in ids or [""]]
            continue
        todo.extend(one.children)
    if by_report and len(found) == 1 and not found[0].message:
        found = [msgspec.structs.replace(found[0], message=by_report[:MAX_ID])]
    return found


def _undeclared(data: bytes) -> bytes:
    return re.sub(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}\?>", b"", data).strip()


def _stanza(message: El) -> Named:
    sid = next((one.get("id") for one in message.all("stanza-id", "urn:xmpp:sid:0") if one.get("id")), "")
    words = "\n".join(one.text for one in message.all("body", CLIENT))
    source = message.get("from") if message.get("type") == "groupchat" else bare(message.get("from"))
    return Named(source[:MAX_ID], (sid or message.get("id"))[:MAX_ID], words)


def in_json(data: bytes) -> tuple[list[Named], dict[str, Any] | None]:
    """The messages complained of in attached JSON (Matrix events, XARF), and the XARF report itself."""
    try:
        row = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [], None
    rows = row if isinstance(row, list) else [row]
    found, report = [], None
    for one in rows[:100]:
        if not isinstance(one, dict):
            continue
        if isinstance(one.get("xarf_version"), str) or isinstance(one.get("Report"), dict):
            report = one
            found += _xarf(one)
        elif isinstance(one.get("event_id"), str) and isinstance(one.get("sender"), str):
            content, room = one.get("content"), one.get("room_id")
            words = text_of(content) if isinstance(content, dict) else None
            ident = event_id(room if isinstance(room, str) else "", one["event_id"])
            found.append(Named(one["sender"][:MAX_ID], ident[:MAX_ID], words or ""))
    return found, report


def _xarf(report: dict[str, Any]) -> list[Named]:
    told = report["Report"] if isinstance(report.get("Report"), dict) else report
    accused = next(
        (
            told[name]
            for name in ("sender_address", "source_identifier", "SourceIdentifier", "Source")
            if isinstance(told.get(name), str) and _ACCOUNT.fullmatch(told[name])
        ),
        "",
    )
    message = told.get("message_id")
    words = told.get("message_content")
    named = Named(
        accused[:MAX_ID],
        message[:MAX_ID] if isinstance(message, str) else "",
        words if isinstance(words, str) else "",
    )
    return [named] if named.accused else []
