"""What is known about hosts in general, as one immutable value: `LinkLists`, and the lists that are shipped.

The files are in `nospim/links/data`; `NOTICE.txt` there names source, licence and date of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

import zstandard
from msgspec import Struct

from nospim.links import suffixes

DATA_FILES: Final = {
    "dynamic": "dynamic_dns.txt.zst",
    "shorteners": "url_shorteners.txt.zst",
    "popular": "popular.txt.zst",
}
_MAX_UNPACKED: Final = 1 << 24
"""No shipped list is larger, in bytes."""


class PathRule(Struct, frozen=True):
    """Part of a host where anyone may publish, or that redirects.

    prefix: path prefix without slashes at its ends.  segments: how many more segments name the publisher or
    page.  params: query parameters ("#": the fragment) that do, or that hold the destination.
    """

    prefix: str
    segments: int
    params: tuple[str, ...]


Rules = Mapping[str, tuple[PathRule, ...]]


class LinkLists(Struct, frozen=True, eq=False, kw_only=True):
    """Lists that links are read with; compared by identity, never changed once built.

    suffixes: public suffix rules (`suffixes.parse`), platforms' shared suffixes added as private ones.
    tlds: last labels of these rules, for a quick refusal.
    registries: private suffixes whose names are bought like domains.  shorteners: hosts that redirect.
    dynamic: suffixes under which dynamic-DNS names are handed out.  popular: registrable domains.
    bare_suffixes: suffixes under which a name alone is believed to be an address.
    publishing, redirectors: by host, longest prefix first.
    """

    suffixes: Mapping[str, bool]
    tlds: frozenset[str]
    registries: frozenset[str]
    shorteners: frozenset[str]
    dynamic: frozenset[str]
    popular: frozenset[str]
    bare_suffixes: frozenset[str]
    publishing: Rules
    redirectors: Rules

    @staticmethod
    @cache
    def shipped() -> LinkLists:
        """The lists in this package, read once (about 40 ms)."""
        derived = {name: ungrouped(_unpack(file)) for name, file in DATA_FILES.items()}
        return load_hand_written(**derived)


def load_hand_written(
    *, shorteners: frozenset[str], dynamic: frozenset[str], popular: frozenset[str]
) -> LinkLists:
    """The shipped hand-written lists, joined with these derived ones."""
    shared, publishing = parse_publishing(_text("publishing.txt"))
    rules = {**suffixes.shipped(), **dict.fromkeys(shared, True)}
    return LinkLists(
        suffixes=rules,
        tlds=frozenset([rule.rpartition(".")[2] for rule in rules]),
        registries=frozenset(hosts_in(_text("registries.txt"))),
        shorteners=shorteners | frozenset(hosts_in(_text("shorteners_more.txt"))),
        dynamic=dynamic,
        popular=popular,
        bare_suffixes=frozenset(" ".join(hosts_in(_text("bare_suffixes.txt"))).split()),
        publishing=publishing,
        redirectors=parse_redirectors(_text("redirectors.txt")),
    )


def hosts_in(text: str) -> list[str]:
    """The lines of a list, without comments and empty lines."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def ungrouped(text: str) -> frozenset[str]:
    """Hosts from the shipped form, in which each line is "parent label label ..."."""
    hosts: list[str] = []
    for line in text.splitlines():
        parent, *labels = line.split(" ")
        hosts.extend([f"{label}.{parent}" for label in labels])
    return frozenset(hosts)


def parse_publishing(text: str) -> tuple[tuple[str, ...], Rules]:
    """Shared suffixes and path rules of a list in the form that the head of `publishing.txt` describes."""
    shared: list[str] = []
    rules: list[tuple[str, PathRule]] = []
    for line in hosts_in(text):
        if line.startswith("*."):
            shared.append(line.removeprefix("*."))
            continue
        where, segments, *params = line.split()
        host, _, prefix = where.partition("/")
        rules.append((host, PathRule(prefix, int(segments), tuple(params))))
    return tuple(shared), _by_host(rules)


def parse_redirectors(text: str) -> Rules:
    """Path rules of a list in the form that the head of `redirectors.txt` describes."""
    rules: list[tuple[str, PathRule]] = []
    for line in hosts_in(text):
        where, *params = line.split()
        host, _, prefix = where.partition("/")
        rules.append((host, PathRule(prefix.strip("/"), 0, tuple(params))))
    return _by_host(rules)


def _by_host(rules: list[tuple[str, PathRule]]) -> Rules:
    gathered: dict[str, list[PathRule]] = {}
    for host, rule in rules:
        gathered.setdefault(host, []).append(rule)
    return {host: tuple(sorted(some, key=lambda r: -len(r.prefix))) for host, some in gathered.items()}


def _text(name: str) -> str:
    return resources.files("nospim.links").joinpath("data", name).read_text(encoding="utf-8")


def _unpack(name: str) -> str:
    packed = resources.files("nospim.links").joinpath("data", name).read_bytes()
    return zstandard.ZstdDecompressor().decompress(packed, max_output_size=_MAX_UNPACKED).decode("utf-8")
