"""Addresses without a scheme: "check evil.com/x", "evil[.]com", "www . evil . com", "evil dot com"."""

from __future__ import annotations

import re
from typing import Final

from nospim.links.belief import is_address
from nospim.links.link import MAX_AUTHORITY
from nospim.links.lists import LinkLists
from nospim.links.pieces import (
    HIDDEN,
    Found,
    Front,
    after_unspaced,
    finished,
    is_named,
    joined,
    without_neighbours,
)
from nospim.links.spots import HIDDEN_DOT, Prepared

_LABEL_BACKWARDS: Final = re.compile(r"[\w-]{1,63}")
_HOST: Final = re.compile(
    rf"[^\W_][\w-]{{0,62}}(?:(?:\.|{HIDDEN_DOT})[^\W_][\w-]{{0,62}}){{1,12}}", re.IGNORECASE
)
_NO_NEIGHBOUR: Final = "@/\\=&%~$#_-."
"""Characters that never stand directly in front of an address: mail, paths, queries, variables, numbers."""
_NOT_WEB: Final = re.compile(r"(?:mailto|xmpp|sips?|tel|sms|mms|callto|acct|im|pres|urn|cid|mid|jid):$")
_LOST_COLON: Final = re.compile(r"(?<!\w)h[tx]{2}ps?/{1,2}$")
_GLUED_SUFFIX: Final = re.compile(r"www\.[\w-]+\.(?:com|net|org|info|biz|co\.uk)(?=[.\d])", re.IGNORECASE)
_MAX_GAP: Final = 3


def bare(seen: Prepared, spot: int, floor: int, lists: LinkLists) -> tuple[Found | None, int]:
    """The address around this dot (or disguised dot), if it is believable, and where to search on from."""
    plain = seen.plain
    before = plain[spot - 1 : spot]
    after = plain[spot + 1 : spot + 2]
    if before and before in "[({<":
        return _together(seen, spot - 1, floor, lists)
    if plain[spot] != ".":
        return _apart(seen, spot, floor, lists)
    if before.isspace() or after.isspace():
        return _apart(seen, spot, floor, lists)
    return _together(seen, spot, floor, lists)


def _label_before(plain: str, end: int, floor: int) -> int | None:
    """Start of the label that ends here; None without one, or where its neighbour forbids an address."""
    label = _LABEL_BACKWARDS.match(plain[max(floor, end - 64) : end][::-1])
    if label is None:
        return None
    start = end - label.end()
    if not plain[start:end].isascii():
        start = after_unspaced(plain, start, end)
    while start < end and plain[start] in "_-":
        start += 1
    neighbour = plain[start - 1 : start] if start else ""
    if neighbour == "/" and _LOST_COLON.search(plain[max(0, start - 8) : start].lower()):
        return start
    if neighbour and neighbour in _NO_NEIGHBOUR and plain[max(0, start - 2) : start] != "..":
        return None
    if plain[max(0, start - 2) : start] == "@ " or start == end:
        return None
    if neighbour == ":" and _NOT_WEB.search(plain[max(0, start - 8) : start].lower()):
        return None
    return start


def _together(seen: Prepared, dot: int, floor: int, lists: LinkLists) -> tuple[Found | None, int]:
    """A host whose first dot (or hidden dot) is here, without spaces."""
    plain = seen.plain
    start = _label_before(plain, dot, floor)
    host = _HOST.match(plain, start, dot + MAX_AUTHORITY) if start is not None else None
    if start is None or host is None:
        return None, dot + 1
    end = host.end()
    if plain[end : end + 1] == "@":
        return None, end
    name = host[0]
    ending = name.rpartition(".")[2]
    if (
        ending.isascii()
        and ending.isalnum()
        and ending.lower() not in lists.tlds
        and name[:4].lower() != "www."
    ):
        return None, end
    name = HIDDEN.sub(".", name)
    defanged = name != host[0]
    if name[:4].lower() == "www." and not is_named(name, lists):
        more = joined(plain, name, end, lists)
        if more.host is not None:
            front = Front("http://" + more.host, start, start, more.end, more.tricks, apart=True)
            return finished(seen, front), front.end
    if not defanged:
        left, right = _own_span(name, lists)
        name, start, end = name[left:right], start + left, start + right
    sure = defanged or name[:4].lower() == "www."
    if not is_address(name, plain[end : end + 2], lists, sure=sure):
        return None, host.end()
    tricks = frozenset({"defanged"}) if defanged else frozenset[str]()
    return finished(seen, Front("http://" + name, start, start, end, tricks)), end


def _own_span(name: str, lists: LinkLists) -> tuple[int, int]:
    """Span of the host in a name that has other words glued to it ("看evil.com", "www.evil.com1win")."""
    if not name.isascii():
        return without_neighbours(name, lists)
    if name[:4].lower() == "www." and not is_named(name, lists) and (cut := _GLUED_SUFFIX.match(name)):
        return 0, cut.end()
    return 0, len(name)


def _apart(seen: Prepared, spot: int, floor: int, lists: LinkLists) -> tuple[Found | None, int]:
    """A host with a dot, or the word for one, that stands apart from the label before or after it."""
    plain = seen.plain
    end = spot
    while end > floor and spot - end < _MAX_GAP and (plain[end - 1].isspace() or plain[end - 1] in "_-"):
        end -= 1
    start = _label_before(plain, end, floor)
    if start is None:
        return None, spot + 1
    more = joined(plain, plain[start:end], end, lists)
    if more.host is None:
        return None, max(more.resume, spot + 1)
    evenly = plain[spot] != "." or (end < spot and plain[spot + 1 : spot + 2].isspace())
    sure = more.host[:4].lower() == "www."
    if not is_address(more.host, plain[more.end : more.end + 2], lists, sure=sure, uneven=not evenly):
        return None, max(more.resume, spot + 1)
    front = Front("http://" + more.host, start, start, more.end, more.tricks, apart=True)
    return finished(seen, front), front.end
