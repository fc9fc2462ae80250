"""What became of honest people's messages in the attacker's range: lost, held, and how long they waited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct, field

from nospim.drill import Rehearsal
from nospim.drill.truth import LookAlike, Lure, ThiefLine
from nospim.events import MessageSent
from nospim.quality.intervals import wilson

HONEST: Final = (
    "benign messages",
    "sent",
    "never arrived",
    "arrived after a hold",
    "held at all, per 10,000",
    "longest wait, s",
)
ALL: Final = "all"


class Benign(Struct):
    """Benign messages of one kind: how many, how many never arrived, how many were held, and how long those
    that arrived all the same had waited (seconds)."""

    sent: int = 0
    lost: int = 0
    held: int = 0
    waits: list[float] = field(default_factory=list)

    @property
    def delayed(self) -> int:
        """Messages that arrived after a hold."""
        return len(self.waits)


def benign(rehearsal: Rehearsal) -> dict[str, Benign]:
    """What became of benign messages, by kind; what thieves wrote is left out."""
    rows = [r for r in rehearsal.world.truth if isinstance(r, Lure | LookAlike | ThiefLine)]
    kinds = {r.id: r.control if isinstance(r, LookAlike) else None for r in rows}
    found: dict[str, Benign] = {}
    for event in rehearsal.world.events:
        kind = kinds.get(event.id, "chat")
        if isinstance(event, MessageSent) and kind is not None:
            counts = found.setdefault(kind, Benign())
            counts.sent += 1
            held = rehearsal.verdicts[event.id].action == "hold"
            counts.held += held
            if event.id not in rehearsal.arrived:
                counts.lost += 1
            elif held:
                counts.waits.append(rehearsal.waits[event.id])
    return found


def pooled(counts: Sequence[dict[str, Benign]]) -> list[tuple[str, ...]]:
    """The lines about benign messages: each kind over all worlds, and all kinds together."""
    kinds = sorted({kind for one in counts for kind in one})
    lines = [_line(kind, [one[kind] for one in counts if kind in one]) for kind in kinds]
    return [*lines, _line(ALL, [each for one in counts for each in one.values()])]


def _line(kind: str, ours: Iterable[Benign]) -> tuple[str, ...]:
    several = list(ours)
    sent, held = sum(o.sent for o in several), sum(o.held for o in several)
    waits = [wait for o in several for wait in o.waits]
    sure = wilson(held, sent)
    share = f"{1e4 * held / max(1, sent):.1f} ({1e4 * sure.low:.1f}-{1e4 * sure.high:.1f})"
    longest = f"{max(waits):.0f}" if waits else "-"
    return (kind, f"{sent:,}", f"{sum(o.lost for o in several):,}", f"{len(waits):,}", share, longest)
