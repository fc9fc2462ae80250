"""The form "hosts": a hosts file ("0.0.0.0 evil.example # why"), or one host a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nospim.feeds.interface import Parsed, Refused, gathered, lines_of, place, stated_date
from nospim.listings import Entry
from nospim.policy import FeedSettings

NOWHERE: Final = frozenset({"0.0.0.0", "127.0.0.1", "::", "::1", "0", "255.255.255.255", "fe80::1%lo0"})  # noqa: S104
"""Addresses that a hosts file sends a name to so that it leads nowhere."""
USUAL: Final = frozenset(
    {"localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0"}  # noqa: S104
    | {"ip6-localhost", "ip6-loopback", "ip6-localnet", "ip6-mcastprefix", "ip6-allnodes", "ip6-allrouters"}
    | {"ip6-allhosts"}
)
"""Names that stand in every hosts file and accuse nobody."""


def parse(content: bytes, _settings: FeedSettings) -> Parsed:
    """Read a hosts file; a date in a comment above the first entry is the feed's."""
    return gathered(_entries(content), _date(content))


def _date(content: bytes) -> float | None:
    for _, line in lines_of(content):
        if line.strip() and not line.startswith(("#", "!", ";")):
            return None
        if (found := stated_date(line)) is not None:
            return found
    return None


def _entries(content: bytes) -> Iterator[Entry | Refused]:
    for number, line in lines_of(content):
        words = line.partition("#")[0].split()
        if not words or line.startswith(("!", ";")):
            continue
        names = words[1:] if words[0] in NOWHERE else words
        if len(words) > 1 and words[0] not in NOWHERE:
            yield Refused(number, "neither one host nor an address such as 0.0.0.0 with hosts behind it")
            continue
        for name in names:
            if name.lower() not in USUAL:
                yield place(name, number)
