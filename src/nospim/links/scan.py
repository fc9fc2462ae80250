"""Where the addresses in a text are, disguised or not: `addresses` yields each with the tricks seen in the text.

Hand-made for linear time: a cheap pattern finds spots (a colon with slashes, a dot between letters, a disguised
dot), and bounded patterns read backwards and forwards from each spot, never over the whole text again.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from nospim.links.bare import plausible
from nospim.links.hosts import facts_of, is_ip
from nospim.links.letters import drop_invisible, fold, plain_marks
from nospim.links.link import MAX_AUTHORITY, MAX_REST
from nospim.links.lists import LinkLists

_MAX_PIECES: Final = 12
"""Most pieces of a host written apart ("www . a . b . ci") that are joined."""

_HIDDEN_DOT: Final = r"[\[({<]\s?(?:\.|,|d[o0]t|punkt|point)\s?[\])}>]|\\\."
_SPOT: Final = re.compile(
    r":\s?[\])}]?\s{0,2}[\[({]?[/\\]"
    r"|\.(?=[^\W_])"
    r"|(?<=\s)\.(?=\s[^\W_])"
    rf"|{_HIDDEN_DOT}"
    r"|(?<=[\s_-])d[o0]t(?=[\s_-])"
    r"|(?<=www)\.(?=\s)",
    re.IGNORECASE,
)
_NON_ASCII_SPOT: Final = re.compile(r"[.．。｡․﹒‧：﹕∶꞉։]|://|d.?[o0о].?t", re.IGNORECASE)
_SCHEME: Final = re.compile(
    r"(?:(?P<web>https?)|(?P<ftp>s?f[tx]ps?)|(?P<odd>h[tx*7+_.-]{1,3}p{1,2}[s5]?|[tx]{2}ps?))(?P<gap>[\s\[({]*)$"
)
_SEPARATOR: Final = re.compile(r":\s?[\])}]?\s{0,2}[\[({]?[/\\]{1,4}[\])}]?\s{0,2}")
_AUTHORITY: Final = re.compile(
    r"(?:[^\s/\\?#<>\"'`|\[\](){}，、！；”’》」…]{1,64}|\[[0-9a-f:.]{3,45}\]|" + _HIDDEN_DOT + r"){1,24}",
    re.IGNORECASE,
)
_HIDDEN: Final = re.compile(_HIDDEN_DOT, re.IGNORECASE)
_APART: Final = re.compile(
    rf"\s{{1,3}}(?:\.|{_HIDDEN_DOT})\s{{0,3}}|(?:\.|{_HIDDEN_DOT})\s{{1,3}}|[\s_-]{{1,2}}d[o0]t[\s_-]{{1,2}}|(?<=\.)\s{{1,3}}",
    re.IGNORECASE,
)
_PIECE: Final = re.compile(r"[^\W_][\w-]{0,62}(?:\.[^\W_][\w-]{0,62}){0,8}")
_REST: Final = re.compile(r"[/\\?#][^\s<>\"，、。！；）】」』》”’…]{0,%d}" % MAX_REST)
_REST_APART: Final = re.compile(r"\s?/\s?([^\s<>\"]{0,%d})" % MAX_REST)
_PORT: Final = re.compile(r":\d{1,5}(?!\d)")
_BARE: Final = re.compile(
    rf"(?<![\w@/\\=&%#~$.-])[^\W_][\w-]{{0,62}}(?:(?:\.|{_HIDDEN_DOT})[^\W_][\w-]{{0,62}}){{1,12}}",
    re.IGNORECASE,
)
_BARE_APART: Final = re.compile(
    r"(?<![\w@/\\=&%#~$.-])[^\W_][\w-]{0,62}(?:\s{1,2}\.\s{0,2}|[\s_-]{1,2}d[o0]t[\s_-]{1,2})[^\W_][\w-]{0,62}"
    r"(?:(?:\s{0,2}\.\s{0,2}|[\s_-]{1,2}d[o0]t[\s_-]{1,2})[^\W_][\w-]{0,62}){0,6}",
    re.IGNORECASE,
)
_NOT_WEB: Final = re.compile(r"(?:mailto|xmpp|sips?|tel|sms|mms|callto|acct|im|pres|urn|cid|mid|jid):$")
_LOOK_BACK: Final = 16
_LOOK_BACK_BARE: Final = 128
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}


class Found(Struct, frozen=True):
    """An address as a browser can read it, with the span of the cleaned text that it came from."""

    address: str
    start: int
    end: int
    tricks: frozenset[str]


class _Text(Struct, frozen=True):
    """clean: without invisible characters.  plain: marks in ASCII, same length.  cuts: where some were dropped."""

    clean: str
    plain: str
    cuts: tuple[int, ...]


def addresses(text: str, lists: LinkLists) -> Iterator[Found]:
    """Every address in the text, in order, without overlaps."""
    if text.isascii():
        if "." not in text and "://" not in text and "dot" not in text.lower():
            return
        seen = _Text(text, text, ())
    else:
        if not _NON_ASCII_SPOT.search(text):
            return
        clean, cuts = drop_invisible(text)
        seen = _Text(clean, plain_marks(clean), cuts)
    position = floor = 0
    while spot := _SPOT.search(seen.plain, position):
        found = _at(seen, spot, floor, lists)
        if found is None:
            position = spot.start() + 1
        else:
            position = floor = max(found.end, spot.start() + 1)
            yield found


def _at(seen: _Text, spot: re.Match[str], floor: int, lists: LinkLists) -> Found | None:
    at = spot.start()
    if seen.plain[at] == ":":
        return _schemed(seen, at, floor, lists)
    found = _bare(seen, at, floor, lists)
    if found is None:
        found = _bare_apart(seen, at, floor, lists)
    return found


def _schemed(seen: _Text, colon: int, floor: int, lists: LinkLists) -> Found | None:
    """An address whose scheme ends at this colon."""
    low = max(floor, colon - _LOOK_BACK)
    written = seen.plain[low:colon]
    looks = written.lower() if written.isascii() else fold_each(written)
    scheme = _SCHEME.search(looks)
    separator = _SEPARATOR.match(seen.plain, colon)
    if scheme is None or separator is None:
        return None
    tricks = set[str]()
    if (
        scheme["odd"]
        or any(mark in separator[0] + scheme["gap"] for mark in "[({")
        or (scheme["ftp"] and "x" in scheme["ftp"])
    ):
        tricks.add("defanged")
    if looks != written.lower():
        tricks.add("homoglyph")
    if any(c.isspace() for c in scheme["gap"] + separator[0]):
        tricks.add("split")
    protocol = "ftp" if scheme["ftp"] else "https" if scheme[0].strip(" \t\n\r[({")[-1:] in "s5" else "http"
    return _from_host(seen, low + scheme.start(), separator.end(), protocol, tricks, lists)


def fold_each(text: str) -> str:
    """`fold` letter by letter, so that the length stays."""
    return "".join(f if len(f := fold(c)) == 1 else c for c in text)


def _from_host(
    seen: _Text, start: int, at: int, protocol: str, tricks: set[str], lists: LinkLists
) -> Found | None:
    """Read host and rest from here on, joining a host that is written in pieces."""
    piece = _AUTHORITY.match(seen.plain, at, at + MAX_AUTHORITY)
    if piece is None:
        return None
    end = piece.end()
    authority = _HIDDEN.sub(".", piece[0])
    if authority != piece[0]:
        tricks.add("defanged")
    apart = False
    if not _complete(authority, lists) and (joined := _join(seen.plain, authority, end, lists)):
        authority, end, how = joined
        tricks |= how
        apart = True
    elif end == len(seen.plain) or seen.plain[end] not in "/\\?#":
        kept = authority.rstrip(".,;:!*_~&")
        end -= len(authority) - len(kept)
        authority = kept
    if not authority:
        return None
    return _with_rest(seen, start, at, end, f"{protocol}://{authority}", tricks, apart=apart)


def _complete(authority: str, lists: LinkLists) -> bool:
    """Does the authority end in a host with a known public suffix, or in an IP address?"""
    host = authority.rpartition("@")[2].rstrip(".,;:!*_~").partition(":")[0].lower()
    if not host.isascii():
        host = fold(host)
    if "." not in host:
        return host.startswith("[") or host.isdigit() or host.startswith("0x")
    return is_ip(host) or facts_of(host, lists).known


def _join(plain: str, authority: str, end: int, lists: LinkLists) -> tuple[str, int, set[str]] | None:
    """Pieces after `end` joined to the authority until its host has a known suffix; None if it never has."""
    tricks = set[str]()
    host = authority.rstrip(".")
    for _ in range(_MAX_PIECES):
        gap = _APART.match(plain, end - (len(authority) - len(host)) if host == authority else end - 1)
        piece = _PIECE.match(plain, gap.end()) if gap else None
        if gap is None or piece is None:
            return None
        tricks.add("split" if any(c.isspace() for c in gap[0]) else "defanged")
        if "." not in gap[0].strip() or any(mark in gap[0] for mark in "[({<"):
            tricks.add("defanged")
        host = authority = f"{host}.{piece[0]}"
        end = piece.end()
        if _complete(host, lists):
            return host, end, tricks
    return None


def _with_rest(
    seen: _Text, start: int, host_at: int, end: int, front: str, tricks: set[str], *, apart: bool
) -> Found:
    """Add port, path, query and fragment, and what the span shows of tricks."""
    host_end = end
    rest = ""
    if port := _PORT.match(seen.plain, end):
        rest, end = port[0], port.end()
    if tail := _REST.match(seen.plain, end):
        written = seen.clean[tail.start() : tail.end()]
        kept = trimmed(tail[0])
        rest += kept[:1] + written[1 : len(kept)]
        end = tail.start() + len(kept)
    elif apart and (tail := _REST_APART.match(seen.plain, end)):
        kept = trimmed(tail[1])
        rest += "/" + kept
        end = tail.start(1) + len(kept)
    if seen.plain[host_at:host_end] != seen.clean[host_at:host_end]:
        tricks.add("homoglyph")
    if seen.cuts and bisect_right(seen.cuts, start) < bisect_right(seen.cuts, end - 1):
        tricks.add("split")
    return Found(front + rest, start, end, frozenset(tricks))


def trimmed(rest: str) -> str:
    """Without the punctuation and unopened brackets that end the sentence around an address."""
    end = len(rest)
    balance = {close: rest.count(close) - rest.count(opened) for close, opened in _CLOSING.items()}
    while end > 1:
        last = rest[end - 1]
        if last in ".,;:!?'\"*_~`|…":
            end -= 1
        elif last in _CLOSING and balance[last] > 0:
            balance[last] -= 1
            end -= 1
        else:
            break
    return rest[:end]


def _bare(seen: _Text, dot: int, floor: int, lists: LinkLists) -> Found | None:
    """A host without a scheme around this dot, if it is believable."""
    plain = seen.plain
    start = max(floor, dot - _LOOK_BACK_BARE)
    host = _BARE.search(plain, start, dot + MAX_AUTHORITY)
    while host is not None and host.end() <= dot:
        host = _BARE.search(plain, host.end(), dot + MAX_AUTHORITY)
    if host is None or host.start() > dot:
        return None
    name = _HIDDEN.sub(".", host[0])
    end = host.end()
    follows = plain[end : end + 1]
    if follows == "@" or _NOT_WEB.search(plain[max(0, host.start() - 8) : host.start()].lower()):
        return None
    defanged = name != host[0]
    starts_www = name[:4].lower() == "www."
    if starts_www and not _complete(name, lists):
        if joined := _join(plain, name, end, lists):
            name, end, how = joined
            return _with_rest(seen, host.start(), host.start(), end, "http://" + name, how, apart=True)
        return None
    rest = plain[end : end + 2]
    if not plausible(name, rest, lists, sure=defanged or starts_www):
        return None
    tricks = {"defanged"} if defanged else set[str]()
    return _with_rest(seen, host.start(), host.start(), end, "http://" + name, tricks, apart=False)


def _bare_apart(seen: _Text, dot: int, floor: int, lists: LinkLists) -> Found | None:
    """A host without a scheme whose dots are written apart ("evil . com", "evil dot com")."""
    host = _BARE_APART.search(seen.plain, max(floor, dot - _LOOK_BACK_BARE), dot + MAX_AUTHORITY)
    if host is None or not host.start() < dot < host.end():
        return None
    words = re.split(r"\s*\.\s*|[\s_-]+d[o0]t[\s_-]+", host[0], flags=re.IGNORECASE)
    name, end = ".".join(words), host.end()
    if not plausible(name, seen.plain[end : end + 2], lists, sure=words[0].lower() == "www"):
        return None
    tricks = {"split"} if "." in host[0] else {"defanged", "split"}
    return _with_rest(seen, host.start(), host.start(), end, "http://" + name, tricks, apart=True)
