"""Drills: made-up worlds with attackers in them, to rehearse with and to measure by."""

from nospim.drill.files import write_world
from nospim.drill.guarding import Guard, Unguarded
from nospim.drill.parameters import Conduct
from nospim.drill.plan import CONTROLS, FIRST_DAY, RANGE_CONTROLS, RANGE_TACTICS, TACTICS, Plan, demo_plan
from nospim.drill.world import Rehearsal, World, generate, rehearse

__all__ = [
    "CONTROLS",
    "FIRST_DAY",
    "RANGE_CONTROLS",
    "RANGE_TACTICS",
    "TACTICS",
    "Conduct",
    "Guard",
    "Plan",
    "Rehearsal",
    "Unguarded",
    "World",
    "demo_plan",
    "generate",
    "rehearse",
    "write_world",
]
