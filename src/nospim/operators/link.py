"""Which campaigns have one operator: facts join, inferences join only when several kinds agree.

What is too common to join anything is told beside it, with how common it is, so that nobody joins by it
unaware.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from nospim.campaigns.assemble import Assembled, Effort
from nospim.campaigns.join import Groups
from nospim.campaigns.names import source_of, stable_id
from nospim.campaigns.seeds import MAX_COUNTED, Gathered
from nospim.casework import DAY, Settings
from nospim.events import split_key
from nospim.findings import Linkage, Operator
from nospim.operators.marks import KINDS, Kind, Mark, common_of, marks_of

TOO_MANY: Final = 10
"""Campaigns that may share a mark; one that more share is a rented exit, a public kit or a popular programme
and joins nothing (MISP's over-correlation guard, which counts events, for campaigns)."""
SESSIONS: Final = 2
"""Strange sessions of one campaign on a network, from which it is the operator's and not one café's."""
KIT: Final = 2
"""Wordings in common that make one kit; a single line is copied from anywhere."""
VICTIMS: Final = 3
"""Accounts hit by both campaigns, at least."""
VICTIM_SHARE: Final = 0.25
"""Their share of the smaller campaign, at least: busy people are hit twice by chance."""
AGREEING: Final = 3
"""Kinds of inference that must agree before they join two campaigns without any fact."""
CAPPED: Final = 20
"""Marks that are too common to join anything which are told of one operator; more would hide the rest."""
NEAR: Final = 2 * DAY
"""Campaigns that were active within this many seconds of each other are close in time."""


class Shown(Struct, frozen=True):
    """One campaign with its marks, and with those that too many honest accounts show."""

    effort: Effort
    marks: dict[Mark, int]
    common: set[Mark]


def link(assembled: Assembled, settings: Settings) -> tuple[Operator, ...]:
    """One operator per group of linked campaigns, by first campaign; one without a link has its own."""
    gathered = assembled.gathered
    shown = [
        Shown(effort, marks_of(effort, gathered, settings), common_of(effort, gathered, settings))
        for effort in assembled.efforts
    ]
    everybody = _everybody(shown)
    holders = {mark: everybody[mark] for mark in sorted(everybody) if 1 < len(everybody[mark]) <= TOO_MANY}
    capped = _capped(shown, everybody, gathered, settings)
    groups = Groups(len(shown))
    for mark, nodes in holders.items():
        if mark.kind == "decoy":
            for node in nodes[1:]:
                groups.join(nodes[0], node, "")
        elif mark.kind == "network":
            strong = max(nodes, key=lambda node: shown[node].marks[mark])
            if shown[strong].marks[mark] >= SESSIONS:
                for node in nodes:
                    groups.join(strong, node, "")
    for (a, b), kinds in _agreements(shown, holders).items():
        if len(kinds) + _near(shown[a], shown[b]) >= AGREEING:
            groups.join(a, b, "")
    return tuple(
        _operator([shown[node] for node in nodes], assembled, capped) for nodes, _ in groups.groups()
    )


def _everybody(shown: list[Shown]) -> dict[Mark, list[int]]:
    """The campaigns that show each mark."""
    holders: dict[Mark, list[int]] = {}
    for node, one in enumerate(shown):
        for mark in one.marks:
            holders.setdefault(mark, []).append(node)
    return holders


def _capped(
    shown: list[Shown], everybody: dict[Mark, list[int]], gathered: Gathered, settings: Settings
) -> dict[Mark, Linkage]:
    """What campaigns share and is too common to join them, each with how common it is."""
    found = {}
    for mark, nodes in everybody.items():
        if len(nodes) > TOO_MANY and mark.kind != "victim":
            found[mark] = (len(nodes), f"more than {TOO_MANY} of the {len(shown)} campaigns show it")
    common: dict[Mark, int] = {}
    for one in shown:
        for mark in one.common:
            common[mark] = common.get(mark, 0) + 1
    for mark, count in common.items():
        if count > 1:
            users = gathered.network_users if mark.kind == "network" else gathered.client_users
            most = settings.crowded_network if mark.kind == "network" else settings.rare_client
            honest = len(users.get(mark.value, ()))
            many = f"at least {honest}" if honest >= MAX_COUNTED else str(honest)
            found[mark] = (count, f"{many} accounts without any finding use it, and at most {most} may")
    wordings = {value: text for one in shown for value, text in one.effort.wordings.items()}
    return {
        mark: Linkage(
            kind=mark.kind,
            value=wordings.get(mark.value) or mark.value,
            grade="inference",
            for_=f"{count} of {len(shown)} campaigns show it",
            against=f"joins nothing: {why}",
            joins=False,
        )
        for mark, (count, why) in found.items()
    }


def _agreements(shown: list[Shown], holders: dict[Mark, list[int]]) -> dict[tuple[int, int], list[Kind]]:
    """Per pair of campaigns, the kinds of inference that they share enough of."""
    shared: dict[tuple[int, int], dict[Kind, int]] = {}
    for mark, nodes in holders.items():
        for at, a in enumerate(nodes):
            for b in nodes[at + 1 :]:
                counts = shared.setdefault((a, b), {})
                counts[mark.kind] = counts.get(mark.kind, 0) + 1
    agreed = {}
    for (a, b), counts in sorted(shared.items()):
        smaller = min(len(shown[a].effort.row.accounts), len(shown[b].effort.row.accounts))
        needed: dict[Kind, float] = {
            "client": 1,
            "wording": KIT,
            "hosting": 1,
            "victim": max(VICTIMS, VICTIM_SHARE * smaller),
        }
        agreed[a, b] = [kind for kind in KINDS if kind in needed and counts.get(kind, 0) >= needed[kind]]
    return agreed


def _near(a: Shown, b: Shown) -> bool:
    first, second = sorted((a.effort.row, b.effort.row), key=lambda row: row.first_seen)
    return (second.first_seen - first.last_seen).total_seconds() <= NEAR


def _operator(members: list[Shown], assembled: Assembled, capped: dict[Mark, Linkage]) -> Operator:
    rows = [member.effort.row for member in members]
    source = source_of(f"{row.source} {row.id}" for row in rows)
    return Operator(
        id=stable_id("o", *(f"{row.source} {row.id}" for row in rows[:1])),
        source=source,
        campaigns=tuple(row.id for row in rows),
        linkage=(*_linkage(members, assembled, capped), *_common(members, capped)),
    )


def _common(members: list[Shown], capped: dict[Mark, Linkage]) -> list[Linkage]:
    """Those of the marks which join nothing that these campaigns show."""
    marks = {mark for member in members for mark in (*member.marks, *member.common) if mark in capped}
    return [capped[mark] for mark in sorted(marks, key=lambda m: (KINDS.index(m.kind), m.value))[:CAPPED]]


def _linkage(members: list[Shown], assembled: Assembled, capped: dict[Mark, Linkage]) -> Iterator[Linkage]:
    """What the operator's campaigns share, most telling kind first, with what speaks for and against."""
    counts: dict[Mark, list[int]] = {}
    for member in members:
        for mark, episodes in member.marks.items():
            if mark not in capped:
                counts.setdefault(mark, []).append(episodes)
    shared = {mark: episodes for mark, episodes in counts.items() if len(episodes) > 1}
    victims = [mark for mark in shared if mark.kind == "victim"]
    for mark in sorted(shared, key=lambda mark: (KINDS.index(mark.kind), -sum(shared[mark]), mark.value)):
        if mark.kind != "victim":
            yield _describe(mark, shared[mark], members, assembled)
    if len(victims) >= VICTIMS:
        names = ", ".join(sorted(split_key(mark.value)[1] for mark in victims))
        yield Linkage(
            kind="victims",
            value=names,
            grade="inference",
            for_=f"{len(victims)} accounts were used in more than one of the campaigns",
            against="people with many contacts are reached by many, and stolen passwords are sold on",
        )


def _describe(mark: Mark, episodes: list[int], members: list[Shown], assembled: Assembled) -> Linkage:
    campaigns, times = len(episodes), sum(episodes)
    gathered = assembled.gathered
    if mark.kind == "decoy":
        return Linkage(
            kind="decoy",
            value=mark.value,
            grade="fact",
            for_="credentials that only a page of one campaign was given were used there, "
            f"and {times} episodes of {campaigns} campaigns lead to that page or came from there",
            against="stolen passwords are sold on, and researchers try what they find on thieves' servers",
        )
    if mark.kind == "network":
        honest = len(gathered.network_users.get(mark.value, ()))
        users = (
            f"{honest} accounts without any finding also used it"
            if honest
            else "no other account was seen on it"
        )
        return Linkage(
            kind="network",
            value=mark.value,
            grade="fact",
            for_=f"{times} episodes of {campaigns} campaigns came from it, strange to owners; {users}",
            against="addresses are rented and shared (carrier NAT, hosting, proxies): it is no person",
        )
    if mark.kind == "client":
        honest = len(gathered.client_users.get(mark.value, ()))
        return Linkage(
            kind="client",
            value=mark.value,
            grade="inference",
            for_=f"{times} episodes of {campaigns} campaigns used it, and {honest} other accounts",
            against="the client's name is what the sender says it is, and tools are sold to many",
        )
    if mark.kind == "wording":
        return Linkage(
            kind="wording",
            value=next((text for m in members if (text := m.effort.wordings.get(mark.value))), mark.value),
            grade="inference",
            for_=f"the same wording was sent in {times} episodes of {campaigns} campaigns",
            against="kits with ready wordings are sold and copied; unrelated gangs send the same words",
        )
    return Linkage(
        kind="hosting",
        value=mark.value,
        grade="inference",
        for_=f"links of {campaigns} campaigns lead to names under it ({times} episodes)",
        against="anyone may publish there",
    )
