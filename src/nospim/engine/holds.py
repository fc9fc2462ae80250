"""Held messages: placed, and ended by what comes next or by time, whichever is first."""

from __future__ import annotations

import math
from typing import Final, Literal

from nospim.engine.room import Room
from nospim.engine.times import moment
from nospim.memory import Hold
from nospim.signals import sign_in
from nospim.signals.interface import View
from nospim.verdicts import Resolution

MAX_HOLDS: Final = 10_000
"""Messages that wait at a time; beyond this the oldest is released, so that a flood cannot fill memory."""


def place(room: Room, view: View, source: str, message: str, session: str | None) -> None:
    """Let a message wait."""
    holds = room.memory.holds
    if len(holds) >= MAX_HOLDS:
        first = next(iter(holds))
        _end(room, holds.pop(first), view.at, "release", "too many messages wait")
    deadline = view.at + room.policy.hold.seconds
    room.soonest, room.newest = min(room.soonest, deadline), max(room.newest, view.at)
    holds[f"{source} {message}"] = Hold(
        source=source,
        message=message,
        account=view.key,
        session=session,
        at=view.at,
        deadline=deadline,
        destinations=tuple(n for n, _ in view.destinations),
        wording=view.wording[0] if view.wording is not None else None,
    )


def drop_like(room: Room, view: View, message: str, session: str | None) -> None:
    """A message was blocked: drop what waits from the same hand, and the same thing from others.

    All that a strange session sent is the thief's, wherever it leads.  From the owner's own session, what
    leads elsewhere may be his: a worm writes beside him.  That waits on, and its time releases it.
    """
    holds = room.memory.holds
    if not holds:
        return
    names = {n for n, _ in view.destinations}
    wording = view.wording[0] if view.wording is not None else None
    thief = view.session is not None and view.strange >= sign_in.ODD
    for name in list(holds):
        hold = holds[name]
        if hold.deadline < view.at:
            continue  # its time was over before, though no event has told the clock
        same_hand = hold.account == view.key and hold.session == session
        same_thing = bool(names.intersection(hold.destinations)) or (
            hold.wording is not None and hold.wording == wording
        )
        if same_thing or (same_hand and (thief or not hold.destinations)):
            del holds[name]
            _end(room, hold, view.at, "drop", f"{message} of the same effort was blocked")


def drop_place(room: Room, destination: str, at: float, cause: str) -> None:
    """A page proved to be a lure's: drop what waits with a link there."""
    holds = room.memory.holds
    for name in [n for n, hold in holds.items() if destination in hold.destinations]:
        _end(room, holds.pop(name), at, "drop", cause)


def release_plain(room: Room, destination: str, at: float) -> None:
    """A capture found a page that asks for nothing: release what waited for that alone.

    A message waits on where another of its links is not known yet, or its session was alarmed or is strange:
    a thief's page may show a capture a harmless face, and what he does next would be missed.
    """
    holds, memory = room.memory.holds, room.memory
    for name in [n for n, hold in holds.items() if destination in hold.destinations]:
        hold = holds[name]
        places = [memory.destinations.get(name) for name in hold.destinations]
        pages = [None if place is None else place.page for place in places]
        account = memory.accounts.get(hold.account)
        session = None if account is None or hold.session is None else account.sessions.get(hold.session)
        alarmed = session is not None and (
            session.alarm is not None or sign_in.strangeness(session, at) >= sign_in.ODD
        )
        if not alarmed and all(page is not None and page.millibits == 0 for page in pages):
            _end(room, holds.pop(name), at, "release", "the page behind its link asks for nothing")


def drop_of(room: Room, account: str, at: float) -> None:
    """Drop what waits from an account that was closed."""
    held = room.memory.holds
    for name in [n for n, hold in held.items() if hold.account == account]:
        _end(room, held.pop(name), at, "drop", "the account was disabled")


def settle(room: Room, now: float) -> None:
    """End the holds whose time is over: nothing more came, so they are released.

    A hold from the future of a clock that was set back ends as well.  After a silence the clock lags by a few
    events, so a hold is from the future only when none of the clock's latest events comes near it.
    """
    holds = room.memory.holds
    latest = room.memory.clock.latest + 10 * room.policy.hold.seconds
    if now < room.soonest and room.newest <= latest:
        return  # thousands may wait, and each event asks
    due = [name for name, h in holds.items() if h.deadline <= now or h.at > latest]
    for name in due:
        hold = holds.pop(name)
        _end(room, hold, hold.deadline, "release", "nothing more came within the time of a hold")
    room.soonest = min((h.deadline for h in holds.values()), default=math.inf)
    room.newest = max((h.at for h in holds.values()), default=-math.inf)


def due(room: Room, now: float) -> bool:
    """Whether the time of a hold is over."""
    return any(h.deadline <= now for h in room.memory.holds.values())


def _end(room: Room, hold: Hold, at: float, outcome: Literal["release", "drop"], cause: str) -> None:
    delay = max(0.0, min(at, hold.deadline) - hold.at)
    room.out.resolutions.append(
        Resolution(
            id=hold.message,
            source=hold.source,
            at=moment(hold.at + delay),
            outcome=outcome,
            delay_s=round(delay, 3),
            cause=cause,
        )
    )
