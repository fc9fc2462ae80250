"""Making a whole world from a plan: a pure function, the same world for the same plan."""

from __future__ import annotations

from msgspec import Struct

from nospim.drill.attack import Attack
from nospim.drill.chance import stream
from nospim.drill.chatter import Chatter
from nospim.drill.life import Life, forge_reports
from nospim.drill.lookalikes import LookAlikes
from nospim.drill.plan import Plan
from nospim.drill.scene import Scene
from nospim.drill.script import Script
from nospim.drill.society import build_society
from nospim.drill.stage import play
from nospim.drill.truth import TruthRow
from nospim.events import Event, Labelled

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


def generate(plan: Plan) -> World:
    """The world of a plan.

    Everything is drawn from generators seeded by `plan.seed`; no clock, file or address is used.
    """
    script = Script(plan.seed)
    society = build_society(plan)

    def scene(part: str) -> Scene:
        return Scene(script, society, plan, stream(plan.seed, part))

    Life(scene("life")).write()
    chatter = Chatter(scene("chatter"))
    chatter.write()
    LookAlikes(scene("lookalikes"), chatter).write()
    Attack(scene("attack")).write()
    forge_reports(scene("forgers"))
    events, truth = play(script, society, plan)
    return World(plan, tuple(events), tuple(truth))
