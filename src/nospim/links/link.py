"""What a found link is: the frozen value `Link`, and the limits of looking for links."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

MAX_LINKS: Final = 32
"""Most links read from one text: a message with more is judged by its first ones, so `find` stays bounded."""
MAX_REST: Final = 2048
"""Longest path, query and fragment read, in characters; browsers and linkifiers cut at about this length."""
MAX_AUTHORITY: Final = 512
"""Longest user name and host read: a name in the DNS has at most 253 characters (RFC 1035, 2.3.4)."""

Place = Literal["own", "shortener", "publishing"]


class Link(Struct, frozen=True, kw_only=True):
    """One place that a text sends its reader to.

    url: the address as a browser would request it (WHATWG URL Standard), disguises undone.
    host: ASCII, an IDN in Punycode, without a final dot.
    domain: registrable domain (public suffix list, both sections, and shared dynamic-DNS suffixes); an IP
    address is its own domain.
    key: what links are joined by: the domain, or the host with its path where anyone may publish or redirect.
    place: whose place it is: the domain owner's own, a shortener's, or one where anyone may publish.
    popular: the domain is on the shipped popularity list and `place` is "own" and it is no dynamic-DNS name.
    tricks: sorted names of disguises and oddities (`docs/explanation/links.md` describes each).
    path_empty: there is neither path nor query.
    via: the domain of the redirector whose address held this one, empty where it was written directly.
    """

    url: str
    host: str
    domain: str
    key: str
    place: Place
    popular: bool
    tricks: tuple[str, ...]
    path_empty: bool
    via: str = ""
