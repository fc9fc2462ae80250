"""What each signal is worth: the same worlds scanned with one signal switched off at a time.

All worlds are synthetic.  A row says what is lost without the signal, in points of spim stopped over all
lures and in the tactic that loses most, and how many more benign messages are stopped.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct
from rich.console import Console

from benchmarks import pages
from benchmarks.show import plain_table
from benchmarks.worlds import drill, shared_worlds
from nospim.drill import Plan
from nospim.policy import DEFAULT_POLICY, Policy
from nospim.quality.figures import Figures
from nospim.quality.rehearsal import rehearsed_figures
from nospim.signals import SIGNAL_NAMES

ROOT: Final = Path(__file__).resolve().parent.parent
COLUMNS: Final = (
    "without",
    "stopped, %",
    "lost, points",
    "most lost in",
    "points",
    "benign stopped",
    "accounts, %",
)
SEED: Final = 401


class Pooled(Struct, frozen=True):
    """Counts over all worlds: lures and lures stopped, by tactic too, benign messages stopped, accounts."""

    spim: int
    stopped: int
    benign_stopped: int
    tactics: dict[str, tuple[int, int]]
    accounts: int
    found: int

    @property
    def recall(self) -> float:
        """Share of lures stopped, in per cent."""
        return 100 * self.stopped / max(1, self.spim)


def pooled(scored: Sequence[Figures]) -> Pooled:
    """The counts of several scored scans together."""
    tactics: dict[str, tuple[int, int]] = {}
    for figures in scored:
        for name, share in figures.tactics.items():
            n, stopped = tactics.get(name, (0, 0))
            tactics[name] = (n + share.n, stopped + round(share.stopped * share.n))
    return Pooled(
        spim=sum(f.spim for f in scored),
        stopped=sum(round(f.recall_stopped * f.spim) for f in scored),
        benign_stopped=sum(f.fp_stopped for f in scored),
        tactics=tactics,
        accounts=sum(f.accounts.true for f in scored),
        found=sum(round(f.accounts.recall * f.accounts.true) for f in scored),
    )


def without(signal: str) -> Policy:
    """The default policy with one signal switched off."""
    return Policy(signals={**DEFAULT_POLICY.signals, signal: False})


def plan_of(number: int, drills: int) -> Plan:
    """The plan of one of so many drills: in the last one the operator looks behind links and gives decoys."""
    looks = 0.5 if number == drills - 1 else 0.0
    return Plan(seed=SEED + number, accounts=250, days=8, captures=looks, decoys=looks)


def row(name: str, now: Pooled, full: Pooled) -> tuple[str, ...]:
    """One line of the table, compared with all signals on."""
    losses = {t: 100 * (full.tactics[t][1] - stopped) / max(1, n) for t, (n, stopped) in now.tactics.items()}
    worst = max(losses, key=lambda tactic: (losses[tactic], tactic), default="-")
    return (
        name,
        f"{now.recall:.2f}",
        f"{full.recall - now.recall:+.2f}",
        worst if losses.get(worst, 0) > 0 else "-",
        f"{losses.get(worst, 0):+.2f}",
        f"{now.benign_stopped}",
        f"{100 * now.found / max(1, now.accounts):.1f}",
    )


def measured(worlds: Sequence[Path], say: Console) -> list[tuple[str, ...]]:
    """All lines: first with every signal on, then one off at a time."""
    full = pooled([rehearsed_figures(world) for world in worlds])
    table = [row("nothing", full, full)]
    for signal in SIGNAL_NAMES:
        say.print(f"without {signal}", highlight=False)
        table.append(row(signal, pooled([rehearsed_figures(w, without(signal)) for w in worlds]), full))
    return table


def main(*, world: list[Path] | None = None, drills: int = 2, write: bool = False) -> None:
    """Measure what is lost without each signal (all figures synthetic).

    Parameters
    ----------
    world
        Labelled worlds; without them those beside the checkout, if there are any.
    drills
        Fresh drills of 250 accounts over 8 days that are made and scanned as well; in the last one half of
        the new links are captured, and half of the campaigns' pages are given decoys.
    write
        Write the table into docs/explanation/ablation.md.
    """
    say = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="nospim-bench-") as folder:
        made = [drill(Path(folder) / f"drill-{SEED + n}", plan_of(n, drills)) for n in range(drills)]
        worlds = [*(shared_worlds(ROOT) if world is None else world), *made]
        lines = measured(worlds, say)
    names = ", ".join(w.name for w in worlds)
    table = plain_table(f"Without one signal (synthetic: {names})", *COLUMNS)
    for line in lines:
        table.add_row(*line)
    Console(width=None if Console().is_terminal else 110).print(table)
    if write:
        content = f"Worlds, all synthetic: {names}.\n\n{pages.markdown(COLUMNS, lines)}"
        path = pages.write("ablation.md", "ablation", content)
        say.print(f"wrote {path.relative_to(ROOT)}", highlight=False)
