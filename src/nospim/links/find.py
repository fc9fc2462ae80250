"""The two questions: which links are in this text (`find`), and what is this one address (`key_of`)."""

from __future__ import annotations

import re
from typing import Final

from nospim.links.address import read, with_tricks
from nospim.links.anchors import anchors
from nospim.links.link import MAX_LINKS, Link
from nospim.links.lists import LinkLists
from nospim.links.scan import addresses
from nospim.links.spots import prepare

_DECEPTIVE: Final = frozenset({"deceptive_text"})
_SCHEME: Final = re.compile(r"[^\s./@]{2,12}[:：]")


def find(text: str, lists: LinkLists | None = None) -> tuple[Link, ...]:
    """The links in a text, in order, each address once; at most `MAX_LINKS`.

    text: as received; any string will do.  lists: what is known of hosts, by default the shipped lists.
    Never raises; time is linear in the text's length.
    """
    seen = prepare(text)
    if seen is None:
        return ()
    known = lists or LinkLists.shipped()
    links: dict[str, Link] = {}
    for found in addresses(seen, known):
        link = read(found.address, known)
        if link is not None and not _add(links, link, found.tricks):
            break
    if "](" in seen.clean or "<a" in seen.clean or "<A" in seen.clean:
        _add_anchors(links, seen.clean, known)
    return tuple(links.values())


def _add(links: dict[str, Link], link: Link, tricks: frozenset[str]) -> bool:
    """Note a link and its tricks; False when there are as many as may be."""
    if link.url not in links and len(links) == MAX_LINKS:
        return False
    links[link.url] = with_tricks(links.get(link.url, link), tricks)
    return True


def _add_anchors(links: dict[str, Link], text: str, lists: LinkLists) -> None:
    """Note the targets of anchors, and those whose text names another domain than they lead to."""
    for anchor in anchors(text):
        target = key_of(anchor.target, lists)
        if target is None:
            continue
        shown = prepare(anchor.shown)
        named = [read(found.address, lists) for found in addresses(shown, lists)] if shown else []
        lies = any(link.domain != target.domain for link in named if link is not None)
        _add(links, target, _DECEPTIVE if lies else frozenset())


def key_of(url: str, lists: LinkLists | None = None) -> Link | None:
    """The link that one address is, such as a client reports when somebody opens it; None if it is none.

    url: an address with or without its scheme, disguised or not.  Same reading as `find`.
    """
    known = lists or LinkLists.shipped()
    stripped = url.strip()
    seen = prepare(stripped if _SCHEME.match(stripped) else "http://" + stripped)
    for found in addresses(seen, known) if seen else ():
        link = read(found.address, known)
        return link and with_tricks(link, found.tricks)
    return None
