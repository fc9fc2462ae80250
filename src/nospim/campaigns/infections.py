"""Who infected whom within one campaign, and how far each one carried it."""

from __future__ import annotations

from statistics import median

from msgspec import Struct

from nospim.campaigns.episodes import Episode
from nospim.campaigns.lures import Lure, Lures
from nospim.campaigns.times import day_of
from nospim.casework import Settings


class Spread(Struct, frozen=True):
    """One account's entry into a campaign: when, after which lure, by whom (accounts by key)."""

    account: str
    at: float
    infected_by: str | None
    via: str | None
    opened: bool


def trace(nodes: list[int], episodes: list[Episode], lures: Lures, settings: Settings) -> tuple[Spread, ...]:
    """How each account of a campaign came to it, by time of takeover.

    nodes: the campaign's episodes.  Of an account only the first takeover counts.  The cause is the last of
    the campaign's lures that the owner opened before it; where nobody's clicks on this campaign are known
    (a lure without a link, or a service without click data), the last one received that left time to
    read it.  Lures are always older than what they cause, so there is no cycle.
    """
    members = set(nodes)
    clicks_known = not members.isdisjoint(lures.clicked)
    spread: dict[str, Spread] = {}
    for node in nodes:
        episode = episodes[node]
        if episode.account in spread:
            continue
        cause = lures.opened_within(node, members, settings.click_window)
        opened = cause is not None
        if cause is None and not clicks_known:
            cause = _received(node, members, lures, episode.start, settings)
        by = episodes[cause.episode].account if cause is not None else None
        spread[episode.account] = Spread(
            episode.account, episode.start, by, cause.message if cause is not None else None, opened
        )
    return tuple(spread.values())


def _received(node: int, members: set[int], lures: Lures, start: float, settings: Settings) -> Lure | None:
    received = [lure for lure in lures.received(node, settings.received_window) if lure.episode in members]
    unhurried = [lure for lure in received if start - lure.at >= settings.reading_time]
    if not received:
        return None
    return unhurried[-1] if unhurried else received[-1]


def patient_zero(spread: tuple[Spread, ...]) -> str | None:
    """The account from which most of the campaign descends: the earliest one that nobody seen infected."""
    return next((one.account for one in spread if one.infected_by is None), None)


def reproduction(spread: tuple[Spread, ...], end: float) -> tuple[float | None, dict[str, float]]:
    """Case reproduction number: mean secondary infections per infected account, in all and per UTC day.

    The cohort view of Fraser 2007 (doi:10.1371/journal.pone.0000758): each account is counted on the day
    on which it was taken, whenever it infects.  Right-censoring: the accounts taken within one generation
    (the median time from an account's takeover to those it caused) before `end`, the last sighting of
    the run, have not had their time and are left out.  In all it is None when that leaves nobody.
    """
    taken = {one.account: one.at for one in spread}
    children: dict[str, int] = {}
    times = []
    for one in spread:
        if one.infected_by is not None:
            children[one.infected_by] = children.get(one.infected_by, 0) + 1
            times.append(one.at - taken[one.infected_by])
    generation = median(times) if times else 0.0
    done = [one for one in spread if one.at + generation <= end]
    days: dict[str, list[int]] = {}
    for one in done:
        days.setdefault(day_of(one.at), []).append(children.get(one.account, 0))
    overall = sum(sum(day) for day in days.values()) / len(done) if done else None
    return overall, {day: sum(counts) / len(counts) for day, counts in days.items()}
