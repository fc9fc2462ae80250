"""What may be told of a case's campaigns, made once and before any form: places, counts and links, no person.

Every form of report is made from `Material` alone, so none can tell what is not in it.  Links lose what
marks one reader's copy, and whoever sent, got or reported a lure is a number.  `require_clean` looks through
the finished bytes once more for every name that is known, and a report in which one stands is not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Literal
from urllib.parse import urlsplit

from msgspec import Struct

from nospim.capture.strip import stripped
from nospim.errors import NospimError
from nospim.findings import AccountFinding, Campaign, Operator
from nospim.links import Link, LinkLists, find
from nospim.reporting.people import People
from nospim.sharing import Found, Label, Refusal, Seen, latest
from nospim.sharing.choose import Objections, below, made_for_one, objections

_SHARED: Final = frozenset(
    {
        "a host where anyone may publish",
        "a popular host",
        "a name under which anyone may have one",
        "an address without a name",
    }
)
"""Objections to a host as a whole that one page on it survives."""
_TELLS_NOBODY: Final = frozenset({"network", "hosting", "client", "decoy"})
"""Kinds of linkage whose value is the operator's; the others' are names or words of people."""


class Place(Struct, frozen=True, kw_only=True):
    """Where lures lead.

    url: the page, without what marks one reader's copy.  shared: others publish on the host, so it is never
    reported as a whole.  phishing: when a capture showed that it asks for passwords, or None.
    """

    url: str
    host: str
    domain: str
    shared: bool
    campaigns: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    messages: int
    phishing: datetime | None = None


class Effort(Struct, frozen=True, kw_only=True):
    """One campaign in numbers; a message is in at most one campaign."""

    id: str
    first_seen: datetime
    last_seen: datetime
    messages: int
    stopped: int
    accounts: int
    recipients: int
    operator: str | None


class Tie(Struct, frozen=True, kw_only=True):
    """What joins an operator's campaigns.  value: empty where it would name a person or quote a message."""

    kind: str
    value: str
    grade: Literal["fact", "inference"]
    speaks_for: str
    speaks_against: str


class Actor(Struct, frozen=True, kw_only=True):
    """Who is likely behind campaigns."""

    id: str
    campaigns: tuple[str, ...]
    ties: tuple[Tie, ...]


class Material(Struct, frozen=True, kw_only=True):
    """All that any report is made from.  refused: what is not told, and why; for the operator alone."""

    source: str
    efforts: tuple[Effort, ...]
    places: tuple[Place, ...]
    actors: tuple[Actor, ...]
    refused: tuple[Refusal, ...] = ()


class LeakError(NospimError):
    """A finished report holds the name of somebody who must not be in it."""


def material(
    campaigns: Sequence[Campaign],
    operators: Sequence[Operator],
    accounts: Sequence[AccountFinding],
    names: Iterable[str],
    at: datetime,
    *,
    captures: tuple[Seen, ...] = (),
    labels: tuple[Label, ...] = (),
    own: Iterable[str] = (),
    lists: LinkLists | None = None,
) -> Material:
    """What may be told of campaigns of one service.

    names: the ids of all who sent or got their messages.  at: now, for labels that end.  own: names of the
    service, which are never reported.  lists: what is known of hosts; the shipped ones by default.
    """
    lists = LinkLists.shipped() if lists is None else lists
    found = Found(
        campaigns=tuple(campaigns),
        accounts=tuple(accounts),
        labels=labels,
        captures=captures,
        own=frozenset(name.lower() for name in own),
    )
    against = objections(found, latest(labels, at))
    people = People((*names, *against.victims))
    places: dict[str, Place] = {}
    refused: dict[tuple[str, str], Refusal] = {}
    for campaign in campaigns:
        for link in (link for url in campaign.links for link in find(url, lists)):
            place = _place(link, campaign, against, people, captures, lists)
            if isinstance(place, Refusal):
                refused[place.kind, place.value] = place
            else:
                places[place.url] = _joined(places.get(place.url), place)
    ours = {campaign.id for campaign in campaigns}
    return Material(
        source=campaigns[0].source if campaigns else "",
        efforts=tuple(_effort(one) for one in campaigns),
        places=tuple(places[url] for url in sorted(places)),
        actors=tuple(_actor(one, ours) for one in operators if ours & set(one.campaigns)),
        refused=tuple(refused[key] for key in sorted(refused)),
    )


def require_clean(content: bytes, people: People, what: str) -> bytes:
    """The content, where no name stands in it; raises LeakError, which does not repeat the name."""
    if met := people.met(content):
        raise LeakError(
            f"{what} would name {len(met)} of those who sent or got these messages, so it was not written; "
            "take a label or a capture that names somebody out, or report this as a fault"
        )
    return content


def _place(
    link: Link,
    campaign: Campaign,
    against: Objections,
    people: People,
    captures: tuple[Seen, ...],
    lists: LinkLists,
) -> Place | Refusal:
    host = link.host.removeprefix("www.")
    why = against.to_host(host, lists)
    if why is None and host != link.domain and made_for_one(host, link.domain):
        host = link.domain
    shared = why in _SHARED
    url = _page(link, host)
    if people.named_in(host):
        why = "its name holds the name of somebody who got it"
    elif why is None or shared:
        why = None
        if people.named_in(urlsplit(url).path):
            url = f"{urlsplit(url).scheme}://{host}/"
        if shared and urlsplit(url).path in {"", "/"}:
            why = "others publish on this host, and no page of it is known that names nobody"
    if why is None and any(below(host, name) for name in against.own):
        why = "the service's own, or allowed by the policy"
    if why is not None:
        return Refusal(kind="address" if shared else "host", value=host, why=why)
    shown = [one.at for one in captures if one.phishing and _same(one.address, url)]
    return Place(
        url=url,
        host=host,
        domain=link.domain,
        shared=shared,
        campaigns=(campaign.id,),
        first_seen=campaign.first_seen,
        last_seen=campaign.last_seen,
        messages=len(campaign.messages),
        phishing=max(shown, default=None),
    )


def _page(link: Link, host: str) -> str:
    """The page that everybody gets: no user name, query or fragment, no part that marks one copy."""
    read = urlsplit(stripped(link.url).url)
    port = f":{read.port}" if read.port is not None else ""
    kept = read.path if host == link.host.removeprefix("www.") else "/"
    front = "www." if link.host.startswith("www.") and host == link.host.removeprefix("www.") else ""
    return f"{read.scheme}://{front}{host}{port}{kept or '/'}"


def _same(address: str, url: str) -> bool:
    one, other = urlsplit(stripped(address).url), urlsplit(url)
    return (one.hostname or "").removeprefix("www.") == (other.hostname or "").removeprefix("www.") and (
        one.path.rstrip("/") == other.path.rstrip("/")
    )


def _joined(before: Place | None, place: Place) -> Place:
    if before is None:
        return place
    new = place.campaigns[0] not in before.campaigns
    return Place(
        url=place.url,
        host=place.host,
        domain=place.domain,
        shared=place.shared,
        campaigns=tuple(sorted({*before.campaigns, *place.campaigns})),
        first_seen=min(before.first_seen, place.first_seen),
        last_seen=max(before.last_seen, place.last_seen),
        messages=before.messages + (place.messages if new else 0),
        phishing=place.phishing or before.phishing,
    )


def _effort(one: Campaign) -> Effort:
    return Effort(
        id=one.id,
        first_seen=one.first_seen,
        last_seen=one.last_seen,
        messages=len(one.messages),
        stopped=one.stopped,
        accounts=len(one.accounts),
        recipients=one.recipients,
        operator=one.operator,
    )


def _actor(one: Operator, ours: set[str]) -> Actor:
    ties = [
        Tie(
            kind=tie.kind,
            value=tie.value if tie.kind in _TELLS_NOBODY else "",
            grade=tie.grade,
            speaks_for=tie.for_,
            speaks_against=tie.against,
        )
        for tie in one.linkage
        if tie.joins
    ]
    return Actor(id=one.id, campaigns=tuple(c for c in one.campaigns if c in ours), ties=tuple(ties))
