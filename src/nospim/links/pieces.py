"""The parts that every address has, however it begins: host pieces, then port, path, query and fragment."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from typing import Final

import can_ada
from msgspec import Struct
from msgspec.structs import replace

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
_SLASH_WORD: Final = re.compile(r"\s?[\[({]\s?(?:/|slash)\s?[\])}]\s?([\w.~-]{1,200})", re.IGNORECASE)
_GLUED_ADDRESS: Final = re.compile(r"(?<![/=&?%:])https?://", re.IGNORECASE)
_GLUED_WORDS: Final = re.compile(r"[A-Za-z0-9][\u2e80-\uffdc]")
_IPV4: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}", re.ASCII)
_DECIMAL_IP: Final = 8
"""Digits of the smallest IP address outside 0.0.0.0/8 ("this network", RFC 1122, 3.2.1.3) as one number."""
_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width forms of ASCII, which a reader types as ASCII and a browser would only percent-encode."""
_DEFANGED: Final = frozenset({"defanged"})
_PORT: Final = re.compile(r":\d{1,5}(?!\d)")
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}
SENTENCE_ENDS: Final = ".,;:!?'\"*_~`|…"
_CJK: Final = 0x2E80
"""First code point of the East Asian scripts (CJK Radicals Supplement), which are written without spaces."""


class Found(Struct, frozen=True):
    """An address as a browser can read it, with the span of the prepared text that it came from."""

    address: str
    start: int
    end: int
    tricks: frozenset[str]


class Front(Struct, frozen=True):
    """The part of an address up to its host: scheme and authority, where it stands, and its tricks so far.

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
    if host.isascii() and "%" not in host:
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


def is_named(host: str, lists: LinkLists) -> bool:
    """Has the host a known suffix and, after a leading `www`, a name before it?  Or is it an IP address?"""
    if host[:4].lower() == "www." and host.count(".") < 2:
        return False
    return has_known_suffix(host, lists) or _IPV4.fullmatch(host) is not None


def is_complete(host: str, lists: LinkLists) -> bool:
    """Is this a host with a known public suffix, or an IP address in any of its spellings?"""
    host = host.rstrip(SENTENCE_ENDS)
    if host.startswith("["):
        return True
    if "." not in host and "%" not in host:
        return (host.isdecimal() and len(host) >= _DECIMAL_IP) or host[:2] in ("0x", "0X")
    return is_ip(host) or has_known_suffix(host, lists)


def after_unspaced(text: str, start: int, end: int) -> int:
    """Where a label starts in a run of letters that begins in a script without spaces; `start` if all is."""
    last = max([at + 1 for at in range(start, end) if ord(text[at]) >= _CJK], default=start)
    return last if last < end else start


def without_neighbours(host: str, lists: LinkLists) -> tuple[int, int]:
    """Span of the host in a run of letters that may hold neighbouring words of a script without spaces.

    "看example.com谢谢" has its host in the middle; labels after a foreign full stop are the next sentence.
    """
    end = len(host)
    start = after_unspaced(host, 0, len(host.partition(".")[0]))
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


class Joined(Struct, frozen=True):
    """Pieces of a host put together.

    host: None where they never have a known suffix.  end: its end in the text.  tricks: how it was written
    apart.  resume: start of the last piece read; no host begins in the pieces before it.
    """

    host: str | None
    end: int
    tricks: frozenset[str]
    resume: int


def joined(plain: str, host: str, end: int, lists: LinkLists) -> Joined:
    """Pieces from `end` on, joined to `host` until it has a known suffix.

    A suffix may be met too early ("a . com . cn"): pieces go on being joined as long as the gaps look alike
    and count where there is space on both sides of the dot, or a path follows; else the next sentence would
    be taken for a piece.
    """
    best = Joined(None, end, frozenset(), end)
    tricks: frozenset[str] = frozenset()
    resume, last_gap = end, ""
    for _ in range(MAX_PIECES):
        gap = _APART.match(plain, end)
        piece = _PIECE.match(plain, gap.end()) if gap else None
        if gap is None or piece is None or (best.host is not None and gap[0] != last_gap):
            break
        last_gap, resume = gap[0], piece.start()
        tricks |= _tricks_of_gap(last_gap)
        host, end = f"{host}.{piece[0]}", piece.end()
        even = last_gap[0].isspace() and last_gap[-1].isspace()
        if (best.host is None or even or plain[end : end + 1] == "/") and is_named(host, lists):
            best = Joined(host, end, tricks, resume)
    return replace(best, resume=resume)


def _tricks_of_gap(gap: str) -> frozenset[str]:
    split = frozenset({"split"}) if any(c.isspace() for c in gap) else frozenset[str]()
    return split if gap.strip() == "." else split | _DEFANGED


def finished(seen: Prepared, front: Front, tricks: frozenset[str] = frozenset()) -> Found:
    """The whole address: port, path, query and fragment added, and what its span shows of tricks."""
    end, rest = front.end, ""
    following = seen.plain[end : end + 1]
    if following == ":" and (port := _PORT.match(seen.plain, end)):
        rest, end = f":{int(port[0][1:])}", port.end()
        following = seen.plain[end : end + 1]
    if following and following in "/\\?#":
        body = _REST.match(seen.clean, end + 1)
        written = trimmed(following + _own(body[0] if body else ""))
        rest += written
        end += len(written)
    elif front.apart and (tail := _REST_APART.match(seen.plain, end)):
        written = trimmed("/" + tail[1])
        rest += written
        end = tail.start(1) + len(written) - 1
    else:
        while word := _SLASH_WORD.match(seen.plain, end):
            rest, end, tricks = rest + "/" + word[1], word.end(), tricks | _DEFANGED
    if not rest.isascii():
        rest = rest.translate(_FULL_WIDTH)
    tricks = tricks | front.tricks | _tricks_in_span(seen, front, end)
    return Found(front.text + rest, front.start, end, tricks)


def _own(rest: str) -> str:
    """A path without what is glued to it: another address, or words of a script without spaces.

    "/abc点这里" ends at the Chinese words, "/wiki/点这里" does not; "/x(https://" ends at the bracket,
    "/web/https://" does not.
    """
    if "://" in rest and (glued := _GLUED_ADDRESS.search(rest)):
        rest = rest[: glued.start()].rstrip("([{<")
    if not rest.isascii() and (glued := _GLUED_WORDS.search(rest)):
        rest = rest[: glued.start() + 1]
    return rest


def _tricks_in_span(seen: Prepared, front: Front, end: int) -> frozenset[str]:
    if not seen.cuts and front.text.isascii() and seen.plain is seen.clean:
        return frozenset()
    tricks: set[str] = set()
    host = slice(front.host_start, front.end)
    if seen.plain[host] != seen.clean[host] or _has_compatibility_letters(front.text):
        tricks.add("homoglyph")
    if seen.cuts and bisect_right(seen.cuts, front.start) < bisect_right(seen.cuts, end - 1):
        tricks.add("split")
    return frozenset(tricks)


def _has_compatibility_letters(front: str) -> bool:
    """Full-width, mathematical or enclosed letters, which IDNA maps to plain ones."""
    return not front.isascii() and unicodedata.normalize("NFKC", front) != unicodedata.normalize("NFC", front)


def trimmed(rest: str) -> str:
    """Without the punctuation and unopened brackets that end the sentence around an address."""
    end = len(rest)
    if rest[-1:].isalnum():
        return rest
    surplus = {close: rest.count(close) - rest.count(opened) for close, opened in _CLOSING.items()}
    while end > 1:
        last = rest[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last not in SENTENCE_ENDS:
            break
        end -= 1
    return rest[:end] if end > 1 or rest[0] in "/\\" else ""
