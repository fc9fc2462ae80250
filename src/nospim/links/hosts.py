"""What a host name alone tells: its registrable domain, whose place it is, and the tricks in the name."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import can_ada
from msgspec import Struct

from nospim.links.letters import fold, is_lookalike
from nospim.links.link import Place
from nospim.links.lists import LinkLists, PathRule
from nospim.links.suffixes import Suffix, suffix_of

DEEP: Final = 3
"""Labels in front of the domain (a leading `www` not counted) from which a name is called deep."""
CACHED_HOSTS: Final = 1 << 14
"""Hosts remembered, to save the look-ups; each takes about 1 kB.  Forgetting one changes no result."""


_idna_decode: Callable[[bytes], str] = can_ada.idna_decode  # type: ignore[assignment]
"""It takes bytes, whatever its stub says (can_ada 3.0)."""


class HostFacts(Struct, frozen=True, kw_only=True):
    """known: a suffix rule matched, or it is an IP address.  dynamic: a dynamic-DNS name.  publishing,
    redirects: rules for its paths.  The rest is as in `Link`, as far as the host tells."""

    domain: str
    known: bool
    place: Place
    popular: bool
    dynamic: bool
    tricks: tuple[str, ...]
    publishing: tuple[PathRule, ...]
    redirects: tuple[PathRule, ...]


def is_ip(host: str) -> bool:
    """Is this host, as a URL parser returned it, an IP address?  (It ends in a number or a bracket.)"""
    return host.endswith("]") or host.rpartition(".")[2].isdigit()


@lru_cache(maxsize=CACHED_HOSTS)
def facts_of(host: str, lists: LinkLists) -> HostFacts:
    """Judge one host: ASCII, lower case, without a final dot."""
    if is_ip(host):
        return HostFacts(
            domain=host, known=True, place="own", popular=False, dynamic=False, tricks=("ip_host",),
            publishing=(), redirects=(),
        )  # fmt: skip
    labels = host.split(".")
    suffix = suffix_of(labels, lists.suffixes)
    shared = _dynamic_labels(labels, lists.dynamic)
    below = max(suffix.labels, shared)
    domain = ".".join(labels[-below - 1 :])
    bare = host.removeprefix("www.")
    publishing = lists.publishing.get(bare) or lists.publishing.get(domain, ())
    place = _place(bare, domain, labels, suffix, dynamic=bool(shared), lists=lists)
    popular = place == "own" and not shared and domain in lists.popular
    return HostFacts(
        domain=domain,
        known=suffix.known,
        place=place,
        popular=popular,
        dynamic=bool(shared),
        tricks=_tricks(labels, below, popular=popular, dynamic=bool(shared), lists=lists),
        publishing=publishing,
        redirects=_redirects(bare, domain, lists),
    )


def _redirects(bare: str, domain: str, lists: LinkLists) -> tuple[PathRule, ...]:
    rules = lists.redirectors
    anywhere = bare.partition(".")[0] + ".*" if bare == domain else ""
    return rules.get(bare) or rules.get(anywhere) or rules.get(bare.partition(".")[2], ())


def _dynamic_labels(labels: list[str], dynamic: frozenset[str]) -> int:
    """How many labels the longest dynamic-DNS suffix has that this is a name under; 0 without one."""
    for start in range(1, len(labels) - 1):
        if ".".join(labels[start:]) in dynamic:
            return len(labels) - start
    return 0


def _place(
    bare: str, domain: str, labels: list[str], suffix: Suffix, *, dynamic: bool, lists: LinkLists
) -> Place:
    if bare in lists.shorteners or domain in lists.shorteners:
        return "shortener"
    platform = suffix.private and len(labels) > suffix.labels and not dynamic
    if platform and ".".join(labels[-suffix.labels :]) not in lists.registries:
        return "publishing"
    return "own"


def _tricks(
    labels: list[str], below: int, *, popular: bool, dynamic: bool, lists: LinkLists
) -> tuple[str, ...]:
    tricks: list[str] = []
    front = [label for label in labels[: -below - 1] if label != "www"]
    if len(front) >= DEEP:
        tricks.append("deep_subdomain")
    if dynamic:
        tricks.append("dynamic_dns")
    if any(".".join(front[i:j]) in lists.popular for i in range(len(front)) for j in range(i + 2, i + 4)):
        tricks.append("domain_in_subdomain")
    if any(label.startswith("xn--") for label in labels) and _looks_foreign(labels):
        tricks.append("homoglyph")
    if not popular and _imitates(labels, below, lists):
        tricks.append("brand_lookalike")
    return tuple(tricks)


def unicode_label(label: str) -> str:
    """A label in its own letters; itself where it is no valid Punycode."""
    if not label.startswith("xn--"):
        return label
    try:
        return str(_idna_decode(label.encode("ascii")))
    except (ValueError, TypeError, UnicodeError):
        return label


def _looks_foreign(labels: list[str]) -> bool:
    return any(is_lookalike(unicode_label(label)) for label in labels)


def _imitates(labels: list[str], below: int, lists: LinkLists) -> bool:
    """Does the name look like a popular domain, without being it?"""
    written = [unicode_label(label) for label in labels]
    looks = [fold(label) for label in written]
    return looks != written and ".".join(looks[-below - 1 :]) in lists.popular
