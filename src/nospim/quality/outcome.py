"""What a scan said: the few fields of its output files that scoring reads, and how each message ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from nospim.events import Reference
from nospim.quality.rows import QualityError, find, named, rows
from nospim.quality.truth import Truth
from nospim.verdicts import Rung

BRIEFLY: Final = 30.0
"""Seconds that a benign message may be held and still count as an inconvenience, not a false stop."""


class Said(Struct, frozen=True):
    """A line of ``verdicts.jsonl``."""

    id: str
    action: Rung


class Ended(Struct, frozen=True):
    """A line of ``resolutions.jsonl``."""

    id: str
    outcome: Literal["release", "drop"]
    delay_s: float


class Judged(Struct, frozen=True):
    """A line of ``accounts.jsonl``."""

    account: str
    state: str | None = None


class Infection(Struct, frozen=True):
    """Who was infected, and by whom where that is known."""

    account: str
    infected_by: str | None = None


class Joined(Struct, frozen=True):
    """A line of ``campaigns.jsonl``."""

    id: str
    messages: tuple[str, ...]
    infections: tuple[Infection, ...] = ()


class _Caught(Struct, frozen=True):
    account: Reference
    infected_by: Reference | None = None


class _Row(Struct, frozen=True):
    id: str
    messages: tuple[Reference, ...]
    infections: tuple[_Caught, ...] = ()


class Outcome(Struct, frozen=True):
    """A whole scan's output.

    verdicts: the action on each message.  judged: the state of each account, None where unsaid.
    """

    verdicts: dict[str, Rung]
    ended: tuple[Ended, ...]
    judged: dict[str, str | None]
    campaigns: tuple[Joined, ...]


_said = msgspec.json.Decoder(Said)
_ended = msgspec.json.Decoder(Ended)
_judged = msgspec.json.Decoder(Judged)
_joined = msgspec.json.Decoder(_Row)


def read_outcome(out: Path, sent: Collection[str]) -> Outcome:
    """What the scan in `out` said about the messages `sent`.

    Raises QualityError when a file is missing or broken, and when a message has no verdict or two
    (naming the ids): figures over part of the messages would flatter.
    """
    verdicts: dict[str, Rung] = {}
    twice: Counter[str] = Counter()
    for said in rows(out, "verdicts.jsonl", _said):
        if said.id in verdicts:
            twice[said.id] += 1
        verdicts[said.id] = said.action
    _refuse_gaps([ident for ident in sent if ident not in verdicts], list(twice))
    has_ends = find(out, "resolutions.jsonl") is not None
    return Outcome(
        verdicts,
        tuple(rows(out, "resolutions.jsonl", _ended)) if has_ends else (),
        {judged.account: judged.state for judged in rows(out, "accounts.jsonl", _judged)},
        tuple(_bare(joined) for joined in rows(out, "campaigns.jsonl", _joined)),
    )


def _bare(row: _Row) -> Joined:
    """The campaign with bare ids: a world's ids are unique, whichever of its services they are of."""
    infections = tuple(
        Infection(_id(i.account), None if i.infected_by is None else _id(i.infected_by))
        for i in row.infections
    )
    return Joined(row.id, tuple(map(_id, row.messages)), infections)


def _id(name: Reference) -> str:
    return name if isinstance(name, str) else name.id


def _refuse_gaps(missing: list[str], twice: list[str]) -> None:
    faults = []
    if missing:
        faults.append(f"without a verdict: {len(missing):,} ({named(missing)})")
    if twice:
        faults.append(f"with more than one: {len(twice):,} ({named(twice)})")
    if faults:
        raise QualityError("every message sent needs exactly one verdict; " + "; ".join(faults))


def final_actions(sent: Collection[str], outcome: Outcome, truth: Truth) -> tuple[dict[str, Rung], int]:
    """How each message ended once holds were resolved, and how many benign ones were held only briefly.

    A released lure was delivered.  A benign message released within `BRIEFLY` seconds was delivered
    too; released later it stays a false stop, for its recipient waited.
    """
    final = {ident: outcome.verdicts[ident] for ident in sent}
    briefly = 0
    for end in outcome.ended:
        if end.outcome != "release" or final.get(end.id) != "hold":
            continue
        lure = end.id in truth.spim
        if lure or end.delay_s <= BRIEFLY:
            final[end.id] = "allow"
            briefly += not lure and end.id not in truth.thief
    return final, briefly
