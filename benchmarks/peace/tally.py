"""The count: what became of benign messages, by kind, by source, by sender and by text, in bounded memory."""

from __future__ import annotations

from array import array
from collections import Counter
from typing import Final, Literal

from msgspec import Struct

from benchmarks.peace.rates import TALK
from benchmarks.peace.texts import MADE, Library
from benchmarks.peace.world import Note
from nospim.engine import Outcome
from nospim.verdicts import Resolution, Verdict

Fate = Literal["stopped", "held", "warned"]
LATE: Final = 30.0
"""Seconds after which a held benign message counts as falsely stopped."""
MAX_PATTERNS: Final = 20_000
TELLING: Final = 1.0
"""Bits from which a reason is part of a pattern."""


GROUPS: Final = ("all", "talk", "unseen texts")
"""What figures are shown of: everything, what one says to one, and real texts that training never saw."""


class Cell(Struct):
    """Counts of one kind or source.  held: released in time; warned: delivered with a warning."""

    messages: int = 0
    stopped: int = 0
    held: int = 0
    warned: int = 0

    def mark(self, fate: Fate) -> None:
        """Count what became of a message."""
        if fate == "stopped":
            self.stopped += 1
        elif fate == "held":
            self.held += 1
        else:
            self.warned += 1


class Group:
    """Messages of one group: what became of them, and by whom and in what words they were sent.

    sent: messages by sender; said: by text.  stopped_by, flagged_by: those that were stopped, and those that
    were stopped, held or warned of, by sender (0) and by text (1).
    """

    def __init__(self) -> None:
        self.cell = Cell()
        self.sent, self.said = array("L"), array("L")
        self.stopped_by: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
        self.flagged_by: tuple[Counter[int], Counter[int]] = (Counter(), Counter())

    def message(self, note: Note) -> None:
        """Count a message."""
        self.cell.messages += 1
        _count(self.sent, note.sender)
        _count(self.said, note.text)

    def mark(self, fate: Fate, note: Note) -> None:
        """Count what became of it, unless it was simply let through."""
        self.cell.mark(fate)
        for table in (self.flagged_by, self.stopped_by) if fate == "stopped" else (self.flagged_by,):
            table[0][note.sender] += 1
            table[1][note.text] += 1


class Tally:
    """Everything that is counted.

    groups: by name of `GROUPS`; kinds, sources: by kind of message and by collection.  patterns: how often
    which reasons led to which fate; examples: the number of a text of each.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self.groups = {name: Group() for name in GROUPS}
        self.kinds: dict[str, Cell] = {}
        self.sources: dict[str, Cell] = {}
        self.patterns: Counter[str] = Counter()
        self.examples: dict[str, int] = {}
        self.actions: Counter[str] = Counter()
        self.events = 0
        self._waiting: dict[str, tuple[Note, Verdict]] = {}

    def event(self, outcome: Outcome, note: Note | None) -> bool:
        """Count what one event led to; returns whether a message was blocked."""
        self.events += 1
        for resolution in outcome.resolutions:
            self._resolved(resolution)
        for action in outcome.actions:
            self.actions[action.kind] += 1
        verdict = outcome.verdict
        if note is None or verdict is None:
            return False
        for group in self._groups(note):
            group.message(note)
        for cell in self._cells(note):
            cell.messages += 1
        if verdict.action == "hold":
            self._waiting[verdict.id] = (note, verdict)
        elif verdict.action != "allow":
            self._mark("warned" if verdict.action == "warn" else "stopped", note, verdict)
        return verdict.action == "block"

    def finish(self, outcome: Outcome) -> None:
        """The end of the world: what still waits is released or dropped."""
        for resolution in outcome.resolutions:
            self._resolved(resolution)

    def source(self, text: int) -> str:
        """The collection that a text is from."""
        for source in self._library.sources:
            if text < source.last:
                return source.name
        return MADE

    def _groups(self, note: Note) -> list[Group]:
        found = [self.groups["all"]]
        if note.kind in TALK:
            found.append(self.groups["talk"])
        if note.text < self._library.real and self._library.unseen(note.text):
            found.append(self.groups["unseen texts"])
        return found

    def _cells(self, note: Note) -> tuple[Cell, Cell]:
        kind = self.kinds.get(note.kind) or self.kinds.setdefault(note.kind, Cell())
        name = self.source(note.text)
        return kind, self.sources.get(name) or self.sources.setdefault(name, Cell())

    def _resolved(self, resolution: Resolution) -> None:
        note, verdict = self._waiting.pop(resolution.id)
        late = resolution.outcome == "drop" or resolution.delay_s > LATE
        self._mark("stopped" if late else "held", note, verdict)

    def _mark(self, fate: Fate, note: Note, verdict: Verdict) -> None:
        for group in self._groups(note):
            group.mark(fate, note)
        for cell in self._cells(note):
            cell.mark(fate)
        told = [
            f"{r.signal} {r.bits:+.0f}"
            for r in verdict.reasons
            if abs(r.bits) >= TELLING and r.signal != "prior"
        ]
        pattern = f"{fate}: {note.kind}, {self.source(note.text)}: {', '.join(told)}"
        if pattern in self.patterns or len(self.patterns) < MAX_PATTERNS:
            self.patterns[pattern] += 1
            self.examples.setdefault(pattern, note.text)


def _count(counts: array[int], place: int) -> None:
    if place >= len(counts):
        counts.extend([0] * (place + 1000 - len(counts)))
    counts[place] += 1
