"""Who lives in a world and who knows whom: small circles, a few hubs, some distant acquaintances."""

from __future__ import annotations

from random import Random
from typing import Final

from msgspec import Struct

from nospim.drill.chance import DAY, poisson, stream
from nospim.drill.networks import COUNTRIES, Internet, Network, build_internet
from nospim.drill.people import Person, Place, Role, make_person, name
from nospim.drill.plan import Plan

LANGUAGES: Final[dict[str, tuple[str, ...]]] = {
    "US": ("en", "en", "en", "es"), "GB": ("en",), "DE": ("de", "de", "en"), "FR": ("fr", "fr", "en"),
    "ES": ("es", "es", "en"), "IT": ("it", "it", "en"), "NL": ("nl", "en"), "PL": ("pl", "en"),
    "TR": ("tr", "en"), "BR": ("pt", "pt", "en"), "MX": ("es", "en"), "ID": ("id", "en"),
    "IN": ("en", "en", "hi"), "SE": ("sv", "en"), "RU": ("ru", "en"), "JP": ("ja", "en"),
    "TW": ("zh", "en"), "EG": ("ar", "en"), "VN": ("vi", "en"), "NG": ("en",),
}  # fmt: skip
"""What people of a country write in; a name repeated is more common."""
CIRCLE: Final = (4, 22)
"""Sizes of circles: the inner layers of a personal network are about 5 and 15 people
(Zhou and others 2005)."""
ROOM: Final = (3, 30)
"""Sizes of circles that share a room."""
HUB_SHAPE: Final = 1.15
"""Pareto shape of extra acquaintances: degrees in IM networks are heavy-tailed
(Leskovec and Horvitz 2008)."""
MAX_HUB: Final = 200
YEARS: Final = 3


class Society(Struct):
    """Everybody by account, in order; `people` leaves out shops, desks and canaries.

    circles: the small groups, whose members may chat in one room.
    """

    everybody: dict[str, Person]
    people: list[Person]
    circles: list[list[str]]
    internet: Internet

    def rooms_of(self, account: str) -> list[tuple[str, list[str]]]:
        """The rooms that somebody chats in: name and members."""
        return [
            (f"room-{circle[0].partition('@')[0]}-{len(circle)}", circle)
            for circle in self.circles
            if account in circle and ROOM[0] <= len(circle) <= ROOM[1]
        ]

    def of(self, role: Role) -> list[Person]:
        """Everybody of a role, in order."""
        return [p for p in self.everybody.values() if p.role == role]


def build_society(plan: Plan) -> Society:
    """The accounts of a plan and their acquaintances."""
    rng = stream(plan.seed, "society")
    founder = _Founder(plan, rng, build_internet(rng, max(4, plan.accounts // 25)))
    return founder.found()


class _Founder:
    def __init__(self, plan: Plan, rng: Random, internet: Internet) -> None:
        self._plan = plan
        self._rng = rng
        self._society = Society({}, [], [], internet)

    def found(self) -> Society:
        plan, rng, society = self._plan, self._rng, self._society
        left = plan.accounts
        while left:
            size = min(left, round(rng.triangular(*CIRCLE, 9)))
            self._settle(size)
            left -= size
        _befriend(society, rng)
        for role, count in (("canary", plan.canaries), *_institutions(plan)):
            for _ in range(count):
                self._add(role, _place(rng), None)
        _know_canaries(society, rng)
        for person in society.people:
            _tie(society, person, plan, rng)
        return society

    def _settle(self, size: int) -> None:
        """A circle of new people who mostly live in one country and may share an office or campus."""
        rng = self._rng
        place = _place(rng)
        near = [office for office in self._society.internet.offices if office.country == place[0]]
        office = rng.choice(near) if near and rng.random() < 0.6 else None
        circle = []
        for _ in range(size):
            where = place if rng.random() < 0.9 else _place(rng)
            circle.append(self._add("person", where, office).account)
        self._society.circles.append(circle)

    def _add(self, role: Role, place: Place, office: Network | None) -> Person:
        plan, rng, society = self._plan, self._rng, self._society
        nick = name(rng)
        away = role == "person" and plan.federated > 0.0 and rng.random() < plan.federated
        server = plan.partner if away else plan.service
        account = f"{nick}@{server}"
        while account in society.everybody:
            account = f"{nick}{rng.randrange(2, 9999)}@{server}"
        person = make_person(
            rng,
            account=account,
            nick=nick,
            role=role,
            place=place,
            internet=society.internet,
            office=office,
            created=plan.start_ms - int(DAY * (20 + rng.random() ** 2 * 365 * YEARS)),
            until=plan.end_ms,
        )
        society.everybody[account] = person
        if role == "person":
            society.people.append(person)
        return person


def _institutions(plan: Plan) -> tuple[tuple[Role, int], ...]:
    few = max(1, plan.accounts // 250)
    wanted: tuple[tuple[Role, str, int], ...] = (
        ("shop", "shop", few),
        ("club", "club", few),
        ("desk", "support", 1),
    )
    return tuple((role, count) for role, control, count in wanted if control in plan.controls)


def _place(rng: Random) -> Place:
    country, offset, _ = rng.choices(COUNTRIES, [w for _, _, w in COUNTRIES])[0]
    return country, offset, LANGUAGES[country]


def _befriend(society: Society, rng: Random) -> None:
    everyone = [p.account for p in society.people]
    for circle in list(society.circles):
        if rng.random() < 0.6:
            society.circles.append(_second_circle(circle, everyone, rng))
    for circle in society.circles:
        close = min(0.95, 9.0 / len(circle))
        for i, a in enumerate(circle):
            for b in circle[i + 1 :]:
                if rng.random() < close:
                    _acquaint(society, a, b)
    for person in society.people:
        extra = min(MAX_HUB, len(everyone) // 3, int(2.0 * rng.paretovariate(HUB_SHAPE)) + poisson(rng, 2.0))
        for other in rng.sample(everyone, extra):
            _acquaint(society, person.account, other)
    for person in society.people:
        rng.shuffle(person.contacts)


def _second_circle(circle: list[str], everyone: list[str], rng: Random) -> list[str]:
    """Some of a circle and some others: circles overlap, which is how lures travel."""
    some = rng.sample(circle, max(1, len(circle) // 3))
    others = rng.sample(everyone, min(len(everyone), rng.randint(4, 14)))
    return list(dict.fromkeys(some + others))


def _acquaint(society: Society, a: str, b: str) -> None:
    one, other = society.everybody[a], society.everybody[b]
    if a != b and b not in one.contacts:
        one.contacts.append(b)
        other.contacts.append(a)


def _know_canaries(society: Society, rng: Random) -> None:
    """Canaries stand in some contact lists, so that a harvested list holds one (HoneyIM, 2007)."""
    for canary in society.of("canary"):
        for person in rng.sample(society.people, max(2, len(society.people) // 12)):
            person.contacts.insert(rng.randrange(len(person.contacts) + 1), canary.account)
            canary.contacts.append(person.account)


def _tie(society: Society, person: Person, plan: Plan, rng: Random) -> None:
    """How much of somebody's chat goes to each contact: to a few nearly all (weights fall as 1/rank^1.2).

    Nobody writes to a canary.  Some pairs chat end to end encrypted.
    """
    ranks = list(range(1, len(person.contacts) + 1))
    rng.shuffle(ranks)
    total = 0.0
    for contact, rank in zip(person.contacts, ranks, strict=True):
        other = society.everybody[contact]
        total += 0.0 if other.role == "canary" else rank**-1.2
        person.ties.append(total)
        if person.account < contact and rng.random() < plan.encrypted:
            person.sealed.add(contact)
            other.sealed.add(person.account)
    if total == 0.0:
        person.ties.clear()
