"""One walk along a chain of redirects, every hop fetched anew and checked anew: `walk`."""

from __future__ import annotations

import hashlib
from typing import Final

from msgspec import Struct

from nospim.capture.bodies import text_of
from nospim.capture.interface import CaptureRefused, Exchange, Fetcher, Guise, Hop, Jump, Request, Visit
from nospim.capture.jumps import next_of
from nospim.capture.limits import MAX_HOPS, MAX_SCRIPT_HOPS
from nospim.capture.page import read_page

PAGES: Final = frozenset({"text/html", "application/xhtml+xml", ""})
"""Media types that are read as a page; an answer without one is looked at as browsers do."""
_DECLARED: Final = frozenset({"refresh_header", "meta_refresh", "script"})


class Walked(Struct, frozen=True, kw_only=True):
    """A walk, and the last exchange for whoever needs its bytes."""

    visit: Visit
    last: Exchange | None


def headers_of(guise: Guise) -> tuple[tuple[str, str], ...]:
    """What a browser in this guise would send, without cookies, referrer or anything of a user's."""
    return (
        ("User-Agent", guise.agent),
        ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"),
        ("Accept-Language", "en-US,en;q=0.9"),
        ("Accept-Encoding", "gzip, deflate"),
    )


def walk(start: Request, guise: Guise, fetcher: Fetcher, jump: Jump = "start") -> Walked:
    """Fetch an address and follow where it leads, until a page, a refusal, a loop or a limit.

    start: the first request; what follows are GETs with the guise's headers alone.
    """
    hops: list[Hop] = []
    seen: list[str] = []
    request, declared = start, 0
    while True:
        if request.url in seen or len(hops) > MAX_HOPS or declared > MAX_SCRIPT_HOPS:
            why = "it leads in a circle" if request.url in seen else "it leads on and on"
            hops.append(_loop(request.url, jump, why, hops[-1]))
            return Walked(visit=Visit(guise=guise.name, hops=tuple(hops), page=None), last=None)
        seen.append(request.url)
        answer = fetcher.fetch(request)
        hops.append(hop_of(answer, jump))
        if isinstance(answer, CaptureRefused):
            return Walked(visit=Visit(guise=guise.name, hops=tuple(hops), page=None), last=None)
        text = text_of(answer.body, answer.header("content-type")) if _is_page(answer) else ""
        onward = next_of(answer, text)
        if onward is None:
            page = read_page(text, answer.url) if _is_page(answer) else None
            kind = "" if page else answer.kind
            visit = Visit(guise=guise.name, hops=tuple(hops), page=page, download=kind)
            return Walked(visit=visit, last=answer)
        jump = onward[0]
        declared += jump in _DECLARED
        request = Request(url=onward[1], headers=headers_of(guise))


def hop_of(answer: Exchange | CaptureRefused, jump: Jump) -> Hop:
    """The hop that an exchange or a refusal makes."""
    if isinstance(answer, CaptureRefused):
        return Hop(url=answer.url, jump=jump, at=answer.at, address=answer.address, refused=answer)
    return Hop(
        url=answer.url, jump=jump, at=answer.at, status=answer.status, kind=answer.kind,
        address=answer.address, tls=answer.tls, bytes=len(answer.body),
        sha256=hashlib.sha256(answer.body).hexdigest(), cut=answer.cut,
    )  # fmt: skip


def _is_page(answer: Exchange) -> bool:
    if answer.header("content-disposition").strip().lower().startswith("attachment"):
        return False
    if answer.kind:
        return answer.kind in PAGES
    return answer.body[:512].lstrip()[:1] == b"<"


def _loop(url: str, jump: Jump, why: str, before: Hop) -> Hop:
    refused = CaptureRefused(url=url, at=before.at, why="loop", detail=f"not followed further: {why}")
    return Hop(url=url, jump=jump, at=before.at, refused=refused)
