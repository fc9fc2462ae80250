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
ALARM_PEOPLE: Final = 0.08
"""Share of people who pass on a warning or a call to vote to many friends."""
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
            "emergency": self._alarm,
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

    def _alarm(self) -> None:
        """A warning or a call to vote, forwarded to many with the authority's own page."""
        rng = self._rng
        url = self._chatter.link()
        text = self._chatter.talker.fill(rng.choice(say.ALARMS), {"link": url})
        began = self._day() + between(rng, 7 * 3600, 15 * 3600)
        for person in self._some_people(ALARM_PEOPLE):
            at = began + int(rng.expovariate(1.0 / (3 * HOUR)))
            for friend in self._friends(person)[: rng.randint(8, 30)]:
                ident = self._script.send(at, person.account, (friend,), text, control="emergency")
                self._chatter.clicked(self._society.everybody[friend], url, ident, at, 0.2)
                at += between(rng, 1, 12)

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
