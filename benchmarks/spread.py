"""Containment on labelled worlds: accounts taken, lures delivered and reproduction number, with and without.

All worlds are synthetic, and the loop is closed afterwards by cutting (see `nospim.quality.containment`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from benchmarks import pages
from benchmarks.show import plain_table
from benchmarks.worlds import drill, shared_worlds
from nospim.drill import Plan
from nospim.quality.containment import Containment, read_containment
from nospim.quality.rows import find
from nospim.scan import scan

ROOT: Final = Path(__file__).resolve().parent.parent
DELAYS: Final = (5.0, 60.0, 600.0)
"""Seconds from an action that is asked for to an account that is silent."""
SEED: Final = 501
COLUMNS: Final = (
    "world",
    "lock after, s",
    "taken",
    "taken with",
    "R",
    "R with",
    "lures",
    "delivered",
    "per account: median",
    "p95",
)


def row(name: str, delay: float, found: Containment) -> tuple[str, ...]:
    """One line of the table."""
    return (
        name,
        f"{delay:.0f}",
        f"{found.taken}",
        f"{found.taken_with}",
        f"{found.reproduction:.2f}",
        f"{found.reproduction_with:.2f}",
        f"{found.lures:,}",
        f"{sum(found.delivered):,}",
        f"{found.median}",
        f"{found.p95}",
    )


def measured(worlds: Sequence[Path], say: Console) -> list[tuple[str, ...]]:
    """The lines of all worlds, each with every delay."""
    lines = []
    for world in worlds:
        say.print(f"scanning {world.name}", highlight=False)
        events = find(world, "events.jsonl")
        if events is None:
            raise FileNotFoundError(f"{world} holds neither events.jsonl nor events.jsonl.gz")
        with tempfile.TemporaryDirectory(prefix="nospim-bench-") as out:
            scan([events], Path(out))
            lines += [row(world.name, d, read_containment(world, Path(out), d)) for d in DELAYS]
    return lines


def main(*, world: list[Path] | None = None, drills: int = 3, write: bool = False) -> None:
    """Measure how far attacks spread with the guard and without (all figures synthetic).

    Parameters
    ----------
    world
        Labelled worlds; without them those beside the checkout, if there are any.
    drills
        Fresh drills that are made and scanned as well.
    write
        Write the table into docs/explanation/spread.md.
    """
    say = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="nospim-bench-") as folder:
        made = [drill(Path(folder) / f"drill-{SEED + n}", Plan(seed=SEED + n)) for n in range(drills)]
        lines = measured([*(shared_worlds(ROOT) if world is None else world), *made], say)
    table = plain_table("Containment (synthetic worlds, cut back afterwards)", *COLUMNS)
    for line in lines:
        table.add_row(*line)
    Console(width=None if Console().is_terminal else 110).print(table)
    if write:
        path = pages.write("spread.md", "spread", pages.markdown(COLUMNS, lines))
        say.print(f"wrote {path.relative_to(ROOT)}", highlight=False)
