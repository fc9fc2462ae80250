"""What is remembered of things that many accounts share: destinations, wordings, networks, messages."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

MAX_USERS: Final = 64
"""Distinct accounts remembered per cluster and role; evidence grows with the logarithm of their number."""
MAX_FIRSTS: Final = 8
"""Accounts remembered per cluster as those whose thing it is."""
MAX_CLICKERS: Final = 64
"""Accounts that opened a destination and may need protection when it turns out to be a lure."""


class Page(Struct, array_like=True):
    """What a capture found behind a destination.

    millibits: thousandths of a bit, as `signals.page` weighs them; 0 for a page that asks for nothing.
    what: the finding in a few words.
    """

    at: float
    millibits: int
    what: str


class Cluster(Struct, array_like=True):
    """A destination or a wording: who used it, how, and what followed.

    usual: accounts that used it as they use anything; odd: accounts that used it from a strange
    session or a new account; bulk: accounts that sent it to many from their own session, like a machine;
    wide: the same by hand, or nobody knows from where; hand: by hand from the owner's own session;
    fresh: from a session on a device that was new to the account.
    Each maps the account's number to the time.  more_usual counts uses by others
    beyond `MAX_USERS` users.
    idle: accounts that used it as usual and say nothing of it by that.
    firsts: the first who used it, as usual and before anybody did oddly: since when, and the latest of the
    days on which they did, and how many.
    beside: friends of the first usual users, by whom one tells whether these are one circle or many.
    taken: accounts that had a strange sign-in soon after they opened it.
    page: what the latest capture found there.  asked: when a capture was last asked for.
    """

    first: float
    last: float
    messages: int = 0
    usual: dict[int, float] = {}
    more_usual: int = 0
    odd: dict[int, float] = {}
    bulk: dict[int, float] = {}
    wide: dict[int, float] = {}
    taken: dict[int, float] = {}
    clickers: dict[int, str] = {}
    reporters: dict[int, float] = {}
    stopped: int = 0
    confirmed: bool = False
    cleared: float = 0.0
    popular: bool = False
    idle: dict[int, float] = {}
    firsts: dict[int, tuple[float, float, int]] = {}
    beside: list[int] = []
    page: Page | None = None
    asked: float = 0.0
    fresh: dict[int, float] = {}
    hand: dict[int, float] = {}


class Wording(Struct, array_like=True):
    """A group of near-duplicate wordings, named after the first one seen, with its MinHash signature."""

    name: str
    signature: tuple[int, ...]
    cluster: Cluster


class Network(Struct, array_like=True):
    """An address block, autonomous system or client: who signed in there as usual, who oddly, who in vain."""

    usual: dict[int, float] = {}
    odd: dict[int, float] = {}
    failed: dict[int, float] = {}


class Memo(Struct, array_like=True):
    """What is kept of one message: enough to follow a click, a report, an edit or a recall to it."""

    sender: str
    session: str | None
    at: float
    to: tuple[str, ...]
    destinations: tuple[str, ...]
    wording: str | None
    stopped: bool
    millibits: int


class Hold(Struct, array_like=True):
    """One message that waits for what comes next."""

    source: str
    message: str
    account: str
    session: str | None
    at: float
    deadline: float
    destinations: tuple[str, ...]
    wording: str | None
