"""What thieves and their victims share while a drill is played: stage, book, response and chances."""

from __future__ import annotations

from random import Random

from msgspec import Struct

from nospim.drill.chance import stream
from nospim.drill.people import Person
from nospim.drill.plan import Plan
from nospim.drill.response import Response
from nospim.drill.society import Society
from nospim.drill.stage import Stage
from nospim.drill.takings import Book


class Theatre(Struct, frozen=True):
    """One play, as its thieves and victims see it."""

    stage: Stage
    book: Book
    response: Response

    @property
    def now(self) -> int:
        """The moment, in milliseconds since the Unix epoch."""
        return self.stage.clock.now

    @property
    def plan(self) -> Plan:
        """What decides the drill."""
        return self.stage.plan

    @property
    def society(self) -> Society:
        """Everybody."""
        return self.stage.society

    def person(self, account: str) -> Person:
        """Who an account belongs to.  Raises KeyError for an account of no one."""
        return self.stage.society.everybody[account]

    def chances(self, *of: str) -> Random:
        """A generator for one matter: the same with a guard and without, however often others draw."""
        return stream(self.stage.plan.seed, "/".join(of))
