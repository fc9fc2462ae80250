"""Recidivism: a watch list's terms against what a later scan found, each match with what speaks for and
against it.

A match is no proof of who somebody is.  A fact is read off the findings (a link leads there, the very same
bytes were served); an inference is concluded from them (the words are alike).  Terms that nearly every
campaign would meet are refused when they are set, and one that many meet is said to be common (compare
MISP's over-correlation guard).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from nospim.capture.interface import Capture
from nospim.cases.decisions import Term
from nospim.errors import UsageError
from nospim.findings import Campaign, Operator
from nospim.links import Link, LinkLists, find
from nospim.links.hosts import facts_of
from nospim.links.suffixes import suffix_of

TOO_MANY: Final = 10
"""Campaigns that a term may meet before it tells little: as many as may share a mark of an operator."""
ALIKE: Final = 0.7
"""Share of all words of two wordings that both hold, from which they are one; a guess."""
FEWEST_WORDS: Final = 4
"""A wording of fewer words is said by anybody."""
WIDEST: Final = {4: 16, 6: 32}
"""Shortest prefix of a network that may be watched; wider ones hold whole providers."""
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_WORD: Final = re.compile(r"\w+")

AGAINST: Final[dict[str, str]] = {
    "domain": "domains end and are bought by others, and links to a place can be sent by anybody",
    "kit": "kits are sold and copied, so the same bytes are served by unrelated gangs",
    "wording": "wordings are copied and sold; unrelated gangs send the same words",
    "network": "addresses are rented and shared (carrier NAT, hosting, proxies): it is no person",
    "payment": "payment accounts are rented and stolen, and a page can show somebody else's",
    "name": "names are shared by many, and easily put on a page by somebody else",
}


class Hit(Struct, frozen=True, kw_only=True):
    """A term that was met.  campaign, operator: as the later scan calls them; operator may be empty."""

    term: Term
    campaign: str
    operator: str
    grade: Literal["fact", "inference"]
    speaks_for: str
    speaks_against: str


def checked(term: Term, lists: LinkLists | None = None) -> Term:
    """The term in its usual spelling.  Raises UsageError for one that would meet nearly all, or none."""
    lists = LinkLists.shipped() if lists is None else lists
    value = term.value.strip()
    if term.kind == "domain":
        value = (
            value.lower().rstrip("/").removeprefix("http://").removeprefix("https://").removeprefix("www.")
        )
        host, slash, _ = value.partition("/")
        facts = facts_of(host, lists)
        labels = host.split(".")
        suffix = suffix_of(labels, lists.suffixes).labels >= len(labels)
        whole = facts.publishing or facts.place != "own" or facts.popular or host in lists.popular or suffix
        if "." not in host or (whole and not slash) or host in lists.dynamic:
            raise UsageError(f"domain={term.value}: others publish there too; name one page: host/path")
    elif term.kind == "network":
        value = str(_network(value))
    elif term.kind == "kit" and not _SHA256.fullmatch(value := value.lower()):
        raise UsageError(
            f"kit={term.value}: it is the SHA-256 of a page's body, in hex, as capture.json has it"
        )
    elif term.kind == "wording" and len(_words(value)) < FEWEST_WORDS:
        raise UsageError(f"wording={term.value}: fewer than {FEWEST_WORDS} words are said by anybody")
    elif len(value) < FEWEST_WORDS:
        raise UsageError(f"{term.kind}={term.value}: it is too short to tell anybody from others")
    return replace(term, value=value)


def terms_of(
    operator: Operator, campaigns: Iterable[Campaign], lists: LinkLists | None = None
) -> tuple[Term, ...]:
    """What an operator's campaigns give to watch for: their hosts, the networks that join them, their lures.

    Masked lures alone are taken, never a message's own words.
    """
    lists = LinkLists.shipped() if lists is None else lists
    basis = f"operator {operator.id}"
    found: dict[tuple[str, str], Term] = {}
    for tie in operator.linkage:
        if tie.kind == "network" and tie.joins:
            term = Term(kind="network", value=tie.value, basis=f"{basis}, {tie.grade}")
            found["network", tie.value] = term
    for campaign in campaigns:
        if campaign.id not in operator.campaigns:
            continue
        made = [Term(kind="domain", value=_key(one), basis=basis) for one in _links(campaign, lists)]
        made += [Term(kind="wording", value=one.example[:200], basis=basis) for one in campaign.lures[:1]]
        for term in made:
            try:
                usual = checked(term, lists)
            except UsageError:
                continue
            found[usual.kind, usual.value] = usual
    return tuple(found[key] for key in sorted(found))


def met(
    terms: Sequence[Term],
    campaigns: Sequence[Campaign],
    operators: Sequence[Operator] = (),
    captures: Sequence[Capture] = (),
    lists: LinkLists | None = None,
) -> tuple[Hit, ...]:
    """Which terms the findings meet, in the terms' order, then the campaigns'."""
    lists = LinkLists.shipped() if lists is None else lists
    linked = {campaign.id: tuple(_links(campaign, lists)) for campaign in campaigns}
    hits: list[Hit] = []
    for term in terms:
        mine = []
        for campaign in campaigns:
            seen = [one for one in captures if _of_campaign(one, linked[campaign.id], lists)]
            for grade, told in _matches(term, campaign, operators, linked[campaign.id], seen):
                mine.append(
                    Hit(
                        term=term, campaign=campaign.id, operator=campaign.operator or "", grade=grade,
                        speaks_for=told, speaks_against=AGAINST[term.kind],
                    )
                )  # fmt: skip
                break
        common = f"; {len(mine)} campaigns meet it, so it tells little" if len(mine) > TOO_MANY else ""
        hits += [replace(one, speaks_against=one.speaks_against + common) for one in mine]
    return tuple(hits)


def _matches(
    term: Term,
    campaign: Campaign,
    operators: Sequence[Operator],
    links: Sequence[Link],
    captures: Sequence[Capture],
) -> Iterator[tuple[Literal["fact", "inference"], str]]:
    """Each way in which a campaign meets a term, the most telling first."""
    match term.kind:
        case "domain":
            if any(_leads(link, term.value) for link in links):
                yield "fact", "links of the campaign lead there"
        case "network":
            yield from _networks(term.value, campaign, operators)
        case "kit":
            bodies = {hop.sha256 for one in captures for visit in one.visits for hop in visit.hops}
            if term.value in bodies:
                yield "fact", "a page behind its links served these very bytes"
        case "wording":
            wanted = _words(term.value)
            if any(_alike(wanted, _words(lure.example)) for lure in campaign.lures):
                yield "inference", f"a lure of the campaign shares at least {ALIKE:.0%} of the words"
        case "payment" | "name":
            grade: Literal["fact", "inference"] = "fact" if term.kind == "payment" else "inference"
            if any(_says(page, term.value) for one in captures for page in _texts(one)):
                yield grade, "it stands on a page behind the campaign's links"


def _networks(
    value: str, campaign: Campaign, operators: Sequence[Operator]
) -> Iterator[tuple[Literal["fact", "inference"], str]]:
    watched = _network(value)
    for operator in operators:
        if campaign.id not in operator.campaigns:
            continue
        for tie in operator.linkage:
            if tie.kind == "network" and tie.joins and _overlaps(watched, tie.value):
                yield "fact", "sign-ins from it, strange to the owners, join the campaign to its operator"
    if any(_overlaps(watched, one) for one in campaign.networks):
        yield "inference", "lures of the campaign were sent from it, maybe by owners' own devices"


def _network(value: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise UsageError(f"network={value}: it is like 198.51.100.0/24") from None
    if network.prefixlen < WIDEST[network.version]:
        raise UsageError(f"network={value}: it is so wide that it holds whole providers")
    return network


def _overlaps(watched: ipaddress.IPv4Network | ipaddress.IPv6Network, text: str) -> bool:
    try:
        other = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return watched.version == other.version and watched.overlaps(other)


def _links(campaign: Campaign, lists: LinkLists) -> Iterator[Link]:
    for url in campaign.links:
        yield from find(url, lists)


def _key(link: Link) -> str:
    return link.key if "/" in link.key else link.domain


def _leads(link: Link, value: str) -> bool:
    host, slash, path = value.partition("/")
    where = link.host.removeprefix("www.")
    if not slash:
        return where == host or where.endswith(f".{host}")
    rest = link.url.partition("://")[2].partition("/")[2].partition("?")[0].partition("#")[0].rstrip("/")
    return where == host and (rest.lower() == path or rest.lower().startswith(f"{path}/"))


def _of_campaign(one: Capture, links: Sequence[Link], lists: LinkLists) -> bool:
    asked = {(link.host, _path(link)) for link in find(one.asked, lists)}
    return any((link.host, _path(link)) in asked for link in links)


def _path(link: Link) -> str:
    return link.url.partition("://")[2].partition("/")[2].partition("?")[0].partition("#")[0].rstrip("/")


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    both = one | other
    return min(len(one), len(other)) >= FEWEST_WORDS and len(one & other) >= ALIKE * len(both)


def _texts(one: Capture) -> Iterator[str]:
    for visit in one.visits:
        if visit.page is not None:
            yield f"{visit.page.title} {visit.page.text}"


def _says(text: str, value: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(value.casefold())}(?!\w)", text.casefold()) is not None
