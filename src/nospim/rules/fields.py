"""The fields that a rule may ask about: name, type, meaning and where each comes from, in one table.

The reference documentation and the type checker are both made from `FIELDS`.  Every field always has a
value: what is not known has its silent one, so that a rule need not ask first whether it is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Literal

from msgspec import Struct

from nospim.events import Attachment, MessageEdited, MessageSent, split_key
from nospim.memory import Cluster
from nospim.signals import SIGNAL_NAMES
from nospim.signals.interface import BIT, View
from nospim.signals.links import users
from nospim.text import normalise
from nospim.verdicts import Reason, Rung, score_of

MAX_TEXT: Final = 4096
"""Characters of a text that rules see: longer than people write, and a pattern over it takes microseconds."""
MAX_ITEMS: Final = 32
"""Items of a list that rules see: as many as links are read from one text (`links.link.MAX_LINKS`)."""
DAY: Final = 86400.0
HOUR: Final = 3600.0
UNKNOWN: Final = -1.0
"""An age that is not known."""

Kind = Literal["bool", "int", "double", "string", "list(string)"]


class Facts(Struct, kw_only=True, gc=False):
    """What rules are asked about: one message, its view, and what was thought of it before any rule.

    reasons: of the signals.  bits: calibrated log-odds in thousandths of a bit.  rung: what they lead to.
    """

    view: View
    event: MessageSent | MessageEdited
    reasons: list[Reason]
    bits: int
    rung: Rung


class Field(Struct, frozen=True):
    """One field: its name in an expression, its type, its silent value, and what it means."""

    name: str
    kind: Kind
    silent: Any
    meaning: str
    get: Callable[[Facts], Any]


def _some(items: Iterable[str]) -> list[str]:
    """Distinct items in their order, at most `MAX_ITEMS`."""
    return list(dict.fromkeys(items))[:MAX_ITEMS]


def _attachments(facts: Facts) -> tuple[Attachment | str, ...]:
    data = facts.event.data
    return () if facts.event.__class__ is MessageEdited else (getattr(data, "attachments", None) or ())


def _types(facts: Facts) -> list[str]:
    return _some(a.type for a in _attachments(facts) if isinstance(a, Attachment) and a.type)


def _youngest(facts: Facts) -> Cluster | None:
    places = [c for _, c in facts.view.destinations]
    return max(places, key=lambda c: c.first) if places else None


def _hours_known(facts: Facts) -> float:
    place = _youngest(facts)
    if place is None:
        return UNKNOWN
    return max(0.0, facts.view.at - place.first) / HOUR if place.messages else 0.0


def _accounts(cluster: Cluster | None) -> int:
    return 0 if cluster is None else sum(users(cluster)) + len(cluster.wide)


def _age(since: float | None, at: float, unit: float) -> float:
    return UNKNOWN if since is None else max(0.0, at - since) / unit


def _strangers(facts: Facts) -> int:
    me = facts.view.sender
    return sum(
        p.number not in me.contacts and p.number not in me.peers and me.number not in p.contacts
        for p in facts.view.recipients
    )


def _server(facts: Facts) -> str:
    ident = split_key(facts.view.key)[1]
    return ident.rpartition(":" if ident.startswith("@") else "@")[2].partition("/")[0]


def _session(name: str) -> Callable[[Facts], str]:
    def get(facts: Facts) -> str:
        session = facts.view.session
        return "" if session is None else getattr(session, name) or ""

    return get


def _signal(name: str) -> Callable[[Facts], float]:
    def get(facts: Facts) -> float:
        return next((r.bits for r in facts.reasons if r.signal == name), 0.0)

    return get


def _data(name: str) -> Callable[[Facts], str]:
    def get(facts: Facts) -> str:
        return getattr(facts.event.data, name, None) or ""

    return get


_MESSAGE: Final = (
    Field(
        "message.text",
        "string",
        "",
        f"The words as sent, the first {MAX_TEXT:,} characters; empty where they cannot be read.",
        lambda f: (f.event.data.text or "")[:MAX_TEXT],
    ),
    Field(
        "message.plain",
        "string",
        "",
        "The words as people read them: lower case, disguises undone (look-alike letters, zero-width, leet, "
        f"split words), the first {MAX_TEXT:,} characters.",
        lambda f: normalise((f.event.data.text or "")[:MAX_TEXT]).plain[:MAX_TEXT],
    ),
    Field(
        "message.words",
        "int",
        0,
        "Words left after links, numbers and names are taken out.",
        lambda f: f.view.reading.words,
    ),
    Field("message.kind", "string", "", "`direct`, `group`, or what the service says.", _data("kind")),
    Field("message.app", "string", "", "The application that sent it for the account.", _data("app")),
    Field("message.conversation", "string", "", "The room it was sent to.", _data("conversation")),
    Field("message.group", "bool", False, "Whether it went to a group.", lambda f: f.view.group),
    Field(
        "message.encrypted",
        "bool",
        False,
        "Whether the words cannot be read.",
        lambda f: f.view.encrypted,
    ),
    Field(
        "message.edited",
        "bool",
        False,
        "Whether it is an edit of an earlier message.",
        lambda f: f.event.__class__ is MessageEdited,
    ),
    Field(
        "message.replying",
        "bool",
        False,
        "Whether the first recipient wrote to the sender within the last hour.",
        lambda f: f.view.replying,
    ),
    Field("message.canary", "bool", False, "Whether it reaches a canary.", lambda f: f.view.canary),
    Field("message.hour", "int", 0, "Hour of the day (UTC), 0 to 23.", lambda f: int(f.view.at // HOUR) % 24),
    Field("message.attachments", "int", 0, "Files that came along.", lambda f: len(_attachments(f))),
    Field("message.attachment_types", "list(string)", [], "Their media types.", _types),
    Field(
        "message.cues",
        "list(string)",
        [],
        "Names of the baits found in the words.",
        lambda f: _some(name for name, _ in f.view.reading.cues),
    ),
    Field(
        "message.disguises",
        "list(string)",
        [],
        "Names of the disguises that the words wear.",
        lambda f: _some(f.view.reading.disguises),
    ),
    Field(
        "message.senders_of_wording",
        "int",
        0,
        "Accounts that sent nearly these words before.",
        lambda f: _accounts(None if f.view.wording is None else f.view.wording[1]),
    ),
)
_LINKS: Final = (
    Field("links.count", "int", 0, "Links in it.", lambda f: len(f.view.reading.links)),
    Field(
        "links.hosts",
        "list(string)",
        [],
        "Hosts that they lead to, in ASCII.",
        lambda f: _some(link.host for link in f.view.reading.links),
    ),
    Field(
        "links.domains",
        "list(string)",
        [],
        "Registrable domains of these hosts.",
        lambda f: _some(link.domain for link in f.view.reading.links),
    ),
    Field(
        "links.destinations",
        "list(string)",
        [],
        "What links are joined by: the domain, or host and path where anyone may publish.",
        lambda f: _some(link.key for link in f.view.reading.links),
    ),
    Field(
        "links.places",
        "list(string)",
        [],
        "Whose places these are: `own`, `shortener` or `publishing`.",
        lambda f: _some(link.place for link in f.view.reading.links),
    ),
    Field(
        "links.tricks",
        "list(string)",
        [],
        "Names of the tricks that they play.",
        lambda f: _some(trick for link in f.view.reading.links for trick in link.tricks),
    ),
    Field(
        "links.lookalikes",
        "int",
        0,
        "Names in it that pass for one that the policy protects.",
        lambda f: len(f.view.reading.lookalikes),
    ),
    Field(
        "links.popular",
        "bool",
        False,
        "Whether there are links and all lead to popular places.",
        lambda f: bool(f.view.reading.links) and all(link.popular for link in f.view.reading.links),
    ),
    Field(
        "links.hours_known",
        "double",
        UNKNOWN,
        "Hours since the newest of the destinations was first seen here, -1 without a link.",
        _hours_known,
    ),
    Field(
        "links.senders",
        "int",
        0,
        "Accounts that sent the newest of the destinations before.",
        lambda f: _accounts(_youngest(f)),
    ),
    Field(
        "links.feeds",
        "list(string)",
        [],
        "Names of the list feeds that the message meets.",
        lambda f: _some(hit.feed.name for hit in f.view.listed),
    ),
)
_PEOPLE: Final = (
    Field("recipients.count", "int", 0, "Recipients of it.", lambda f: len(f.view.recipients)),
    Field(
        "recipients.strangers",
        "int",
        0,
        "Recipients who neither are contacts nor were written to before.",
        _strangers,
    ),
    Field(
        "recipients.of_anything",
        "int",
        0,
        "Different people that the sender wrote to in this sitting, this message included.",
        lambda f: f.view.run_any.fast,
    ),
    Field(
        "recipients.of_same",
        "int",
        0,
        "Different people who got the same words or fresh links from the sender.",
        lambda f: f.view.same,
    ),
    Field("sender.account", "string", "", "The account's id.", lambda f: split_key(f.view.key)[1]),
    Field("sender.server", "string", "", "The server in the account's id.", _server),
    Field(
        "sender.age_days",
        "double",
        UNKNOWN,
        "Days since the account was made, -1 where that is not known.",
        lambda f: _age(f.view.sender.created, f.view.at, DAY),
    ),
    Field("sender.sent", "int", 0, "Messages that it sent before.", lambda f: f.view.sender.sent),
    Field(
        "sender.sent_links",
        "int",
        0,
        "How many of them had links.",
        lambda f: f.view.sender.sent_links,
    ),
    Field("sender.contacts", "int", 0, "Its contacts.", lambda f: len(f.view.sender.contacts)),
    Field(
        "sender.alarmed",
        "bool",
        False,
        "Whether a message of it was blocked and nothing cleared it since.",
        lambda f: f.view.sender.alarm is not None,
    ),
)
_SESSION: Final = (
    Field(
        "session.known", "bool", False, "Whether a session is known.", lambda f: f.view.session is not None
    ),
    Field(
        "session.oddness",
        "double",
        0.0,
        "Bits for a sign-in by somebody other than the owner.",
        lambda f: f.view.strange / BIT,
    ),
    Field(
        "session.age_hours",
        "double",
        UNKNOWN,
        "Hours since it began, -1 without one.",
        lambda f: _age(None if f.view.session is None else f.view.session.since, f.view.at, HOUR),
    ),
    Field(
        "session.sent",
        "int",
        0,
        "Messages sent in it before.",
        lambda f: 0 if f.view.session is None else f.view.session.sent,
    ),
    Field("session.client", "string", "", "The client program.", _session("client")),
    Field("session.country", "string", "", "The country it came from.", _session("country")),
    Field("session.network", "string", "", "The network it came from.", _session("network")),
    Field("session.asn", "string", "", "The number of the autonomous system.", _session("asn")),
    Field(
        "session.read_contacts",
        "bool",
        False,
        "Whether the contact list was read in it.",
        lambda f: f.view.session is not None and f.view.session.read is not None,
    ),
)
_GUARD: Final = (
    Field("guard.score", "double", 0.0, "The score before any rule, 0 to 1.", lambda f: score_of(f.bits)),
    Field(
        "guard.action",
        "string",
        "allow",
        "The rung before any rule: `allow`, `warn`, `hold` or `block`.",
        lambda f: f.rung,
    ),
)
_SIGNALS: Final = tuple(
    Field(
        f"signals.{name}",
        "double",
        0.0,
        f"Bits of the signal `{name}`, 0 where it saw nothing.",
        _signal(name),
    )
    for name in SIGNAL_NAMES
)
FIELDS: Final[tuple[Field, ...]] = (*_MESSAGE, *_LINKS, *_PEOPLE, *_SESSION, *_GUARD, *_SIGNALS)
BY_NAME: Final[dict[str, Field]] = {field.name: field for field in FIELDS}
