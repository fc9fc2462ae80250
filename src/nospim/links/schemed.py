"""Addresses that begin with a scheme, in any disguise: "https://", "hxxps[:]//", "h**p :// www . a . ci"."""

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
_BRACKETS: Final = re.compile(r"[\[({<\\]")
_CLEAN_HOST: Final = re.compile(r"[\w.-]+")
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
    if looks[scheme.start() :] != written[scheme.start() :]:
        tricks.add("homoglyph")
    name = looks[scheme.start() : scheme.start("gap")]
    protocol = "ftp" if scheme["ftp"] else "https" if name[-1] in "s5" else "http"
    front = _front(seen, low + scheme.start(), separator.end(), protocol, lists)
    return None if front is None else finished(seen, front, frozenset(tricks))


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


def _front(seen: Prepared, start: int, at: int, protocol: str, lists: LinkLists) -> Front | None:
    """Read the authority from `at` on, joining a host that is written in pieces."""
    piece = _AUTHORITY.match(seen.plain, at, at + MAX_AUTHORITY)
    if piece is None:
        return None
    user, host, end = _without_port(piece[0], piece.end())
    tricks: frozenset[str] = frozenset()
    if _BRACKETS.search(host) and (undone := HIDDEN.sub(".", host)) != host:
        host, tricks = undone, frozenset({"defanged"})
    apart = False
    if not is_complete(host, lists):
        host, end, how = _completed(seen.plain, host, end, lists)
        apart, tricks = "split" in how, tricks | how
        if "." not in host and "%" not in host:
            return None
    if not apart and seen.plain[end : end + 1] not in ("/", "\\", "?", "#", ":"):
        kept = host.rstrip(_SENTENCE_ENDS)
        host, end = kept, end - (len(host) - len(kept))
    return Front(f"{protocol}://{user}{host}", start, at, end, tricks, apart) if host else None


def _without_port(authority: str, end: int) -> tuple[str, str, int]:
    """User information (with its "@"), host, and where the host ends; port and what else follows are left."""
    user, sign, host = authority.rpartition("@")
    colon = host.find(":", host.find("]") + 1) if host.startswith("[") else host.find(":")
    if colon >= 0:
        end -= len(host) - colon
        host = host[:colon]
    return user + sign, host, end


def _completed(plain: str, host: str, end: int, lists: LinkLists) -> tuple[str, int, frozenset[str]]:
    """A host without a known suffix, completed by the pieces after it or freed of the words around it."""
    bare = host.rstrip(".")
    if bare:
        more = joined(plain, bare, end - (len(host) - len(bare)), lists)
        if more.host is not None:
            return more.host, more.end, more.tricks
    clean = _CLEAN_HOST.match(host)
    if clean is not None and clean.end() < len(host) and is_complete(clean[0], lists):
        return clean[0], end - (len(host) - clean.end()), frozenset()
    if not host.isascii():
        _, kept = without_neighbours(host, lists)
        return host[:kept], end - (len(host) - kept), frozenset()
    if "," in host and is_complete(dotted := host.replace(",", "."), lists):
        return dotted, end, frozenset({"defanged"})
    return host, end, frozenset()
