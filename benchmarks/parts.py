"""Where the time of one message goes: microseconds of each part, in the order in which it runs."""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from benchmarks.child import last_core, stay_on
from benchmarks.concatenate import lines
from benchmarks.show import plain_table
from benchmarks.worlds import world_or_drill
from nospim import links, text
from nospim.adapters.repeats import Repeats
from nospim.engine import Engine
from nospim.events import MessageSent, decode
from nospim.links import LinkLists
from nospim.signals.reading import Reader, names_of
from nospim.text import WordingModel

PARTS: Final = ("decode", "repeats", "normalise", "fingerprint", "links", "model", "cues", "engine", "encode")

T = TypeVar("T")


class Clock:
    """Nanoseconds of this thread's processor time by part: what else the machine does is not counted."""

    def __init__(self) -> None:
        self.spent = dict.fromkeys(PARTS, 0)
        self.other = 0

    def time(self, part: str, work: Callable[[], T]) -> T:
        """Do one piece of work and add what it took to its part."""
        started = time.thread_time_ns()
        made = work()
        self.spent[part] += time.thread_time_ns() - started
        return made


class Shares(Struct, frozen=True):
    """micros: by part, per message; idle: what measuring an empty part takes, which is in each of them;
    other_micros: per event that is no message, all parts together."""

    messages: int
    others: int
    micros: dict[str, float]
    idle: float
    other_micros: float


class Parts:
    """The guard taken apart: the same work as `Engine.step` and the reader do, one part at a time."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.messages = self.others = 0
        self._lists = LinkLists.shipped()
        self._model = WordingModel.load()
        self._reader = Reader(self._lists, self._model)
        self._engine = Engine(lists=self._lists, model=self._model)
        self._repeats = Repeats()

    def line(self, line: bytes) -> None:
        """One line of a world; what is no message is timed as a whole."""
        started = time.thread_time_ns()
        event = decode(line)
        decoded = time.thread_time_ns() - started
        if isinstance(event, MessageSent):
            self.messages += 1
            self.clock.spent["decode"] += decoded
            self._message(event, line)
        else:
            self.others += 1
            self._repeats.check(event, line)
            self._engine.step(event)
            self.clock.other += time.thread_time_ns() - started

    def _message(self, event: MessageSent, line: bytes) -> None:
        timed = self.clock.time
        if timed("repeats", lambda: self._repeats.check(event, line)) != "new":
            return
        words = event.data.text
        if words:
            normal = timed("normalise", lambda: text.normalise(words))
            timed("fingerprint", lambda: text.fingerprint(normal.plain, names_of(event.data.to)))
            timed("links", lambda: links.find(words, self._lists))
            timed("model", lambda: self._model.bits(normal.plain))
            timed("cues", lambda: tuple(text.find_cues(normal.plain)))
        reading = self._reader.read(words, names_of(event.data.to))
        outcome = timed("engine", lambda: self._engine.step(event, reading))
        timed("encode", lambda: msgspec.json.encode(outcome.verdict))

    def shares(self) -> Shares:
        """What was measured so far."""
        clock = Clock()
        for _ in range(100_000):
            clock.time("engine", lambda: None)
        per = 1000 * max(1, self.messages)
        return Shares(
            self.messages,
            self.others,
            {part: spent / per for part, spent in self.clock.spent.items()},
            clock.spent["engine"] / 1e8,
            self.clock.other / 1000 / max(1, self.others),
        )


def table(shares: Shares) -> Table:
    """Microseconds per message and shares, without what measuring itself takes."""
    shown = plain_table(f"Parts of {shares.messages:,} messages", "part", "us/message", "share")
    net = {part: max(0.0, micros - shares.idle) for part, micros in shares.micros.items()}
    total = sum(net.values()) or 1.0
    for part, micros in net.items():
        shown.add_row(part, f"{micros:.1f}", f"{micros / total:.1%}")
    shown.add_row("all", f"{total:.1f}", "")
    shown.caption = f"any other event takes {shares.other_micros:.1f} us in all ({shares.others:,} seen)"
    return shown


def measure(world: Path) -> Shares:
    """Take the world through the parts, in this process."""
    parts = Parts()
    collecting = gc.isenabled()
    gc.disable()  # as a scan does
    try:
        for line in lines(world):
            parts.line(line)
    finally:
        if collecting:
            gc.enable()
    return parts.shares()


def main(*, world: Path | None = None) -> None:
    """Measure where the time of a message goes.

    Parameters
    ----------
    world
        Folder with events.jsonl or events.jsonl.gz; without it a drill is made on the spot.
    """
    stay_on(last_core())
    with tempfile.TemporaryDirectory(prefix="nospim-bench-") as folder:
        shares = measure(world_or_drill(world, Path(folder)))
    Console(width=120).print(table(shares))
