"""What would identify a person unknown so far: for each kind of identifier whom to ask, how, and until when.

The table is data (``data/identifiers.toml``) with the source of each period.  Planning, and never advice.
Pure.
"""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Final, Literal

import msgspec
from msgspec import Struct

from nospim.cases.decisions import DoeAdded, Identifier


class Holder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who could tell whose an identifier of a kind is.

    holds: from which records.  instrument: what they may be asked with.  days: how long the shortest-lived of
    those records is likely kept.  basis: how far that may be relied on.  source: where it comes from.
    """

    kind: str
    who: str
    holds: str
    instrument: str
    days: int
    basis: Literal["law", "contract", "practice"]
    source: str


def holders(text: str | None = None) -> dict[str, Holder]:
    """The table that ships, or that of another text in TOML, by kind; raises msgspec.ValidationError."""
    if text is None:
        text = files("nospim.cases").joinpath("data", "identifiers.toml").read_text(encoding="utf-8")
    rows = msgspec.convert(tomllib.loads(text)["identifier"], tuple[Holder, ...])
    return {row.kind: row for row in rows}


HOLDERS: Final = holders()


class Lead(Struct, frozen=True, kw_only=True):
    """One identifier to follow: whom to ask for it, and by when, where it is known when it was last used."""

    identifier: Identifier
    holder: Holder
    who: str
    last_seen: datetime | None
    until: datetime | None


def leads(doe: DoeAdded, last_seen: dict[str, datetime]) -> list[Lead]:
    """What would identify a person, the most urgent first.

    last_seen: for values of identifiers, when the ledger saw them last.  A value of which that is not
    known comes before all with the same period: nobody knows how much of it is left.
    """
    found = []
    for one in doe.identifiers:
        holder = HOLDERS[one.kind]
        seen = last_seen.get(one.value)
        until = None if seen is None else seen + timedelta(days=holder.days)
        found.append(
            Lead(identifier=one, holder=holder, who=one.asks or holder.who, last_seen=seen, until=until)
        )
    return sorted(found, key=_urgency)


def _urgency(lead: Lead) -> tuple[float, int, str]:
    until = float(lead.holder.days) * 86_400 if lead.until is None else lead.until.timestamp()
    return until, lead.holder.days, lead.identifier.value
