"""Sign-ins of honest people: several devices, networks that change under a session, trips, new phones."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, Final

from benchmarks.peace.people import KEEPS, READS, RELEASES, Census, Device, Person
from benchmarks.peace.rates import DAY, rate
from nospim.drill.networks import Line
from nospim.events import (
    ContactsRead,
    ContactsReadData,
    SessionData,
    SessionOpened,
    SessionResumed,
    SignInFailed,
    SignInFailedData,
)

SITTING: Final = 1500.0
"""Seconds of quiet for which somebody stays on the same device and network."""

Emit = Callable[..., Any]
"""Lets an event happen: its class, when, who, its data."""


class SignIns:
    """Says from which session somebody writes; signs in, or resumes elsewhere, where that is due."""

    def __init__(self, census: Census, rng: Random, emit: Emit) -> None:
        self._census = census
        self._rng = rng
        self._emit = emit
        self._count = 0

    def session(self, person: Person, at: float) -> str:
        """The session that somebody uses now."""
        now = person.current
        if now is not None and now.session is not None and at - person.last < SITTING and at < now.until:
            person.last = now.last = at
            return now.session
        rng = self._rng
        fresh = False
        place = 0 if len(person.devices) == 1 or rng.random() < 0.65 else 1
        device = person.devices[place]
        if at >= device.until:
            device = person.devices[place] = self._census.device(device.kind, at)
            fresh = True
        line = self._line(person, device, at)
        if not person.settled and rng.random() < rate("borrowed"):
            device = self._census.device("desktop", at)
            line, fresh = self._census.nearby(person.college.country), True
        if device.session is None or at - device.last > KEEPS[device.kind]:
            self._open(person, device, line, at, fresh)
        elif line is not device.line and rng.random() < rate("resumed"):
            device.line = line
            self._emit(SessionResumed, at - 1.0, person.account, self._data(person, device, line, at))
        person.current = device
        person.last = device.last = at
        assert device.session is not None
        return device.session

    def _line(self, person: Person, device: Device, at: float) -> Line:
        rng = self._rng
        for begin, end, line in person.away:
            if begin <= at < end:
                return line
        if person.vpn is not None and rng.random() < 1 / 3:
            return person.vpn
        chance = rng.random()
        if device.kind == "phone" and chance < 0.4:
            return person.mobile
        return person.campus if chance > 0.75 else person.home

    def _open(self, person: Person, device: Device, line: Line, at: float, fresh: bool) -> None:
        rng = self._rng
        self._count += 1
        device.session = f"s{self._count:x}"
        device.line = line
        data = self._data(person, device, line, at)
        if rng.random() < rate("mistyped"):
            failed = SignInFailedData(
                ip=data.ip, asn=data.asn, country=data.country, device=data.device, client=data.client
            )
            self._emit(SignInFailed, at - 20.0, person.account, failed)
        self._emit(SessionOpened, at - 6.0, person.account, data)
        if fresh or rng.random() < READS[device.kind]:
            read = ContactsReadData(session=device.session, count=len(person.peers))
            self._emit(ContactsRead, at - 4.0, person.account, read)

    def _data(self, person: Person, device: Device, line: Line, at: float) -> SessionData:
        release = int((at + person.college.late) // RELEASES) % 1000
        assert device.session is not None
        return SessionData(
            session=device.session,
            ip=line.address(int(at // DAY), self._rng),
            asn=line.network.asn,
            country=line.network.country,
            device=device.ident,
            client=f"{device.client}/{release // 10}.{release % 10}",
            method="password",
        )
