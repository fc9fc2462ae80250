"""Addresses that begin with a scheme, in whatever disguise: "https://", "hxxps[:]//", "h**p :// www . a . ci"."""

from __future__ import annotations

import re
from typing import Final

from nospim.links.letters import fold
from nospim.links.link import MAX_AUTHORITY
from nospim.links.lists import LinkLists
from nospim.links.pieces import HIDDEN, Found, Front, finished, is_complete, joined, without_neighbours
from nospim.links.spots import HIDDEN_DOT, Prepared

_LOOK_BACK: Final = 16
"""Characters read backwards from the colon; the longest disguised scheme is shorter."""
_SCHEME: Final = re.compile(
    r"(?:(?P<web>https?)|(?P<ftp>s?f[tx]ps?)|(?P<odd>h[tx*7+_.-]{1,3}p{1,2}[s5]?|[tx]{2}ps?))(?P<gap>[\s\[({]*)$"
)
_SEPARATOR: Final = re.compile(r":\s?[\])}]?\s{0,2}[\[({]?[/\\]{1,4}[\])}]?\s{0,2}")
_AUTHORITY: Final = re.compile(
    rf"(?:[^\s/\\?#<>\"'`|\[\](){{}}，、！；”’》」…]{{1,64}}|\[[0-9a-f:.]{{3,45}}\]|{HIDDEN_DOT}){{1,24}}",
    re.IGNORECASE,
)
_SENTENCE_ENDS: Final = ".,;:!*_~&="


def schemed(seen: Prepared, colon: int, floor: int, lists: LinkLists) -> Found | None:
    """The address whose scheme ends at this colon, not starting before `floor`."""
    separator = _SEPARATOR.match(seen.plain, colon)
    low = max(floor, colon - _LOOK_BACK)
    written = seen.plain[low:colon].lower()
    looks = written if written.isascii() else _fold_each(written)
    scheme = _SCHEME.search(looks)
    if scheme is None or separator is None:
        return None
    tricks: set[str] = set()
    around = scheme["gap"] + separator[0]
    if around != "://":
        tricks |= _tricks_of(around)
    if scheme["odd"] or (scheme["ftp"] and "x" in scheme["ftp"]):
        tricks.add("defanged")
    if looks != written:
        tricks.add("homoglyph")
    name = looks[scheme.start() : scheme.start("gap")]
    protocol = "ftp" if scheme["ftp"] else "https" if name[-1] in "s5" else "http"
    front = _front(seen, low + scheme.start(), separator.end(), protocol, tricks, lists)
    return None if front is None else finished(seen, front)


def _tricks_of(around: str) -> set[str]:
    tricks: set[str] = set()
    if any(mark in around for mark in "[({"):
        tricks.add("defanged")
    if any(c.isspace() for c in around):
        tricks.add("split")
    return tricks


def _fold_each(text: str) -> str:
    """`fold` letter by letter, so that the length stays."""
    return "".join(f if len(f := fold(c)) == 1 else c for c in text)


def _front(
    seen: Prepared, start: int, at: int, protocol: str, tricks: set[str], lists: LinkLists
) -> Front | None:
    """Read the authority from `at` on, joining a host that is written in pieces."""
    piece = _AUTHORITY.match(seen.plain, at, at + MAX_AUTHORITY)
    if piece is None:
        return None
    authority, end = piece[0], piece.end()
    if "[" in authority or "(" in authority or "\\" in authority or "{" in authority or "<" in authority:
        authority = HIDDEN.sub(".", authority)
        if authority != piece[0]:
            tricks.add("defanged")
    apart = False
    if not is_complete(authority, lists):
        more = _completed(seen.plain, authority, end, lists)
        if more is not None:
            authority, end, how = more
            apart = bool(how)
            tricks |= how
    if not apart and seen.plain[end : end + 1] not in tuple("/\\?#"):
        kept = authority.rstrip(_SENTENCE_ENDS)
        end -= len(authority) - len(kept)
        authority = kept
    if not authority:
        return None
    return Front(f"{protocol}://{authority}", start, at, end, frozenset(tricks), apart)


def _completed(
    plain: str, authority: str, end: int, lists: LinkLists
) -> tuple[str, int, frozenset[str]] | None:
    """An authority without a known suffix, completed by the pieces after it or freed of the words around it."""
    bare = authority.rstrip(".")
    more = joined(plain, bare, end - (len(authority) - len(bare)), lists)
    if more is None and not authority.isascii():
        host_at = authority.rfind("@") + 1
        _, host_end = without_neighbours(authority[host_at:], lists)
        dropped = len(authority) - host_at - host_end
        more = (authority[: len(authority) - dropped], end - dropped, frozenset())
    if more is None and "," in authority:
        dotted = authority.replace(",", ".")
        more = (dotted, end, frozenset({"defanged"})) if is_complete(dotted, lists) else None
    return more
