"""From sightings to campaigns: gather, cut into episodes, join, trace, and write each campaign's row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from msgspec import Struct

from nospim.campaigns import masking
from nospim.campaigns.episodes import Episode, cut
from nospim.campaigns.infections import Spread, patient_zero, reproduction, trace
from nospim.campaigns.join import join
from nospim.campaigns.lures import Lures
from nospim.campaigns.names import short, source_of, stable_id
from nospim.campaigns.seeds import Gathered, gather
from nospim.campaigns.times import day_of, moment
from nospim.casework import Settings
from nospim.events import split_key
from nospim.findings import Campaign, Day, Infection, Lure
from nospim.sightings import MessageSeen, Sighting
from nospim.verdicts import STOPPED

COMPARED = 200
"""Wordings of one lure that are compared to find what they share; more would change no example."""


class Effort(Struct, frozen=True, kw_only=True):
    """One campaign with what its row leaves out: episodes, spread, masked examples by wording."""

    episodes: tuple[Episode, ...]
    spread: tuple[Spread, ...]
    wordings: dict[str, str]
    row: Campaign


class Assembled(Struct, frozen=True, kw_only=True):
    """All campaigns of a run by first message, and what they were found in."""

    efforts: tuple[Effort, ...]
    gathered: Gathered


def assemble(read: Callable[[], Iterator[Sighting]], settings: Settings) -> Assembled:
    """Find the campaigns.

    read: returns the run's sightings in event order, afresh at each call; called twice.
    """
    gathered = gather(read(), read(), settings)
    episodes = cut(gathered, settings)
    lures = Lures(episodes, gathered)
    groups = join(episodes, lures, gathered, settings)
    efforts = []
    for nodes, joined_by in groups.groups():
        members = tuple(episodes[node] for node in nodes)
        if _worth_a_row(members, settings):
            spread = trace(nodes, episodes, lures, settings)
            efforts.append(_effort(members, spread, joined_by, gathered, settings))
    efforts.sort(key=lambda effort: (effort.row.first_seen, effort.row.id))
    return Assembled(efforts=tuple(efforts), gathered=gathered)


def _worth_a_row(episodes: tuple[Episode, ...], settings: Settings) -> bool:
    """Whether enough people were written to, and enough was stopped, to speak of a campaign."""
    recipients = {other for episode in episodes for other in episode.recipients}
    return (
        len(recipients) >= settings.few_recipients
        and sum(e.stopped for e in episodes) >= settings.few_recipients
    )


def _effort(
    episodes: tuple[Episode, ...],
    spread: tuple[Spread, ...],
    joined_by: tuple[str, ...],
    gathered: Gathered,
    settings: Settings,
) -> Effort:
    messages = sorted(
        (seen for episode in episodes for seen in episode.messages), key=lambda s: (s.at, s.message)
    )
    source = source_of(seen.message for seen in messages)
    overall, by_day = reproduction(spread, gathered.end)
    zero = patient_zero(spread)
    examples, counts = _examples(messages)
    row = Campaign(
        id=stable_id("c", messages[0].message),
        source=source,
        first_seen=moment(messages[0].at),
        last_seen=moment(messages[-1].at),
        messages=tuple(short(seen.message, source) for seen in messages),
        stopped=sum(seen.action in STOPPED for seen in messages),
        accounts=tuple(short(one.account, source) for one in spread),
        recipients=len({other for seen in messages for other in seen.to}),
        links=_links(messages, gathered, settings),
        lures=_lures(counts, settings),
        infections=tuple(_infection(one, source) for one in spread),
        patient_zero=short(zero, source) if zero is not None else None,
        operator=None,
        reproduction=overall,
        days=_days(messages, spread, by_day),
        joined_by=joined_by,
        networks=tuple(sorted({e.network for e in episodes if e.network is not None})),
    )
    return Effort(episodes=episodes, spread=spread, wordings=examples, row=row)


def _infection(one: Spread, source: str) -> Infection:
    return Infection(
        account=short(one.account, source),
        infected_by=short(one.infected_by, source) if one.infected_by is not None else None,
        via=short(one.via, source) if one.via is not None else None,
        at=moment(one.at),
    )


def _links(messages: list[MessageSeen], gathered: Gathered, settings: Settings) -> tuple[str, ...]:
    """Some links to each destination that joins or was stopped, most used first; small talk has others."""
    counts: dict[str, Counter[str]] = {}
    for seen in messages:
        live = [name for name in seen.destinations if gathered.live(("destination", name))]
        if live or seen.action in STOPPED:
            for name in live or seen.destinations:
                counts.setdefault(name, Counter()).update(set(seen.links))
    ranked: list[str] = []
    for name in sorted(counts, key=lambda name: (-counts[name].total(), name)):
        own = counts[name]
        ranked.extend(sorted(own, key=lambda link: (-own[link], link))[: settings.links_per_destination])
    return tuple(dict.fromkeys(ranked))[: settings.max_links]


def _examples(messages: list[MessageSeen]) -> tuple[dict[str, str], Counter[str]]:
    """One masked example per wording of stopped messages, and how often each example was sent."""
    wordings: dict[str, list[MessageSeen]] = {}
    for seen in messages:
        if seen.action in STOPPED and seen.text:
            wordings.setdefault(seen.wording or "", []).append(seen)
    examples: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for wording, same in wordings.items():
        names = {split_key(key)[1] for seen in same[:COMPARED] for key in (seen.account, *seen.to)}
        texts = [seen.text for seen in same[:COMPARED] if seen.text]
        examples[wording] = masking.example(texts, names)
        counts[examples[wording]] += len(same)
    return examples, counts


def _lures(counts: Counter[str], settings: Settings) -> tuple[Lure, ...]:
    """The examples, most sent first; wordings that read the same once masked are one."""
    ranked = sorted((text for text in counts if text), key=lambda text: (-counts[text], text))
    return tuple(Lure(example=text, messages=counts[text]) for text in ranked[: settings.max_lures])


def _days(
    messages: list[MessageSeen], spread: tuple[Spread, ...], by_day: dict[str, float]
) -> tuple[Day, ...]:
    sent = Counter(day_of(seen.at) for seen in messages)
    stopped = Counter(day_of(seen.at) for seen in messages if seen.action in STOPPED)
    taken = Counter(day_of(one.at) for one in spread)
    return tuple(
        Day(
            day=day,
            messages=sent[day],
            stopped=stopped[day],
            new_accounts=taken[day],
            reproduction=by_day.get(day),
        )
        for day in sorted(sent.keys() | taken.keys())
    )
