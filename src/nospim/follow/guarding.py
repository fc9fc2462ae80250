"""Judges followed events in this process and writes verdicts, ends of holds and actions as JSON Lines."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from nospim.adapters.interface import Refusal
from nospim.adapters.repeats import Repeats
from nospim.engine import Engine, Outcome
from nospim.errors import UsageError
from nospim.follow.loop import GoodLine, rows
from nospim.follow.state import StateFile
from nospim.follow.tail import Place
from nospim.listings import FeedIndex
from nospim.policy import Policy
from nospim.rulebook import Watcher
from nospim.verdicts import LADDER, Rung

CHECKPOINT: Final = 60.0
"""Seconds between two saves of the memory while events come: a save costs about 2 kB an account, and a
crash prints again what was printed since the last one."""


LOOK: Final = 1.0
"""Seconds between two looks at the rules' files."""


class Guarding:
    """An embedded guard behind a followed log.

    name: what people know the log by.  state: what an earlier run left is gone on with; UsageError where
    that was made under another policy.  out: where lines are written; rejected: where refused lines are.
    watcher: of the operator's rules, followed as their files change.
    least: the lowest rung that is printed.  clock: seconds of a clock that never goes back, for the time
    of saves.
    """

    def __init__(
        self,
        name: str,
        state: StateFile,
        policy: Policy,
        feeds: FeedIndex | None,
        out: BinaryIO,
        rejected: BinaryIO,
        least: Rung = "allow",
        clock: Callable[[], float] = time.monotonic,
        watcher: Watcher | None = None,
    ) -> None:
        saved = state.read()
        self._configuration = policy.fingerprint if feeds is None else feeds.with_policy(policy.fingerprint)
        if saved is not None and saved.configuration != self._configuration:
            raise UsageError(
                "the policy or its feeds changed since the memory was saved; give the policy of then, "
                "or name another --state to begin again"
            )
        self._watcher = watcher
        self._engine = Engine(
            policy,
            feeds=feeds,
            rules=None if watcher is None else watcher.rules,
            saved=None if saved is None else saved.memory,
        )
        known = None if saved is None else saved.repeats
        self._repeats = Repeats() if known is None else Repeats.restore(known)
        self._name = name
        self._state = state
        self._out = out
        self._rejected = rejected
        self._wanted = LADDER[LADDER.index(least) :]
        self._clock = clock
        self._saved_at = self._looked_at = clock()
        self._unsaved = False
        self.refused = 0

    def take(self, lines: Sequence[GoodLine], place: Place | None, _: threading.Event) -> bool:
        """Judge these in their order and write what came of it."""
        self._look()
        for line in lines:
            answer = self._repeats.check(line.event, line.raw)
            if answer == "new":
                self._write(self._engine.step(line.event))
            elif answer == "conflict":
                why = f"source and id {line.event.id!r} were used before with other content"
                self.refuse([Refusal.of(self._name, line.number, why, line.raw)])
        self._out.flush()
        self._unsaved = True
        if self._clock() - self._saved_at >= CHECKPOINT:
            self._save(place)
        return True

    def _look(self) -> None:
        """Take up rules that changed."""
        if self._watcher is None or self._clock() - self._looked_at < LOOK:
            return
        self._looked_at = self._clock()
        if self._watcher.poll():
            self._engine.use_rules(self._watcher.rules)

    def refuse(self, refusals: Sequence[Refusal]) -> None:
        """Write what is refused."""
        self.refused += len(refusals)
        self._rejected.write(rows(refusals))
        self._rejected.flush()

    def idle(self, place: Place | None) -> None:
        """Save what was judged since the last save, once it is some time ago."""
        if self._unsaved and self._clock() - self._saved_at >= CHECKPOINT:
            self._save(place)

    def finish(self, place: Place | None) -> None:
        """Save, so that the next run goes on here."""
        if self._unsaved:
            self._save(place)

    def _write(self, outcome: Outcome) -> None:
        shown: list[Struct] = []
        if outcome.verdict is not None and outcome.verdict.action in self._wanted:
            shown.append(outcome.verdict)
        for each in (*shown, *outcome.resolutions, *outcome.actions, *outcome.rule_hits):
            self._out.write(msgspec.json.encode(each) + b"\n")

    def _save(self, place: Place | None) -> None:
        self._state.write(place, self._engine.save(), self._repeats.save(), self._configuration)
        self._saved_at = self._clock()
        self._unsaved = False
