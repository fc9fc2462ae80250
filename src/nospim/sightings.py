"""What the guard hands to the casework: judged things, in event order, with what they join by.

The engine yields sightings; the casework reads them.  Neither imports the other, so this module
is all that they share.  Accounts and messages are named by `events.key` ("<source> <id>"), times
are seconds since the Unix epoch (event time), bits are thousandths of a bit.
"""

from __future__ import annotations

from msgspec import Struct

from nospim.verdicts import Rung


class MessageSeen(Struct, frozen=True, kw_only=True, tag="message", array_like=True):
    """One accepted message and its verdict.

    destinations: where its links lead, as join keys: a registrable domain ("example.org"), or, for a
    shortener or a host where anyone may publish, the host with its path ("bit.ly/x").
    common: how many of the destinations were popular on this service or in general when seen; such a
    destination joins nothing.
    wording: name of the group of near-duplicate wordings it fell into, None without usable text.
    oddness: how unlike the owner the session's sign-in was; None when there is no sign-in to judge.
    burst: distinct recipients that this account wrote this wording or destination to within the last
    hour, this message included.
    text: the message as received, only where the score is at least that of a warning.
    """

    message: str
    account: str
    at: float
    to: tuple[str, ...]
    action: Rung
    bits: int
    destinations: tuple[str, ...]
    common: tuple[str, ...]
    links: tuple[str, ...]
    wording: str | None
    session: str | None
    session_opened: float | None
    network: str | None
    client: str | None
    oddness: int | None
    burst: int
    account_age: float | None
    account_created: float | None
    own_contacts: int
    text: str | None
    group: bool = False


class SignInSeen(Struct, frozen=True, kw_only=True, tag="sign_in", array_like=True):
    """A sign-in or resumption that was unlike the owner, or an account's first."""

    account: str
    session: str
    at: float
    network: str | None
    country: str | None
    client: str | None
    device: str | None
    oddness: int
    resumed: bool
    contacts_read: int | None = None


class ClickSeen(Struct, frozen=True, kw_only=True, tag="click", array_like=True):
    """Somebody opened a link; `message` is the message it came in, where known."""

    account: str
    at: float
    message: str | None
    destinations: tuple[str, ...]


class ReportSeen(Struct, frozen=True, kw_only=True, tag="report", array_like=True):
    """A recipient reported a message (reports of others' mail are not passed on)."""

    reporter: str
    accused: str
    message: str
    at: float
    reason: str | None


class DecoySeen(Struct, frozen=True, kw_only=True, tag="decoy", array_like=True):
    """Somebody tried to sign in with credentials that only a lure's page was given.

    decoy: SHA-256 (hex) of the account name.  destination: whose page took it, None where that is not known.
    """

    at: float
    source: str
    decoy: str
    destination: str | None
    network: str | None
    client: str | None


Sighting = MessageSeen | SignInSeen | ClickSeen | ReportSeen | DecoySeen
