"""The parts that every address has, however it begins: host pieces, then port, path, query and fragment."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

import can_ada
from msgspec import Struct

from nospim.links.hosts import facts_of, is_ip
from nospim.links.link import MAX_REST
from nospim.links.lists import LinkLists
from nospim.links.spots import HIDDEN_DOT, Prepared

MAX_PIECES: Final = 12
"""Most pieces of a host written apart ("www . a . b . ci") that are joined."""

HIDDEN: Final = re.compile(HIDDEN_DOT, re.IGNORECASE)
_APART: Final = re.compile(
    rf"\s{{1,3}}(?:\.|{HIDDEN_DOT})\s{{0,3}}|(?:\.|{HIDDEN_DOT})\s{{1,3}}"
    rf"|[\s_-]{{1,2}}d[o0]t[\s_-]{{1,2}}|(?:\.|{HIDDEN_DOT})",
    re.IGNORECASE,
)
_PIECE: Final = re.compile(r"[^\W_][\w-]{0,62}(?:\.[^\W_][\w-]{0,62}){0,8}")
_REST: Final = re.compile(rf"[^\s<>\"，、。！；：（）【】「」『』《》“”’…]{{0,{MAX_REST}}}")
_REST_APART: Final = re.compile(rf"\s?/\s?([^\s<>\"]{{0,{MAX_REST}}})")
_PORT: Final = re.compile(r":\d{1,5}(?!\d)")
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}
_SENTENCE_ENDS: Final = ".,;:!?'\"*_~`|…"
_CJK: Final = 0x2E80
"""First code point of the East Asian scripts (CJK Radicals Supplement), which are written without spaces."""


class Found(Struct, frozen=True):
    """An address as a browser can read it, with the span of the prepared text that it came from."""

    address: str
    start: int
    end: int
    tricks: frozenset[str]


class Front(Struct, frozen=True):
    """The part of an address up to its host: scheme and authority, where it stands, and the tricks seen so far.

    apart: the host was written in pieces, so that the path may be too.
    """

    text: str
    start: int
    host_start: int
    end: int
    tricks: frozenset[str]
    apart: bool = False


def ascii_host(host: str) -> str | None:
    """The host as the URL parser maps it (IDNA), None where it is no host."""
    if host.isascii():
        return host.lower()
    try:
        return str(can_ada.parse("http://" + host).hostname)
    except (ValueError, TypeError):
        return None


def has_known_suffix(host: str, lists: LinkLists) -> bool:
    """Does this host end in a public suffix that is listed, with a label in front of it?"""
    mapped = ascii_host(host)
    if mapped is None:
        return False
    last = mapped.rpartition(".")[2]
    return last in lists.tlds and "." in mapped and facts_of(mapped, lists).known


def is_complete(authority: str, lists: LinkLists) -> bool:
    """Does the authority end in a host with a known public suffix, or in an IP address?"""
    host = authority.rpartition("@")[2].rstrip(_SENTENCE_ENDS)
    if host.startswith("["):
        return True
    host = host.partition(":")[0]
    if "." not in host:
        return host.isdigit() or host[:2] in ("0x", "0X")
    return is_ip(host) or has_known_suffix(host, lists)


def without_neighbours(host: str, lists: LinkLists) -> tuple[int, int]:
    """Span of the host in a run of letters that may hold neighbouring words of a script without spaces.

    "看example.com谢谢" has its host in the middle; labels after a foreign full stop are the next sentence.
    """
    start, end = 0, len(host)
    while start < end and ord(host[start]) >= _CJK:
        start += 1
    if start == end or host[start] == ".":
        start = 0
    while not has_known_suffix(host[start:end], lists):
        cut = end
        while cut > start and not host[cut - 1].isascii():
            cut -= 1
        if cut == end:
            return 0, len(host)
        end = cut - 1 if host[cut - 1] == "." else cut
        if end <= start:
            return 0, len(host)
    return start, end


def joined(plain: str, host: str, end: int, lists: LinkLists) -> tuple[str, int, frozenset[str]] | None:
    """Pieces from `end` on, joined to `host` until it has a known suffix; None if it never has.

    Returns the host, its new end in the text and the tricks by which it was written apart.
    """
    tricks: set[str] = set()
    for _ in range(MAX_PIECES):
        gap = _APART.match(plain, end)
        piece = _PIECE.match(plain, gap.end()) if gap else None
        if gap is None or piece is None:
            return None
        if any(c.isspace() for c in gap[0]):
            tricks.add("split")
        if gap[0].strip() != ".":
            tricks.add("defanged")
        host, end = f"{host}.{piece[0]}", piece.end()
        if has_known_suffix(host, lists):
            return host, end, frozenset(tricks)
    return None


def finished(seen: Prepared, front: Front) -> Found:
    """The whole address: port, path, query and fragment added, and what its span shows of tricks."""
    end, rest = front.end, ""
    following = seen.plain[end : end + 1]
    if following == ":" and (port := _PORT.match(seen.plain, end)):
        rest, end = port[0], port.end()
        following = seen.plain[end : end + 1]
    if following and following in "/\\?#":
        body = _REST.match(seen.clean, end + 1)
        written = trimmed(following + (body[0] if body else ""))
        rest += written
        end += len(written)
    elif front.apart and (tail := _REST_APART.match(seen.plain, end)):
        written = trimmed("/" + tail[1])
        rest += written
        end = tail.start(1) + len(written) - 1
    return Found(front.text + rest, front.start, end, front.tricks | _tricks_in_span(seen, front, end))


def _tricks_in_span(seen: Prepared, front: Front, end: int) -> frozenset[str]:
    if seen.plain is seen.clean and not seen.cuts:
        return frozenset()
    tricks: set[str] = set()
    host = slice(front.host_start, front.end)
    if seen.plain[host] != seen.clean[host]:
        tricks.add("homoglyph")
    if seen.cuts and bisect_right(seen.cuts, front.start) < bisect_right(seen.cuts, end - 1):
        tricks.add("split")
    return frozenset(tricks)


def trimmed(rest: str) -> str:
    """Without the punctuation and unopened brackets that end the sentence around an address."""
    end = len(rest)
    if rest[-1:].isalnum() or end == 1:
        return rest
    surplus = {close: rest.count(close) - rest.count(opened) for close, opened in _CLOSING.items()}
    while end > 1:
        last = rest[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last not in _SENTENCE_ENDS:
            break
        end -= 1
    return rest[:end]
