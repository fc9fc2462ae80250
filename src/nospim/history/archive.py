"""A long archive read twice: once to group what was written, once to fetch the members of the groups found.

Between the two only what groups need stays in memory: a wording once, however often it was sent, and four
bytes for each message.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final

from msgspec import Struct

from nospim import links, text
from nospim.campaigns.masking import example
from nospim.campaigns.names import short, source_of, stable_id
from nospim.casework import MAX_LINKS
from nospim.events import AnyEvent, MessageSent, SessionOpened, SessionResumed, key
from nospim.findings import Campaign, Linkage, Lure, Operator
from nospim.history.near import CENTRES, Stars
from nospim.links import Link

MOST_WORDINGS: Final = 50
"""Kinds of wording that may share a destination before it is a popular place and joins nothing: a campaign
has a few templates, and a site that people like is written of in ever new words."""
MOST_CAMPAIGNS: Final = 10
"""Campaigns that may share a network; one that more share is a carrier or a rented exit (MISP's guard)."""
LEAST_RECIPIENTS: Final = 10
"""People written to below which a group is talk among friends."""
TEXTS_KEPT: Final = 65_536
"""Readings of texts kept at hand: exact copies of a lure come close together."""
MASKED: Final = 8
"""Wordings of a campaign that its example is made from."""
NO_WORDING: Final = 0xFFFFFFFF
"""In place of a message's group, where it has neither words nor links."""

Archive = Callable[[], Iterable[AnyEvent]]
"""Gives the events from the beginning, each time it is called, in the same order."""


class Cap(Struct, frozen=True, kw_only=True):
    """Something too common to join by.  kind: band, destination or network; shared: how many share it."""

    kind: str
    value: str
    shared: int
    most: int


class Found(Struct, frozen=True, kw_only=True):
    """What an investigation concludes: campaigns and operators in the forms of a scan, caps, and counts."""

    campaigns: tuple[Campaign, ...]
    operators: tuple[Operator, ...]
    caps: tuple[Cap, ...]
    counts: dict[str, int]


class _Read(Struct, frozen=True):
    wording: text.Wording
    words: tuple[str, ...]
    links: tuple[Link, ...]


@lru_cache(maxsize=TEXTS_KEPT)
def _read(said: str) -> _Read:
    plain = text.normalise(said).plain
    words = text.words_of(plain)
    return _Read(text.fingerprint(plain, (), words), tuple(words), links.find(said))


class _Member(Struct):
    """A group on its way to being a campaign."""

    messages: list[str]
    senders: set[str]
    recipients: set[str]
    links: dict[str, int]
    texts: dict[int, str]
    networks: set[str]
    first: MessageSent | None = None
    last: MessageSent | None = None


def investigate(
    archive: Archive, network_of: Callable[[str], str | None], least: int = LEAST_RECIPIENTS
) -> Found:
    """Group the messages of an archive by wording and destination, and the groups by network.

    archive: gives the events anew at each call.  network_of: the block of an address, or None.  least:
    distinct recipients below which a group is not told.  A message without words and links is in no group.
    """
    stars, of_message = Stars(), array("I")
    places: dict[str, set[int]] = {}
    nodes: dict[tuple[int, str], int] = {}
    addressed: list[int] = []
    for event in archive():
        if isinstance(event, MessageSent):
            node = _place(event, stars, nodes, places)
            of_message.append(node)
            if node != NO_WORDING:
                addressed += [0] * (node + 1 - len(addressed))
                addressed[node] += len(event.data.to)
    caps = [
        Cap(kind="band", value=f"{band:016x}", shared=passed, most=CENTRES)
        for band, passed in stars.popular().items()
    ]
    caps += _destinations(stars, places)
    large = _large(stars, addressed, least)
    members = _members(archive(), of_message, stars, large, network_of)
    told = {lead: one for lead, one in sorted(members.items()) if len(one.recipients) >= least}
    operators, more = _operators(told)
    campaigns = tuple(_campaign(one, operators[lead]) for lead, one in told.items())
    counts = {
        "messages": len(of_message),
        "wordings": len(stars),
        "compared": stars.compared,
        "campaigns": len(campaigns),
        "operators": len(set(operators.values())),
    }
    return Found(
        campaigns=tuple(sorted(campaigns, key=lambda one: (one.first_seen, one.id))),
        operators=_told(told, operators),
        caps=tuple(sorted([*caps, *more], key=lambda cap: (cap.kind, -cap.shared, cap.value))),
        counts=counts,
    )


def _place(
    event: MessageSent,
    stars: Stars,
    nodes: dict[tuple[int, str], int],
    places: dict[str, set[int]],
) -> int:
    """The wording that a message has, new or known; notes where it leads."""
    read = _read(event.data.text or "")
    lead = read.links[0].key if read.links and read.wording.words == 0 else ""
    if not read.wording.words and not lead:
        return NO_WORDING
    name = (read.wording.template, lead)
    node = nodes.get(name)
    if node is None:
        node = nodes[name] = stars.add(read.wording, read.words)
    for link in read.links:
        if not link.popular:
            places.setdefault(link.key, set()).add(node)
    return node


def _destinations(stars: Stars, places: dict[str, set[int]]) -> Iterator[Cap]:
    """Join the wordings that lead to one place, as a star; a popular place joins nothing and is told.

    How popular a place is, is counted over the groups that wording alone made.
    """
    kinds = {place: sorted({stars.find(node) for node in nodes}) for place, nodes in sorted(places.items())}
    for place, leads in kinds.items():
        if len(leads) > MOST_WORDINGS:
            yield Cap(kind="destination", value=place, shared=len(leads), most=MOST_WORDINGS)
            continue
        for node in leads[1:]:
            stars.join(leads[0], node)


def _large(stars: Stars, addressed: list[int], least: int) -> set[int]:
    """The groups that may have written to so many: the others need not be held in memory."""
    sums: dict[int, int] = {}
    for node, count in enumerate(addressed):
        lead = stars.find(node)
        sums[lead] = sums.get(lead, 0) + count
    return {lead for lead, count in sums.items() if count >= least}


def _members(
    events: Iterable[AnyEvent],
    of_message: array[int],
    stars: Stars,
    large: set[int],
    network_of: Callable[[str], str | None],
) -> dict[int, _Member]:
    """The second reading: members of every group that may be large enough."""
    members: dict[int, _Member] = {}
    sessions: dict[str, str] = {}
    at = 0
    for event in events:
        if isinstance(event, SessionOpened | SessionResumed):
            network = network_of(event.data.ip) if event.data.ip else None
            if network is not None:
                sessions[key(event.source, event.data.session)] = network
        elif isinstance(event, MessageSent):
            node, at = of_message[at], at + 1
            if node == NO_WORDING or (lead := stars.find(node)) not in large:
                continue
            one = members.get(lead)
            if one is None:
                one = members[lead] = _Member([], set(), set(), {}, {}, set())
            _join(one, node, event, sessions)
    return members


def _join(one: _Member, node: int, event: MessageSent, sessions: dict[str, str]) -> None:
    one.messages.append(key(event.source, event.id))
    one.senders.add(key(event.source, event.subject))
    one.recipients.update(key(event.source, to) for to in event.data.to)
    for link in _read(event.data.text or "").links:
        one.links[link.url] = one.links.get(link.url, 0) + 1
    if len(one.texts) < MASKED and node not in one.texts:
        one.texts[node] = event.data.text or ""
    if event.data.session is not None:
        network = sessions.get(key(event.source, event.data.session))
        if network is not None:
            one.networks.add(network)
    if one.first is None or event.time < one.first.time:
        one.first = event
    if one.last is None or event.time > one.last.time:
        one.last = event


def _operators(told: dict[int, _Member]) -> tuple[dict[int, str], list[Cap]]:
    """The operator of each group, by networks that they share; and the networks that too many share."""
    holders: dict[str, list[int]] = {}
    for lead, one in told.items():
        for network in one.networks:
            holders.setdefault(network, []).append(lead)
    parent = {lead: lead for lead in told}

    def find(lead: int) -> int:
        while parent[lead] != lead:
            lead = parent[lead]
        return lead

    caps = []
    for network, leads in sorted(holders.items()):
        if len(leads) > MOST_CAMPAIGNS:
            caps.append(Cap(kind="network", value=network, shared=len(leads), most=MOST_CAMPAIGNS))
            continue
        for lead in leads[1:]:
            first, second = sorted((find(leads[0]), find(lead)))
            parent[second] = first
    return {lead: stable_id("o", _name(told[find(lead)])) for lead in told}, caps


def _name(one: _Member) -> str:
    """The campaign's id: of its first message, so that later messages do not rename it."""
    return stable_id("c", one.messages[0])


def _campaign(one: _Member, operator: str) -> Campaign:
    assert one.first is not None  # noqa: S101 - a group has a message
    assert one.last is not None  # noqa: S101
    source = source_of(one.messages)
    shown = example([one.texts[node] for node in sorted(one.texts)])
    return Campaign(
        id=_name(one),
        source=source,
        first_seen=one.first.time,
        last_seen=one.last.time,
        messages=tuple(short(message, source) for message in one.messages),
        stopped=0,
        accounts=tuple(short(account, source) for account in sorted(one.senders)),
        recipients=len(one.recipients),
        links=tuple(sorted(one.links, key=lambda url: (-one.links[url], url))[:MAX_LINKS]),
        lures=(Lure(example=shown, messages=len(one.messages)),) if shown else (),
        infections=(),
        patient_zero=None,
        operator=operator,
        reproduction=None,
        joined_by=("wording or destination",),
        networks=tuple(sorted(one.networks)),
    )


def _told(told: dict[int, _Member], operators: dict[int, str]) -> tuple[Operator, ...]:
    """Each operator with its campaigns and the networks that join them."""
    of: dict[str, list[_Member]] = {}
    for lead, one in told.items():
        of.setdefault(operators[lead], []).append(one)
    return tuple(
        Operator(
            id=name,
            source=source_of(ones[0].messages),
            campaigns=tuple(_name(one) for one in ones),
            linkage=tuple(_linkage(ones)),
        )
        for name, ones in of.items()
    )


def _linkage(ones: list[_Member]) -> Iterator[Linkage]:
    shared: dict[str, int] = {}
    for one in ones:
        for network in one.networks:
            shared[network] = shared.get(network, 0) + 1
    for network, count in sorted(shared.items()):
        if count > 1:
            yield Linkage(
                kind="network",
                value=network,
                grade="inference",
                for_=f"{count} campaigns were sent from it",
                against="addresses are rented and shared, and whose sign-ins these were is not judged here",
                joins=count <= MOST_CAMPAIGNS,
            )
