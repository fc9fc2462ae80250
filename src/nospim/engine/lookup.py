"""The memory of a message's keys, gathered into the view that signals see."""

from __future__ import annotations

from typing import Final

from nospim.engine.room import Room
from nospim.engine.wordings import group_of
from nospim.events import Attachment, MessageData
from nospim.memory import Account, Cluster, Memory, Session, touch
from nospim.memory.account import MAX_SESSIONS
from nospim.signals import burst, decoy, sign_in
from nospim.signals.chain import everybodys
from nospim.signals.interface import View
from nospim.signals.reading import Reading
from nospim.signals.wording import disguise

RECENT_SESSION: Final = 24 * 3600.0
"""Seconds for which an account's latest sign-in stands in for a message that names no session."""
LATELY: Final = 3600.0
"""Seconds within which a message is an answer."""
MAX_FILES: Final = 4
"""Attached files of one message that are looked up."""
OWN_HOST: Final = 86400.0
"""Seconds after which a host with a clean history stands for itself."""


def session_of(sender: Account, ident: str | None, at: float, app: str | None = None) -> Session | None:
    """The session a message came from, or the app that was let in; without a name, the latest if recent."""
    if app is not None and app in sender.apps:
        return sender.apps[app]
    if ident is not None:
        session = sender.sessions.get(ident)
        if session is None:
            session = Session(at, since=at)
            touch(sender.sessions, ident, session, MAX_SESSIONS)
        return session
    if sender.sessions:
        latest = sender.sessions[next(reversed(sender.sessions))]
        if 0.0 <= at - latest.since < RECENT_SESSION:
            return latest
    return None


def look_up(
    room: Room,
    sender: Account,
    session: Session | None,
    recipients: tuple[Account, ...],
    reading: Reading,
    at: float,
    files: tuple[str, ...] = (),
) -> View:
    """Look up the memory of a message's keys, and count it in its sender's runs."""
    memory = room.memory
    if session is not None and (session.odd is None or session.odd >= sign_in.ODD):
        session.shared = sign_in.company(memory, sender.number, session, at)
    destinations, hosts = places_of(memory, reading, sender.number, at)
    if files:
        held = [(name, _place(memory, name, at, popular=False)) for name in files]
        destinations = (*destinations, *held)
    wording = group_of(memory, reading, at) if reading.words else None
    numbers = tuple(r.number for r in recipients)
    fresh_link = any(not everybodys(c) for _, c in destinations)
    run_links = burst.count(sender, burst.LINKS, numbers, at) if fresh_link else None
    run_wording = burst.count(sender, wording[0], numbers, at) if wording is not None else None
    me = sender.number
    replying = bool(recipients) and 0.0 <= at - recipients[0].peers.get(me, -1e18) <= LATELY
    return View(
        at=at,
        key=sender.key,
        sender=sender,
        session=session,
        recipients=recipients,
        reading=reading,
        destinations=destinations,
        hosts=hosts,
        wording=wording,
        run_any=burst.count(sender, burst.ANY, numbers, at),
        run_wording=run_wording,
        run_links=run_links,
        replying=replying,
        canary=False,
        encrypted=False,
        attached=False,
        group=False,
        odd_share=max(0.01, memory.share_of_odd(sign_in.ODD_SHARE)),
        strange=0 if session is None else sign_in.strangeness(session, at),
        same=burst.of_one_thing(run_links, run_wording),
        disguise=disguise(memory, sender, reading),
        burnt=decoy.burnt_by(memory, sender.number, session, at),
        at_home=session is not None and (session.odd is not None or memory.sign_ins > 0),
        fresh=session is not None and sign_in.fresh(session, at),
        fresh_share=max(0.01, memory.share_of_fresh(sign_in.FRESH_SHARE)),
    )


def files_of(data: MessageData) -> tuple[str, ...]:
    """The join keys of attached files: a picture that goes round is joined by its hash, as a link is."""
    if not data.attachments:
        return ()
    hashes = [a.hash for a in data.attachments[:MAX_FILES] if isinstance(a, Attachment) and a.hash]
    return tuple(dict.fromkeys([f"file:{h}" for h in hashes]))


def places_of(
    memory: Memory, reading: Reading, sender: int, at: float
) -> tuple[tuple[tuple[str, Cluster], ...], tuple[Cluster, ...]]:
    """The memory of each link's destination, and of the hosts that stand beside them.

    A host of its own under a shared domain counts for itself once it has been used for a day by people
    who were themselves: a club must not answer for its neighbour on a host that no list knows.
    """
    if not reading.links:
        return (), ()
    places: dict[str, Cluster] = {}
    hosts: list[Cluster] = []
    for link in reading.links:
        name = link.key
        if link.place == "own" and link.host not in (link.domain, f"www.{link.domain}"):
            beside = _place(memory, link.host, at, popular=False)
            if at - beside.first > OWN_HOST and _clean(beside, sender):
                places[link.host] = beside
                hosts.append(_place(memory, name, at, popular=link.popular))
                continue
            hosts.append(beside)
        places[name] = _place(memory, name, at, popular=link.popular)
    return tuple(places.items()), tuple(hosts)


def _clean(host: Cluster, sender: int) -> bool:
    """Whether a host has been used, and by no one else in an odd way or in bulk."""
    blamed = len(host.odd) + len(host.bulk) - (sender in host.odd) - (sender in host.bulk)
    return host.messages > 0 and not blamed


def _place(memory: Memory, name: str, at: float, *, popular: bool) -> Cluster:
    cluster = memory.destinations.get(name)
    if cluster is None:
        cluster = Cluster(at, at, popular=popular)
        memory.destinations.put(name, cluster)
    elif cluster.first > at:
        cluster.first = at
    return cluster
