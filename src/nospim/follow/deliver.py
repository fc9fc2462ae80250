"""Hands followed events to a service, at least once, and keeps what it will not take."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from nospim.adapters.interface import Refusal
from nospim.client import Client, Patience, UnreachableError
from nospim.follow.loop import GoodLine, Notices, rows
from nospim.follow.state import StateFile
from nospim.follow.tail import Place

PATIENCE: Final = Patience(timeout=10.0, deadline=10.0, longest=2.0)
"""A call gives up after 10 s so that Ctrl-C is heard; the delivery itself never gives up."""


class Delivery:
    """Delivers to one service; dead letters go to a file, on disk before the place moves past them.

    client: made with `PATIENCE` or less.  rejected: where dead letters are kept.
    """

    def __init__(self, client: Client, state: StateFile, rejected: Path, name: str, notice: Notices) -> None:
        self._client = client
        self._state = state
        self._rejected = rejected
        self._name = name
        self._notice = notice
        self._cut_off = False
        self.accepted = 0
        self.refused = 0

    def take(self, lines: Sequence[GoodLine], place: Place | None, stop: threading.Event) -> bool:
        """Deliver until the service has them.  Raises ClientError where it never will (a bad token)."""
        while lines:
            try:
                got = self._client.send([line.raw for line in lines])
            except UnreachableError as error:
                if not self._cut_off:
                    self._notice(f"{error}; the log is safe where it is, delivery goes on when it answers")
                self._cut_off = True
                if stop.is_set():
                    return False
                continue
            if self._cut_off:
                self._notice("the service answers again")
                self._cut_off = False
            self.accepted += got.accepted
            refusals = [(lines[r.index], r.reason) for r in got.refused if 0 <= r.index < len(lines)]
            self.refuse([Refusal.of(self._name, line.number, why, line.raw) for line, why in refusals])
            break
        self._state.write(place)
        return True

    def refuse(self, refusals: Sequence[Refusal]) -> None:
        """Keep dead letters."""
        if not refusals:
            return
        self.refused += len(refusals)
        self._rejected.parent.mkdir(parents=True, exist_ok=True)
        with self._rejected.open("ab") as stream:
            os.fchmod(stream.fileno(), 0o600)
            stream.write(rows(refusals))
            stream.flush()
            os.fsync(stream.fileno())

    def idle(self, place: Place | None) -> None:
        """Nothing is kept back, so there is nothing to do."""

    def finish(self, place: Place | None) -> None:
        """The place was written with each delivery."""
