"""What is remembered of one account: habits, sessions, relations, runs of sending and alarms."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

MAX_SESSIONS: Final = 8
"""Sessions remembered per account: people use two or three devices (WhatsApp allows five)."""
MAX_FEATURES: Final = 12
"""Devices, clients, networks... remembered per account, most recent first to stay."""
MAX_CONTACTS: Final = 1000
"""Contacts remembered per account (Windows Live Messenger allowed 1,000)."""
MAX_PEERS: Final = 256
"""Correspondents remembered per account."""
MAX_APPS: Final = 8
"""Apps remembered per account that may write in its name."""
MAX_GUESSES: Final = 8
"""Failed sign-ins remembered per account: more of them say no more."""
MAX_TIES: Final = 32
"""Correspondents remembered as those who answer, the oldest acquaintances to stay."""
MAX_VOUCHERS: Final = 4
"""Old correspondents remembered per session with whom it has talked."""
MAX_RUNS: Final = 8
"""Wordings and destinations of which an account's recipients are counted at a time."""
MAX_RUN_RECIPIENTS: Final = 64
"""Distinct recipients counted per run: beyond this the evidence no longer grows."""
MAX_RECEIVED: Final = 12
"""Links and bulk wordings received that are remembered for the chain lure, click, takeover, lure."""
MAX_DELIVERED: Final = 64
"""Delivered messages remembered per session so that they can be recalled."""


class Run(Struct, array_like=True):
    """One account sending one thing (a wording, fresh links, anything) to several people.

    fast: distinct recipients since the last pause of `signals.burst.PAUSE`; quick: how many of those
    followed another recipient's message within seconds; recipients: those of days.
    """

    last: float
    fast: int = 0
    quick: int = 0
    recipients: dict[int, float] = {}


class Session(Struct, array_like=True):
    """One sign-in: how it looked and what was done with it.

    odd: thousandths of a bit for "not the owner" from the sign-in itself; resumptions may raise it.
    shared: the same from the company it keeps (networks and clients of other odd sign-ins).
    clicked: the destination that was opened shortly before the sign-in, if any.
    alarm: highest score in thousandths of a bit that a stopped message of this session reached.
    doubts: messages that were warned of or held, weighed.
    vouchers: who knew the account before and has talked with it in this session.
    burnt: it came from an address from which a decoy was used.
    novel: signed in from a device that this account never used before.
    """

    opened: float
    odd: int | None = None
    shared: int = 0
    network: str | None = None
    asn: str | None = None
    country: str | None = None
    client: str | None = None
    device: str | None = None
    read: float | None = None
    clicked: str | None = None
    clicked_for: float = 0.0
    since: float = 0.0
    sent: int = 0
    alarm: int | None = None
    alarmed_at: float = 0.0
    doubts: int = 0
    acted: bool = False
    delivered: list[str] = []
    vouchers: list[int] = []
    burnt: bool = False
    novel: bool = False


class Features(Struct, array_like=True):
    """How often each value of a sign-in's features was the owner's."""

    devices: dict[str, int] = {}
    clients: dict[str, int] = {}
    networks: dict[str, int] = {}
    asns: dict[str, int] = {}
    countries: dict[str, int] = {}
    count: int = 0


class Account(Struct, array_like=True):
    """Everything the guard keeps of one account.

    ties: accounts with which it has exchanged messages or is on each other's lists, and since when.
    apps: those that may write in its name, each as if it were a session.  guesses: sign-ins that failed away
    from home, when and on what network.
    disguised: messages with letters disguised that passed; lately: those of this sitting, no habit yet.
    forgiven: reports of what was sent before that time do not count; the account was not its owner's.
    """

    number: int
    key: str
    created: float | None = None
    known: Features | None = None
    pending: dict[str, float] = {}
    sessions: dict[str, Session] = {}
    contacts: dict[int, None] = {}
    added_by: int = 0
    peers: dict[int, float] = {}
    runs: dict[str, Run] = {}
    received: dict[str, float] = {}
    clicks: dict[str, float] = {}
    habit_any: int = 0
    habit_same: int = 0
    sent: int = 0
    sent_links: int = 0
    first_sent: float | None = None
    strangers: int = 0
    alarm: int | None = None
    alarmed_at: float = 0.0
    acted: float | None = None
    reports_made: int = 0
    reporters: dict[int, float] = {}
    forgiven: float = 0.0
    apps: dict[str, Session] = {}
    guesses: list[tuple[float, str]] = []
    disguised: int = 0
    lately: int = 0
    lately_at: float = 0.0
    ties: dict[int, float] = {}
