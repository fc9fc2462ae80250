"""What list feeds say of places and senders, as one immutable value: `FeedIndex`, and the arithmetic of age.

A feed never decides alone: what it adds is bounded, fades as the list ages, and a bare host accuses nobody
where anyone may publish (lists of bad hosts hold github.com and dropbox.com, too).  No I/O: files are read by
`nospim.feeds`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

from msgspec import Struct

from nospim.links import Link, LinkLists
from nospim.links.expressions import expressions
from nospim.links.hosts import facts_of, is_ip

MOST: Final = 4000
"""Thousandths of a bit that all feeds together can add or take away."""
LISTED: Final = 0.07
"""Share of lures' domains that are on any list: 93 % are on none (Antonatos et al., "HoneyBuddy", 2010)."""
EXPRESSIONS: Final = 30
"""Most expressions of one address (five hosts by six paths), each a chance to meet a short hash."""
Kind = Literal["bad", "good"]
Target = Literal["host", "address", "digest", "prefix"]


class Entry(Struct, frozen=True, gc=False):
    """One line of a feed.

    target: a "host" (it and what is below it), an "address" (as `expressions` write it), a "digest" (SHA-256
    of a host or a sender) or a "prefix" (the first bytes of the SHA-256 of an expression).  value: the host
    or address, or the bytes in hex.  line: where it stands in the file.  dated: when it was listed, in
    seconds since the Unix epoch, None for the feed's own date.  until: when it ends, whatever the feed's age.
    most: thousandths of a bit that the list itself gives it at most.
    """

    target: Target
    value: str
    line: int
    dated: float | None = None
    until: float = math.inf
    most: int = MOST


class Feed(Struct, frozen=True, kw_only=True):
    """Where entries come from and what they are worth.

    name: the operator's.  sha256: of the file.  dated: when the list was made; expires: seconds after that
    from which it counts nothing.  millibits: what a fresh entry is worth, in thousandths of a bit.
    """

    name: str
    kind: Kind
    sha256: str
    dated: float
    expires: float
    millibits: int


class Hit(Struct, frozen=True, gc=False):
    """A feed's entry that a message met.

    what: the link's "place", the "sender", or the sender's "server".  most: thousandths of a bit that this
    match can be worth at most, for a short hash may be met by chance.  until: when the entry ends.
    """

    feed: Feed
    line: int
    dated: float
    what: Literal["place", "sender", "server"]
    most: int
    until: float = math.inf


class _Mark(Struct, frozen=True, gc=False):
    feed: Feed
    line: int
    dated: float
    most: int
    until: float = math.inf


Marks = Mapping[str, tuple[_Mark, ...]]


class FeedIndex(Struct, frozen=True, eq=False, kw_only=True):
    """All feeds together; compared by identity, never changed once built.

    spans: for each feed the first and the last day of its entries.  names: by host or expression.
    digests: by SHA-256 (hex).  prefixes: by their length in bytes, then hex.
    own: the service's own domains, which no list can turn against all its users.
    """

    feeds: tuple[Feed, ...]
    spans: tuple[tuple[float, float], ...]
    names: Marks
    digests: Marks
    prefixes: Mapping[int, Marks]
    own: frozenset[str]
    lists: LinkLists

    @staticmethod
    def of(
        feeds: Iterable[tuple[Feed, Iterable[Entry]]],
        own: tuple[str, ...] = (),
        lists: LinkLists | None = None,
    ) -> FeedIndex:
        """The index of these feeds, in this order.  own: the service's own domains."""
        names: dict[str, tuple[_Mark, ...]] = {}
        digests: dict[str, tuple[_Mark, ...]] = {}
        prefixes: dict[int, dict[str, tuple[_Mark, ...]]] = {}
        known = []
        spans = []
        for feed, listed in feeds:
            known.append(feed)
            entries = list(listed)
            days = [feed.dated if e.dated is None else e.dated for e in entries] or [feed.dated]
            spans.append((min(days), max(days)))
            sizes: dict[int, int] = {}
            for e in entries:
                if e.target == "prefix":
                    sizes[len(e.value) // 2] = sizes.get(len(e.value) // 2, 0) + 1
            for e in entries:
                dated = feed.dated if e.dated is None else e.dated
                if e.target == "prefix":
                    size = len(e.value) // 2
                    table, most = prefixes.setdefault(size, {}), by_chance(sizes[size], size)
                else:
                    table, most = (digests if e.target == "digest" else names), MOST
                for key in _keys(e):
                    table[key] = (*table.get(key, ()), _Mark(feed, e.line, dated, min(most, e.most), e.until))
        return FeedIndex(
            feeds=tuple(known),
            spans=tuple(spans),
            names=names,
            digests=digests,
            prefixes=prefixes,
            own=frozenset([name.lower() for name in own]),
            lists=lists or LinkLists.shipped(),
        )

    def with_policy(self, fingerprint: str) -> str:
        """SHA-256 (hex) of a policy's fingerprint and of what the feeds are: the whole configuration's."""
        told = [f"{f.name}\n{f.kind}\n{f.sha256}\n{f.dated}\n{f.expires}\n{f.millibits}" for f in self.feeds]
        return hashlib.sha256("\n\n".join([fingerprint, *told]).encode()).hexdigest()

    def silent(self, first: float, last: float) -> tuple[str, ...]:
        """A sentence for each feed that could say nothing of messages between two times (seconds)."""
        told = []
        for feed, (earliest, latest) in zip(self.feeds, self.spans, strict=True):
            if earliest > last:
                told.append(f"The feed {feed.name} was made after the last message and counted nothing.")
            elif latest + feed.expires <= first:
                told.append(f"The feed {feed.name} had expired before the first message and counted nothing.")
        return tuple(told)

    def hits(self, sender: str, links: tuple[Link, ...]) -> tuple[Hit, ...]:
        """The entries that a message meets.  sender: the account's id as the service writes it."""
        found: list[Hit] = []
        if self.digests:
            found.extend(self._of_sender(sender))
        for link in links:
            found.extend(self._of_link(link))
        return tuple(found)

    def _of_sender(self, sender: str) -> Iterator[Hit]:
        bare = sender.partition("/")[0].lower()
        server = bare.rpartition(":" if bare.startswith("@") else "@")[2]
        for m in self.digests.get(_sha256(bare), ()):
            yield Hit(m.feed, m.line, m.dated, "sender", m.most, m.until)
        if server not in ("", bare) and server not in self.own:
            for m in self.digests.get(_sha256(server), ()):
                yield Hit(m.feed, m.line, m.dated, "server", m.most // 2, m.until)

    def _of_link(self, link: Link) -> Iterator[Hit]:
        seen: set[tuple[str, int]] = set()
        for mark, bare in self._marks(link):
            if bare and not self._answers(link, mark.feed.kind):
                continue
            if (mark.feed.name, mark.line) not in seen:
                seen.add((mark.feed.name, mark.line))
                yield Hit(mark.feed, mark.line, mark.dated, "place", mark.most, mark.until)

    def _marks(self, link: Link) -> Iterator[tuple[_Mark, bool]]:
        """The marks on a link, and whether each is on the bare host."""
        hosts = list(_hosts(link))
        for host in hosts:
            for mark in (
                *self.names.get(host, ()),
                *(self.digests.get(_sha256(host), ()) if self.digests else ()),
            ):
                yield mark, True
        if not self.names and not self.prefixes:
            return
        told = expressions(link.url)
        if "/" in link.key:
            for mark in self.names.get(link.key, ()):
                yield mark, False
        for written in told:
            for mark in self.names.get(written, ()):
                yield mark, False
            if self.prefixes:
                digest = _sha256(written)
                host, _, path = written.partition("/")
                if not path and host not in hosts:
                    continue  # what is above the part that somebody registered: a suffix, a platform
                for size, table in self.prefixes.items():
                    for mark in table.get(digest[: 2 * size], ()):
                        yield mark, not path

    def _answers(self, link: Link, kind: Kind) -> bool:
        """Whether a bare host may speak for this link: not where anyone publishes or all go."""
        if "/" in link.key or link.place == "shortener" or (kind == "bad" and link.popular):
            return False
        return not facts_of(link.host, self.lists).publishing


def _keys(entry: Entry) -> Iterator[str]:
    value = entry.value
    yield value
    last = value.rpartition("/")[2]
    if entry.target == "address" and last and "?" not in value and "." not in last:
        yield value + "/"  # a page of that name, and what is below it


def _hosts(link: Link) -> Iterator[str]:
    """The link's host and what is above it, down to the part that somebody registered."""
    host = link.host
    yield host
    while host != link.domain and not is_ip(host) and "." in host:
        host = host.partition(".")[2]
        yield host


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def by_chance(entries: int, size: int) -> int:
    """Thousandths of a bit that a match with one of so many hash prefixes of `size` bytes is worth at most.

    A harmless address meets one by chance with p = 30 n / 256^size; a match is worth log2(0.07 / p).
    """
    p = EXPRESSIONS * entries / 256**size
    return max(0, min(MOST, round(1000 * math.log2(LISTED / p))))


def worth(hit: Hit, at: float) -> int:
    """Thousandths of a bit of a hit at a time (seconds since the Unix epoch), positive against the sender.

    Full for the first half of the feed's life, then fading evenly to nothing; nothing before the entry was
    listed, for a message is judged by what could be known then.
    """
    age = at - hit.dated
    left = hit.feed.expires - age
    if age < 0 or left <= 0 or at >= hit.until:
        return 0
    full = min(hit.feed.millibits, hit.most)
    faded = full if 2 * left >= hit.feed.expires else round(full * 2 * left / hit.feed.expires)
    return faded if hit.feed.kind == "bad" else -faded
