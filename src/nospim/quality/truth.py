"""What a labelled world says is true: which messages are spim, whose accounts were entered and how.

Ids are bare: a world has one source.  An account entered twice keeps its first entry for judging
accounts, and all of its entries for judging who infected whom.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from nospim.quality.rows import readable, rows


class Spim(Struct, frozen=True, tag_field="kind", tag="message"):
    """One lure: whose account sent it, when (RFC 3339), for which campaign, by which tactic."""

    id: str
    time: str
    account: str
    campaign: str
    tactic: str


class Thief(Struct, frozen=True, tag_field="kind", tag="thief"):
    """What the attacker wrote that is no lure; it counts neither way."""

    id: str


class Control(Struct, frozen=True, tag_field="kind", tag="control"):
    """A benign message that looks like spim, and in which way."""

    id: str
    control: str


class Entered(Struct, frozen=True, tag_field="kind", tag="account"):
    """An account that was hijacked, or made by the attacker, and where the infection came from."""

    account: str
    state: str
    campaign: str
    infected_by: str | None = None


class Truth(Struct, frozen=True):
    """All labels of one world.

    entries: each account's first entry.  edges: (who infected, who was infected), of all entries.
    """

    spim: dict[str, Spim]
    thief: frozenset[str]
    control: dict[str, str]
    entries: dict[str, Entered]
    edges: frozenset[tuple[str, str]]


class _Any(Struct, frozen=True):
    id: str
    type: str


_label: msgspec.json.Decoder[Spim | Thief | Control | Entered] = msgspec.json.Decoder(
    Spim | Thief | Control | Entered
)
_event = msgspec.json.Decoder(_Any)


def read_truth(world: Path) -> Truth:
    """The labels in the world's ``truth.jsonl`` (or ``.gz``).  Raises QualityError."""
    spim: dict[str, Spim] = {}
    thief: set[str] = set()
    control: dict[str, str] = {}
    entries: dict[str, Entered] = {}
    edges: set[tuple[str, str]] = set()
    for label in rows(world, "truth.jsonl", _label):
        match label:
            case Spim():
                spim[label.id] = label
            case Thief():
                thief.add(label.id)
            case Control():
                control[label.id] = label.control
            case Entered():
                entries.setdefault(label.account, label)
                if label.infected_by:
                    edges.add((label.infected_by, label.account))
    return Truth(spim, frozenset(thief), control, entries, frozenset(edges))


def read_sent(world: Path) -> tuple[str, ...]:
    """Ids of the messages sent in the world, each once however often its line repeats, in order.

    A line that is no event is no message: a scan refuses it.

    Raises QualityError.
    """
    events = readable(world, "events.jsonl", _event)
    sent = (event.id for event in events if event.type == "im.message.sent")
    return tuple(dict.fromkeys(sent))
