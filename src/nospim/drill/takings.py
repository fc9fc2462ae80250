"""The book of what thieves achieved: accounts taken, lures sent and delivered, who fell for them."""

from __future__ import annotations

from msgspec import Struct, field

from nospim.drill.script import Draft


class LureSent(Struct):
    """One lure: to whom, and whether and when it arrived, or had gone before it was read."""

    message: str
    to: str
    at: int
    arrived: int | None = None
    recalled: bool = False


class Taking(Struct):
    """One account in a thief's hands.

    session: in which the thief writes; None for a worm and for an app.  app: that writes for the account.
    fell: people who gave themselves up to its lures, whether or not a thief came for them.
    ended, ended_by: when and why the thief could do no more (milliseconds; an action's kind or `owner`).
    limited: sending was slowed.  written: who was written to.
    """

    draft: Draft
    session: str | None
    app: str | None = None
    lures: list[LureSent] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    fell: int = 0
    ended: int | None = None
    ended_by: str | None = None
    limited: bool = False

    @property
    def over(self) -> bool:
        """Whether the thief is out."""
        return self.ended is not None

    @property
    def delivered(self) -> int:
        """Lures that arrived."""
        return sum(lure.arrived is not None for lure in self.lures)

    def end(self, at: int, why: str) -> None:
        """The thief is out; the first reason stays."""
        if self.ended is None:
            self.ended, self.ended_by = at, why


class Book:
    """All takings of a drill, in order of time."""

    def __init__(self) -> None:
        self.takings: list[Taking] = []
        self._of: dict[str, list[Taking]] = {}

    def enter(self, taking: Taking) -> None:
        """Write down a taking that begins."""
        self.takings.append(taking)
        self._of.setdefault(taking.draft.account, []).append(taking)

    def of(self, account: str) -> list[Taking]:
        """The takings of an account that are not over."""
        return [taking for taking in self._of.get(account, ()) if not taking.over]

    def ever(self, account: str) -> list[Taking]:
        """All takings of an account."""
        return list(self._of.get(account, ()))
