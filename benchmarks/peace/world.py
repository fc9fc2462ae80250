"""The benign world: events of honest people in order of time, each message with a note for the count."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from benchmarks.peace import rounds
from benchmarks.peace.addresses import Addresses
from benchmarks.peace.graph import STEP, Graph
from benchmarks.peace.people import Census, College, Person
from benchmarks.peace.rates import DAY, HOUR, YEAR, rate
from benchmarks.peace.signins import SignIns
from benchmarks.peace.texts import Library
from nospim.drill.networks import build_internet
from nospim.events import (
    AccountCreated,
    AccountData,
    AnyEvent,
    Attachment,
    ClickData,
    ContactAdded,
    ContactData,
    LinkClicked,
    MessageData,
    MessageReported,
    MessageSent,
    PasswordChanged,
    PasswordData,
    ReportData,
)
from nospim.signals.reading import Reading

SOURCE: Final = "peace.example"
START: Final = datetime(2025, 3, 3, tzinfo=UTC).timestamp()
LASTS: Final = 195 * DAY
"""Seconds that a copy of the graph lasts."""
BEFORE: Final = 21 * DAY
"""Seconds before its first message from which the accounts of a copy are seen to be online."""
CAMPUSES: Final = 64
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
PICTURE: Final = (Attachment(name="IMG_2031.jpg", type="image/jpeg", size=183_220),)
ADDRESS: Final = re.compile(r"https?://\S+/\S+")
REGAINED: Final = 2 * HOUR
"""Seconds after which an owner who was locked out by mistake has set a new password."""


class Note(NamedTuple):
    """What the count needs to know of a message: kind, its text's number, its sender's, and the reading of
    its text where that is known already."""

    kind: str
    text: int
    sender: int
    reading: Reading | None


class World:
    """All events of a benign world, made as they are asked for.

    data: the folder of public data sets.  copies: of the graph.  The same seed gives the same events, as
    long as the same is said of blocked messages.
    """

    def __init__(self, data: Path, library: Library, copies: int, seed: int) -> None:
        self.rng = Random(seed)
        self.library = library
        self.graph = Graph(data)
        self.addresses = Addresses(data, self.rng)
        self.now = START - BEFORE
        self._net = build_internet(self.rng, CAMPUSES)
        self.census = Census(self._net, library, self.rng)
        self._signs = SignIns(self.census, self.rng, self._emit)
        self._copies = copies
        self._colleges: dict[int, College] = {}
        self._later: list[tuple[float, int, rounds.Process]] = []
        self._out: list[tuple[AnyEvent, Note | None]] = []
        self._ids = 0
        self._texts = library.real
        self._blocked: set[str] = set()

    def events(self) -> Iterator[tuple[AnyEvent, Note | None]]:
        """Every event in order of time (to some seconds), messages with their notes."""
        for number in range(self._copies):
            opening = START + number * STEP - BEFORE
            self.begin(opening, self._found(number, opening))
        for at, number, a, b in self.graph.stream(START, self._copies):
            while self._later and self._later[0][0] <= at:
                yield from self._go_on()
            self.now = at
            self._talk(at, self._colleges[number], a, b)
            yield from self._drain()
        while self._later:
            yield from self._go_on()

    def blocked(self, message: str, sender: str) -> None:
        """The guard blocked a message: nobody opens its link, and its sender must set a new password."""
        self._blocked.add(message)
        self.begin(self.now + REGAINED, self._new_password(sender, self.now + REGAINED))

    def undelivered(self, message: str) -> bool:
        """Whether a message was blocked, so that nobody has it."""
        return message in self._blocked

    def begin(self, at: float, process: rounds.Process) -> None:
        """Let a process go on at a time."""
        self._ids += 1
        heappush(self._later, (at, self._ids, process))

    def made(self) -> int:
        """The number of a text that no collection holds."""
        self._texts += 1
        return self._texts - 1

    def person(self, college: College, name: int, at: float) -> Person:
        """Somebody of a college, made when he is first met."""
        known = college.people.get(name)
        if known is None:
            peers = self.graph.peers[name] if name < self.graph.size else ()
            known = self.census.person(college, name, peers, at)
            self._arrive(known, name, at)
        return known

    def known_to(self, person: Person) -> list[int]:
        """Whom somebody knows by now: friends of old, and those with whom he has talked."""
        me, talked = person.name, person.college.pairs
        return [p for p in person.peers if _fate(me, p) < rate("friends") or _pair(me, p) in talked]

    def says(self, person: Person) -> int:
        """The number of what somebody says next: the next text of the author whom he speaks with."""
        source = self.library.sources[person.source]
        person.cursor += 1
        if person.cursor >= source.last:
            person.cursor = source.first
        return person.cursor

    def send(
        self, at: float, sender: Person, to: Sequence[Person], text: str, kind: str, number: int, link: str
    ) -> str:
        """One message, from the session that its sender uses; returns its id."""
        rng = self.rng
        session = self._signs.session(sender, at)
        talk = kind == "talk"
        data = MessageData(
            to=tuple([person.account for person in to]),
            text=text,
            session=session,
            kind="group" if len(to) > 1 else None,
            attachments=PICTURE if talk and rng.random() < rate("pictures") else None,
        )
        as_it_is = number < self.library.real and text is self.library.texts[number]
        reading = self.library.reading(number) if as_it_is else None
        ident = self._emit(MessageSent, at, sender.account, data, Note(kind, number, sender.number, reading))
        if link:
            for person in to[:50]:
                if rng.random() < rate("opened"):
                    later = at + 5.0 + rng.expovariate(1 / HOUR)
                    self.begin(later, self._open(person.account, link, ident, later))
        if rng.random() < rate("reported" if talk else "unloved"):
            later = at + 30.0 + rng.expovariate(1 / HOUR)
            reason = rng.choice(("abuse", "mistake", "spam", None)) if talk else "spam"
            self.begin(later, self._report(rng.choice(to).account, sender.account, ident, reason, later))
        return ident

    def _go_on(self) -> list[tuple[AnyEvent, Note | None]]:
        at, _, process = heappop(self._later)
        self.now = max(self.now, at)
        later = next(process, None)
        if later is not None:
            self.begin(later, process)
        return self._drain()

    def _drain(self) -> list[tuple[AnyEvent, Note | None]]:
        out, self._out = self._out, []
        return out

    def _emit(
        self, kind: Callable[..., AnyEvent], at: float, subject: str, data: Any, note: Note | None = None
    ) -> str:
        self._ids += 1
        ident = f"{self._ids:x}"
        time = EPOCH + timedelta(seconds=at)
        self._out.append(
            (kind(specversion="1.0", source=SOURCE, id=ident, time=time, subject=subject, data=data), note)
        )
        return ident

    def _found(self, number: int, at: float) -> rounds.Process:
        """The accounts of a copy of the graph appear; copies that are long over are forgotten."""
        yield at
        for old in [n for n in self._colleges if (number - n) * STEP > LASTS + BEFORE + 30 * DAY]:
            del self._colleges[old]
        college = self._colleges[number] = College(number, self._net, self.rng)
        rounds.founded(self, college, at, at + BEFORE + LASTS)
        for name in range(self.graph.size):
            if self.rng.random() >= rate("newcomers"):
                first = at + self.rng.uniform(0, BEFORE / 2)
                self.begin(first, self._known_of_old(college, name, first))

    def _known_of_old(self, college: College, name: int, at: float) -> rounds.Process:
        """An account that was there before the copy's messages begin."""
        yield at
        if name not in college.people:
            person = self.census.person(college, name, self.graph.peers[name], at)
            self._settle(person, name, at)
            self._signs.session(person, at)

    def _arrive(self, person: Person, name: int, at: float) -> None:
        """Somebody new: his account is made at once before he is first met."""
        if name < self.graph.size:
            self._emit(AccountCreated, at - 100.0, person.account, AccountData())
            self._settle(person, name, at)

    def _settle(self, person: Person, name: int, at: float) -> None:
        """Somebody's friends of old, how he will be online, and what he will send round."""
        for peer in person.peers:
            if _fate(name, peer) < rate("friends"):
                self.add(person, f"{person.college.number}-{peer}", at - 90.0)
        begin = START + person.college.number * STEP
        moments = [begin + moment for moment in self.graph.own[name]] or [begin + 12 * HOUR]
        self.begin(at, self._is_online(person, at, max(moments[-1], begin + 30 * DAY), moments))
        if len(moments) > 1:
            rounds.start_rounds(self, person, moments)
        changes = at + self.rng.expovariate(rate("password") / YEAR)
        if changes < at + LASTS:
            self.begin(changes, self._new_password(person.account, changes))

    def _is_online(self, person: Person, begin: float, end: float, moments: list[float]) -> rounds.Process:
        """Somebody is online, whether he writes or not, at hours at which he also writes."""
        at = begin
        while True:
            at += self.rng.expovariate(rate("online") / DAY)
            later = at // DAY * DAY + self.rng.choice(moments) % DAY
            if later > end:
                return
            if later > self.now:
                yield later
                self._signs.session(person, later)

    def _talk(self, at: float, college: College, a: int, b: int) -> None:
        sender, friend = self.person(college, a, at), self.person(college, b, at)
        if (pair := _pair(a, b)) not in college.pairs:
            college.pairs.add(pair)
            if 0.0 <= _fate(a, b) - rate("friends") < rate("added"):
                self.add(sender, friend.account, at - 45.0)
                self.add(friend, sender.account, at - 30.0)
        number = self.says(sender)
        text, link = self.library.texts[number], ""
        if self.rng.random() < sender.links:
            link = self.addresses.share(college.past)
            text = link if self.rng.random() < 0.3 else f"{text} {link}"
        elif "://" in text:
            text, link = self._own_link(text, college)
        self.send(at, sender, (friend,), text, "talk with a link" if link else "talk", number, link)

    def _own_link(self, text: str, college: College) -> tuple[str, str]:
        """The text with a link of this copy's own: what one author shared, 40 copies would make popular."""
        found = ADDRESS.search(text)
        if found is None:
            return text, ""
        link = f"{found[0].rstrip('.,)')}{college.number:x}"
        return text[: found.start()] + link + text[found.end() :], link

    def add(self, person: Person, contact: str, at: float) -> None:
        """Somebody puts another on his list."""
        self._emit(ContactAdded, at, person.account, ContactData(contact=contact))

    def _open(self, account: str, url: str, message: str, at: float) -> rounds.Process:
        if message not in self._blocked:
            self._emit(LinkClicked, at, account, ClickData(url=url, message=message))
        yield from ()

    def _report(
        self, account: str, accused: str, message: str, reason: str | None, at: float
    ) -> rounds.Process:
        if message not in self._blocked:
            data = ReportData(message=message, accused=accused, reason=reason)
            self._emit(MessageReported, at, account, data)
        yield from ()

    def _new_password(self, account: str, at: float) -> rounds.Process:
        self._emit(PasswordChanged, at, account, PasswordData())
        yield from ()


def _fate(a: int, b: int) -> float:
    """A number from 0 to 1 that is always the same for two people (Knuth's multiplicative hash)."""
    return (_pair(a, b) * 2_654_435_761 & 0xFFFF_FFFF) / 2**32


def _pair(a: int, b: int) -> int:
    """One number for two people of a copy, whoever comes first."""
    return min(a, b) << 16 | max(a, b)
