"""Containment: what would have spread had the guard's verdicts and actions been carried out.

A labelled world is an open loop: its attack goes on whatever the guard says.  Here the loop is closed
afterwards, by cutting: an account that fell to a lure that was stopped is not taken, what it would have
sent is not sent, and an account that was locked falls silent after a delay.  Nothing grows in the place of
what was cut (no second lure is clicked instead), so the figure is what this guard would have prevented of
this attack, not a forecast.

The reproduction number is the mean number of accounts that one taken account led to (Fraser, PLoS ONE
2007, the case reproduction number over a whole tree).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from nospim.quality.rows import QualityError, rows
from nospim.verdicts import STOPPED, Rung

LOCKS: Final = frozenset({"end_sessions", "limit", "suspend"})
"""Actions after which the thief (or the worm, or the fake) can send no more from the account."""
LOCK_DELAY: Final = 60.0
"""Seconds from the verdict to the silence: a call to the service, the last packets."""


class Entry(Struct, frozen=True):
    """One taking of an account: by whom and through which message, as the truth tells it."""

    account: str
    campaign: str
    at: float
    infected_by: str | None
    via: str | None


class LureSent(Struct, frozen=True):
    """One lure of the truth, and whether it reached its recipient."""

    id: str
    account: str
    campaign: str
    at: float
    delivered: bool


class Containment(Struct, frozen=True):
    """What an attack did, and what it would have done.

    taken, taken_with: accounts taken (entries) without the guard and with it.  reproduction,
    reproduction_with: mean accounts that one taken account led to.  lures: lures sent without the
    guard.  delivered: per taken account, with the guard, in rising order.
    """

    taken: int
    taken_with: int
    reproduction: float
    reproduction_with: float
    lures: int
    delivered: tuple[int, ...]

    @property
    def median(self) -> int:
        """Median of lures delivered per account that was taken with the guard on."""
        return self.quantile(0.5)

    @property
    def p95(self) -> int:
        """95th percentile of the same."""
        return self.quantile(0.95)

    def quantile(self, q: float) -> int:
        """A quantile of lures delivered per taken account, 0 where none was taken."""
        return (
            self.delivered[min(len(self.delivered) - 1, int(q * len(self.delivered)))]
            if self.delivered
            else 0
        )


def contained(
    entries: Sequence[Entry],
    lures: Sequence[LureSent],
    locks: Iterable[tuple[str, float]],
    delay: float = LOCK_DELAY,
) -> Containment:
    """Cut an attack back to what would have been left of it.

    entries, lures: the truth.  locks: (account, seconds) of each action that locks an account.
    delay: seconds from a lock that is asked for to the silence.
    """
    cut = _Cut(lures, locks, delay)
    ordered = sorted(entries, key=lambda entry: (entry.at, entry.account))
    for entry in ordered:
        cut.take(entry)
    return Containment(
        taken=len(entries),
        taken_with=len(cut.alive),
        reproduction=_reproduction(ordered),
        reproduction_with=_reproduction([entry for entry, _ in cut.alive]),
        lures=len(lures),
        delivered=tuple(sorted(cut.delivered(entry, until) for entry, until in cut.alive)),
    )


def _reproduction(entries: Sequence[Entry]) -> float:
    return sum(entry.infected_by is not None for entry in entries) / max(1, len(entries))


class _Cut:
    """The tree as it grows with the guard on: entries that still happen, each with when it falls silent."""

    def __init__(self, lures: Sequence[LureSent], locks: Iterable[tuple[str, float]], delay: float) -> None:
        self._lure = {lure.id: lure for lure in lures}
        self._of: dict[tuple[str, str], list[LureSent]] = {}
        for lure in lures:
            self._of.setdefault((lure.account, lure.campaign), []).append(lure)
        self._locks: dict[str, list[float]] = {}
        for account, at in locks:
            self._locks.setdefault(account, []).append(at + delay)
        self.alive: list[tuple[Entry, float]] = []
        self._until: dict[tuple[str, str], float] = {}

    def take(self, entry: Entry) -> None:
        """Let an entry happen, unless what led to it was cut."""
        if entry.infected_by is not None and not self._reached(entry):
            return
        until = min((at for at in self._locks.get(entry.account, ()) if at >= entry.at), default=float("inf"))
        self.alive.append((entry, until))
        self._until[entry.account, entry.campaign] = until

    def _reached(self, entry: Entry) -> bool:
        until = self._until.get((entry.infected_by or "", entry.campaign))
        if until is None:
            return False
        lure = self._lure.get(entry.via or "")
        if lure is not None:
            return lure.delivered and lure.at <= until
        sent = self._of.get((entry.infected_by or "", entry.campaign), ())
        return any(lure.delivered and lure.at <= min(until, entry.at) for lure in sent)

    def delivered(self, entry: Entry, until: float) -> int:
        """Lures of an entry that reached somebody before it fell silent."""
        sent = self._of.get((entry.account, entry.campaign), ())
        return sum(lure.delivered and entry.at <= lure.at <= until for lure in sent)


class _Said(Struct, frozen=True):
    id: str
    action: Rung


class _Ended(Struct, frozen=True):
    id: str
    outcome: str


class _Asked(Struct, frozen=True):
    kind: str
    account: str
    at: datetime


class _Lure(Struct, frozen=True, tag_field="kind", tag="message"):
    id: str
    time: datetime
    account: str
    campaign: str


class _Taken(Struct, frozen=True, tag_field="kind", tag="account"):
    account: str
    campaign: str
    time: datetime
    infected_by: str | None = None
    via: str | None = None


class _Thief(Struct, frozen=True, tag_field="kind", tag="thief"):
    pass


class _Control(Struct, frozen=True, tag_field="kind", tag="control"):
    pass


_truth: msgspec.json.Decoder[_Lure | _Taken | _Thief | _Control] = msgspec.json.Decoder(
    _Lure | _Taken | _Thief | _Control
)
_said = msgspec.json.Decoder(_Said)
_ended = msgspec.json.Decoder(_Ended)
_asked = msgspec.json.Decoder(_Asked)


def read_containment(world: Path, out: Path, delay: float = LOCK_DELAY) -> Containment:
    """The containment of a scan in `out` on a labelled world.  Raises QualityError for missing files."""
    action = {said.id: said.action for said in rows(out, "verdicts.jsonl", _said)}
    released = {ended.id for ended in rows(out, "resolutions.jsonl", _ended) if ended.outcome == "release"}
    entries: list[Entry] = []
    lures: list[LureSent] = []
    for label in rows(world, "truth.jsonl", _truth):
        if isinstance(label, _Taken):
            at = label.time.timestamp()
            entries.append(Entry(label.account, label.campaign, at, label.infected_by, label.via))
        elif isinstance(label, _Lure):
            if label.id not in action:
                raise QualityError(f"{out}: message {label.id} has no verdict; scan this world again")
            through = action[label.id] not in STOPPED or (action[label.id] == "hold" and label.id in released)
            lures.append(LureSent(label.id, label.account, label.campaign, label.time.timestamp(), through))
    locks = [(a.account, a.at.timestamp()) for a in rows(out, "actions.jsonl", _asked) if a.kind in LOCKS]
    return contained(entries, lures, locks, delay)
