"""Asking a time-stamp authority over HTTP (RFC 3161, section 3.4), at the address that the operator names."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Final
from urllib.parse import urlsplit

from nospim.errors import NospimError, UsageError
from nospim.ledger.stamps import MOST_ANSWER

TIMEOUT_S: Final = 30.0
"""Authorities answer within a second; a seal that waits longer is better made again."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The authority is the one that the operator named, and no other."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow nothing."""


def ask(url: str, query: bytes) -> bytes:
    """An authority's answer to a query, not checked yet.

    Raises UsageError where the address is not one of HTTP, NospimError where no answer comes.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        raise UsageError(f"{url}: a time-stamp authority is asked over http:// or https://")
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked
        url, data=query, headers={"Content-Type": "application/timestamp-query"}, method="POST"
    )
    opener = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler())
    try:
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            data: bytes = answer.read(MOST_ANSWER + 1)
    except (urllib.error.URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise NospimError(f"the time-stamp authority at {url} gives no answer: {reason}") from None
    if len(data) > MOST_ANSWER:
        raise NospimError(f"the time-stamp authority at {url} answers with more than {MOST_ANSWER} bytes")
    return data
