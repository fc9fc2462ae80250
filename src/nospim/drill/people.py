"""The people of a world: names, habits, devices and who they know."""

from __future__ import annotations

from bisect import bisect
from random import Random
from typing import Final, Literal

import msgspec
from msgspec import Struct

from nospim.drill.chance import DAY, HOUR, between
from nospim.drill.networks import Internet, Line, Network, line_on

Place = tuple[str, int, tuple[str, ...]]
"""Where somebody lives: country, hours from UTC, languages."""
Role = Literal["person", "canary", "shop", "club", "desk", "fake"]

CLIENTS: Final[dict[str, tuple[tuple[str, int], ...]]] = {
    "phone": (
        (
            "Sparrow Android/4.2",
            6,
        ),
        (
            "Sparrow iOS/4.1",
            5,
        ),
        (
            "Talkbird/2.9",
            2,
        ),
        (
            "Sparrow Android/3.8",
            1,
        ),
    ),
    "desktop": (
        (
            "Sparrow Desktop/4.0",
            5,
        ),
        (
            "Quillchat/1.12",
            2,
        ),
        (
            "Quillchat/1.9",
            1,
        ),
        (
            "Murmur Linux/0.8",
            1,
        ),
    ),
    "web": (
        (
            "Sparrow Web/11",
            4,
        ),
        (
            "Sparrow Web/10",
            1,
        ),
    ),
}  # fmt: skip
"""Made-up clients by kind of device, with how common each is."""
NEW_CLIENT: Final = "Sparrow Next/5.0"
"""A client that nobody has until many people move to it."""
ROSTER_READS: Final = {"phone": 0.5, "desktop": 0.8, "web": 1.0}
"""Share of sign-ins that fetch the whole contact list; the others hold a version of it (RFC 6121, 2.6)."""
KEEPS: Final = {"phone": 4 * DAY, "desktop": 12 * HOUR, "web": 3 * HOUR}
"""How long a quiet session stays signed in."""

HOURS: Final = (1, 1, 1, 1, 1, 2, 5, 9, 10, 9, 9, 10, 13, 11, 9, 9, 11, 14, 17, 20, 22, 20, 13, 6)
"""Relative chat by local hour: little at night, a hump at noon and the peak in the evening."""
_HOURS_SUM: Final = tuple(sum(HOURS[: i + 1]) for i in range(24))

_FIRST: Final = (
    "ma", "li", "jo", "ka", "ti", "ru", "sa", "ne", "vi", "do", "el", "an", "bo", "fe", "ju", "zo", "hu",
    "yu",
)  # fmt: skip
_MID: Final = (
    "ra", "no", "mi", "la", "ve", "ri", "sto", "ni", "ba", "len", "dri", "ko", "shi", "per", "lu", "wa",
)  # fmt: skip
_LAST: Final = ("s", "n", "ra", "k", "na", "x", "lin", "to", "m", "sen", "", "d", "rt", "el", "ja", "z")


class Device(Struct):
    """One machine that somebody signs in with, for a time."""

    id: str
    kind: str
    client: str
    weight: float
    since: int
    until: int


class Style(Struct, frozen=True):
    """How somebody writes: shares of messages in lower case, without stop, shortened, mistyped..."""

    lower: float
    bare: float
    short: float
    typo: float
    emoji: float
    fancy: float


class Person(Struct, kw_only=True):
    """One account and the person behind it; times in milliseconds, `offset` in hours from UTC.

    trips: from when until when somebody is on another line, and why (`travel` or `carrier`).
    added: since when each contact is on the list.  sealed: contacts with whom chat is encrypted.
    """

    account: str
    nick: str
    role: Role
    created: int
    country: str
    offset: int
    shift: int
    languages: tuple[str, ...]
    style: Style
    rate: float
    trust: float
    devices: list[Device]
    home: Line
    mobile: Line
    office: Line | None
    contacts: list[str]
    ties: list[float]
    trips: list[tuple[int, int, Line, str]]
    added: dict[str, int] = msgspec.field(default_factory=dict)
    sealed: set[str] = msgspec.field(default_factory=set)

    def friend(self, rng: Random) -> str | None:
        """Somebody to write to: the stronger the tie, the more often; None when there is nobody."""
        if not self.ties:
            return None
        return self.contacts[bisect(self.ties, rng.random() * self.ties[-1])]

    def wake(self, at: int, rng: Random) -> int:
        """The same moment, or, when that is in this person's night, some time next morning."""
        hour = (at // HOUR + self.offset - self.shift) % 24
        if 1 <= hour < 7:
            return at + (7 - hour) * HOUR + between(rng, 0, 5400)
        return at

    def moment_of(self, day_start: int, rng: Random) -> int:
        """A moment of a day (UTC) by the usual hours of chat."""
        hour = bisect(_HOURS_SUM, rng.random() * _HOURS_SUM[-1])
        at = (hour + self.shift - self.offset) % 24
        return day_start + at * HOUR + rng.randrange(HOUR)


def name(rng: Random) -> str:
    """A nickname that nobody has to have."""
    return rng.choice(_FIRST) + rng.choice(_MID) + rng.choice(_LAST)


def device_id(rng: Random) -> str:
    """An opaque device id."""
    return f"dev-{rng.getrandbits(44):011x}"


def make_device(rng: Random, kind: str, weight: float, since: int, until: int) -> Device:
    """A device of a kind with a client that people have on it."""
    clients = CLIENTS[kind]
    client = rng.choices([c for c, _ in clients], [w for _, w in clients])[0]
    return Device(device_id(rng), kind, client, weight, since, until)


def make_devices(rng: Random, since: int, until: int) -> list[Device]:
    """One to three devices: nearly everybody has a phone, half a desktop, some the web page."""
    devices = [make_device(rng, "phone", 3.0, since, until)] if rng.random() < 0.9 else []
    if not devices or rng.random() < 0.5:
        devices.append(make_device(rng, "desktop", 2.0, since, until))
    if rng.random() < 0.25:
        devices.append(make_device(rng, "web", 1.0, since, until))
    return devices


def make_style(rng: Random) -> Style:
    """Habits of writing; a few people write in fancy letters (they are ham, and disguised)."""
    return Style(
        lower=rng.choice((0.0, 0.1, 0.6, 1.0, 1.0)),
        bare=rng.choice((0.1, 0.5, 0.9)),
        short=rng.choice((0.0, 0.0, 0.3, 0.7)),
        typo=rng.choice((0.0, 0.03, 0.08)),
        emoji=rng.choice((0.0, 0.05, 0.15, 0.35)),
        fancy=0.3 if rng.random() < 0.02 else 0.0,
    )


def make_person(
    rng: Random,
    *,
    account: str,
    nick: str,
    role: Role,
    place: Place,
    internet: Internet,
    office: Network | None,
    created: int,
    until: int,
) -> Person:
    """A person who knows nobody yet."""
    country, offset, languages = place
    return Person(
        account=account,
        nick=nick,
        role=role,
        created=created,
        country=country,
        offset=offset,
        shift=rng.choice((-2, -1, 0, 0, 0, 1, 2, 3)),
        languages=languages,
        style=make_style(rng),
        rate=min(12.0, rng.lognormvariate(-0.6, 1.1)),
        trust=rng.betavariate(2.0, 2.0) * 2.0,
        devices=make_devices(rng, created, until),
        home=line_on(rng.choice(internet.homes[country]), rng),
        mobile=line_on(rng.choice(internet.mobiles[country]), rng),
        office=line_on(office, rng) if office is not None and rng.random() < 0.5 else None,
        contacts=[],
        ties=[],
        trips=[],
    )
