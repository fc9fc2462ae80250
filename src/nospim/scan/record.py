"""A way from a scan into a ledger: each accepted event as it was received, then what was concluded of it."""

from __future__ import annotations

from typing import Final, Protocol

from nospim.events import AnyEvent
from nospim.facts.intake import FILES, event_day, of_line

COMMIT_EVERY: Final = 5000
"""Records between two commits."""


class Log(Protocol):
    """What is needed of a journal."""

    @property
    def next(self) -> int: ...
    def append(self, kind: str, body: bytes, *, day: int) -> int: ...
    def commit(self) -> int: ...


class Recorder:
    """Writes the same records that an intake of the log and of the scan's files writes afterwards."""

    def __init__(self, log: Log, today: int) -> None:
        """today: the UTC day number, which no event counts beyond: a wrong clock must not keep words."""
        self._log, self._today, self._day = log, today, 0

    def event(self, raw: bytes, event: AnyEvent) -> None:
        """One accepted event, in its bytes."""
        self._day = event_day(event.time, self._today)
        self._append("event", raw, self._day)

    def line(self, name: str, line: bytes) -> None:
        """One line of a file that the scan writes; files that no ledger takes in are passed over."""
        kind = FILES.get(f"{name}.jsonl")
        if kind is not None:
            for one in of_line(kind, line, self._day, name):
                self._append(one.kind, one.body, one.day)

    def _append(self, kind: str, body: bytes, day: int) -> None:
        self._log.append(kind, body, day=day)
        if self._log.next % COMMIT_EVERY == 0:
            self._log.commit()

    def settle(self) -> int:
        """Bring all to the disk; returns how many records the ledger has."""
        self._log.commit()
        return self._log.next
