"""What a drill is to contain: the plan, with its defaults and the names that it may use."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from nospim.drill.parameters import Conduct

TACTICS: Final = (
    "classic", "roster_order", "rotating", "slow", "conversational", "obfuscated", "proxy", "fresh",
    "nolink", "worm", "token", "scrape_only",
)  # fmt: skip
"""The ways in which a drill's thieves work; what each means is in `parameters.TACTIC`."""

CONTROLS: Final = (
    "invite", "new_number", "holiday", "viral", "shop", "club", "fundraising", "new_phone", "travel",
    "support", "app", "newcomer", "apology", "quoting",
)  # fmt: skip
"""Benign things that look like spim; each is counted on its own when a scan is scored."""

RANGE_TACTICS: Final = (
    "slow_days", "few", "spun", "unique", "published", "shortened", "pieces", "picture", "moved", "poisoned",
    "companion", "harvested", "framing", "rooms", "redirected", "file", "sprayed",
)  # fmt: skip
"""More tactics, for the attacker's range: in a plan only where they are named."""

RANGE_CONTROLS: Final = ("chain", "news", "emergency", "election", "migration", "carrier", "brigaded")
"""More look-alikes, in a plan only where they are named."""

MAX_ACCOUNTS: Final = 20_000
"""A drill is held in memory: 20,000 accounts are about 5 GB at the default rates."""
MAX_DAYS: Final = 366
MIN_ACCOUNTS: Final = 40
"""Below this there are too few contacts for one hijacked friend to reach another."""
MIN_DAYS: Final = 3

FIRST_DAY: Final = datetime(2026, 1, 12, tzinfo=UTC)
"""A Monday, so that the weekends of two worlds of the same length agree."""

SHARES: Final = (
    "warm_up", "groups", "edits", "edited_lures", "encrypted", "receipts", "failed_sign_ins", "recovered",
    "repeats", "late", "well_known", "federated", "broken", "files",
    "captures", "decoys",
)  # fmt: skip
"""Fields of a plan that are shares, from 0 to 1."""


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides a drill: the same plan gives the same world, byte for byte.

    start: the first instant of chat; sign-ups and contact lists lie before it.
    tactics: one campaign each, in this order of names, not of time; a name may come twice.
    chat_per_day: messages that an average account writes a day.
    warm_up: share of the days that pass before the first campaign, so that habits are known.
    repeats, late: shares of lines that are written twice, and that come some seconds late.
    well_known: share of links in chat that lead to well-known sites, where thieves may publish, too.
    seeds: accounts that a campaign starts from, bought or phished elsewhere.  reseed: more are bought when
    a campaign has come to a stop short of `hijacked_per_campaign`.
    federated: share of people who are on another service, `partner`, and chat with those at home.
    broken: lines that are no events, or of unknown types, for each one that is.
    files: share of messages in chat that bring a picture, a voice or a document.
    captures: share of links new to the service behind which the operator looks.
    decoys: share of campaigns whose page is given a decoy.
    conduct: how people and thieves answer a guard, and what a sweep turns.
    Raises ValueError when a name is unknown or a number is out of bounds.
    """

    seed: int = 1
    accounts: int = 400
    days: int = 14
    start: datetime = FIRST_DAY
    service: str = "chat.example"
    tactics: tuple[str, ...] = TACTICS
    controls: tuple[str, ...] = CONTROLS
    hijacked_per_campaign: int = 14
    fakes_per_campaign: int = 8
    operators: int = 4
    canaries: int = 2
    chat_per_day: float = 4.0
    warm_up: float = 0.35
    groups: float = 0.04
    edits: float = 0.01
    edited_lures: float = 0.04
    encrypted: float = 0.01
    receipts: float = 0.0
    failed_sign_ins: float = 0.02
    recovered: float = 0.35
    repeats: float = 0.0003
    late: float = 0.015
    well_known: float = 0.0
    federated: float = 0.0
    partner: str = "talk.example"
    broken: float = 0.0
    files: float = 0.0
    captures: float = 0.0
    decoys: float = 0.0
    seeds: int = 2
    reseed: bool = True
    conduct: Conduct = Conduct()

    def __post_init__(self) -> None:
        _known("tactic", self.tactics, (*TACTICS, *RANGE_TACTICS))
        _known("look-alike", self.controls, (*CONTROLS, *RANGE_CONTROLS))
        _within("accounts", self.accounts, MIN_ACCOUNTS, MAX_ACCOUNTS)
        _within("days", self.days, MIN_DAYS, MAX_DAYS)
        _within("hijacked per campaign", self.hijacked_per_campaign, 1, self.accounts)
        _within("fakes per campaign", self.fakes_per_campaign, 1, self.accounts)
        _within("operators", self.operators, 1, 64)
        _within("seeds", self.seeds, 1, self.accounts)
        _within("canaries", self.canaries, 0, 64)
        for share in SHARES:
            value = getattr(self, share)
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{share.replace('_', ' ')} is {value}; give 0 to 1")
        for name in (self.service, self.partner):
            if not name or any(c.isspace() or c == "@" for c in name):
                raise ValueError(f"service is {name!r}; give a host name, as chat.example")
        if self.federated and self.partner == self.service:
            raise ValueError(f"both services are called {self.service!r}; give the partner another name")
        if not 0.0 < self.chat_per_day <= 200.0:
            raise ValueError(f"chat per day is {self.chat_per_day}; give more than 0 and at most 200")
        if self.start.tzinfo is None:
            raise ValueError("the start has no time zone; write it with Z or an offset")

    @property
    def start_ms(self) -> int:
        """The first instant of chat, in milliseconds since the Unix epoch."""
        return int(self.start.timestamp()) * 1000

    @property
    def end_ms(self) -> int:
        """The instant after the last day, in milliseconds since the Unix epoch."""
        return self.start_ms + self.days * 86_400_000


def demo_plan() -> Plan:
    """The fixed small world that `nospim demo` shows."""
    return Plan(
        seed=2009,
        accounts=300,
        days=10,
        tactics=("classic", "worm", "nolink", "rotating", "fresh"),
        hijacked_per_campaign=12,
        fakes_per_campaign=6,
        operators=3,
        chat_per_day=3.0,
    )


def _known(what: str, names: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    for name in names:
        if name not in allowed:
            raise ValueError(f"there is no {what} {name!r}; there are: {', '.join(allowed)}")


def _within(what: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"{what} is {value}; give {low} to {high}")
