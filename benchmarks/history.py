"""``./dev bench history``: a long history grouped in batch, most of it one lure in copies or near-copies."""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Final, Literal

import msgspec
from rich.console import Console
from rich.table import Table

from nospim.events import AnyEvent, MessageData, MessageSent
from nospim.history.archive import investigate
from nospim.signals.sign_in import network_of

Kind = Literal["copies", "near-copies", "talk"]
KINDS: Final[tuple[Kind, ...]] = ("copies", "near-copies", "talk")
LURE: Final = "look what i found about you on this page it is really worth seeing today"
WORDS: Final = 20_000
"""Words of the made-up talk, drawn as in a language: the n-th with a weight of 1/n (Zipf)."""
START: Final = datetime(2026, 1, 1, tzinfo=UTC)


class Timed(msgspec.Struct, kw_only=True):
    """One length: seconds of the processor, peak memory in MB, and what was found."""

    seconds: float
    memory: int
    counts: dict[str, int]


def events(kind: Kind, count: int) -> Iterator[AnyEvent]:
    """So many messages of one kind, each to somebody else, the same ones each time."""
    chance = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    vocabulary = ["".join(chance.choices(letters, k=chance.randint(2, 9))) for _ in range(WORDS)]
    weights = list(accumulate(1 / n for n in range(1, WORDS + 1)))
    for n in range(count):
        if kind == "talk":
            said = " ".join(chance.choices(vocabulary, cum_weights=weights, k=chance.randint(3, 14)))
        else:
            said = LURE if kind == "copies" else f"{LURE} {''.join(chance.choices(letters, k=8))}"
        yield MessageSent(
            specversion="1.0", source="xmpp://a", id=f"m{n}", time=START + timedelta(seconds=n),
            subject=f"s{n % 1000}",
            data=MessageData(to=(f"r{n}",), text=said),
        )  # fmt: skip


def measure(kind: Kind, count: int) -> Timed:
    """Group so many messages of one kind; making them is not counted."""
    started = time.process_time()
    for _ in events(kind, count):
        pass
    making = time.process_time() - started
    started = time.process_time()
    found = investigate(lambda: events(kind, count), network_of)
    took = time.process_time() - started - 2 * making
    return Timed(
        seconds=took,
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        counts=found.counts | {"caps": len(found.caps)},
    )


def main(*, count: tuple[int, ...] = (10_000, 100_000)) -> None:
    """Measure grouping a history in batch.

    Parameters
    ----------
    count
        How many messages of each kind.
    """
    table = Table("messages", "kind", "wordings", "compared", "campaigns", "caps", "s", "most MB", box=None)
    for kind in KINDS:
        for number in count:
            # A process of its own, so that each has its own peak of memory.
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.history", kind, str(number)],
                capture_output=True,
                check=True,
            )
            timed = msgspec.json.decode(done.stdout.splitlines()[-1], type=Timed)
            told = timed.counts
            table.add_row(
                f"{number:,}", kind, f"{told['wordings']:,}", f"{told['compared']:,}",
                f"{told['campaigns']:,}", f"{told['caps']:,}", f"{timed.seconds:.1f}", f"{timed.memory:,}",
            )  # fmt: skip
    Console(width=120).print(table)


if __name__ == "__main__":
    print(msgspec.json.encode(measure(msgspec.convert(sys.argv[1], Kind), int(sys.argv[2]))).decode())
