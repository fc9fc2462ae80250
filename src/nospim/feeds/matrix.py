"""The form "matrix_policy": a policy room's state as a JSON list of ``m.policy.rule.*`` events.

Rules with ``*`` or ``?`` in them are refused, for entries are looked up and not matched; rules about rooms
are left out.  Of two events of one type and state key the later counts; an empty content takes a rule back.
Source: Matrix client-server API, "Moderation policy lists"; MSC4205 for hashed entities.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from nospim.feeds.interface import Parsed, Refused, gathered, quoted
from nospim.listings import Entry
from nospim.policy import FeedSettings

KINDS: Final = {
    f"{before}{kind}"
    for before in ("m.policy.rule.", "org.matrix.mjolnir.rule.", "m.room.rule.")
    for kind in ("user", "server")
}
"""Types of rule, the older names included that some rooms still hold."""
BANS: Final = frozenset({"m.ban", "org.matrix.mjolnir.ban"})
LAST: Final = 253_402_300_799_000
"""Milliseconds to the end of the year 9999, the last that has a date."""
HASHES: Final = ("hashes", "org.matrix.msc4205.hashes")


class _Event(Struct):
    type: str
    state_key: str = ""
    content: dict[str, Any] = {}
    origin_server_ts: Annotated[int, Meta(ge=0, le=LAST)] | None = None


_decoder: Final = msgspec.json.Decoder(list[Any])


def parse(content: bytes, _settings: FeedSettings) -> Parsed:
    """Read a room's policy rules; lines are places in the list, the latest event's time is the feed's."""
    try:
        events = _decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Parsed(refused=(Refused(1, f"no list of events: {error}"),))
    known: dict[tuple[str, str], tuple[int, _Event]] = {}
    refused: list[Refused] = []
    for number, told in enumerate(events, 1):
        try:
            event = msgspec.convert(told, _Event)
        except msgspec.ValidationError as error:
            refused.append(Refused(number, str(error)))
            continue
        if event.type in KINDS:
            known[event.type, event.state_key] = (number, event)
    times = [event.origin_server_ts for _, event in known.values() if event.origin_server_ts is not None]
    parsed = gathered(_entries(known.values()), max(times) / 1000 if times else None)
    return Parsed(
        parsed.entries, tuple(sorted((*refused, *parsed.refused), key=lambda r: r.line)), parsed.dated
    )


def _entries(known: Any) -> Iterator[Entry | Refused]:
    for number, event in sorted(known, key=lambda one: one[0]):
        content = event.content
        if not content or str(content.get("recommendation")) not in BANS:
            continue
        digest = _digest(content)
        if digest is None:
            yield Refused(number, f"{quoted(str(content.get('entity')))} is no single user or server")
            continue
        stamp = event.origin_server_ts
        yield Entry("digest", digest, number, None if stamp is None else stamp / 1000)


def _digest(content: dict[str, Any]) -> str | None:
    """The SHA-256 in hex of a rule's entity; None where it is a pattern or nothing."""
    for name in HASHES:
        hashes = content.get(name)
        written = hashes.get("sha256") if isinstance(hashes, dict) else None
        if isinstance(written, str):
            try:
                raw = base64.b64decode(written + "=" * (-len(written) % 4), validate=True)
            except (binascii.Error, ValueError):
                return None
            return raw.hex() if len(raw) == 32 else None
    entity = content.get("entity")
    if not isinstance(entity, str) or not entity or set(entity) & set("*?"):
        return None
    return hashlib.sha256(entity.lower().encode("utf-8", "replace")).hexdigest()
