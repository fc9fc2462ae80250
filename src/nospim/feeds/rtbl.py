"""The form "rtbl": items of an XMPP PubSub node (XEP-0060) as real-time block lists publish them.

An item is named by the SHA-256 (hex) of a bare JID or a domain, or by a domain itself (xmppbl.org's
`spam_source_domains`); retractions and what is in an item do not matter.  Lines are places of items, from 1.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from nospim.feeds.interface import Parsed, Refused, gathered, quoted, stated_date
from nospim.links.pieces import ascii_host
from nospim.listings import Entry
from nospim.policy import FeedSettings

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_COMMENT: Final = re.compile(rb"<!--(.{0,500}?)-->", re.DOTALL)


def parse(content: bytes, _settings: FeedSettings) -> Parsed:
    """Read the items of a node; a date in a comment, "<!-- Updated: 2026-11-24 -->", is the feed's."""
    try:
        root = fromstring(content.decode("utf-8-sig", "replace"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        return Parsed(refused=(Refused(1, f"no XML: {quoted(str(error))}"),))
    dates = [stated_date(found.decode("utf-8", "replace")) for found in _COMMENT.findall(content)]
    return gathered(_entries(root), next((date for date in dates if date is not None), None))


def _entries(root: Element) -> Iterator[Entry | Refused]:
    items = [one for one in root.iter() if str(one.tag).rpartition("}")[2] == "item"]
    for number, item in enumerate(items, 1):
        name = (item.get("id") or "").strip().lower()
        if _DIGEST.fullmatch(name):
            yield Entry("digest", name, number)
        elif "." in name and (host := ascii_host(name)) is not None:
            yield Entry("digest", hashlib.sha256(host.encode()).hexdigest(), number)
        else:
            yield Refused(number, f"{quoted(name)} is neither a SHA-256 nor a domain")
