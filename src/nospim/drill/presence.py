"""When and how owners are signed in: which device, on which network, in which session."""

from __future__ import annotations

from random import Random

from msgspec import Struct

from nospim.drill.chance import DAY, HOUR, MINUTE, between
from nospim.drill.networks import Line
from nospim.drill.people import KEEPS, ROSTER_READS, Device, Person
from nospim.drill.plan import Plan
from nospim.drill.script import Script
from nospim.drill.society import Society
from nospim.drill.truth import event_of
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


class _Open(Struct):
    session: str
    device: Device
    last: int
    address: str


class Presence:
    """The sessions of everybody, moved forward by asking for them in order of time."""

    def __init__(self, script: Script, society: Society, plan: Plan, rng: Random) -> None:
        self.out: list[tuple[int, Event]] = []
        self._script = script
        self._people = society.everybody
        self._plan = plan
        self._rng = rng
        self._current: dict[str, _Open] = {}
        self._open: dict[str, _Open] = {}

    def latest(self, account: str) -> str | None:
        """The session used last, which is the one that a thief of tokens would hold."""
        current = self._current.get(account)
        return current.session if current else None

    def session(self, account: str, at: int) -> str:
        """The owner's session at a time; signs in, or resumes on another network, where needed."""
        current = self._current.get(account)
        if current is not None and at - current.last < SITTING and at < current.device.until:
            current.last = max(current.last, at)
            return current.session
        person = self._people[account]
        device = self._device(person, at)
        opened = self._open.get(device.id)
        if opened is not None and at - opened.last < KEEPS[device.kind]:
            self._move(person, opened, at)
        else:
            opened = self._sign_in(person, device, at, opened)
        self._current[account] = opened
        return opened.session

    def oddity(self, account: str, at: int) -> str | None:
        """What makes the owner's present session look like a stranger's, if anything does."""
        person, current = self._people[account], self._current.get(account)
        if any(start <= at < end for start, end, _ in person.trips):
            return "travel"
        if current is None or current.device.since == person.created:
            return None
        return "new_phone" if at - current.device.since < FRESH_DEVICE else None

    def _device(self, person: Person, at: int) -> Device:
        usable = [d for d in person.devices if d.since <= at < d.until]
        if len(usable) == 1:
            return usable[0]
        return self._rng.choices(usable, [d.weight for d in usable])[0]

    def _line(self, person: Person, device: Device, at: int) -> Line:
        for start, end, line in person.trips:
            if start <= at < end:
                return line
        hour = (at // HOUR + person.offset) % 24
        working = 9 <= hour < 17 and at // DAY % 7 not in (2, 3)  # 1 January 1970 was a Thursday
        if working and person.office is not None and self._rng.random() < 0.7:
            return person.office
        return person.mobile if device.kind == "phone" and self._rng.random() < 0.5 else person.home

    def _move(self, person: Person, opened: _Open, at: int) -> None:
        line = self._line(person, opened.device, at)
        address = line.address(at // DAY, self._rng)
        if address != opened.address and self._rng.random() < RESUMES:
            when = max(opened.last + 1, at - between(self._rng, 1, 40))
            data = SessionData(
                session=opened.session,
                ip=address,
                asn=line.network.asn,
                country=line.network.country,
                device=opened.device.id,
                client=opened.device.client,
            )
            self._emit(when, SessionResumed, person, data)
            opened.address = address
        opened.last = at

    def _sign_in(self, person: Person, device: Device, at: int, before: _Open | None) -> _Open:
        rng = self._rng
        if before is not None and rng.random() < 0.6:
            ended = min(before.last + between(rng, 60, 1800), at - 120_000)
            self._emit(
                max(before.last, ended), SessionClosed, person, SessionClosedData(session=before.session)
            )
        line = self._line(person, device, at)
        when = at - between(rng, 4, 90)
        opened = _Open(f"s-{self._script.mint()}", device, at, line.address(at // DAY, rng))
        where = {
            "ip": opened.address,
            "country": line.network.country,
            "device": device.id,
            "client": device.client,
        }
        if rng.random() < self._plan.failed_sign_ins:
            failed = SignInFailedData(**where, asn=line.network.asn, reason="wrong_password")
            self._emit(when - between(rng, 3, 30), SignInFailed, person, failed)
        data = SessionData(session=opened.session, asn=line.network.asn, method="password", **where)
        self._emit(when, SessionOpened, person, data)
        if rng.random() < ROSTER_READS[device.kind]:
            read = ContactsReadData(session=opened.session, count=len(person.contacts))
            self._emit(when + between(rng, 0.1, 2.5), ContactsRead, person, read)
        self._open[device.id] = opened
        return opened

    def _emit(self, at: int, event: type[Event], person: Person, data: Data) -> None:
        made = event_of(
            event, data, service=self._plan.service, ident=self._script.mint(), at=at, subject=person.account
        )
        self.out.append((at, made))
