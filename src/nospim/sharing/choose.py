"""What may be shared of what was found: two conditions for, and any one objection against.

The first condition is the guard's: the destination of a campaign that was mostly stopped, or an account
judged fake or abusive.  The second is of another kind: a person's label, a capture of the page, or two
campaigns that have nothing else in common.  The objections are stronger than both: whoever was hijacked, even
once, is a victim and is never listed, nor is the server that a victim lives on; nor, as a whole, a host where
others publish, too.  A hash of an address can be guessed and copies of it do not end, so a wrong one stays.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from nospim.findings import AccountFinding, Campaign
from nospim.links import Link, LinkLists, find
from nospim.links.hosts import facts_of, is_ip
from nospim.links.suffixes import suffix_of
from nospim.sharing.listing import Condition, Kind, Listing, Refusal, bare, digest

FEWEST_STOPPED: Final = 3
MOSTLY: Final = 0.5
"""A campaign's destination counts from so many stopped messages, and this share of all of them."""
SURE: Final = 0.99
"""Score from which an account is fake or abusive enough to tell others; one in a hundred is wrong."""
DESTINATION_ENDS: Final = timedelta(days=30)
"""Lures move on within days; what is listed for longer hurts whoever buys the name next."""
ACCOUNT_ENDS: Final = timedelta(days=90)
WEIGHT: Final = {"label": 3.0, "capture": 3.0, "campaigns": 1.0}
"""Bits that a reader may take an entry for, by its best condition.  Two campaigns are weak for a place: who
has two sets of stolen accounts can send an innocent page from both, to have it listed."""
ACCOUNT_WEIGHT: Final = 2.0
"""The same for an account at least: nobody else can make it send."""
BAD: Final = frozenset({"lure", "spim", "spam", "fake", "abusive"})
GOOD: Final = frozenset({"benign", "trusted", "ham", "false_positive", "appeal"})
VICTIM: Final = frozenset({"hijacked", "victim"})
_TOKEN: Final = re.compile(r"(?=.*\d)[a-z0-9]{5,}|[0-9a-f]{6,}")
"""A label of a host that looks made for one recipient: it tells who that was."""


class Label(Struct, frozen=True, kw_only=True):
    """A person's word on an account or a destination.  until: when it ends, None for never."""

    target: str
    label: str
    at: datetime
    until: datetime | None = None


class Seen(Struct, frozen=True, kw_only=True):
    """What a capture showed.  phishing: it asks for a password, and passes for another or is hostile."""

    address: str
    at: datetime
    phishing: bool


class Found(Struct, frozen=True, kw_only=True):
    """Everything that is known when a list is made.

    own: names that are never listed: the service's own and those that its policy allows.  victims, servers:
    SHA-256 of the bare ids of those who are known as victims from earlier, and where their accounts are.
    """

    campaigns: tuple[Campaign, ...] = ()
    accounts: tuple[AccountFinding, ...] = ()
    labels: tuple[Label, ...] = ()
    captures: tuple[Seen, ...] = ()
    own: frozenset[str] = frozenset()
    victims: frozenset[str] = frozenset()
    servers: frozenset[str] = frozenset()


class Objections(Struct, frozen=True):
    """What may not be listed.  victims: bare ids; servers: theirs; good: cleared by a person; own: names.

    hashed: SHA-256 of the bare ids of all victims, those of earlier included.
    """

    victims: frozenset[str]
    servers: frozenset[str]
    good: frozenset[str]
    own: frozenset[str]
    hashed: frozenset[str]

    def to_host(self, host: str, lists: LinkLists) -> str | None:
        """Why a host may not be listed as a whole; None where nothing speaks against it."""
        facts = facts_of(host, lists)
        if is_ip(host):
            return "an address without a name" if _public(host) else "a private address"
        if any(below(host, name) or below(name, host) for name in self.own):
            return "the service's own, or allowed by the policy"
        if any(below(name, host) for name in self.servers):
            return "a victim's server"
        if any(below(host, name) or below(name, host) for name in self.good):
            return "a person cleared it"
        if facts.publishing or facts.place != "own" or host == "" or "." not in host:
            return "a host where anyone may publish"
        if facts.popular or lists.popular & {host, facts.domain}:
            return "a popular host"
        labels = host.split(".")
        whole = host in lists.dynamic or suffix_of(labels, lists.suffixes).labels >= len(labels)
        return "a name under which anyone may have one" if whole else None

    def to_account(self, name: str) -> str | None:
        """Why an account may not be listed."""
        if digest(name) in self.hashed:
            return "it was hijacked, so its owner is a victim"
        return "a person cleared it" if name in self.good else None


class Chosen(Struct, frozen=True, kw_only=True):
    """What may be shared now, what may not, and the objections, which hold for older entries, too."""

    listings: tuple[Listing, ...]
    refused: tuple[Refusal, ...]
    objections: Objections


def choose(found: Found, at: datetime, lists: LinkLists | None = None) -> Chosen:
    """What may be shared of what was found at a time.  lists: the shipped ones by default."""
    lists = LinkLists.shipped() if lists is None else lists
    labels = latest(found.labels, at)
    against = objections(found, labels)
    listings: dict[tuple[Kind, str], Listing] = {}
    refused: dict[tuple[Kind, str], Refusal] = {}
    for kind, value, condition, why in (
        *_destinations(found, labels, against, lists),
        *_accounts(found, labels, against),
    ):
        if condition is None:
            refused[kind, value] = Refusal(kind=kind, value=value, why=why)
            continue
        key = (kind, value)
        before = listings[key].conditions if key in listings else ()
        if condition not in before:
            listings[key] = _listing(kind, value, (*before, condition), at)
    kept = [refused[key] for key in sorted(refused) if key not in listings]
    return Chosen(
        listings=tuple(sorted(listings.values(), key=lambda one: (one.kind, one.value, one.sha256))),
        refused=tuple(kept),
        objections=against,
    )


def latest(labels: Iterable[Label], at: datetime) -> dict[str, Label]:
    """The last label of each target that is in force at a time, by its bare name."""
    found: dict[str, Label] = {}
    for label in sorted(labels, key=lambda one: one.at):
        if label.at <= at and (label.until is None or at < label.until):
            found[bare(label.target) if "@" in label.target else label.target.lower()] = label
    return found


def objections(found: Found, labels: Mapping[str, Label]) -> Objections:
    """Who and what may not be listed.  Whoever was once hijacked stays a victim, whatever else is said."""
    victims = {bare(a.account) for a in found.accounts if a.state == "hijacked"}
    victims |= {
        bare(i.account)
        for c in found.campaigns
        for i in c.infections
        if i.infected_by is not None or i.via is not None
    }
    victims |= {bare(one.target) for one in found.labels if one.label in VICTIM}
    good = {name for name, one in labels.items() if one.label in GOOD}
    return Objections(
        frozenset(victims),
        (frozenset(server(v) for v in victims) | found.servers) - {""},
        frozenset(good),
        frozenset(name.lower() for name in found.own),
        frozenset(digest(v) for v in victims) | found.victims,
    )


def server(account: str) -> str:
    """The server in an account's id, empty where there is none."""
    return account.rpartition(":" if account.startswith("@") else "@")[2] if "@" in account else ""


Claim = tuple[Kind, str, Condition | None, str]
"""A thing, the condition that speaks for it, and otherwise why it is not shared."""


def _destinations(
    found: Found, labels: Mapping[str, Label], against: Objections, lists: LinkLists
) -> Iterator[Claim]:
    seen: dict[str, list[Campaign]] = {}
    for campaign in found.campaigns:
        stopped, sent = campaign.stopped, len(campaign.messages)
        if stopped < FEWEST_STOPPED or stopped < MOSTLY * sent:
            continue
        links = {link.url: link for url in campaign.links for link in find(url, lists)}
        for link in links.values():
            yield from _link(link, labels, found.captures, against, lists)
            seen.setdefault(_page(link), []).append(campaign)
    for page, campaigns in seen.items():
        host, _, path = page.partition("/")
        if not path or (last := _independent(campaigns)) is None:
            continue
        why = _not_an_address(host, page, against)
        told = "the same page in two campaigns that have no account, network or operator in common"
        condition = Condition(kind="campaigns", at=last, told=told)
        yield "address", page, condition if why is None else None, why or ""


def _link(
    link: Link, labels: Mapping[str, Label], captures: tuple[Seen, ...], against: Objections, lists: LinkLists
) -> Iterator[Claim]:
    """What one lure's link gives: its page where anyone may publish, its host otherwise."""
    kind: Kind
    kind, value = ("address", link.key) if "/" in link.key else ("host", link.host.removeprefix("www."))
    conditions: list[Condition] = []
    named = labels.get(link.key) or labels.get(value) or labels.get(link.host)
    if named is not None and named.label in BAD:
        conditions.append(Condition(kind="label", at=named.at, told="a person labelled it a lure"))
        if kind == "host" and labels.get(link.domain) is named:
            value = link.domain  # a person named the whole domain
    page = _page(link)
    shown = [one for one in captures if one.phishing and _page_of(one.address, lists) == page]
    if shown:
        at = max(one.at for one in shown)
        conditions.append(Condition(kind="capture", at=at, told="a capture of the page shows phishing"))
    if kind == "address":
        why = _not_an_address(link.host, value, against)
    else:
        why = against.to_host(value, lists)
        if why is None and value != link.domain and made_for_one(value, link.domain):
            why = "each lure has a host of its own; a person may label the domain"
    if why is not None or not conditions:
        yield kind, value, None, why or "there is no second condition: a label, a capture, another campaign"
        return
    for condition in conditions:
        yield kind, value, condition, ""


def _accounts(found: Found, labels: Mapping[str, Label], against: Objections) -> Iterator[Claim]:
    campaigns = {c.id: c for c in found.campaigns}
    for account in found.accounts:
        if account.state == "hijacked":
            continue
        name = bare(account.account)
        why = against.to_account(name)
        if why is not None or account.score < SURE:
            yield "account", name, None, why or "it is not sure enough"
            continue
        label = labels.get(name)
        last = _independent([campaigns[c] for c in account.campaigns if c in campaigns], account.account)
        if label is not None and label.label in BAD:
            told = f"a person labelled it {label.label}"
            yield "account", name, Condition(kind="label", at=label.at, told=told), ""
        elif last is not None:
            told = "it sent for two campaigns that have no other account, network or operator in common"
            yield "account", name, Condition(kind="campaigns", at=last, told=told), ""
        else:
            yield "account", name, None, "there is no second condition: a label, or another campaign"


def _independent(campaigns: list[Campaign], account: str = "") -> datetime | None:
    """When the later of two campaigns that have nothing in common ended; None without two such.

    account: the one that is asked about, which sends for both; any other that they share joins them.
    Where the networks of one are not known, nothing says that it is apart from the other.
    """
    for n, one in enumerate(campaigns):
        for other in campaigns[n + 1 :]:
            joined = one.id == other.id or (one.operator is not None and one.operator == other.operator)
            joined |= bool((set(one.accounts) & set(other.accounts)) - {account})
            joined |= not one.networks or not other.networks or bool(set(one.networks) & set(other.networks))
            if not joined:
                return max(one.last_seen, other.last_seen)
    return None


def _listing(kind: Kind, value: str, conditions: tuple[Condition, ...], at: datetime) -> Listing:
    return Listing(
        kind=kind,
        value="" if kind == "account" else value,
        sha256=digest(value),
        reason="spam" if kind == "account" else "phishing",
        since=at,
        until=at + (ACCOUNT_ENDS if kind == "account" else DESTINATION_ENDS),
        weight_bits=max([WEIGHT[one.kind] for one in conditions] + [ACCOUNT_WEIGHT] * (kind == "account")),
        conditions=conditions,
    )


def _not_an_address(host: str, page: str, against: Objections) -> str | None:
    """Why one page may not be listed: it is the service's own, cleared, or tells of a victim."""
    if any(below(host, name) for name in against.own):
        return "the service's own, or allowed by the policy"
    if page in against.good or any(below(host, name) for name in against.good):
        return "a person cleared it"
    path = page.lower()
    if any(name in path or (len(part := local(name)) >= 4 and part in path) for name in against.victims):
        return "its address names a victim"
    return None


def local(account: str) -> str:
    return account[1:].partition(":")[0] if account.startswith("@") else account.partition("@")[0]


def _page(link: Link) -> str:
    """The page without what is written behind it for one reader: host and path, no query."""
    address = link.url.partition("//")[2].partition("?")[0].partition("#")[0]
    host, _, path = address.partition("/")
    host = host.rpartition("@")[2].partition(":")[0].removeprefix("www.")
    return f"{host}/{path.rstrip('/')}" if path.rstrip("/") else host


def _page_of(address: str, lists: LinkLists) -> str:
    return next((_page(link) for link in find(address, lists)), "")


def made_for_one(host: str, domain: str) -> bool:
    front = host.removesuffix(domain).rstrip(".").split(".")
    return any(_TOKEN.fullmatch(label) for label in front)


def below(host: str, name: str) -> bool:
    """Whether a host is a name or below it."""
    return host == name or host.endswith(f".{name}")


def _public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return False
