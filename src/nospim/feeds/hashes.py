"""The form "hashes": a line for each SHA-256 (hex) of a domain or a bare JID, a reason behind it.

Source: the real-time block lists of XMPP servers (RTBL), whose items are named by that hash, in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nospim.feeds.interface import Parsed, Refused, gathered, lines_of, quoted, stated_date
from nospim.listings import Entry
from nospim.policy import FeedSettings

_DIGEST: Final = re.compile(r"([0-9a-fA-F]{64})(?:[\s,;].*)?")


def parse(content: bytes, _settings: FeedSettings) -> Parsed:
    """Read a list of SHA-256 hashes; a date in a comment is the feed's."""
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
        found = _DIGEST.fullmatch(text)
        if found is None:
            yield Refused(number, f"{quoted(text)} does not begin with a SHA-256 of 64 hex digits")
        else:
            yield Entry("digest", found[1].lower(), number)
