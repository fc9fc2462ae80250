"""Per-user parts taken out of an address before it is fetched: `stripped`.

A lure often carries a token that says whose copy it is, or the victim's address.  Fetching it would tell the
thief that this very person had clicked, and might use up or act on a link that was made for one person.
"""

from __future__ import annotations

import base64
import binascii
import re
from contextlib import suppress
from typing import Final
from urllib.parse import quote, unquote

import can_ada
from msgspec import Struct

from nospim.links import key_of

_NAMES: Final = """
utm_source utm_medium utm_campaign utm_term utm_content utm_id fbclid gclid dclid msclkid yclid igshid
mc_eid mc_cid _hsenc _hsmi mkt_tok vero_id wickedid oly_enc_id s_cid ref_src twclid ttclid gbraid wbraid
email e-mail mail em emailaddress user username userid user_id uid login login_hint account acct member
victim recipient rcpt to_email phone tel mobile msisdn name fname lname token tok access_token auth authkey
sid session sessionid session_id phpsessid jsessionid nonce sig signature otp code_verifier ticket
"""
PERSONAL: Final = frozenset(_NAMES.split())
"""Query parameters that hold who is meant or which copy it is, by their customary names in lower case."""
LONG_TOKEN: Final = 16
"""Characters from which a value that mixes letters and digits is a token: 62^16 is about 95 bits, nothing
that a page is numbered with.  Shorteners use 5 to 10."""
_EMAIL: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+\.[\w.-]+")
_UUID: Final = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.I)
_JWT: Final = re.compile(r"eyJ[\w-]{10,}\.[\w-]+\.[\w-]*")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_+/=~.-]+")
_PHONE: Final = re.compile(r"\+?\d[\d .()-]{7,17}\d")


class Stripped(Struct, frozen=True):
    """An address without its per-user parts, and what was dropped ("query email", "path 2"), in order."""

    url: str
    dropped: tuple[str, ...]


def stripped(url: str) -> Stripped:
    """Drop what tells one recipient's copy of an address from another's.

    Dropped are: user name and password; the fragment; query parameters with a customary name for a person
    or a session, or whose value is or hides a mail address, telephone number, UUID, signed token or other
    long token; path segments of which the same holds.  Kept are parts that name the page at a place where
    anyone may publish or at a shortener (`Link.key`), a lone query without "=", and everything else.
    An address that cannot be read is given back as it is.
    """
    try:
        read = can_ada.parse(url)
    except (ValueError, TypeError):
        return Stripped(url, ())
    if read.protocol not in {"http:", "https:"}:
        return Stripped(url, ())
    link = key_of(read.href)
    kept = link.key if link is not None and link.place != "own" else ""
    dropped: list[str] = []
    if read.username or read.password:
        dropped.append("user name")
    path = _path(read.pathname, kept, dropped)
    query = _query(read.search[1:], kept, dropped)
    if read.hash:
        dropped.append("fragment")
    if not dropped:
        return Stripped(read.href, ())
    return Stripped(f"{read.protocol}//{read.host}{path}{'?' + query if query else ''}", tuple(dropped))


def _path(path: str, kept: str, dropped: list[str]) -> str:
    segments: list[str] = []
    named = kept.partition("?")[0].split("/")[1:]
    for place, segment in enumerate(path.split("/")):
        if segment in named or not is_personal(unquote(segment)):
            segments.append(segment)
        else:
            dropped.append(f"path {place}")
    return "/".join(segments) or "/"


def _query(query: str, kept: str, dropped: list[str]) -> str:
    parts: list[str] = []
    named = kept.partition("?")[2].split("&")
    for part in query.split("&") if query else ():
        name, equals, raw = part.partition("=")
        value = unquote(raw.replace("+", " "))
        if f"{unquote(name)}={value}" in named:
            parts.append(part)
        elif (name.lower() in PERSONAL and equals) or is_personal(value or unquote(name)):
            dropped.append(f"query {quote(unquote(name)[:40]) if equals else ''}".rstrip())
        else:
            parts.append(part)
    return "&".join(parts)


def is_personal(value: str) -> bool:
    """Is this part of an address a mail address, telephone number or token, plain or in Base64 or hex?"""
    if _EMAIL.search(value) or _UUID.search(value) or _JWT.search(value):
        return True
    if _PHONE.fullmatch(value) and sum(c.isdigit() for c in value) >= 9:
        return True
    if any(_EMAIL.search(text) for text in _decoded(value)):
        return True
    return _is_token(value)


def _is_token(value: str) -> bool:
    """Long, of letters and digits mixed through; a title with words and hyphens is none."""
    if len(value) < LONG_TOKEN or not _TOKEN.fullmatch(value):
        return False
    if re.fullmatch(r"[0-9a-fA-F]+", value):
        return any(c.isdigit() for c in value)
    runs = [run for run in re.split(r"[_+/=~.-]", value) if run]
    longest = max(runs, key=len, default="")
    if len(longest) < LONG_TOKEN:
        return False
    kinds = [any(c.isdigit() for c in longest), any(c.isupper() for c in longest)]
    kinds.append(any(c.islower() for c in longest))
    return sum(kinds) >= 2 and kinds[0]


def _decoded(value: str) -> list[str]:
    texts: list[str] = []
    if len(value) >= 8:
        padded = value.replace("-", "+").replace("_", "/").rstrip("=")
        with suppress(binascii.Error, ValueError):
            texts.append(base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True).decode("utf-8"))
        with suppress(ValueError):
            texts.append(bytes.fromhex(value).decode("utf-8"))
    return texts
