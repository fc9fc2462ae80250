"""One thing sent to many, as honest people and bodies do it: each is a process that yields its next time."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Final

from benchmarks.peace.people import College, Person
from benchmarks.peace.rates import DAY, HOUR, MONTH, rate
from benchmarks.peace.sayings import new_number, remark

if TYPE_CHECKING:
    from benchmarks.peace.world import World

Process = Generator[float, None, None]
"""Yields the next time at which it wants to go on, in seconds."""

MOST: Final = {"invitation": 30, "new number": 250, "fundraising": 60, "chain letter": 20, "viral link": 9}
"""Most recipients of one round."""
PACES: Final = (3.0, 8.0, 20.0, 60.0)
"""Mean seconds between two messages of a round: those who forward, copy, or type."""
LONGEST_CASCADE: Final = 200
FEAST: Final = 60 * DAY


class Thing:
    """What goes round: its kind, text and link, its number for counting, its appeal to those who get it."""

    __slots__ = ("appeal", "kind", "link", "number", "reach", "text")

    def __init__(self, kind: str, text: str, link: str, number: int, appeal: float = 0.0) -> None:
        self.appeal = appeal
        self.kind = kind
        self.text = text
        self.link = link
        self.number = number
        self.reach: set[str] = set()


def one_round(world: World, person: Person, thing: Thing, at: float, got: str | None = None) -> Process:
    """Somebody sends a thing to many of his contacts in one sitting, if he `got` the message it came in."""
    if got is not None and world.undelivered(got):
        return
    rng = world.rng
    to = world.known_to(person)
    rng.shuffle(to)
    most = rng.choice((5, 12, 30)) if thing.kind == "holiday" else MOST[thing.kind]
    if thing.kind == "viral link":
        most = rng.randint(2, most)
    people = [world.person(person.college, peer, at) for peer in to[:most]]
    yield at
    if len(people) > 2 and thing.kind != "viral link" and rng.random() < rate("in a group"):
        world.send(world.now, person, people, thing.text, thing.kind, thing.number, thing.link)
        return
    pace = rng.choice(PACES)
    for friend in people:
        text = thing.text
        if thing.kind == "viral link":
            text = remark(rng, thing.link)
        message = world.send(world.now, person, (friend,), text, thing.kind, thing.number, thing.link)
        if thing.appeal:
            _pass_on(world, friend, thing, message)
        yield world.now + 1.0 + rng.expovariate(1 / pace)


def _pass_on(world: World, friend: Person, thing: Thing, message: str) -> None:
    """Some who got it send it on, once, minutes to a day later; what was blocked nobody got."""
    if friend.account in thing.reach or len(thing.reach) >= LONGEST_CASCADE or len(friend.peers) < 2:
        return
    if world.rng.random() < thing.appeal:
        thing.reach.add(friend.account)
        later = world.now + min(DAY, 120.0 + world.rng.expovariate(1 / (4 * HOUR)))
        world.begin(later, one_round(world, friend, thing, later, message))


def start_rounds(world: World, person: Person, moments: list[float]) -> None:
    """Draw what somebody will send round, at moments near his own messages (which must be in order)."""
    rng = world.rng
    months = (moments[-1] - moments[0]) / MONTH
    for kind in ("invitation", "new number", "fundraising", "chain letter", "viral link"):
        for _ in range(_poisson(world, rate(kind) * months)):
            at = rng.choice(moments) + rng.uniform(60, 1200)
            if at > world.now:
                world.begin(at, one_round(world, person, _thing(world, person, kind), at))
    feast = (moments[0] // FEAST + 1) * FEAST
    while feast < moments[-1]:
        if rng.random() < rate("holiday"):
            at = feast + rng.gauss(18, 3) * HOUR
            number = rng.choice(world.library.pools["holiday"])
            thing = Thing("holiday", world.library.texts[number], "", number)
            world.begin(at, one_round(world, person, thing, at))
        feast += FEAST


def _thing(world: World, person: Person, kind: str) -> Thing:
    rng = world.rng
    if kind == "viral link":
        link = world.addresses.share(person.college.past)
        return Thing(kind, "", link, world.made(), _appeal(world))
    number = rng.choice(world.library.pools[kind])
    text = world.library.texts[number]
    if kind == "chain letter":
        return Thing(kind, text, "", number, _appeal(world))
    own = world.says(person)
    if kind == "new number" and rng.random() < 2 / 3:
        number, text = own, f"{world.library.texts[own]} {new_number(rng)}"
    link = ""
    if kind == "fundraising" or (kind == "invitation" and rng.random() < 0.5):
        link = world.addresses.page()
        text = f"{text} {link}"
    if kind == "fundraising" and rng.random() < 0.5:
        text = f"{world.library.texts[own]} {text}"
    return Thing(kind, text, link, number)


def _appeal(world: World) -> float:
    return min(0.4, world.rng.expovariate(1 / rate("pass on")))


def _poisson(world: World, mean: float) -> int:
    """A Poisson count, by waiting times."""
    count, waited = -1, 0.0
    while waited <= mean:
        waited += world.rng.expovariate(1.0)
        count += 1
    return count


def bulletins(world: World, body: Person, kind: str, begin: float, end: float) -> Process:
    """A club or shop writes to its members every few days, from its own pages."""
    rng = world.rng
    every, low, high = (7 * DAY, 15, 100) if kind == "club" else (5 * DAY, 40, 300)
    members = rng.sample(range(world.graph.size), rng.randint(low, high))
    site = world.addresses.site()
    together, fresh = rng.random() < 0.5, True
    at = begin + rng.uniform(0, every) // DAY * DAY + rng.uniform(9, 19) * HOUR
    while at < end:
        yield at
        link = f"https://{site}{world.addresses.fill('/{w}/{n}')}"
        number = rng.choice(world.library.pools[kind])
        text = world.library.texts[number]
        if rng.random() < 0.7:
            text = f"{text} {link}"
        else:
            link = ""
        people = [world.person(body.college, name, at) for name in members]
        if fresh:
            for member in people:
                if rng.random() < rate("subscribers"):
                    world.add(member, body.account, world.now - 60.0)
            fresh = False
        if together:
            for first in range(0, len(people), 50):
                world.send(world.now, body, people[first : first + 50], text, kind, number, link)
        else:
            for member in people:
                world.send(world.now, body, (member,), text, kind, number, link)
                yield world.now + 0.3 + rng.expovariate(1.0)
        at += every + rng.gauss(0, HOUR)


def help_desk(world: World, desk: Person, begin: float, end: float) -> Process:
    """A help desk answers people it never met, with links into its own pages."""
    rng = world.rng
    answers = rng.sample(world.library.pools["help desk"], 8)
    pages = [f"https://help.heron.example/{world.addresses.word()}" for _ in answers]
    at = begin + rng.expovariate(1 / DAY)
    while at < end:
        yield at
        asker = world.person(desk.college, rng.randrange(world.graph.size), at)
        asked = world.says(asker)
        world.send(at, asker, (desk,), world.library.texts[asked], "talk", asked, "")
        yield at + rng.uniform(60, 5400)
        which = rng.randrange(len(answers))
        text = f"{world.library.texts[answers[which]]} {pages[which]}"
        world.send(world.now, desk, (asker,), text, "help desk", answers[which], pages[which])
        at += rng.expovariate(1 / DAY)


def founded(world: World, college: College, begin: float, end: float) -> None:
    """The clubs, shops and desks of a college begin."""
    name = world.graph.size
    for kind in ("club", "shop", "desk"):
        for _ in range(int(rate(f"{kind}s"))):
            body = world.person(college, name, begin)
            body.away, body.vpn, body.mobile, body.settled = [], None, body.campus, True
            name += 1
            process = (
                help_desk(world, body, begin, end)
                if kind == "desk"
                else bulletins(world, body, kind, begin, end)
            )
            world.begin(begin, process)
