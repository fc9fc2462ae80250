"""What holding cost honest people: how many of their messages had to wait, for how long, and how it ended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from msgspec import Struct

from nospim.quality.outcome import BRIEFLY, Outcome, read_outcome
from nospim.quality.truth import Truth, read_sent, read_truth


class Holds(Struct, frozen=True):
    """Benign messages, without what thieves wrote: how many, held, and dropped.

    waits: seconds of event time that each released one waited, in rising order.
    """

    benign: int
    held: int
    dropped: int
    waits: tuple[float, ...]

    @property
    def longest(self) -> float:
        """The longest wait, 0 where none waited."""
        return self.waits[-1] if self.waits else 0.0

    @property
    def late(self) -> int:
        """Messages released after more than `BRIEFLY` seconds, which are false stops."""
        return sum(wait > BRIEFLY for wait in self.waits)

    def wait(self, q: float) -> float:
        """A quantile of the waits, 0 where none waited."""
        return self.waits[min(len(self.waits) - 1, int(q * len(self.waits)))] if self.waits else 0.0


def read_holds(world: Path, out: Path) -> Holds:
    """The holds of the scan in `out` on a labelled world.  Raises QualityError for broken files."""
    sent = read_sent(world)
    return holds(read_truth(world), sent, read_outcome(out, sent))


def holds(truth: Truth, sent: Collection[str], outcome: Outcome) -> Holds:
    """The holds of one outcome; `sent` are the ids of all messages."""
    benign = {ident for ident in sent if ident not in truth.spim and ident not in truth.thief}
    held = {ident for ident in benign if outcome.verdicts[ident] == "hold"}
    ends = [end for end in outcome.ended if end.id in held]
    waits = sorted(end.delay_s for end in ends if end.outcome == "release")
    return Holds(len(benign), len(held), sum(end.outcome == "drop" for end in ends), tuple(waits))


def together(several: Sequence[Holds]) -> Holds:
    """The holds of several worlds as if of one."""
    return Holds(
        sum(one.benign for one in several),
        sum(one.held for one in several),
        sum(one.dropped for one in several),
        tuple(sorted(wait for one in several for wait in one.waits)),
    )
