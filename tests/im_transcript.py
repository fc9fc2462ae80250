"""Writes short event logs the way a person would tell them, and lets a guard read them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from nospim import events
from nospim.actions import Action
from nospim.engine import Engine, Outcome
from nospim.verdicts import Resolution, Verdict

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SOURCE = "xmpp://im.example"
HOME = {"ip": "198.51.100.7", "asn": 64500, "country": "NL", "device": "phone", "client": "Dino/0.4"}
THIEF = {"ip": "203.0.113.9", "asn": 64666, "country": "SC", "device": "box", "client": "Bot/1.0"}


class Transcript:
    """Events in the order told; `now` is seconds after the start."""

    def __init__(self) -> None:
        self.now = 0.0
        self.lines: list[bytes] = []
        self._ids = 0

    def tell(self, kind: str, who: str, **data: Any) -> str:
        """Add an event of type ``im.<kind>`` by `who`; returns its id."""
        self._ids += 1
        ident = f"e{self._ids}"
        when = (START + timedelta(seconds=self.now)).isoformat().replace("+00:00", "Z")
        event = {"specversion": "1.0", "id": ident, "source": SOURCE, "type": f"im.{kind}"}
        self.lines.append(json.dumps({**event, "time": when, "subject": who, "data": data}).encode())
        return ident

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def friends(self, who: str, *others: str) -> None:
        """Put people on each other's lists."""
        for other in others:
            self.tell("contact.added", who, contact=other)
            self.tell("contact.added", other, contact=who)

    def life(self, who: str, friend: str, days: int = 12) -> None:
        """Let somebody live a quiet life from home: a sign-in a day, and talk with a friend."""
        for day in range(days):
            session = f"{who}-{day}-{self._ids}"
            self.tell("session.opened", who, session=session, **HOME)
            for n in range(3):
                self.wait(30)
                self.tell("message.sent", who, to=[friend], text=f"see you {day} o {n}", session=session)
            self.wait(86400 - 90)

    def say(self, who: str, to: str, text: str | None, session: str | None = None, **more: Any) -> str:
        """Send a direct message; returns its id."""
        data: dict[str, Any] = {"to": [to], **more}
        if text is not None:
            data["text"] = text
        if session is not None:
            data["session"] = session
        return self.tell("message.sent", who, **data)

    def steal(self, who: str, session: str = "stolen", read: int | None = 40) -> None:
        """Let a thief sign in as `who` and read the contact list."""
        self.tell("session.opened", who, session=session, **THIEF)
        if read is not None:
            self.wait(10)
            self.tell("contacts.read", who, session=session, count=read)
        self.wait(20)

    @property
    def events(self) -> list[events.AnyEvent]:
        """What was told, decoded."""
        return [events.decode(line) for line in self.lines]


class Heard:
    """What a guard made of a transcript."""

    def __init__(self, told: Transcript, engine: Engine | None = None) -> None:
        self.engine = engine or Engine()
        self.outcomes: list[Outcome] = [self.engine.step(e) for e in told.events]
        self.outcomes.append(self.engine.finish())

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """Verdicts by message id."""
        return {o.verdict.id: o.verdict for o in self.outcomes if o.verdict is not None}

    @property
    def actions(self) -> list[Action]:
        """Everything asked for, in order."""
        return [a for o in self.outcomes for a in o.actions]

    @property
    def resolutions(self) -> dict[str, Resolution]:
        """Ends of holds by message id."""
        return {r.id: r for o in self.outcomes for r in o.resolutions}

    def reason(self, message: str, signal: str) -> float | None:
        """The bits that a signal gave to a message, None if it said nothing."""
        return next((r.bits for r in self.verdicts[message].reasons if r.signal == signal), None)
