"""When and how owners are signed in: which device, on which network, in which session."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from msgspec import Struct

from nospim.drill.chance import DAY, HOUR, MINUTE, between, stream
from nospim.drill.clock import Clock, Process
from nospim.drill.networks import Line
from nospim.drill.people import KEEPS, NEW_CLIENT, ROSTER_READS, Device, Person
from nospim.drill.plan import Plan
from nospim.drill.script import Script
from nospim.drill.society import Society
from nospim.events import (
    ContactsRead,
    ContactsReadData,
    Data,
    Event,
    SessionClosed,
    SessionClosedData,
    SessionData,
    SessionOpened,
    SessionResumed,
    SignInFailed,
    SignInFailedData,
)

SITTING = 25 * MINUTE
"""Shorter pauses than this keep somebody on the same device."""
RESUMES = 0.5
"""Share of changes of network that a server sees as a resumption (XEP-0198) and not as nothing."""
FRESH_DEVICE = DAY
"""For how long a replaced device counts as new in the truth."""


CLOSES = 0.6
"""Share of sessions that the service closes once they have been quiet for as long as they are kept."""

Post = Callable[[int, type[Event], Data, str], None]
"""Makes an event happen: when, of which type, with which data, about whom."""


class _Open(Struct):
    session: str
    device: Device
    since: int
    last: int
    address: str


class Presence:
    """The sessions of everybody, moved forward by asking for them in order of time."""

    def __init__(self, script: Script, society: Society, plan: Plan, post: Post, clock: Clock) -> None:
        self._script = script
        self._people = society.everybody
        self._plan = plan
        self._post = post
        self._clock = clock
        self._chances: dict[str, Random] = {}
        self._current: dict[str, _Open] = {}
        self._open: dict[str, _Open] = {}

    def latest(self, account: str, at: int) -> tuple[str, int]:
        """The session used last, which is the one that a thief of tokens would hold, and since when it is."""
        current = self._current.get(account)
        return (current.session, current.since) if current is not None else self.session(account, at)

    def session(self, account: str, at: int) -> tuple[str, int]:
        """The owner's session at a time, and since when it is: signs in, or resumes on another network.

        Times of one account may come a little out of order, by as much as a sign-in begins before its cue.
        """
        current = self._current.get(account)
        if current is not None and at - current.last < SITTING and at < current.device.until:
            current.last = max(current.last, at)
            return current.session, current.since
        person = self._people[account]
        device = self._device(person, at)
        opened = self._open.get(device.id)
        if opened is not None and at - opened.last < KEEPS[device.kind]:
            self._move(person, opened, at)
        else:
            opened = self._sign_in(person, device, at)
        self._current[account] = opened
        return opened.session, opened.since

    def forget(self, account: str, session: str | None) -> list[str]:
        """The service ended a session, or all of an account: its owner must sign in again.

        Returns the sessions of the owner's that were open.
        """
        devices = [device.id for device in self._people[account].devices] if account in self._people else []
        ended = []
        for device in devices:
            opened = self._open.get(device)
            if opened is not None and session in (None, opened.session):
                del self._open[device]
                ended.append(opened.session)
        current = self._current.get(account)
        if current is not None and current.session in ended:
            del self._current[account]
        return ended

    def oddity(self, account: str, at: int) -> str | None:
        """What makes the owner's present session look like a stranger's, if anything does."""
        person, current = self._people[account], self._current.get(account)
        for start, end, _, why in person.trips:
            if start <= at < end and (why == "travel" or at - start < FRESH_DEVICE):
                return why
        if current is None or current.device.since == person.created:
            return None
        if at - current.device.since >= FRESH_DEVICE:
            return None
        return "migration" if current.device.client == NEW_CLIENT else "new_phone"

    def _device(self, person: Person, at: int) -> Device:
        usable = [d for d in person.devices if d.since <= at < d.until]
        if len(usable) == 1:
            return usable[0]
        return self._chance(person).choices(usable, [d.weight for d in usable])[0]

    def _chance(self, person: Person) -> Random:
        """One generator each, so that what happens to one person does not change another's days."""
        if person.account not in self._chances:
            self._chances[person.account] = stream(self._plan.seed, f"presence/{person.account}")
        return self._chances[person.account]

    def _line(self, person: Person, device: Device, at: int) -> Line:
        for start, end, line, _ in person.trips:
            if start <= at < end:
                return line
        rng = self._chance(person)
        hour = (at // HOUR + person.offset) % 24
        working = 9 <= hour < 17 and at // DAY % 7 not in (2, 3)  # 1 January 1970 was a Thursday
        if working and person.office is not None and rng.random() < 0.7:
            return person.office
        return person.mobile if device.kind == "phone" and rng.random() < 0.5 else person.home

    def _move(self, person: Person, opened: _Open, at: int) -> None:
        rng = self._chance(person)
        line = self._line(person, opened.device, at)
        address = line.address(at // DAY, rng)
        if address != opened.address and rng.random() < RESUMES:
            when = max(opened.last + 1, at - between(rng, 1, 40))
            data = SessionData(
                session=opened.session,
                ip=address,
                asn=line.network.asn,
                country=line.network.country,
                device=opened.device.id,
                client=opened.device.client,
            )
            self._post(when, SessionResumed, data, person.account)
            opened.address = address
        opened.last = at

    def _sign_in(self, person: Person, device: Device, at: int) -> _Open:
        rng = self._chance(person)
        line = self._line(person, device, at)
        when = max(self._clock.now, at - between(rng, 4, 90))
        opened = _Open(f"s-{self._script.mint()}", device, when, at, line.address(at // DAY, rng))
        where = {
            "ip": opened.address,
            "country": line.network.country,
            "device": device.id,
            "client": device.client,
        }
        if rng.random() < self._plan.failed_sign_ins:
            failed = SignInFailedData(**where, asn=line.network.asn, reason="wrong_password")
            self._post(when - between(rng, 3, 30), SignInFailed, failed, person.account)
        data = SessionData(session=opened.session, asn=line.network.asn, method="password", **where)
        self._post(when, SessionOpened, data, person.account)
        if rng.random() < ROSTER_READS[device.kind]:
            read = ContactsReadData(session=opened.session, count=len(person.contacts))
            self._post(when + between(rng, 0.1, 2.5), ContactsRead, read, person.account)
        self._open[device.id] = opened
        if rng.random() < CLOSES:
            self._clock.start(self._close(person, opened), at + KEEPS[device.kind])
        return opened

    def _close(self, person: Person, opened: _Open) -> Process:
        """The service closes a session that has been quiet for as long as it is kept."""
        keeps = KEEPS[opened.device.kind]
        while self._clock.now < opened.last + keeps:
            yield opened.last + keeps
        if self.forget(person.account, opened.session):
            closed = SessionClosedData(session=opened.session)
            self._post(self._clock.now, SessionClosed, closed, person.account)
