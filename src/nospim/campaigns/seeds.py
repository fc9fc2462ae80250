"""What is worth a second look: the keys of stopped messages, then every sighting that has one of them.

Two passes over the sightings, in event order.  What is kept grows with the suspicious part of a
run; of everything else only capped counts are kept, to tell a popular link from a campaign's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from nospim.casework import Settings
from nospim.sightings import ClickSeen, DecoySeen, MessageSeen, Sighting, SignInSeen
from nospim.verdicts import STOPPED

MAX_COUNTED: Final = 1000
"""Honest users of a network or client counted one by one; more are simply many."""
MAX_CORRESPONDENTS: Final = 8
"""Earliest people who wrote to a suspect that are remembered: enough to see that it had a life before."""

Key = tuple[str, str]
Place = tuple[str, str]


class Seeds:
    """Pass 1: who was stopped, in which sessions, with what; only counts and keys, no message."""

    def __init__(self) -> None:
        self.users: dict[Key, set[str]] = {}
        self.sessions: dict[Place, int] = {}
        self.accounts: dict[str, float] = {}
        self.networks: set[str] = set()
        self.clients: set[str] = set()

    def add(self, seen: MessageSeen) -> None:
        """Take one stopped message's keys."""
        for key in keys_of(seen):
            self.users.setdefault(key, set()).add(seen.account)
        if seen.session is not None:
            place = (seen.account, seen.session)
            self.sessions[place] = self.sessions.get(place, 0) + 1
        self.accounts.setdefault(seen.account, seen.at)
        if seen.network is not None:
            self.networks.add(seen.network)
        if seen.client is not None:
            self.clients.add(seen.client)


class Gathered:
    """Pass 2: the messages with hot keys, what happened around them, and honest use of the same keys."""

    def __init__(self, seeds: Seeds, settings: Settings) -> None:
        self.seeds = seeds
        self.messages: list[MessageSeen] = []
        self.clicks: list[ClickSeen] = []
        self.sign_ins: dict[str, list[SignInSeen]] = {}
        self.reports: dict[str, int] = {}
        self.correspondents: dict[str, dict[str, float]] = {}
        self.network_users: dict[str, set[str]] = {}
        self.client_users: dict[str, set[str]] = {}
        self.decoys: dict[tuple[str | None, str], float] = {}
        self.first_seen: dict[str, float] = {}
        self.begin: float | None = None
        self.ages_known = False
        self.end = 0.0
        self._honest: dict[Key, set[str]] = {}
        self._room = {
            key: settings.popular_floor + settings.popular_ratio * len(users)
            for key, users in seeds.users.items()
        }
        self._kept: set[str] = set()

    def live(self, key: Key) -> bool:
        """Whether a key joins: some message with it was stopped, and not too many honest accounts use it."""
        room = self._room.get(key)
        return room is not None and len(self._honest.get(key, ())) <= room

    def add(self, seen: Sighting) -> None:
        """Take the next sighting of the second pass."""
        self.end = max(self.end, seen.at)
        self.begin = seen.at if self.begin is None else min(self.begin, seen.at)
        if isinstance(seen, MessageSeen):
            self._message(seen)
        elif isinstance(seen, ClickSeen):
            if self._matters(seen):
                self.clicks.append(seen)
        elif isinstance(seen, SignInSeen):
            if seen.account in self.seeds.accounts:
                self.sign_ins.setdefault(seen.account, []).append(seen)
        elif isinstance(seen, DecoySeen):
            if seen.network is not None and len(self.decoys) < MAX_COUNTED:
                self.decoys.setdefault((seen.destination, seen.network), seen.at)
        elif seen.message in self._kept:
            self.reports[seen.message] = self.reports.get(seen.message, 0) + 1

    def _matters(self, click: ClickSeen) -> bool:
        if click.message is not None:
            return click.message in self._kept
        return any(("destination", name) in self._room for name in click.destinations)

    def _message(self, seen: MessageSeen) -> None:
        stopped = seen.action in STOPPED
        self.ages_known = self.ages_known or seen.account_age is not None
        self._meet(seen, stopped)
        hot = stopped or (seen.session is not None and (seen.account, seen.session) in self.seeds.sessions)
        for key in keys_of(seen):
            if key not in self._room:
                continue
            if not stopped and seen.account not in self.seeds.users[key] and self.live(key):
                self._honest.setdefault(key, set()).add(seen.account)
            hot = hot or self.live(key)
        if hot:
            self.messages.append(seen)
            self._kept.add(seen.message)
        elif seen.account not in self.seeds.accounts:
            _count(self.network_users, seen.network, self.seeds.networks, seen.account)
            _count(self.client_users, seen.client, self.seeds.clients, seen.account)

    def _meet(self, seen: MessageSeen, stopped: bool) -> None:
        """Remember who wrote to a suspect, and since when it is there at all; a lure is no talk."""
        if seen.account in self.seeds.accounts:
            self.first_seen.setdefault(seen.account, seen.at)
        if stopped or seen.group:
            return
        for suspect in seen.to:
            if suspect in self.seeds.accounts:
                self.first_seen.setdefault(suspect, seen.at)
                known = self.correspondents.setdefault(suspect, {})
                if len(known) < MAX_CORRESPONDENTS:
                    known.setdefault(seen.account, seen.at)


def gather(first: Iterable[Sighting], second: Iterator[Sighting], settings: Settings) -> Gathered:
    """Both passes.

    first, second: the same sightings in event order, read twice.  Returns what was gathered.
    """
    seeds = Seeds()
    for seen in first:
        if isinstance(seen, MessageSeen) and seen.action in STOPPED:
            seeds.add(seen)
    gathered = Gathered(seeds, settings)
    for seen in second:
        gathered.add(seen)
    return gathered


def keys_of(seen: MessageSeen) -> list[Key]:
    """What a message joins by: its uncommon destinations and its wording."""
    keys = [("destination", name) for name in seen.destinations if name not in seen.common]
    if seen.wording is not None:
        keys.append(("wording", seen.wording))
    return keys


def _count(users: dict[str, set[str]], name: str | None, hot: set[str], account: str) -> None:
    if name is not None and name in hot:
        known = users.setdefault(name, set())
        if len(known) < MAX_COUNTED:
            known.add(account)
