"""Decoys: credentials that only a lure's page was given, known again when somebody signs in with them.

Whoever uses one has it from that page, or from whoever took it there (Bursztein et al., IMC 2014, followed
thieves by such credentials).  So it is near-certain evidence against the address it was used from, and
against the page.
"""

from __future__ import annotations

from typing import Final

from nospim.engine import asks
from nospim.engine.room import Room
from nospim.events import SessionOpened, SignInFailed
from nospim.memory import Cluster, Page, touch
from nospim.policy.settings import MAX_DECOYS
from nospim.sightings import DecoySeen
from nospim.signals import decoy, sign_in
from nospim.signals.chain import everybodys
from nospim.signals.page import DECOY

MARKER: Final = "decoy"
"""What an adapter writes as a sign-in's `method`, or as a failed one's `reason`, where it knew the decoy by
its password."""
UNKNOWN: Final = ""
"""Destination of a decoy of which only the policy knows."""


def given(room: Room, name: str, destination: str) -> None:
    """A decoy, by its `signals.decoy.fingerprint`, was given to the page of a destination."""
    touch(room.memory.decoys, name, destination, MAX_DECOYS)


def opened(room: Room, event: SessionOpened) -> None:
    """Look whether a sign-in used a decoy."""
    _used(room, event, event.data.method)


def failed(room: Room, event: SignInFailed) -> None:
    """Look whether a sign-in that failed used a decoy, as most do: there is no such account."""
    _used(room, event, event.data.reason)


def _used(room: Room, event: SessionOpened | SignInFailed, marked: str | None) -> None:
    known = room.memory.decoys
    if not (known or room.decoys or marked == MARKER):
        return
    name = decoy.fingerprint(event.subject)
    destination = known.get(name)
    if destination is None:
        if name not in room.decoys and marked != MARKER:
            return
        destination = UNKNOWN
    data, at = event.data, event.time.timestamp()
    decoy.burn(room.memory, data.ip, at)
    room.out.sightings.append(
        DecoySeen(
            at=at,
            source=event.source,
            decoy=name,
            destination=destination or None,
            network=None if data.ip is None else sign_in.network_of(data.ip),
            client=data.client,
        )
    )
    if destination:
        _blame(room, event, destination, at)


def _blame(room: Room, event: SessionOpened | SignInFailed, destination: str, at: float) -> None:
    """The page that took the decoy takes passwords."""
    cluster = room.memory.destinations.get(destination)
    if cluster is None:
        cluster = Cluster(at, at)
        room.memory.destinations.put(destination, cluster)
    if everybodys(cluster):
        return
    cluster.page = Page(at, DECOY, "a page that took credentials with which somebody then signed in")
    cluster.confirmed = True
    asks.step_up_clickers(room, cluster, event)
