"""The people of one copy of the graph: whom they know, how they talk, what they sign in with."""

from __future__ import annotations

from random import Random
from typing import Final

from benchmarks.peace.rates import DAY, YEAR, rate
from benchmarks.peace.texts import Library
from nospim.drill.networks import COUNTRIES, Internet, Line, line_on

CLIENTS: Final[dict[str, tuple[str, ...]]] = {
    "phone": ("Heron Android", "Heron Android", "Heron iOS", "Heron iOS", "Plover"),
    "desktop": ("Heron Desktop", "Heron Desktop", "Heron Web", "Curlew", "Dunlin Linux"),
}
KEEPS: Final = {"phone": 20 * DAY, "desktop": DAY}
"""Seconds of quiet after which a device signs in anew."""
READS: Final = {"phone": 0.3, "desktop": 1.0}
"""Share of sign-ins after which the client reads the contact list; new devices always do."""
LONGEST: Final = 0.75 * YEAR
"""Seconds for which trips are drawn: longer than a copy of the graph lasts."""
RELEASES: Final = 60 * DAY
"""Seconds between two releases of every client."""


class Device:
    """One machine of somebody; `until` it is replaced."""

    __slots__ = ("client", "ident", "kind", "last", "line", "session", "until")

    def __init__(self, ident: str, kind: str, client: str, until: float) -> None:
        self.ident = ident
        self.kind = kind
        self.client = client
        self.until = until
        self.session: str | None = None
        self.line: Line | None = None
        self.last = 0.0


class Person:
    """One account.  name: its number in the graph; number: for counting; peers: whom it may write to;
    settled: on its own machines only, as a club's or shop's.
    """

    __slots__ = (
        "account", "away", "campus", "college", "current", "cursor", "devices", "home", "last", "links",
        "mobile", "name", "number", "peers", "settled", "source", "vpn",
    )  # fmt: skip

    def __init__(self, name: int, number: int, college: College, places: tuple[Line, Line, Line]) -> None:
        self.name = name
        self.account = f"{college.number}-{name}"
        self.number = number
        self.college = college
        self.home, self.mobile, self.campus = places
        self.vpn: Line | None = None
        self.settled = False
        self.peers: tuple[int, ...] = ()
        self.devices: list[Device] = []
        self.current: Device | None = None
        self.last = 0.0
        self.away: list[tuple[float, float, Line]] = []
        self.links = 0.0
        self.source = 0
        self.cursor = 0


class College:
    """What the people of one copy of the graph share: a country, its networks, a campus, links."""

    __slots__ = ("campus", "country", "late", "number", "pairs", "past", "people")

    def __init__(self, number: int, net: Internet, rng: Random) -> None:
        self.number = number
        self.campus = net.offices[number % len(net.offices)]
        self.country = self.campus.country
        self.people: dict[int, Person] = {}
        self.pairs: set[int] = set()
        self.past: list[str] = []
        self.late = rng.random() * RELEASES


class Census:
    """Makes people, and the devices that they buy."""

    def __init__(self, net: Internet, library: Library, rng: Random) -> None:
        self._net = net
        self._rng = rng
        self._library = library
        self._shares = [source.share for source in library.sources]
        self.count = 0
        self._devices = 0

    def person(self, college: College, name: int, peers: tuple[int, ...], start: float) -> Person:
        """Somebody new in a college."""
        rng, net = self._rng, self._net
        places = (
            line_on(rng.choice(net.homes[college.country]), rng),
            line_on(rng.choice(net.mobiles[college.country]), rng),
            line_on(college.campus, rng),
        )
        person = Person(name, self.count, college, places)
        self.count += 1
        college.people[name] = person
        person.peers = peers
        if rng.random() < rate("vpn"):
            person.vpn = line_on(rng.choice(net.hosting), rng)
        person.devices = [self.device(kind, start) for kind in rng.choice((("phone",), ("phone", "desktop")))]
        person.away = self._trips(college.country, start)
        if rng.random() < rate("linkers"):
            person.links = min(0.6, rng.expovariate(1 / 0.08))
        person.source = rng.choices(range(len(self._shares)), self._shares)[0]
        source = self._library.sources[person.source]
        person.cursor = rng.randrange(source.first, source.last)
        return person

    def device(self, kind: str, at: float) -> Device:
        """A device that somebody starts to use."""
        self._devices += 1
        until = at + self._rng.expovariate(rate("new phone") / YEAR)
        return Device(f"d{self._devices:x}", kind, self._rng.choice(CLIENTS[kind]), until)

    def anywhere(self) -> Line:
        """A line in a hotel, an airport or with friends, in any country."""
        country = self._rng.choice(COUNTRIES)[0]
        where = self._net.homes if self._rng.random() < 0.5 else self._net.mobiles
        return line_on(self._rng.choice(where[country]), self._rng)

    def nearby(self, country: str) -> Line:
        """A line elsewhere in the same country."""
        return line_on(self._rng.choice(self._net.homes[country]), self._rng)

    def _trips(self, country: str, start: float) -> list[tuple[float, float, Line]]:
        rng, at = self._rng, start
        trips: list[tuple[float, float, Line]] = []
        while True:
            at += rng.expovariate(rate("trip") / YEAR)
            if at > start + LONGEST:
                return trips
            line = self.anywhere() if rng.random() < rate("abroad") else self.nearby(country)
            trips.append((at, at + rng.uniform(2, 12) * DAY, line))
