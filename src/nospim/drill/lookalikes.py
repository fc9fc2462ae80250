"""Benign messages that look like spim: one sender, many recipients, one wording or one link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nospim.drill import phrases_lookalike as say
from nospim.drill.chance import DAY, HOUR, between, poisson, shuffled
from nospim.drill.chatter import Chatter
from nospim.drill.people import Person
from nospim.drill.scene import Scene

VIRAL_TRIES: Final = 6
"""Links set on their way for each that is to become popular: most die out at once."""
VIRAL_PEOPLE: Final = 8
"""From so many people on that pass it on, a link counts as popular."""


class LookAlikes:
    """All benign look-alikes of a plan that are messages, written into a script."""

    def __init__(self, scene: Scene, chatter: Chatter) -> None:
        self._script = scene.script
        self._society = scene.society
        self._plan = scene.plan
        self._chatter = chatter
        self._rng = scene.rng

    def write(self) -> None:
        """Write each kind that the plan names."""
        kinds: dict[str, Callable[[], None]] = {
            "invite": lambda: self._some("invite", say.INVITES, 0.03, 30),
            "new_number": lambda: self._some("new_number", say.NUMBERS, 0.015, 60),
            "fundraising": lambda: self._some("fundraising", say.FUNDS, 0.008, 60),
            "holiday": self._holiday,
            "viral": self._viral,
            "shop": lambda: self._bulletin("shop", say.OFFERS, 7),
            "club": lambda: self._bulletin("club", say.CLUB_NEWS, 3),
            "support": self._support,
        }
        for kind, write in kinds.items():
            if kind in self._plan.controls:
                write()

    def _when(self, person: Person) -> int:
        day = self._rng.randrange(self._plan.days)
        return person.moment_of(self._plan.start_ms + day * DAY, self._rng)

    def _to(self, person: Person) -> list[str]:
        return [c for c in person.contacts if self._society.everybody[c].role == "person"]

    def _some(self, control: str, templates: tuple[str, ...], share: float, most: int) -> None:
        """A share of people write one thing to many friends in one sitting."""
        rng = self._rng
        count = max(1, round(share * len(self._society.people)))
        for person in rng.sample(self._society.people, count):
            given = {"link": self._chatter.link(), "number": f"0{rng.randrange(10**9, 10**10)}"}
            text = self._chatter.talker.fill(rng.choice(templates), given)
            self._round(control, person, shuffled(rng, self._to(person))[:most], text, given["link"])

    def _round(self, control: str, person: Person, to: list[str], text: str, url: str) -> None:
        at = self._when(person)
        pace = self._rng.choice((3.0, 8.0, 20.0))
        for friend in to:
            ident = self._script.send(at, person.account, (friend,), text, control=control)
            if url in text:
                self._chatter.clicked(self._society.everybody[friend], url, ident, at, 0.3)
            at += between(self._rng, 1.0, 2 * pace)

    def _holiday(self) -> None:
        """On one day, half of the people wish nearly everybody the same."""
        rng = self._rng
        day = self._plan.start_ms + rng.randrange(1, self._plan.days) * DAY
        wishes = rng.sample(say.HOLIDAYS, 3)
        for person in self._society.people:
            if rng.random() > 0.4:
                continue
            at = person.moment_of(day, rng)
            wish = wishes[0] if rng.random() < 0.7 else rng.choice(wishes)
            same = rng.random() < 0.5
            tail = rng.choice(say.HOLIDAY_TAILS)
            for friend in shuffled(rng, self._to(person))[: rng.choice((5, 12, 30))]:
                text = wish + (tail if same else rng.choice(say.HOLIDAY_TAILS))
                self._script.send(at, person.account, (friend,), text, control="holiday")
                at += between(rng, 2, 30)

    def _viral(self) -> None:
        """Now and then a link runs through the society: who is sent it and likes it passes it on."""
        wanted = max(1, self._plan.days // 7)
        for _ in range(VIRAL_TRIES * wanted):
            if wanted == 0:
                return
            start = self._rng.choice([p for p in self._society.people if len(p.contacts) >= 8])
            wanted -= self._run(start, self._chatter.link()) >= VIRAL_PEOPLE

    def _run(self, start: Person, url: str) -> int:
        """One link on its way; returns how many people passed it on."""
        rng = self._rng
        front = [(self._when(start), start)]
        seen = {start.account}
        most = len(self._society.people) // 5
        while front:
            at, person = front.pop(0)
            for friend in shuffled(rng, self._to(person))[: rng.randint(2, 9)]:
                text = rng.choice(say.VIRALS).replace("{link}", url)
                ident = self._script.send(at, person.account, (friend,), text, control="viral")
                reader = self._society.everybody[friend]
                self._chatter.clicked(reader, url, ident, at, 0.5)
                at += between(rng, 3, 60)
                if friend not in seen and len(seen) < most and rng.random() < 0.3:
                    seen.add(friend)
                    front.append((reader.wake(at + between(rng, 120, 4 * 3600), rng), reader))
        return len(seen)

    def _bulletin(self, role: str, templates: tuple[str, ...], every: int) -> None:
        """Shops and clubs write to their subscribers, every few days, with a link."""
        rng = self._rng
        senders = [p for p in self._society.everybody.values() if p.role == role]
        for sender in senders:
            size = min(len(self._society.people) // 3, 150)
            readers = rng.sample(self._society.people, size)
            host = rng.choice(self._chatter.hosts)
            sender.contacts = [r.account for r in readers]
            for day in range(rng.randrange(min(every, self._plan.days)), self._plan.days, every):
                url = f"https://{host.name}/{role}/{day}-{rng.getrandbits(20):x}"
                text = self._chatter.talker.fill(rng.choice(templates), {"link": url})
                at = self._plan.start_ms + day * DAY + 10 * HOUR + between(rng, 0, 7200)
                for reader in readers:
                    ident = self._script.send(at, sender.account, (reader.account,), text, control=role)
                    self._chatter.clicked(reader, url, ident, at, 0.06)
                    at += between(rng, 0.3, 1.2)

    def _support(self) -> None:
        """A help desk answers strangers with links, all day."""
        rng = self._rng
        for desk in self._society.of("desk"):
            pages = [
                f"https://help.{self._plan.service}/{w}"
                for w in ("sign-in", "picture", "archive", "safety", "delete")
            ]
            for _ in range(poisson(rng, self._plan.days * max(1.0, len(self._society.people) / 120))):
                person = rng.choice(self._society.people)
                at = self._when(person)
                self._script.send(at, person.account, (desk.account,), rng.choice(say.HELP_QUESTIONS))
                text = rng.choice(say.HELP_ANSWERS).replace("{link}", rng.choice(pages))
                self._script.send(
                    at + between(rng, 60, 5400), desk.account, (person.account,), text, control="support"
                )
