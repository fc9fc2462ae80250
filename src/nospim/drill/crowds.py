"""Benign things that many people do at once: chain letters, news, alarms, moves, and ganging up on one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nospim.drill import parameters as p
from nospim.drill import phrases_lookalike as say
from nospim.drill.chance import DAY, HOUR, between, shuffled
from nospim.drill.chatter import Chatter
from nospim.drill.networks import line_on
from nospim.drill.people import NEW_CLIENT, Person, make_device
from nospim.drill.scene import Scene
from nospim.drill.script import Send
from nospim.drill.truth import LookAlike
from nospim.events import MessageReported, ReportData

CHAIN_PEOPLE: Final = 0.2
"""Share of people who pass on a chain letter at most, before it dies out."""
NEWS_PEOPLE: Final = 0.2
"""Share of people who share the day's news within hours of each other."""
ALARM_PEOPLE: Final = 0.2
"""Share of people who hear of a warning or a vote elsewhere and pass the authority's page on."""
ALARM_FOLLOWERS: Final = 0.08
"""Share of those who have it from a friend and pass it on, too: it dies out, as chain letters hardly do."""
WIDTH_SHAPE: Final = 0.9
"""Pareto shape of to how many friends one passes a thing on: half to one or two, one in seven to eight or
more (degrees in social networks are heavy-tailed: Leskovec and Horvitz 2008; the number is judgement)."""
WIDEST: Final = 30
BUTTON: Final = 0.5
"""Share of people who forward with a button rather than write to one friend after the other."""
AT_A_TIME: Final = 5
"""Chats that a forward button reaches at a time: within a second, as a machine does."""
IN_ROOM: Final = 0.15
"""Share of people who put it into a room of theirs, too."""
MIGRANTS: Final = 0.15
"""Share of people who move to a new client in one week."""
CUSTOMERS: Final = 0.12
"""Share of people whom one carrier puts behind its few addresses on one day (RFC 6598)."""


class Crowds:
    """All that many people do at once in a plan, written into a script after everybody's chat."""

    def __init__(self, scene: Scene, chatter: Chatter) -> None:
        self._script = scene.script
        self._society = scene.society
        self._plan = scene.plan
        self._chatter = chatter
        self._rng = scene.rng

    def write(self) -> None:
        """Write each kind that the plan names."""
        kinds: dict[str, Callable[[], None]] = {
            "chain": self._chain,
            "news": self._news,
            "emergency": lambda: self._alarm("emergency", say.ALARMS),
            "election": lambda: self._alarm("election", say.VOTES),
            "migration": self._migrate,
            "carrier": self._move_carrier,
            "brigaded": self._brigade,
        }
        for kind, write in kinds.items():
            if kind in self._plan.controls:
                write()

    def _some_people(self, share: float) -> list[Person]:
        people = self._society.people
        return self._rng.sample(people, max(3, round(share * len(people))))

    def _friends(self, person: Person) -> list[str]:
        known = [c for c in person.contacts if self._society.everybody[c].role == "person"]
        return shuffled(self._rng, known)

    def _day(self) -> int:
        """The start of a day after the first two, where there is one."""
        plan = self._plan
        return plan.start_ms + self._rng.randrange(min(2, plan.days - 1), plan.days) * DAY

    def _chain(self) -> None:
        """A letter that asks to be passed on: whoever believes it sends it to many, word for word."""
        rng = self._rng
        text = self._chatter.talker.fill(rng.choice(say.CHAINS), {})
        start = rng.choice([x for x in self._society.people if len(x.contacts) >= 8] or self._society.people)
        front = [(start.moment_of(self._day(), rng), start)]
        seen = {start.account}
        most = round(CHAIN_PEOPLE * len(self._society.people))
        while front:
            at, person = front.pop(0)
            for friend in self._friends(person)[: rng.randint(5, 15)]:
                self._script.send(at, person.account, (friend,), text, control="chain")
                at += between(rng, 2, 20)
                reader = self._society.everybody[friend]
                if friend not in seen and len(seen) < most and rng.random() < 0.25:
                    seen.add(friend)
                    front.append((reader.wake(at + between(rng, 300, 8 * 3600), rng), reader))

    def _news(self) -> None:
        """Something happened: within hours many share one of a few pages, each in their own words."""
        rng = self._rng
        pages = [self._chatter.link() for _ in range(3)]
        broke = self._day() + between(rng, 6 * 3600, 18 * 3600)
        for person in self._some_people(NEWS_PEOPLE):
            url = rng.choices(pages, (6, 3, 1))[0]
            at = broke + int(rng.expovariate(1.0 / (2 * HOUR)))
            for friend in self._friends(person)[: rng.randint(1, 6)]:
                text = self._chatter.talker.fill(rng.choice(say.NEWS), {"link": url})
                ident = self._script.send(at, person.account, (friend,), text, control="news")
                self._chatter.clicked(self._society.everybody[friend], url, ident, at, 0.4)
                at += between(rng, 5, 90)

    def _alarm(self, control: str, texts: tuple[str, ...]) -> None:
        """A warning or a call to vote with the authority's page: heard elsewhere or had from a friend."""
        rng = self._rng
        url = self._chatter.link()
        text = self._chatter.talker.fill(rng.choice(texts), {"link": url})
        began = self._day() + between(rng, 7 * 3600, 15 * 3600)
        front = [(began + int(rng.expovariate(1.0 / (3 * HOUR))), x) for x in self._some_people(ALARM_PEOPLE)]
        seen = {person.account for _, person in front}
        while front:
            at, person = front.pop(0)
            for friend, when in self._forward(control, person, at, text, url):
                reader = self._society.everybody[friend]
                if friend not in seen and rng.random() < ALARM_FOLLOWERS:
                    seen.add(friend)
                    front.append((reader.wake(when + between(rng, 120, 4 * 3600), rng), reader))

    def _forward(self, control: str, person: Person, at: int, text: str, url: str) -> list[tuple[str, int]]:
        """Pass a thing on, to few or many, by button or by hand; returns to whom and when."""
        rng, script, chatter = self._rng, self._script, self._chatter
        width = min(WIDEST, int(rng.paretovariate(WIDTH_SHAPE)))
        by_button = rng.random() < BUTTON
        told = []
        for index, friend in enumerate(self._friends(person)[:width]):
            ident = script.send(at, person.account, (friend,), text, control=control)
            chatter.clicked(self._society.everybody[friend], url, ident, at, 0.2)
            told.append((friend, at))
            within = by_button and (index + 1) % AT_A_TIME
            at += between(rng, 0.05, 0.3) if within else between(rng, 4, 40)
        room = chatter.room(person) if rng.random() < IN_ROOM else None
        if room is not None:
            name, members = room
            to = tuple(member for member in members if member != person.account)
            script.send(at, person.account, to, text, conversation=name, control=control)
        return told

    def _migrate(self) -> None:
        """In one week many people's devices are replaced by ones with a client that nobody had."""
        rng, plan = self._rng, self._plan
        week = self._day()
        for person in self._some_people(MIGRANTS):
            at = week + between(rng, 0, 6 * 86400)
            old = person.devices[0]
            if person.created < at < min(plan.end_ms, old.until):
                old.until = at
                fresh = make_device(rng, old.kind, old.weight, at, plan.end_ms)
                fresh.client = NEW_CLIENT
                person.devices.append(fresh)

    def _move_carrier(self) -> None:
        """On one day a carrier puts many customers of a country behind the same few addresses."""
        rng, plan = self._rng, self._plan
        by_country: dict[str, list[Person]] = {}
        for person in self._society.people:
            by_country.setdefault(person.country, []).append(person)
        largest = max(by_country.values(), key=len)
        count = min(len(largest), max(3, round(CUSTOMERS * len(self._society.people))))
        network = self._society.internet.mobiles[largest[0].country][1]
        day = self._day()
        for person in rng.sample(largest, count):
            person.trips.append((day, plan.end_ms, line_on(network, rng), "carrier"))

    def _brigade(self) -> None:
        """A few people write to one, and report each answer: what they say must silence nobody."""
        rng, script = self._rng, self._script
        victim = max(self._society.people, key=lambda person: len(person.contacts))
        first = self._day()
        others = [x for x in self._some_people(p.BRIGADE) if x is not victim]
        for person in others:
            for day in range(3):
                at = max(person.created + HOUR, person.moment_of(first + day * DAY, rng))
                script.send(at, person.account, (victim.account,), rng.choice(say.PROVOCATIONS))
                answered = at + between(rng, 30, 900)
                text = rng.choice(say.PATIENCE)
                ident = script.send(answered, victim.account, (person.account,), text, control="brigaded")
                report = ReportData(message=ident, accused=victim.account, reason="spim")
                script.fact(answered + between(rng, 20, 600), person.account, MessageReported, report)
        for cue in script.cues:
            mine = isinstance(cue, Send) and cue.sender == victim.account and cue.at >= first
            if mine and cue.id not in script.rows:
                script.rows[cue.id] = LookAlike(id=cue.id, control="brigaded", account=victim.account)
