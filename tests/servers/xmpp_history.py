"""A past for the people of a test: weeks of sign-ins from home, contacts, and everyday talk, as events."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from xmpp_people import home_of

DAYS: Final = 20
SAYINGS: Final = (
    "are you coming on {day}?",
    "the train is late again, start without me",
    "thanks for the book, I am on page {n}",
    "dinner at {n} past seven?",
    "did you see the garden after the rain",
    "my mother says hello",
    "the meeting moved to {day}",
    "I left my umbrella at yours",
    "how was the exam?",
    "call me when you are home",
)
WEEK: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def past(
    friends: Mapping[str, Sequence[str]], source: str, host: str = "localhost", client: str = "desk"
) -> list[dict[str, Any]]:
    """Events of the last weeks, oldest first.  friends: who has whom as a contact, by name.

    client: the resource that everybody's own program takes, as `xmpp_people.people` does.
    """
    chance = random.Random("past")
    now = datetime.now(UTC)
    events: list[tuple[datetime, str, str, dict[str, Any]]] = []
    for name, contacts in friends.items():
        account = f"{name}@{host}"
        born = now - timedelta(days=DAYS + 300, minutes=chance.randrange(1000))
        events.append((born, "im.account.created", account, {}))
        for contact in contacts:
            events.append(
                (born + timedelta(hours=1), "im.contact.added", account, {"contact": f"{contact}@{host}"})
            )
        for day in range(DAYS, 0, -1):
            at = now - timedelta(days=day, minutes=chance.randrange(600))
            session = f"past-{name}-{day}"
            device = {"device": client, "client": client, "ip": home_of(name), "method": "SCRAM-SHA-1"}
            events.append((at, "im.session.opened", account, {"session": session, **device}))
            for _ in range(2 if contacts else 0):
                at += timedelta(minutes=chance.randrange(1, 20))
                text = chance.choice(SAYINGS).format(day=chance.choice(WEEK), n=chance.randrange(5, 60))
                to = [f"{chance.choice(contacts)}@{host}"]
                said = {"to": to, "kind": "direct", "text": text, "session": session}
                events.append((at, "im.message.sent", account, said))
    events.sort(key=lambda event: event[0])
    return [
        {
            "specversion": "1.0",
            "source": source,
            "id": f"past-{number}",
            "time": at.isoformat(),
            "type": kind,
            "subject": subject,
            "data": data,
        }
        for number, (at, kind, subject, data) in enumerate(events)
    ]
