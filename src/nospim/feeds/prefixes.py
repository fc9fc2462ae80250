"""The form "hash_prefixes": a line for each prefix, 4 to 32 bytes in hex, of an address's SHA-256.

Source: Safe Browsing v4, "URLs and Hashing": what is hashed are the host-suffix and path-prefix expressions
of an address.  A short prefix is met by chance, so it is worth less the longer the list is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nospim.feeds.interface import Parsed, Refused, gathered, lines_of, quoted, stated_date
from nospim.listings import Entry
from nospim.policy import FeedSettings

_PREFIX: Final = re.compile(r"((?:[0-9a-fA-F]{2}){4,32})(?:[\s,;].*)?")


def parse(content: bytes, _settings: FeedSettings) -> Parsed:
    """Read a list of hash prefixes; a date in a comment is the feed's."""
    dated: float | None = None
    for _, line in lines_of(content):
        if dated is None and line.startswith("#"):
            dated = stated_date(line)
    return gathered(_entries(content), dated)


def _entries(content: bytes) -> Iterator[Entry | Refused]:
    for number, line in lines_of(content):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        found = _PREFIX.fullmatch(text)
        if found is None:
            yield Refused(number, f"{quoted(text)} does not begin with 4 to 32 whole bytes in hex")
        else:
            yield Entry("prefix", found[1].lower(), number)
