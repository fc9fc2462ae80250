"""How fast a scan is, how much memory it takes, and how both grow with the input.

A world is scanned as it is and 2, 4 and 8 times as long (copies in a row, each with names of its
own).  Each figure comes from a process of its own on one core; of several runs the median counts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from benchmarks.child import State, Whole, last_core
from benchmarks.concatenate import concatenated
from benchmarks.show import plain_table
from benchmarks.worlds import world_or_drill

ROOT: Final = Path(__file__).resolve().parent.parent
SIZES: Final = (1, 2, 4, 8)
RUNS: Final = 3
MB: Final = 1e6
SPEED: Final = (
    "input",
    "events",
    "messages",
    "events/s",
    "messages/s",
    "ratio",
    "guard events/s",
    "peak MB",
    "ratio",
)
REMEMBERED: Final = (
    "input",
    "accounts",
    "saved B/account",
    "ratio",
    "everything saved, MB",
    "ratio",
    "resident MB",
    "ratio",
)

S = TypeVar("S", bound=Struct)


class Size(Struct, frozen=True):
    """Everything measured at one length of input; the scan's figures are medians."""

    times: int
    scan: Whole
    state: State


def measure(world: Path, sizes: Sequence[int] = SIZES, runs: int = RUNS) -> list[Size]:
    """Measure the world at each length, in copies of itself.

    Raises subprocess.CalledProcessError when a measurement fails (it has said why).
    """
    measured = []
    for times in sizes:
        with tempfile.TemporaryDirectory(prefix="nospim-bench-") as folder:
            events = Path(folder) / "events.jsonl"
            with events.open("wb") as file:
                file.writelines(line + b"\n" for line in concatenated(world, times))
            scans = [_alone("whole", events, Whole) for _ in range(runs)]
            measured.append(Size(times, _middle(scans), _alone("state", events, State)))
    return measured


def _alone(what: str, events: Path, form: type[S]) -> S:
    """Run one measurement in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.child", what, str(events), str(last_core())]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": "0"}, stdout=subprocess.PIPE, check=True
    )
    return msgspec.json.decode(done.stdout, type=form)


def _middle(scans: list[Whole]) -> Whole:
    """The median of each figure by itself."""
    return Whole(
        scans[0].events,
        scans[0].messages,
        median(s.seconds for s in scans),
        median(s.cpu for s in scans),
        median(s.guard for s in scans),
        int(median(s.peak for s in scans)),
    )


def speed_table(measured: Sequence[Size]) -> Table:
    """Speed and peak memory by length of input; ratios are to the first length."""
    table = plain_table("A whole scan on one core", *SPEED)
    first = measured[0].scan
    for size in measured:
        scan = size.scan
        rate = scan.events / scan.cpu
        table.add_row(
            f"{size.times} x",
            f"{scan.events:,}",
            f"{scan.messages:,}",
            f"{rate:,.0f}",
            f"{scan.messages / scan.cpu:,.0f}",
            f"{rate / (first.events / first.cpu):.2f}",
            f"{scan.events / scan.guard:,.0f}",
            f"{scan.peak / MB:,.1f}",
            f"{scan.peak / first.peak:.2f}",
        )
    table.caption = (
        "events/s and messages/s: by processor time, from reading the file to the report\n"
        "guard events/s: by the clock, without campaigns, operators and report"
    )
    return table


def state_table(measured: Sequence[Size]) -> Table:
    """What the guard remembers by length of input; ratios are to the first length."""
    table = plain_table("What the guard remembers", *REMEMBERED)
    first = measured[0].state
    for size in measured:
        state = size.state
        each = state.maps["accounts"] / state.accounts
        table.add_row(
            f"{size.times} x",
            f"{state.accounts:,}",
            f"{each:,.0f}",
            f"{each / (first.maps['accounts'] / first.accounts):.2f}",
            f"{state.saved / MB:,.1f}",
            f"{state.saved / first.saved:.2f}",
            f"{state.resident / MB:,.1f}",
            f"{state.resident / first.resident:.2f}",
        )
    most = measured[-1]
    shares = ", ".join(f"{name} {held / MB:,.1f}" for name, held in most.state.maps.items())
    table.caption = (
        f"saved at {most.times} x, in MB: {shares}\n"
        "resident: what the process grew by since the guard was made"
    )
    added = most.state.accounts - first.accounts
    if added:
        grown = (most.state.resident - first.resident) / added
        table.caption += f"; {grown:,.0f} B for each account after the first {first.accounts:,}"
    return table


def main(*, world: Path | None = None, sizes: tuple[int, ...] = SIZES, runs: int = RUNS) -> None:
    """Measure speed and memory of a scan, and how they grow.

    Parameters
    ----------
    world
        Folder with events.jsonl or events.jsonl.gz; without it a drill is made on the spot.
    sizes
        How many times as long to make it.
    runs
        Scans of each length, of which the median counts.
    """
    with tempfile.TemporaryDirectory(prefix="nospim-bench-") as folder:
        measured = measure(world_or_drill(world, Path(folder)), sizes, runs)
    console = Console(width=120)
    console.print(speed_table(measured))
    console.print()
    console.print(state_table(measured))
