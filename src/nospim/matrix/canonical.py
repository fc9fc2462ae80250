"""Matrix events as bytes: canonical JSON, redaction, hashes and signatures.  Pure.

Sources: the Matrix specification 1.18, appendices "Canonical JSON" and "Signing JSON"; server-server API,
"Signing events" and "Calculating the reference hash"; the redaction rules of room versions 1 to 12.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

Json = dict[str, Any]

MAX_PDU: Final = 65_536
"""Longest event in bytes (client-server API, "Size limits")."""
MAX_DEPTH: Final = 60
"""Deepest nesting that is looked into: a stack of calls has an end, and no real event comes near."""
MAX_INT: Final = (1 << 53) - 1


class NotCanonicalError(ValueError):
    """A value that has no canonical form, or an event that is none; the message says why."""


class Rules(Struct, frozen=True, kw_only=True):
    """What room versions differ in, as far as hashes and signatures go.

    own_ids: events carry an id of their own; it is no hash.  url_safe: ids are in the URL-safe alphabet.
    strict: integers only.  aliases, allow, authorised, modern: which fields of which types survive redaction.
    """

    own_ids: bool = False
    url_safe: bool = True
    strict: bool = True
    aliases: bool = False
    allow: bool = True
    authorised: bool = True
    modern: bool = True


ROOM_VERSIONS: Final[dict[str, Rules]] = {
    **{
        v: Rules(own_ids=True, strict=False, aliases=True, allow=False, authorised=False, modern=False)
        for v in ("1", "2")
    },
    "3": Rules(url_safe=False, strict=False, aliases=True, allow=False, authorised=False, modern=False),
    **{v: Rules(strict=False, aliases=True, allow=False, authorised=False, modern=False) for v in ("4", "5")},
    **{v: Rules(allow=False, authorised=False, modern=False) for v in ("6", "7")},
    "8": Rules(authorised=False, modern=False),
    **{v: Rules(modern=False) for v in ("9", "10")},
    **{v: Rules() for v in ("11", "12")},
}
"""By the version's name.  Source: "Room versions", as fully specified in 1.18."""

_KEPT: Final = frozenset({
    "event_id", "type", "room_id", "sender", "state_key", "content", "hashes", "signatures", "depth",
    "prev_events", "auth_events", "origin_server_ts",
})  # fmt: skip
_KEPT_BEFORE_11: Final = _KEPT | {"prev_state", "origin", "membership"}
_POWER: Final = (
    "ban", "events", "events_default", "kick", "redact", "state_default", "users", "users_default",
)  # fmt: skip


def canonical(value: Any, *, strict: bool = True) -> bytes:
    """A JSON value in its one canonical form.

    strict: refuse what room versions from 6 on refuse: numbers that are no integers, or too large.
    Raises NotCanonicalError.
    """
    _check(value, 0, strict=strict)
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
        return text.encode()
    except (ValueError, UnicodeEncodeError) as error:
        raise NotCanonicalError(str(error)) from None


def _check(value: Any, depth: int, *, strict: bool) -> None:
    if depth > MAX_DEPTH:
        raise NotCanonicalError(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, dict):
        for each in value.values():
            _check(each, depth + 1, strict=strict)
    elif isinstance(value, list):
        for each in value:
            _check(each, depth + 1, strict=strict)
    elif strict and isinstance(value, float):
        raise NotCanonicalError("a number that is not an integer")
    elif strict and isinstance(value, int) and abs(value) > MAX_INT:
        raise NotCanonicalError("an integer beyond 2^53 - 1")


def redacted(event: Mapping[str, Any], rules: Rules) -> Json:
    """What is left of an event when it is redacted, which is what is signed."""
    kept = _KEPT if rules.modern else _KEPT_BEFORE_11
    pruned = {name: value for name, value in event.items() if name in kept}
    content = event.get("content")
    if not isinstance(content, dict):
        raise NotCanonicalError("content is not an object")
    pruned["content"] = _content(str(event.get("type")), content, rules)
    return pruned


def _content(kind: str, content: Json, rules: Rules) -> Json:
    if kind == "m.room.create" and rules.modern:
        return dict(content)
    names: tuple[str, ...] = {
        "m.room.member": ("membership", *(("join_authorised_via_users_server",) if rules.authorised else ())),
        "m.room.create": ("creator",),
        "m.room.join_rules": ("join_rule", *(("allow",) if rules.allow else ())),
        "m.room.power_levels": (*_POWER, *(("invite",) if rules.modern else ())),
        "m.room.history_visibility": ("history_visibility",),
        "m.room.aliases": ("aliases",) if rules.aliases else (),
        "m.room.redaction": ("redacts",) if rules.modern else (),
    }.get(kind, ())
    left = {name: content[name] for name in names if name in content}
    if kind == "m.room.member" and rules.modern:
        invite = content.get("third_party_invite")
        if isinstance(invite, dict) and "signed" in invite:
            left["third_party_invite"] = {"signed": invite["signed"]}
    return left


def content_hash(event: Mapping[str, Any], rules: Rules) -> str:
    """SHA-256 over the whole event without its signatures, unsigned part and hashes (unpadded base64)."""
    bare = {k: v for k, v in event.items() if k not in {"unsigned", "signatures", "hashes"}}
    return unpadded(hashlib.sha256(canonical(bare, strict=rules.strict)).digest())


def event_id(event: Mapping[str, Any], rules: Rules) -> str:
    """The event's id: the hash of what is left when it is redacted.

    Room versions 1 and 2 let the sending server choose ids; there the hash is joined to the chosen one, so
    that nobody can pass another event off under a name that is known.
    """
    bare = {k: v for k, v in redacted(event, rules).items() if k not in {"unsigned", "signatures"}}
    digest = hashlib.sha256(canonical(bare, strict=rules.strict)).digest()
    if rules.own_ids:
        return f"{event.get('event_id')}~{unpadded(digest)}"
    return "$" + (urlsafe_b64encode(digest) if rules.url_safe else b64encode(digest)).decode().rstrip("=")


def sign(value: Mapping[str, Any], key: Ed25519PrivateKey, *, strict: bool = True) -> str:
    """The signature of a JSON object, its signatures and unsigned part left out (unpadded base64)."""
    return unpadded(key.sign(_to_sign(value, strict=strict)))


def verify(value: Mapping[str, Any], signature: str, key: bytes, *, strict: bool = True) -> bool:
    """Is this the signature of a JSON object under an Ed25519 public key (its 32 bytes)?"""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(padded(signature), _to_sign(value, strict=strict))
    except (InvalidSignature, ValueError):
        return False
    return True


def _to_sign(value: Mapping[str, Any], *, strict: bool) -> bytes:
    bare = {k: v for k, v in value.items() if k not in {"signatures", "unsigned"}}
    return canonical(bare, strict=strict)


def unpadded(data: bytes) -> str:
    """Base64 without padding (appendix "Unpadded Base64")."""
    return b64encode(data).decode().rstrip("=")


def padded(text: str) -> bytes:
    """The bytes of unpadded base64, in the ordinary or the URL-safe alphabet; raises ValueError."""
    text = text.replace("-", "+").replace("_", "/")
    return b64decode(text + "=" * (-len(text) % 4), validate=True)
