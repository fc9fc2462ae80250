"""Takedowns: what was asked of whom about which page, what came of it, what is due.  A table; pure.

A takedown is known by the number of the entry that opened it.  Nothing is closed for good: pages that are
gone come back, so they are looked at again, ever more rarely.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from nospim.cases import decisions as d

TakedownState = Literal["noted", "asked", "accepted", "refused", "gone", "back", "dropped"]
Step = Literal["sent", "received", "accepted", "refused", "gone", "there", "changed", "unknown", "dropped"]

STEPS: Final[dict[TakedownState, dict[Step, TakedownState]]] = {
    "noted": {"sent": "asked", "gone": "gone", "dropped": "dropped"},
    "asked": {
        "sent": "asked",
        "accepted": "accepted",
        "refused": "refused",
        "gone": "gone",
        "dropped": "dropped",
    },
    "accepted": {"sent": "asked", "refused": "refused", "gone": "gone", "dropped": "dropped"},
    "refused": {"sent": "asked", "accepted": "accepted", "gone": "gone", "dropped": "dropped"},
    "gone": {"there": "back", "changed": "back"},
    "back": {"sent": "asked", "gone": "gone", "dropped": "dropped"},
    "dropped": {"sent": "asked"},
}
"""What each step makes of each state; a step that is not named leaves the state as it is."""
NOT_YET: Final[dict[TakedownState, frozenset[Step]]] = {
    "noted": frozenset({"received", "accepted", "refused"}),
}
"""Steps that cannot be, for nobody was asked."""
REMIND: Final = timedelta(days=3)
"""A request that nobody acts on is repeated after this, unless it says otherwise: lures live for days."""
LOOK: Final[tuple[timedelta, ...]] = (timedelta(days=1), timedelta(days=7), timedelta(days=30))
"""After a page went, when it is looked for again: kits are put back within days, and domains come up anew."""


class Takedown(Struct, frozen=True, kw_only=True):
    """One takedown as it stands.

    opened: what its entry says.  sent: last asked; due: until when an answer is due.  gone: when it
    was first found gone.  looked: when it was last looked for.  looks: how many of `LOOK` are over.
    """

    number: int
    opened: d.TakedownOpened
    at: datetime
    by: str
    state: TakedownState = "noted"
    asks: int = 0
    sent: datetime | None = None
    sent_by: str = ""
    channel: str = ""
    due: datetime | None = None
    answer: str = ""
    answered: datetime | None = None
    gone: datetime | None = None
    looked: datetime | None = None
    looks: int = 0
    seen: str = ""


def wrong_step(one: Takedown, step: Step) -> str:
    """Why a step cannot follow, or nothing."""
    if step in NOT_YET.get(one.state, frozenset()):
        return f"takedown {one.number} was not asked of anybody yet: nospim takedown sent"
    return ""


def stepped(one: Takedown, entry: d.CaseEntry) -> Takedown:
    """The takedown after an entry about it."""
    match entry.decision:
        case d.TakedownSent() as sent:
            due = entry.at + (REMIND if sent.days is None else timedelta(days=sent.days))
            return replace(
                one, state=_to(one, "sent"), asks=one.asks + 1, sent=entry.at, sent_by=entry.by,
                channel=sent.channel, due=due, gone=None, looks=0,
            )  # fmt: skip
        case d.TakedownAnswered() as answer:
            return replace(
                one,
                state=_to(one, answer.answer),
                answer=answer.told,
                answered=entry.at,
                due=_later(one, entry.at),
            )
        case d.TakedownChecked() as check:
            return _checked(one, check, entry.at)
        case d.TakedownDropped():
            return replace(one, state=_to(one, "dropped"), due=None)
        case _:
            return one


def due(one: Takedown) -> tuple[datetime, str] | None:
    """When something is to be done about a takedown, and what; None where nothing is."""
    if one.state == "dropped":
        return None
    if one.state in {"noted", "back"}:
        return (one.looked or one.at, "ask" if one.state == "noted" else "it is back: ask again")
    if one.state == "gone" and one.gone is not None:
        if one.looks >= len(LOOK):
            return None
        return one.gone + LOOK[one.looks], "look whether it is still gone"
    if one.due is not None:
        return one.due, "look, and ask again" if one.state != "refused" else "ask somebody else"
    return None


def _checked(one: Takedown, check: d.TakedownChecked, at: datetime) -> Takedown:
    state = _to(one, check.outcome)
    gone, looks = one.gone, one.looks
    if check.outcome == "gone":
        passed = at - gone if gone is not None else timedelta(0)
        looks = sum(passed >= after for after in LOOK)
        gone = at if gone is None else gone
    elif state == "back":
        gone, looks = None, 0
    return replace(one, state=state, gone=gone, looks=looks, looked=at, seen=check.outcome)


def _to(one: Takedown, step: Step) -> TakedownState:
    return STEPS[one.state].get(step, one.state)


def _later(one: Takedown, at: datetime) -> datetime | None:
    return None if one.due is None else max(one.due, at + REMIND)
