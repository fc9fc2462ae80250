"""What every part of a drill holds: the script, the society, the plan and a generator of its own."""

from __future__ import annotations

from random import Random

from msgspec import Struct

from nospim.drill.people import Person
from nospim.drill.plan import Plan
from nospim.drill.script import Script
from nospim.drill.society import Society


class Scene(Struct, frozen=True):
    """One part's view of the world in the making."""

    script: Script
    society: Society
    plan: Plan
    rng: Random

    def person(self, account: str) -> Person:
        """Who an account belongs to.  Raises KeyError for an account of no one."""
        return self.society.everybody[account]
