"""The two questions: which links are in this text (`find`), and what is this one address (`key_of`)."""

from __future__ import annotations

from nospim.links.address import read, with_tricks
from nospim.links.link import MAX_LINKS, Link
from nospim.links.lists import LinkLists
from nospim.links.scan import addresses


def find(text: str, lists: LinkLists | None = None) -> tuple[Link, ...]:
    """The links in a text, in order, each address once; at most `MAX_LINKS`.

    text: as received; any string will do.  lists: what is known of hosts, by default the shipped lists.
    Never raises; time is linear in the text's length.
    """
    known = lists or LinkLists.shipped()
    links: dict[str, Link] = {}
    for found in addresses(text, known):
        link = read(found.address, known)
        if link is None:
            continue
        tricks = set(found.tricks)
        if link.url in links:
            link = links[link.url]
        elif len(links) == MAX_LINKS:
            break
        links[link.url] = with_tricks(link, tricks)
    return tuple(links.values())


def key_of(url: str, lists: LinkLists | None = None) -> Link | None:
    """The link that one address is, such as a client reports when somebody opens it; None if it is none.

    url: an address with or without its scheme, disguised or not.  Same reading as `find`.
    """
    known = lists or LinkLists.shipped()
    stripped = url.strip()
    for found in addresses(stripped if "://" in stripped[:16] else "http://" + stripped, known):
        return read(found.address, known)
    return None
