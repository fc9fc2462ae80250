"""Matrix events into the events of the contract, as plain dictionaries.

Standard library only: the Synapse module carries a copy of this file, and a test holds them equal.  Ids are
Matrix event ids (from room version 3 on hashes, so no sender can choose one).  What comes out depends on the
event and the arguments only, so that a repeat has the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from typing import Any, Final

Json = dict[str, Any]

MAX_TO: Final = 200
"""Members of a room up to which they are named as recipients; a larger room is named by `conversation`."""
MAX_TEXT: Final = 100_000
"""Characters of text that are passed on: an event is 65,536 bytes at most."""
MAX_LINKS: Final = 50
"""Links taken out of formatted text."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - as old as Synapse's oldest Python
_LAST: Final = 253_402_300_799_000
"""Milliseconds of the last second of the year 9999, which datetime ends with."""


def time_of(milliseconds: Any) -> str:
    """A time of Matrix (milliseconds) in RFC 3339; a senseless one is moved into what calendars have."""
    sane = milliseconds if isinstance(milliseconds, int) else 0
    moment = _EPOCH + timedelta(milliseconds=min(max(sane, 0), _LAST))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def envelope(source: str, ident: str, kind: str, time: str, subject: str, data: Json) -> Json:
    """One event of the contract; absent data are left out."""
    return {
        "specversion": "1.0",
        "source": source,
        "id": ident,
        "type": kind,
        "time": time,
        "subject": subject,
        "data": {name: value for name, value in data.items() if value is not None},
    }


def session_id(user: str, device: str | None) -> str | None:
    """The id of a session: devices are named by users, so their names mean something only together."""
    return f"{user} {device}" if device else None


def events_of(
    event: Mapping[str, Any],
    ident: str,
    source: str,
    members: Sequence[str] | None = None,
    device: str | None = None,
) -> list[Json]:
    """What one Matrix event means, most important first; empty where it means nothing to the guard.

    An edit is a message to be asked about, because nothing else is asked about before it is sent, and an edit
    to be told of once it was.

    event: as a dictionary, in the form of clients or of federation.  ident: its id.  members: who has
    joined the room, None where that is not known.  device: the sender's, where it is known.
    """
    content = event.get("content")
    sender, room = event.get("sender"), event.get("room_id")
    if not isinstance(content, dict) or not isinstance(sender, str):
        return []
    time, session = time_of(event.get("origin_server_ts")), session_id(sender, device)

    def made(kind: str, data: Json, subject: str = sender, suffix: str = "") -> Json:
        return envelope(source, ident + suffix, kind, time, subject, data)

    kind = event.get("type")
    if kind == "m.room.member":
        return _membership(event, content, made)
    if "state_key" in event:
        return []
    if kind == "m.room.redaction":
        gone = content.get("redacts") or event.get("redacts")
        return [made("im.message.retracted", {"message": gone})] if isinstance(gone, str) and gone else []
    to = _recipients(sender, members)
    if kind == "m.reaction":
        return []
    text, said, edited = _edit(content)
    data = {
        "to": to or [],
        "text": text,
        "conversation": room if isinstance(room, str) else None,
        "kind": None if members is None else "direct" if len(members) <= 2 else "group",
        "session": session,
        "encrypted": True if kind == "m.room.encrypted" else None,
        "attachments": _attachments(content),
    }
    if edited is None:
        return [made("im.message.sent", data)]
    edit = {"message": edited, "text": said, "to": to, "session": session}
    return [made("im.message.sent", data), made("im.message.edited", edit, suffix="/edit")]


def _edit(content: Json) -> tuple[str | None, str | None, str | None]:
    """All the words of a message; those that it has as an edit; and the id of the message that it edits."""
    text, relation = text_of(content), content.get("m.relates_to")
    if not isinstance(relation, dict) or relation.get("rel_type") != "m.replace":
        return text, text, None
    of, new = relation.get("event_id"), content.get("m.new_content")
    said = text_of(new) if isinstance(new, dict) else text
    # Clients that know no edits show the old form, which may say something else.
    both = said if text in (said, f"* {said}") else "\n".join(part for part in (said, text) if part)
    return both, said, of if isinstance(of, str) and of else None


def _membership(event: Mapping[str, Any], content: Json, made: Any) -> list[Json]:
    """Invitations are requests for contact; one that was taken up makes two people contacts."""
    whom, unsigned = event.get("state_key"), event.get("unsigned")
    if not isinstance(whom, str) or not whom:
        return []
    before = unsigned.get("prev_content") if isinstance(unsigned, dict) else None
    before = before if isinstance(before, dict) else {}
    if content.get("membership") == "invite" and before.get("membership") != "invite":
        reason = content.get("reason")
        text = reason[:MAX_TEXT] if isinstance(reason, str) else None
        return [made("im.contact.requested", {"contact": whom, "text": text})]
    if content.get("membership") != "join":
        return []
    inviter = unsigned.get("prev_sender") if isinstance(unsigned, dict) else None
    if before.get("membership") == "invite" and isinstance(inviter, str) and inviter != whom:
        return [
            made("im.contact.added", {"contact": inviter}, subject=whom),
            made("im.contact.added", {"contact": whom}, subject=inviter, suffix="/inviter"),
        ]
    return []


def _recipients(sender: str, members: Sequence[str] | None) -> list[str] | None:
    if members is None or len(members) > MAX_TO:
        return None
    return sorted(member for member in members if member != sender)


def text_of(content: Mapping[str, Any]) -> str | None:
    """All the words of a message that people see, with the links that its formatted form hides."""
    parts: list[str] = []
    for name in ("body", "filename", "org.matrix.msc1767.text", "m.text"):
        value = content.get(name)
        if isinstance(value, list):
            value = next((v.get("body") for v in value if isinstance(v, dict) and v.get("body")), None)
        if isinstance(value, str) and value and value not in parts:
            parts.append(value)
    for name in ("m.poll", "m.poll.start", "org.matrix.msc3381.poll.start"):
        poll = content.get(name)
        parts += _poll(poll) if isinstance(poll, dict) else []
    formatted = content.get("formatted_body")
    if isinstance(formatted, str) and formatted:
        hidden = _Formatted()
        hidden.feed(formatted[:MAX_TEXT])
        hidden.close()
        said = "\n".join(parts)
        words = "".join(hidden.words)
        if words.split() != said.split():
            parts.append(words)
        parts += [link for link in hidden.links if link not in said]
    return "\n".join(parts)[:MAX_TEXT] if parts else None


def _poll(poll: Mapping[str, Any]) -> list[str]:
    answers = poll.get("answers")
    said = [poll.get("question"), *(answers[:20] if isinstance(answers, list) else [])]
    return [text for each in said if isinstance(each, dict) and (text := text_of(each))]


class _Formatted(HTMLParser):
    """The words and the links of formatted text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("br", "p", "div", "li"):
            self.words.append("\n")
        for name, value in attrs:
            # Links to people and rooms are how clients write mentions.
            mention = (value or "").startswith(("https://matrix.to/", "matrix:", "mxc:"))
            if name in ("href", "src") and value and not mention and len(self.links) < MAX_LINKS:
                self.links.append(value)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _attachments(content: Mapping[str, Any]) -> list[Json] | None:
    url, file, info = content.get("url"), content.get("file"), content.get("info")
    if not isinstance(url, str):
        url = file.get("url") if isinstance(file, dict) else None
    if not isinstance(url, str):
        return None
    info = info if isinstance(info, dict) else {}
    size, name = info.get("size"), content.get("filename") or content.get("body")
    said = {
        "name": name[:255] if isinstance(name, str) else None,
        "type": str(info["mimetype"])[:255] if info.get("mimetype") else None,
        "size": size
        if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 1 << 53
        else None,
        "url": url[:1024],
    }
    return [{key: value for key, value in said.items() if value is not None}]
