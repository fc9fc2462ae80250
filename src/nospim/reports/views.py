"""What the page shows, ready to be printed: findings put in order, cut to length and made safe to look at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from msgspec import Struct

from nospim.events import named
from nospim.findings import AccountFinding, Campaign, Findings, Linkage, Operator
from nospim.reports import curve, story, timeline, tree, words
from nospim.reports.domains import domain_of, host_of
from nospim.verdicts import Reason

MAX_CARDS: Final = 12
"""Campaigns shown in full; the page stays under a megabyte, and nobody reads a thirteenth tree."""
MAX_ROWS: Final = 100
"""Rows of a table of campaigns, accounts or domains."""
FIRST_ROWS: Final = 12
"""Rows of the table of victims that are shown at once; the others unfold, so that what follows is found."""
MAX_LURES: Final = 6
MAX_LINKS: Final = 8
MAX_NETWORKS: Final = 8
MAX_REASONS: Final = 2
"""Reasons shown of an account, the strongest first."""
BOOKKEEPING: Final = frozenset({"prior", "calibration", "alone"})
"""Reasons that say nothing about the account itself."""

_MASK: Final = re.compile(r"(\[(?:link|number|name|\.\.\.)\])")
_ADDRESSED: Final = re.compile(r"(?i)link|host|domain|destination|url|page")


class Lure(Struct, frozen=True, kw_only=True):
    """A masked example in pieces of (text, whether it is a mask), and how many messages were like it."""

    pieces: tuple[tuple[str, bool], ...]
    messages: int


class Card(Struct, frozen=True, kw_only=True):
    """One campaign in full; `links` is one link of each domain, with how many more it has."""

    campaign: Campaign
    label: str
    anchor: str
    name: str
    when: str
    lasting: str
    messages: int
    stopped: int
    passed: int
    word: str
    meaning: str
    joined: str
    operator: tuple[str, str] | None
    patient_zero: str | None
    lures: tuple[Lure, ...]
    more_lures: int
    links: tuple[tuple[str, int], ...]
    more_links: int
    networks: tuple[str, ...]
    more_networks: int
    curve: curve.Curve | None
    tree: tree.Tree | None


class Brief(Struct, frozen=True, kw_only=True):
    """One campaign in a row of a table, where there are too many for cards."""

    label: str
    when: str
    messages: int
    stopped: int
    accounts: int
    word: str
    example: str


class AccountRow(Struct, frozen=True, kw_only=True):
    """One judged account."""

    account: str
    state: str
    since: str
    lasting: str
    score: str
    seen: tuple[str, ...]
    campaigns: tuple[tuple[str, str | None], ...]
    episodes: int


class LinkageRow(Struct, frozen=True, kw_only=True):
    """One thing that joins campaigns to an operator."""

    kind: str
    value: str
    grade: str
    speaks_for: str
    against: str


class OperatorView(Struct, frozen=True, kw_only=True):
    """One operator with its campaigns and what links them."""

    name: str
    label: str
    anchor: str
    campaigns: tuple[tuple[str, str | None], ...]
    linkage: tuple[LinkageRow, ...]


class DomainRow(Struct, frozen=True, kw_only=True):
    """One domain that campaigns' links lead to."""

    domain: str
    hosts: int
    links: int
    example: str
    campaigns: tuple[tuple[str, str | None], ...]
    first: str


class Names(Struct, frozen=True, kw_only=True):
    """What the page calls campaigns and operators: (source, id) to a label and an anchor, if it has one."""

    campaigns: Mapping[tuple[str, str], tuple[str, str | None]]
    operators: Mapping[tuple[str, str], tuple[str, str | None]]


def name_all(campaigns: Sequence[Campaign], operators: Sequence[Operator]) -> Names:
    """Labels by rank, so that no id from outside becomes part of the page's structure."""
    return Names(
        campaigns={
            (c.source, c.id): (f"Campaign {n}", f"campaign-{n}" if n <= MAX_CARDS else None)
            for n, c in enumerate(campaigns, 1)
        },
        operators={
            (o.source, o.id): (f"Operator {n}", f"operator-{n}" if n <= MAX_ROWS else None)
            for n, o in enumerate(operators, 1)
        },
    )


def card(campaign: Campaign, names: Names, fakes: frozenset[str]) -> Card:
    """One campaign as its card shows it; `fakes` are the accounts of its source that were made to abuse."""
    label, anchor = names.campaigns[campaign.source, campaign.id]
    word, meaning = story.meaning(campaign.reproduction)
    by_domain = _by_domain(campaign.links)
    operator = None
    if campaign.operator is not None:
        name, target = names.operators.get((campaign.source, campaign.operator), ("", None))
        operator = (name or words.plain(campaign.operator), target or "")
    zero = None if campaign.patient_zero is None else named(campaign.patient_zero)
    return Card(
        campaign=campaign,
        label=label,
        anchor=anchor or "",
        name=words.plain(campaign.id),
        when=words.stretch(campaign.first_seen, campaign.last_seen),
        lasting=words.lasting(campaign.last_seen - campaign.first_seen),
        messages=len(campaign.messages),
        stopped=campaign.stopped,
        passed=max(0, len(campaign.messages) - campaign.stopped),
        word=word,
        meaning=meaning,
        joined=story.joined(campaign),
        operator=operator,
        patient_zero=None if zero is None else words.plain(zero),
        lures=tuple(_lure(lure.example, lure.messages) for lure in campaign.lures[:MAX_LURES]),
        more_lures=max(0, len(campaign.lures) - MAX_LURES),
        links=tuple((words.shown_link(same[0]), len(same) - 1) for same in by_domain[:MAX_LINKS]),
        more_links=max(0, len(by_domain) - MAX_LINKS),
        networks=tuple(words.plain(network) for network in campaign.networks[:MAX_NETWORKS]),
        more_networks=max(0, len(campaign.networks) - MAX_NETWORKS),
        curve=curve.draw(campaign.infections),
        tree=tree.draw(campaign.infections, zero, fakes=fakes),
    )


def _by_domain(links: Sequence[str]) -> list[list[str]]:
    """Links of one domain together, domains and links in their order; a kit makes hundreds on one domain."""
    domains: dict[str, list[str]] = {}
    for link in links:
        domains.setdefault(domain_of(host_of(link)), []).append(link)
    return list(domains.values())


def brief(campaign: Campaign, names: Names) -> Brief:
    """One campaign as a row."""
    return Brief(
        label=names.campaigns[campaign.source, campaign.id][0],
        when=words.stretch(campaign.first_seen, campaign.last_seen),
        messages=len(campaign.messages),
        stopped=campaign.stopped,
        accounts=len(campaign.accounts),
        word=story.meaning(campaign.reproduction)[0],
        example=words.plain(campaign.lures[0].example, 80) if campaign.lures else "",
    )


def _lure(example: str, messages: int) -> Lure:
    pieces = _MASK.split(words.plain(example, words.TEXT_LIMIT))
    return Lure(
        pieces=tuple((piece, place % 2 == 1) for place, piece in enumerate(pieces) if piece),
        messages=messages,
    )


def strips(campaigns: Sequence[Campaign], names: Names) -> timeline.Timeline | None:
    """The timeline of the campaigns that have cards."""
    named = [(*names.campaigns[c.source, c.id], c) for c in campaigns[:MAX_CARDS]]
    return timeline.draw([(label, anchor or "", campaign) for label, anchor, campaign in named])


def accounts(findings: Findings, states: Sequence[str]) -> list[AccountFinding]:
    """The accounts in one of the states, in the order in which it happened to them."""
    return sorted(
        (account for account in findings.accounts if account.state in states),
        key=lambda a: (states.index(a.state), a.since, a.source, a.account),
    )


def fakes(findings: Findings) -> dict[str, frozenset[str]]:
    """The accounts that were not taken from anybody, by source."""
    found: dict[str, set[str]] = {}
    for account in findings.accounts:
        if account.state != "hijacked":
            found.setdefault(account.source, set()).add(account.account)
    return {source: frozenset(accounts) for source, accounts in found.items()}


def account_row(account: AccountFinding, names: Names) -> AccountRow:
    """One judged account as a row."""
    misused = sum((episode.to - episode.from_ for episode in account.episodes), timedelta())
    return AccountRow(
        account=words.plain(account.account),
        state=account.state,
        since=words.moment(account.since),
        lasting=words.lasting(misused) if account.episodes else "not known",
        score=certainty(account.score),
        seen=tuple(words.plain(reason.detail, 200) for reason in _strongest(account.reasons)),
        campaigns=_named(account.source, account.campaigns, names.campaigns),
        episodes=len(account.episodes),
    )


def _strongest(reasons: Sequence[Reason]) -> list[Reason]:
    telling = [r for r in reasons if r.signal not in BOOKKEEPING and r.bits > 0 and r.detail]
    return sorted(telling, key=lambda r: (-r.bits, r.signal, r.detail))[:MAX_REASONS]


def certainty(score: float) -> str:
    """A probability in per cent, never rounded up to certainty."""
    percent = 100 * min(1.0, max(0.0, score))
    if percent > 99.9:
        return "over 99.9" + words.PERCENT
    return f"{percent:.{1 if percent >= 99 else 0}f}" + words.PERCENT


def _named(
    source: str, ids: Sequence[str], known: Mapping[tuple[str, str], tuple[str, str | None]]
) -> tuple[tuple[str, str | None], ...]:
    """Labels and anchors in the order of their numbers; an id that is not known stands for itself, last."""
    found = [known[source, ident] for ident in ids if (source, ident) in known]
    strange = [(words.plain(ident, 32), None) for ident in ids if (source, ident) not in known]
    return (*sorted(found, key=lambda name: (len(name[0]), name[0])), *strange)


def operator_view(operator: Operator, names: Names) -> OperatorView:
    """One operator as the page shows it, facts before inferences."""
    label, anchor = names.operators[operator.source, operator.id]
    order = sorted(range(len(operator.linkage)), key=lambda i: (operator.linkage[i].grade != "fact", i))
    return OperatorView(
        name=words.plain(operator.id),
        label=label,
        anchor=anchor or "",
        campaigns=_named(operator.source, operator.campaigns, names.campaigns),
        linkage=tuple(_linkage(operator.linkage[i]) for i in order),
    )


def _linkage(link: Linkage) -> LinkageRow:
    leads = "://" in link.value or _ADDRESSED.search(link.kind) is not None
    return LinkageRow(
        kind=words.heading(link.kind),
        value=words.shown_link(link.value) if leads else words.plain(link.value, words.LINK_LIMIT),
        grade=link.grade,
        speaks_for=words.plain(link.for_, words.TEXT_LIMIT),
        against=words.plain(link.against, words.TEXT_LIMIT),
    )


def domains(campaigns: Sequence[Campaign], names: Names) -> list[DomainRow]:
    """The domains that the campaigns' links lead to, the one with most links first."""
    links: dict[str, set[str]] = {}
    users: dict[str, list[Campaign]] = {}
    for campaign in campaigns:
        for link in campaign.links:
            domain = domain_of(host_of(link))
            links.setdefault(domain, set()).add(link)
            known = users.setdefault(domain, [])
            if campaign not in known[-1:]:
                known.append(campaign)
    order = sorted(links, key=lambda domain: (-len(links[domain]), domain))
    return [
        DomainRow(
            domain=words.cut(words.defang(words.plain(domain, 200)), 80),
            hosts=len({host_of(link) for link in links[domain]}),
            links=len(links[domain]),
            example=words.shown_link(min(links[domain])),
            campaigns=tuple(names.campaigns[c.source, c.id] for c in users[domain]),
            first=words.moment(min(c.first_seen for c in users[domain])),
        )
        for domain in order
    ]
