"""Captures: asked for when a new link makes a message wait, and what they found let into memory."""

from __future__ import annotations

from typing import Final

from nospim.engine import asks, decoys, holds
from nospim.engine.room import Room
from nospim.events import AnyEvent, PageCaptured
from nospim.links import Link
from nospim.memory import Cluster, Page
from nospim.signals.chain import everybodys
from nospim.signals.interface import View
from nospim.signals.links import SOME, users
from nospim.signals.page import SURE, weight
from nospim.verdicts import Reason

ASK_AGAIN: Final = 6 * 3600.0
"""Seconds after which the page behind a link may be asked for once more."""
SHOWN: Final = frozenset({"page", "download"})
"""Outcomes of a capture that saw something; after the others nothing is known."""


def ask(room: Room, view: View, event: AnyEvent, reasons: list[Reason]) -> None:
    """Ask for the pages behind the links of a message that waits, where none is known."""
    if not room.policy.actions.capture:
        return
    told = tuple(r for r in reasons if r.signal == "prior" or abs(r.bits) >= 1)
    for link in view.reading.links:
        cluster = room.memory.destinations.get(link.key)
        if cluster is None or link.popular or everybodys(cluster):
            continue
        known = cluster.page.at if cluster.page is not None else cluster.asked
        if not 0.0 <= view.at - max(known, cluster.asked) < ASK_AGAIN:
            cluster.asked = view.at
            asks.ask(room, event, "capture", link.url, event.subject, told)


def captured(room: Room, event: PageCaptured) -> None:
    """A capture came back: note what it found, and end what waits for it."""
    data, at = event.data, event.time.timestamp()
    asked = room.reader.destination(data.url)
    if asked is None or data.outcome not in SHOWN:
        return
    final = None if data.final is None else room.reader.destination(data.final)
    millibits, what = weight(data)
    for link in _blamed(room, asked, final) if millibits else (asked,):
        cluster = _cluster(room, link, at)
        page = cluster.page
        if page is not None and page.millibits > millibits and at - page.at < ASK_AGAIN:
            continue  # two looks at one page differ because it cloaks, and the worse one saw it
        cluster.page = Page(at, millibits, what)
        if data.decoy is not None:
            decoys.given(room, data.decoy, link.key)
        if millibits >= SURE and not everybodys(cluster):
            cluster.confirmed = True
            asks.step_up_clickers(room, cluster, event)
            holds.drop_place(room, link.key, at, f"the link leads to {what}")
    if not millibits:
        holds.release_plain(room, asked.key, at)


def _blamed(room: Room, asked: Link, final: Link | None) -> tuple[Link, ...]:
    """The destinations that a bad page speaks against: where it lies, and the way there if nobody else's.

    A redirector on a place that honest people use must not cost them that place: thieves borrow them.
    """
    if final is None or final.key == asked.key:
        return () if asked.popular else (asked,)
    found = [] if final.popular else [final]
    cluster = room.memory.destinations.get(asked.key)
    honest = 0 if cluster is None else users(cluster)[0]
    if not asked.popular and (asked.place != "own" or honest < SOME):
        found.append(asked)
    return tuple(found)


def _cluster(room: Room, link: Link, at: float) -> Cluster:
    cluster = room.memory.destinations.get(link.key)
    if cluster is None:
        cluster = Cluster(at, at, popular=link.popular)
        room.memory.destinations.put(link.key, cluster)
    return cluster
