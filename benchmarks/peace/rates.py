"""How often honest people do what looks like an attack: every rate of the benign world, with its reason."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

DAY: Final = 86400.0
HOUR: Final = 3600.0
MONTH: Final = 30 * DAY
YEAR: Final = 365 * DAY

KINDS: Final = (
    "talk",
    "talk with a link",
    "invitation",
    "new number",
    "holiday",
    "chain letter",
    "viral link",
    "fundraising",
    "club",
    "shop",
    "help desk",
)
"""Kinds of message; all but the first two are one thing sent to many, or to strangers."""
TALK: Final = frozenset(KINDS[:2])


class Rate(Struct, frozen=True):
    """One habit of the world.  value: in `unit`; reason: where it comes from."""

    value: float
    unit: str
    what: str
    reason: str


ACCOUNT_MONTH: Final = "per account and month"
ACCOUNT_YEAR: Final = "per account and year"

RATES: Final[dict[str, Rate]] = {
    "invitation": Rate(0.03, ACCOUNT_MONTH, "invites up to 30 contacts, half with a link", "one in 3 years"),
    "new number": Rate(0.01, ACCOUNT_MONTH, "tells all contacts a new number", "number kept about 8 years"),
    "chain letter": Rate(0.004, ACCOUNT_MONTH, "starts a chain letter", "one account in 20 a year"),
    "viral link": Rate(0.004, ACCOUNT_MONTH, "starts a link on its way", "as chain letters"),
    "fundraising": Rate(0.004, ACCOUNT_MONTH, "asks up to 60 contacts for money, with a link", "as above"),
    "holiday": Rate(0.25, "of accounts, every 60 days", "wishes up to 30 contacts well", "six feasts a year"),
    "pass on": Rate(
        0.1,
        "of recipients",
        "passes a viral link or chain letter on; exponential, at most 0.4",
        "most die out",
    ),
    "clubs": Rate(3, "per 1,899 accounts", "a bulletin to 15 to 100 members every week", "assumed"),
    "shops": Rate(1, "per 1,899 accounts", "an offer to 40 to 300 customers every 5 days", "assumed"),
    "subscribers": Rate(0.8, "of members", "has the club or shop as a contact", "assumed"),
    "desks": Rate(1, "per 1,899 accounts", "answers a stranger with a link, once a day", "assumed"),
    "new phone": Rate(0.4, ACCOUNT_YEAR, "replaces a device", "phones are kept 2 to 3 years"),
    "trip": Rate(2.0, ACCOUNT_YEAR, "travels 2 to 12 days", "assumed"),
    "abroad": Rate(0.4, "of trips", "leads to another country", "assumed"),
    "borrowed": Rate(0.003, "of sign-ins", "is made on somebody else's machine", "assumed"),
    "vpn": Rate(0.03, "of accounts", "signs in through a hosting network, one time in three", "assumed"),
    "online": Rate(0.4, "per account and day", "is online without writing", "clients start with the machine"),
    "mistyped": Rate(0.03, "of sign-ins", "fails first", "assumed"),
    "resumed": Rate(0.5, "of changes of network", "is seen as a resumption", "XEP-0198 clients"),
    "password": Rate(0.5, ACCOUNT_YEAR, "changes the password", "assumed"),
    "newcomers": Rate(
        0.3,
        "of accounts",
        "is created just before it is first met; the others are online for weeks before",
        "assumed",
    ),
    "friends": Rate(0.4, "of pairs that talk", "are contacts from the start", "assumed"),
    "added": Rate(0.35, "of pairs that talk", "become contacts at their first message", "assumed"),
    "linkers": Rate(0.5, "of accounts", "sends links, in 8 % of messages on average", "assumed, heavy tail"),
    "shared on": Rate(0.4, "of links", "was shared here before", "popularity feeds itself"),
    "opened": Rate(0.35, "of links received", "is opened", "assumed"),
    "reported": Rate(5e-5, "of messages talked", "is reported by mistake or in a quarrel", "assumed"),
    "unloved": Rate(2e-3, "of messages sent round", "is reported as spam", "assumed"),
    "pictures": Rate(0.02, "of messages talked", "carries a picture", "assumed"),
    "in a group": Rate(0.3, "of rounds", "goes out as one message to all", "assumed"),
}
"""The benign world's table: read by the code that makes it, and printed in the documentation."""


def rate(name: str) -> float:
    """The value of one rate."""
    return RATES[name].value
