"""Drills: made-up worlds with attackers in them, to rehearse with and to measure by."""

from nospim.drill.files import write_world
from nospim.drill.plan import CONTROLS, FIRST_DAY, TACTICS, Plan, demo_plan
from nospim.drill.world import World, generate

__all__ = ["CONTROLS", "FIRST_DAY", "TACTICS", "Plan", "World", "demo_plan", "generate", "write_world"]
