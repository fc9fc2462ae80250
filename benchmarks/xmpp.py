"""Hijacked accounts against a real Prosody, closed loop: how far their lures get with the guard and without.

Everything but people and thieves is real: the server, its module, the guard, the clients.  Minutes are
played as seconds, so the figures are of a rehearsal and synthetic.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field
from rich.console import Console

from benchmarks.show import plain_table
from nospim.drill.parameters import Conduct, Tactic

SERVERS: Final = Path(__file__).resolve().parent.parent / "tests" / "servers"
"""The servers and clients of the tests, which this measurement plays with."""
CONTACTS: Final = 10
"""Contacts that each person takes; with those who take him that makes about twenty."""
SEEDS: Final = 3
"""Accounts that are stolen before the drill begins, each the start of a campaign of its own."""
READ_MEAN: Final = 4.0
"""Seconds until a message is read: a real person's minutes, played 30 times as fast."""
ENTRY: Final = (1.0, 3.0)
"""Seconds from a password that was given to the thief's sign-in with it."""
GAP: Final = 0.3
"""Seconds between two lures of a thief."""
TALK_EVERY: Final = 15.0
"""Seconds between two honest messages of a person."""
QUIET: Final = 12.0
"""Seconds without anything new after which a drill is over."""
POLICY: Final = """
[service]
event_time = "trust"
fsync = "interval"
[enforcement]
per_minute = 1000000
"""
"""The past of the accounts is weeks old, and an attack of an hour is played in a minute."""
LURES: Final = (
    "is this you in this video?? {link}",
    "omg look what they wrote about you {link}",
    "hey, I found your photos here {link} haha",
    "you have to see this before they delete it {link}",
    "vote for my little sister please {link}",
)
SAYINGS: Final = (
    "good morning",
    "lunch?",
    "on my way",
    "see you later",
    "ok, thanks",
    "how was it?",
    "call me",
)


class Taking(Struct, kw_only=True):
    """One stolen account: what its thief reached, and how it ended.  Times are seconds since the epoch."""

    sent: int = 0
    got: list[tuple[str, str]] = field(default_factory=list)
    fell: int = 0
    shut_out: bool = False
    first_refusal: float | None = None
    ended: float | None = None


class Played(Struct, frozen=True, kw_only=True):
    """What one drill came to."""

    guarded: bool
    submit: float
    takings: tuple[Taking, ...]
    taken_back: int
    honest_sent: int
    honest_lost: int

    @property
    def reproduction(self) -> float:
        """Accounts that fell for a lure, for each account that was stolen."""
        return sum(t.fell for t in self.takings) / len(self.takings)

    @property
    def delivered(self) -> list[int]:
        """Lures delivered, by stolen account, fewest first."""
        return sorted(len(t.got) for t in self.takings)

    @property
    def slowest_end(self) -> float | None:
        """Seconds from the first refusal to the end of the session, at worst."""
        waits = [t.ended - t.first_refusal for t in self.takings if t.ended and t.first_refusal]
        return max(0.0, *waits) if waits else None


class Town:
    """People with contacts, all signed in; thieves who come when a password was given away."""

    def __init__(
        self, port: int, friends: dict[str, list[str]], submit: float, guarded: bool, seed: int
    ) -> None:
        self.port, self.friends, self.submit, self.guarded = port, friends, submit, guarded
        self.chance = random.Random(seed)
        self.conduct, self.tactic = Conduct(), Tactic(channel="hosting")
        self.crowd: dict[str, Any] = {}
        self.thieves: list[Any] = []
        self.takings: dict[str, Taking] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.last_news = time.monotonic()
        self.talking = True
        self.fault: BaseException | None = None
        self.honest: list[tuple[str, str]] = []

    def later(self, what: Any) -> None:
        """Let something happen beside everything else."""
        task = asyncio.ensure_future(what)
        self.tasks.add(task)
        task.add_done_callback(self.done)

    def done(self, task: asyncio.Task[None]) -> None:
        """Something ended; a fault in it is a fault of the drill."""
        self.tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.fault = self.fault or task.exception()

    async def settle_in(self, xmpp: Any) -> None:
        """Everybody signs in, a few at a time."""
        names = list(self.friends)
        for first in range(0, len(names), 20):
            some = [
                xmpp.Person(f"{n}@localhost/desk", f"pw-{n}", self.port, xmpp.home_of(n))
                for n in names[first : first + 20]
            ]
            await asyncio.gather(*(person.enter() for person in some))
            for person in some:
                self.crowd[person.boundjid.user] = person
                person.add_event_handler("message", lambda m, p=person: self.hear(p, m))

    def hear(self, person: Any, message: Any) -> None:
        """Somebody gets a message; of a lure he may become the next victim."""
        if "lure-place" not in message["body"]:
            return
        thief = message["from"].user
        self.takings[thief].got.append((person.boundjid.user, str(message["id"])))
        self.last_news = time.monotonic()
        warned = any("looks unusual" in notice for notice in person.notices()[-2:])
        self.later(self.read(person, thief, str(message["id"]), warned))

    async def read(self, person: Any, thief: str, ident: str, warned: bool) -> None:
        """Somebody reads a lure, if it is still there, and perhaps gives his password away."""
        await asyncio.sleep(self.chance.expovariate(1 / READ_MEAN))
        hidden = ident in person.taken_back and self.chance.random() < self.conduct.recall_honoured
        told = any("was used by somebody else" in notice for notice in person.notices())
        factor = self.conduct.warned_click if warned else 1.0
        factor *= self.conduct.notified_click if told else 1.0
        if (
            hidden
            or self.chance.random() >= self.tactic.click * factor
            or self.chance.random() >= self.submit
        ):
            return
        victim = person.boundjid.user
        if victim not in self.takings:
            self.takings[thief].fell += 1
            await self.steal(victim, thief)

    async def steal(self, name: str, campaign: str) -> None:
        """A thief enters an account and sends a lure to each contact until he is stopped."""
        from xmpp_people import Person  # noqa: PLC0415 - see `play`

        taking = self.takings[name] = Taking()
        await asyncio.sleep(self.chance.uniform(*ENTRY))
        home = f"127.{220 + self.chance.randrange(20)}.{self.chance.randrange(250)}.9"
        thief = Person(f"{name}@localhost/sender{self.chance.randrange(99)}", f"pw-{name}", self.port, home)
        self.thieves.append(thief)
        thief.add_event_handler("message_error", lambda _: self.refused(taking))
        self.last_news = time.monotonic()
        if await thief.tries_to_enter() is not None:
            taking.shut_out = True
            return
        await thief.get_roster()
        targets = list(self.friends[name])
        self.chance.shuffle(targets)
        for target in targets:
            if thief.gone.is_set():
                break
            link = f"http://lure-place-{campaign}.example-photos.top/v/{self.chance.randrange(10**6)}"
            thief.say(f"{target}@localhost", self.chance.choice(LURES).format(link=link))
            taking.sent += 1
            self.last_news = time.monotonic()
            await asyncio.sleep(self.chance.uniform(0.5, 1.5) * GAP)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(thief.gone.wait(), QUIET if self.guarded else 1.0)
        if thief.ended is not None:
            taking.ended = thief.ended_at
        await thief.leave()

    def refused(self, taking: Taking) -> None:
        """A lure came back."""
        if taking.first_refusal is None:
            taking.first_refusal = time.time()

    async def talk(self) -> None:
        """Honest messages all the while."""
        number = 0
        while self.talking:
            await asyncio.sleep(TALK_EVERY / len(self.friends))
            name = self.chance.choice(list(self.friends))
            if name in self.takings or self.crowd[name].gone.is_set():
                continue
            number += 1
            friend = self.chance.choice(self.friends[name])
            text = f"{self.chance.choice(SAYINGS)} ({number})"
            self.crowd[name].say(f"{friend}@localhost", text)
            self.honest.append((friend, text))

    async def play(self, seeds: Sequence[str], longest: float) -> Played:
        """One drill from the first thefts until nothing new happens."""
        self.later(self.talk())
        for seed in seeds:
            self.later(self.steal(seed, seed))
        self.last_news = time.monotonic()
        end = self.last_news + longest
        while time.monotonic() < min(end, self.last_news + QUIET):
            await asyncio.sleep(0.2)
        self.talking = False
        await asyncio.sleep(2)
        for task in list(self.tasks):
            task.cancel()
        if self.fault is not None:
            raise self.fault
        back = sum(i in self.crowd[who].taken_back for t in self.takings.values() for who, i in t.got)
        heard = {(name, line) for name, person in self.crowd.items() for line in person.heard()}
        return Played(
            guarded=self.guarded,
            submit=self.submit,
            takings=tuple(self.takings.values()),
            taken_back=back,
            honest_sent=len(self.honest),
            honest_lost=sum(each not in heard for each in self.honest),
        )


def circle(people: int) -> dict[str, list[str]]:
    """Who has whom as a contact: each takes some at random, and is taken in turn."""
    chance = random.Random(people)
    names = [f"person{n}" for n in range(people)]
    friends: dict[str, set[str]] = {name: set() for name in names}
    for name in names:
        for other in chance.sample(names, min(CONTACTS, people - 1)):
            if other != name:
                friends[name].add(other)
                friends[other].add(name)
    return {name: sorted(contacts) for name, contacts in friends.items()}


@contextlib.contextmanager
def stage(folder: Path, friends: dict[str, list[str]], guarded: bool) -> Iterator[int]:
    """A Prosody with everybody's account, with a guard that knows their past or without; yields its port."""
    import guard_process  # noqa: PLC0415 - see `play`
    import prosody_server  # noqa: PLC0415
    from xmpp_history import past  # noqa: PLC0415

    if not guarded:
        with prosody_server.serving(folder, None, friends) as server:
            yield server.port
        return
    with guard_process.running(folder / "guard", POLICY) as guard:
        guard.tell(past(friends, "xmpp"))
        with prosody_server.serving(folder, guard, friends, "nospim_timeout = 5") as server:
            yield server.port


def play(people: int, submit: float, guarded: bool, longest: float, seed: int = 1) -> Played:
    """Play one drill; returns what came of it."""
    sys.path.insert(0, str(SERVERS))  # the real servers and clients live with the tests that use them most
    import xmpp_people  # noqa: PLC0415

    friends = circle(people)
    with (
        tempfile.TemporaryDirectory(prefix="nospim-xmpp-") as folder,
        stage(Path(folder), friends, guarded) as port,
    ):

        async def drill() -> Played:
            town = Town(port, friends, submit, guarded, seed)
            await town.settle_in(xmpp_people)
            played = await town.play(list(friends)[:SEEDS], longest)
            everybody = [*town.crowd.values(), *town.thieves]
            await asyncio.gather(*(person.leave() for person in everybody))
            for person in everybody:
                person.abort()
            await asyncio.sleep(0.1)
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            return played

        return asyncio.run(drill())


def row(played: Played) -> tuple[str, ...]:
    """One line of the table."""
    delivered = played.delivered
    found_out = [t for t in played.takings if t.ended is not None]
    reachable = sum(len(t.got) for t in found_out)
    back = f"{played.taken_back / reachable:.1%} of {reachable}" if reachable else "none to take"
    return (
        "with" if played.guarded else "without",
        f"{played.submit:.0%}",
        f"{len(played.takings)}",
        f"{sum(t.sent for t in played.takings)}",
        f"{sum(delivered)}",
        f"{statistics.median(delivered):g}",
        f"{delivered[min(len(delivered) - 1, int(0.95 * len(delivered)))]}",
        f"{played.reproduction:.2f}",
        "-" if played.slowest_end is None else f"{played.slowest_end:.2f} s",
        back if played.guarded else "-",
        f"{played.honest_lost} of {played.honest_sent}",
    )


COLUMNS: Final = (
    "guard",
    "submit",
    "stolen",
    "lures sent",
    "delivered",
    "median",
    "p95",
    "R",
    "ended after",
    "taken back",
    "honest lost",
)


def main(*, people: int = 200, submit: tuple[float, ...] = (0.03, 0.14, 0.45), longest: float = 60.0) -> None:
    """Drill a real Prosody with hijacked accounts, with the guard and without (synthetic people).

    Parameters
    ----------
    people
        Scripted clients, all of them signed in.
    submit
        Shares of those who open a lure that give their password away.
    longest
        Seconds after which a drill is ended, should it not be over by itself.
    """
    table = plain_table(f"Hijacked accounts against Prosody, {people} clients (a rehearsal)", *COLUMNS)
    say = Console(stderr=True)
    for share in submit:
        for guarded in (False, True):
            say.print(f"playing {share:.0%} {'with' if guarded else 'without'} the guard", highlight=False)
            table.add_row(*row(play(people, share, guarded, longest)))
    Console(width=None if Console().is_terminal else 130).print(table)
