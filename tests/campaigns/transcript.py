"""Test only: short transcripts of sightings, written as a story of who sent what to whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from nospim.sightings import ClickSeen, MessageSeen, ReportSeen, Sighting, SignInSeen
from nospim.verdicts import Rung

SOURCE = "xmpp://im.example"
START = 1_770_000_000.0
MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0


def name(ident: str) -> str:
    """The key of an account or message of the one source."""
    return f"{SOURCE} {ident}"


class Transcript:
    """Sightings in order; times are seconds after `START`."""

    def __init__(self) -> None:
        self.sightings: list[Sighting] = []
        self._sent = 0

    def read(self) -> Iterator[Sighting]:
        """A fresh reading in order of time."""
        return iter(sorted(self.sightings, key=lambda seen: seen.at))

    def send(self, sender: str, to: str, at: float, action: Rung = "allow", **more: Any) -> str:
        """One message; returns its id."""
        self._sent += 1
        ident = f"m{self._sent}"
        fields: dict[str, Any] = {
            "destinations": (),
            "common": (),
            "links": tuple(f"https://{d}/" for d in more.get("destinations", ())),
            "wording": None,
            "session": f"home-{sender}",
            "session_opened": None,
            "network": None,
            "client": "Pidgin",
            "oddness": 0,
            "burst": 1,
            "account_age": 900 * DAY,
            "account_created": None,
            "own_contacts": 20,
            "text": None,
        }
        fields.update(more)
        seen = MessageSeen(
            message=name(ident),
            account=name(sender),
            at=START + at,
            to=(name(to),),
            action=action,
            bits=8000 if action in ("hold", "block") else -8000,
            **fields,
        )
        self.sightings.append(seen)
        return ident

    def chat(self, a: str, b: str, at: float, **more: Any) -> None:
        """An honest exchange, without link or noteworthy wording."""
        self.send(a, b, at, **more)
        self.send(b, a, at + 10, **more)

    def burst(
        self, sender: str, to: Sequence[str], at: float, action: Rung = "block", **more: Any
    ) -> list[str]:
        """The same to many people, ten seconds apart, the first one let through; returns the ids."""
        first = self.send(sender, to[0], at, "allow", **more)
        return [
            first,
            *(self.send(sender, other, at + 10 * n, action, **more) for n, other in enumerate(to[1:], 1)),
        ]

    def thief(
        self, account: str, at: float, network: str | None = "198.51.100.0/24", **more: Any
    ) -> dict[str, Any]:
        """A strange sign-in; returns the fields that messages of its session have."""
        fields: dict[str, Any] = {
            "session": f"thief-{account}-{at:.0f}",
            "network": network,
            "client": "Tool/1",
        }
        fields.update(more)
        self.sightings.append(
            SignInSeen(
                account=name(account),
                session=fields["session"],
                at=START + at,
                network=network,
                country="NL",
                client=fields["client"],
                device=None,
                oddness=7000,
                resumed=False,
            )
        )
        return {**fields, "oddness": 7000, "session_opened": START + at}

    def click(self, account: str, message: str | None, at: float, destinations: tuple[str, ...] = ()) -> None:
        """Somebody opens a link."""
        self.sightings.append(
            ClickSeen(
                account=name(account),
                at=START + at,
                message=name(message) if message else None,
                destinations=destinations,
            )
        )

    def report(self, reporter: str, accused: str, message: str, at: float) -> None:
        """A recipient complains."""
        self.sightings.append(
            ReportSeen(
                reporter=name(reporter),
                accused=name(accused),
                message=name(message),
                at=START + at,
                reason="spim",
            )
        )


def people(prefix: str, count: int) -> list[str]:
    """So many names."""
    return [f"{prefix}{number}" for number in range(count)]
