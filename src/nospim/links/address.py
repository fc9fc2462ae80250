"""One address read as a browser reads it, and judged: `read` gives the `Link` or None.

Source: WHATWG URL Standard (through the Ada parser), which settles user names, backslashes, percent-encoded
and IDNA hosts, and IP addresses written as one decimal, octal or hexadecimal number.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, unquote

import can_ada
from msgspec.structs import replace

from nospim.links.hosts import HostFacts, facts_of, is_ip
from nospim.links.link import Link, Place
from nospim.links.lists import LinkLists, PathRule

_MAX_REDIRECTS: Final = 3
"""Redirectors unwrapped inside each other; more is no longer something people send."""
_MAX_HOST: Final = 253
"""Longest DNS name in characters (RFC 1035, 2.3.4)."""
_CACHED_ADDRESSES: Final = 1 << 12
_OPEN_NAMES: Final = """
url uri u redirect redirect_url redirecturl redir rurl next goto go dest destination target to link out
continue return return_to returnto returnurl return_url forward jump exit location adurl success_url view
"""
_OPEN: Final = frozenset(_OPEN_NAMES.split())
"""Query parameters of open redirectors (CWE-601), in lower case.  An OAuth `redirect_uri` is checked by those
who get it, so it is not one."""
_ADDRESS_INSIDE: Final = re.compile(r"://|=(?:/|%2f){2}|%(?:25)?3a%(?:25)?2f", re.IGNORECASE)
_SHARING: Final = frozenset(
    {"share", "sharer", "sharer.php", "sharearticle", "intent", "submit", "check", "oembed"}
)
"""Path segments of pages that show or check an address and send nobody there."""
_SCHEMES: Final = ("http:", "https:", "ftp:")


@lru_cache(maxsize=_CACHED_ADDRESSES)
def read(address: str, lists: LinkLists, depth: int = 0) -> Link | None:
    """Parse and judge an address that starts with its scheme; None where a browser would open no host on the
    Internet (unparsable, another scheme, no dot in the name, "this network" 0.0.0.0/8)."""
    url = _parse(address)
    if url is None or url.protocol not in _SCHEMES:
        return None
    host = url.hostname.rstrip(".")
    if (
        len(host) > _MAX_HOST
        or ".." in host
        or ("." not in host and not is_ip(host))
        or host.startswith("0.")
    ):
        return None
    facts = facts_of(host, lists)
    if facts.redirects and depth < _MAX_REDIRECTS:
        inner = _redirected(url, facts.redirects)
        if inner and (target := read(inner, lists, depth + 1)):
            return _behind(target, facts)
    if facts.popular and url.search and depth < _MAX_REDIRECTS:
        borrowed = _borrowed(url, facts, lists, depth)
        if borrowed is not None:
            return _behind(borrowed, facts)
    tricks = {*facts.tricks, *_tricks_as_written(address, host, url)}
    place, key = _place_and_key(host, url, facts)
    return Link(
        url=url.href,
        host=host,
        domain=facts.domain,
        key=key,
        place=place,
        popular=facts.popular and place == "own",
        tricks=tuple(sorted(tricks)),
        path_empty=url.pathname in ("", "/") and not url.search,
    )


def _behind(target: Link, outer: HostFacts) -> Link:
    return replace(with_tricks(target, frozenset({"redirector"})), via=outer.domain)


def _borrowed(url: can_ada.URL, facts: HostFacts, lists: LinkLists, depth: int) -> Link | None:
    """The address of another, unknown domain that a popular one's query holds: perhaps an open redirector.

    Only behind a popular domain, which a spimmer cannot own: elsewhere he could hide his own domain by
    adding the address of a good one.
    """
    search = url.search
    if not _ADDRESS_INSIDE.search(search):
        return None
    if not _SHARING.isdisjoint(url.pathname.lower().split("/")):
        return None
    for name, value in parse_qsl(search[1:], errors="replace"):
        if name.lower() not in _OPEN:
            continue
        inner = unquote(value) if "%3a" in value[:8].lower() else value
        if inner[:2] in ("//", "\\\\"):
            inner = "http:" + inner
        if "://" in inner[:10] and (target := read(inner, lists, depth + 1)):
            if target.domain == facts.domain or target.popular:
                continue
            return target
    return None


def with_tricks(link: Link, tricks: frozenset[str]) -> Link:
    """The link with more tricks."""
    if tricks.issubset(link.tricks):
        return link
    return replace(link, tricks=tuple(sorted(tricks.union(link.tricks))))


def _tricks_as_written(address: str, host: str, url: can_ada.URL) -> set[str]:
    tricks = {"userinfo"} if url.has_credentials() else set[str]()
    authority = address.partition("://")[2].partition("/")[0].lower()
    if "%" in authority or (is_ip(host) and host not in authority):
        tricks.add("encoded_host")
    if "xn--" in authority:
        tricks.add("punycode")
    return tricks


def _parse(address: str) -> can_ada.URL | None:
    try:
        return can_ada.parse(address)
    except ValueError:
        return None
    except TypeError:  # a lone surrogate, which no UTF-8 text can hold: read it as the replacement character
        try:
            return can_ada.parse(address.encode("utf-8", "replace").decode("utf-8"))
        except ValueError:
            return None


def _place_and_key(host: str, url: can_ada.URL, facts: HostFacts) -> tuple[Place, str]:
    bare = host.removeprefix("www.")
    if facts.place == "shortener":
        return "shortener", (bare + url.pathname).rstrip("/")
    for rule in facts.publishing:
        if _under(url.pathname, rule.prefix) and (key := _published_key(bare, url, rule)):
            return "publishing", key
    return facts.place, facts.domain


def _under(path: str, prefix: str) -> bool:
    inside = path[1:]
    return not prefix or inside == prefix or inside.startswith(prefix + "/")


def _published_key(bare: str, url: can_ada.URL, rule: PathRule) -> str | None:
    """The key of the publisher or page; None for a page that names none (the service's own)."""
    prefix = rule.prefix.count("/") + 1 if rule.prefix else 0
    segments = [s for s in url.pathname.split("/") if s][: prefix + rule.segments]
    names: list[str] = []
    if rule.params:
        found = can_ada.URLSearchParams(url.search)
        values = {name: url.hash[1:] if name == "#" else found.get(name) for name in rule.params}
        names = [f"{name}={value}" for name, value in values.items() if value]
    if len(segments) <= prefix and not names:
        return None
    return "/".join([bare, *segments]) + ("?" + "&".join(names) if names else "")


def _redirected(url: can_ada.URL, rules: tuple[PathRule, ...]) -> str | None:
    """The address that a redirector's own address holds; None where it holds none."""
    for rule in rules:
        if _under(url.pathname, rule.prefix):
            for name in rule.params:
                value = _held(url, rule.prefix, name)
                if value and "." in value.partition("?")[0]:
                    return value if "://" in value[:10] else "http://" + value.lstrip("/")
    return None


def _held(url: can_ada.URL, prefix: str, name: str) -> str | None:
    if name == "/":
        rest = url.pathname[1:].removeprefix(prefix).lstrip("/")
        start = rest.find("http")
        return rest[max(start, 0) :] + url.search
    if name == "?":
        return url.search[1:]
    found: str | None = can_ada.URLSearchParams(url.search).get(name)
    return found
