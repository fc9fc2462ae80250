"""A capture as an event that the guard reads: `event_of`."""

from __future__ import annotations

from hashlib import sha256

from msgspec.structs import replace

from nospim.capture.interface import Capture, Visit
from nospim.events import MAX_CHAIN, PageCaptured, PageCapturedData
from nospim.signals.decoy import fingerprint

SUBJECT = "nospim-capture"
"""Who looked: no account of the service."""


def event_of(made: Capture, record: bytes, *, source: str, action: str = "") -> PageCaptured:
    """What the guard should know of a capture; nothing of the page's text.

    record: the bytes of capture.json, whose hash makes the event's id.  source: the service whose guard
    is told.  action: the id of the action that asked for the capture.  The address is the one that was asked
    for, without its per-user parts.
    """
    digest = sha256(record).hexdigest()
    bare = PageCapturedData(url=made.asked, outcome=outcome_of(made), action=action or None, record=digest)
    return PageCaptured(
        specversion="1.0",
        source=source,
        id=f"capture-{digest[:32]}",
        time=made.at,
        subject=SUBJECT,
        data=bare if made.withheld else _told(made, bare),
    )


def outcome_of(made: Capture) -> str:
    """How a capture ended: `page`, `download`, `refused`, `withheld` or `nothing`."""
    if made.withheld:
        return "withheld"
    if any(visit.page is not None for visit in made.visits):
        return "page"
    if any(visit.download for visit in made.visits):
        return "download"
    return "refused" if any(visit.refused is not None for visit in made.visits) else "nothing"


def _told(made: Capture, bare: PageCapturedData) -> PageCapturedData:
    way = _way(made)
    pages = [visit.page for visit in made.visits if visit.page is not None]
    likeness, given = made.likeness, made.submission
    return replace(
        bare,
        final=way[-1] if way else None,
        chain=way[:MAX_CHAIN] or None,
        password_form=made.asks_password,
        imitates=likeness.brand if likeness is not None else None,
        own_brand=likeness.own if likeness is not None else None,
        likeness=likeness.share if likeness is not None else None,
        bits=made.millibits / 1000 if pages or made.findings else None,
        decoy=fingerprint(given.account) if given is not None and given.account else None,
    )


def _way(made: Capture) -> tuple[str, ...]:
    """The addresses of the walk that ended at a page, the browser's end last."""
    walks: list[Visit] = [visit for visit in made.visits if visit.page is not None] or list(made.visits)
    way = [hop.url for hop in walks[0].hops] if walks else []
    end = made.rendered_url
    if end.startswith(("http:", "https:")) and (not way or end != way[-1]):
        way.append(end)
    return tuple(way)
