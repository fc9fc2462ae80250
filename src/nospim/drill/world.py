"""Making a whole world from a plan, with a guard in it or without: the same each time."""

from __future__ import annotations

from msgspec import Struct

from nospim.drill.attack import Attack
from nospim.drill.captures import Captures
from nospim.drill.chance import stream
from nospim.drill.chatter import Chatter
from nospim.drill.crowds import Crowds
from nospim.drill.guarding import Guard, Unguarded
from nospim.drill.life import Life, forge_reports
from nospim.drill.lookalikes import LookAlikes
from nospim.drill.plan import Plan
from nospim.drill.response import Response
from nospim.drill.scene import Scene
from nospim.drill.script import Draft, Script
from nospim.drill.society import Society, build_society
from nospim.drill.stage import Stage
from nospim.drill.takings import Book, Taking
from nospim.drill.theatre import Theatre
from nospim.drill.truth import Entry, TruthRow, stamp
from nospim.events import Event, Labelled
from nospim.verdicts import Verdict

LATE_BY = 6.0
"""Most seconds that a late line comes after its time (the contract speaks of some seconds)."""


class World(Struct, frozen=True):
    """A drill: its plan, its events by time (each once), and the truth about them."""

    plan: Plan
    events: tuple[Event, ...]
    truth: tuple[TruthRow, ...]

    @property
    def canaries(self) -> tuple[str, ...]:
        """The accounts that the operator runs and nobody writes to; a policy is told of them."""
        labels = [event.data for event in self.events if isinstance(event, Labelled)]
        return tuple(str(data.target) for data in labels if data.label == "canary")

    def received(self) -> tuple[Event, ...]:
        """The events in the order in which a service would write them: a few late, a few twice."""
        rng = stream(self.plan.seed, "lines")
        lines: list[tuple[float, int, Event]] = []
        for index, event in enumerate(self.events):
            late = rng.uniform(0.0, LATE_BY) if rng.random() < self.plan.late else 0.0
            lines.append((event.at + late, index, event))
            if rng.random() < self.plan.repeats:
                lines.append((event.at + late + rng.uniform(0.0, 60.0), index, event))
        lines.sort(key=lambda line: line[:2])
        return tuple(event for _, _, event in lines)


class Rehearsal(Struct, frozen=True):
    """A drill with a guard in it: the world as it became, and what thieves achieved in it.

    takings: accounts in thieves' hands, in order of time.  verdicts: by message, as the guard gave them.
    arrived: ids of messages that reached somebody.  waits: seconds that each held message waited for its end.
    asked: how often each kind of action was asked for.
    """

    world: World
    takings: tuple[Taking, ...]
    verdicts: dict[str, Verdict]
    arrived: frozenset[str]
    waits: dict[str, float]
    asked: dict[str, int]


def generate(plan: Plan) -> World:
    """The world of a plan, in which nobody stops anything.

    Everything is drawn from generators seeded by `plan.seed`; no clock, file or address is used.
    """
    return rehearse(plan, Unguarded()).world


def rehearse(plan: Plan, guard: Guard) -> Rehearsal:
    """The world of a plan with a guard in it, who sees each event before what it leads to.

    guard: a fresh one; it is asked about every event once, in order of time.
    """
    script = Script(plan.seed)
    society = build_society(plan)
    _write_life(script, society, plan)
    stage = Stage(script, society, plan, guard)
    book = Book()
    response = Response(stage, book)
    attack = Attack(Theatre(stage, book, response))
    stage.act, response.come_back = response.act, attack.come_back
    captures = Captures(stage, stream(plan.seed, "captures"))
    response.look = captures.asked
    if plan.captures:
        stage.look = captures.sent
    attack.begin()
    stage.play()
    entries = [_entry(taking.draft) for taking in book.takings]
    world = World(plan, tuple(stage.events), (*entries, *stage.truth))
    return Rehearsal(
        world, tuple(book.takings), stage.verdicts, frozenset(stage.arrived), stage.waits, response.asked
    )


def _write_life(script: Script, society: Society, plan: Plan) -> None:
    """What people do whatever any guard says."""

    def scene(part: str) -> Scene:
        return Scene(script, society, plan, stream(plan.seed, part))

    Life(scene("life")).write()
    chatter = Chatter(scene("chatter"))
    chatter.write()
    LookAlikes(scene("lookalikes"), chatter).write()
    Crowds(scene("crowds"), chatter).write()
    forge_reports(scene("forgers"))


def _entry(draft: Draft) -> Entry:
    return Entry(
        account=draft.account,
        state=draft.state,
        campaign=draft.campaign,
        tactic=draft.tactic,
        operator=draft.operator,
        time=stamp(draft.at),
        infected_by=draft.infected_by,
        via=draft.via,
        session=draft.session,
        until=None if draft.until is None else stamp(draft.until),
    )
