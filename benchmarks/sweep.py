"""What the range's figures rest on: one parameter of people, thieves or the service turned at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace
from rich.console import Console

from benchmarks import pages
from benchmarks import range as attackers_range
from benchmarks.crew import hands, share
from benchmarks.show import plain_table
from nospim.drill import RANGE_TACTICS, TACTICS, Conduct, Plan

BASE: Final = Conduct(submit=0.14)
TURNS: Final[tuple[tuple[str, Conduct], ...]] = (
    ("as it is", BASE),
    ("a lock takes 5 s", replace(BASE, lock_delay=5.0)),
    ("a lock takes 10 min", replace(BASE, lock_delay=600.0)),
    ("a lock takes 6 h", replace(BASE, lock_delay=21_600.0)),
    ("warnings are heeded by 13 %", replace(BASE, warned_click=0.87)),
    ("warnings are heeded by 79 %", replace(BASE, warned_click=0.21)),
    ("no client honours a recall", replace(BASE, recall_honoured=0.0)),
    ("every client honours a recall", replace(BASE, recall_honoured=1.0)),
    ("nothing more than a password is asked", replace(BASE, step_up_holds=0.0)),
    ("people who are told click as ever", replace(BASE, notified_click=1.0)),
    ("no owner takes the account back", replace(BASE, owner_acts=0.0)),
    ("thieves are four times as fast", replace(BASE, pace=0.25)),
    ("thieves are ten times as slow", replace(BASE, pace=10.0)),
    ("twice as many open links", replace(BASE, click=2.0)),
    ("3 % submit", replace(BASE, submit=0.03)),
    ("45 % submit", replace(BASE, submit=0.45)),
)
"""What is turned, and to what; the two shares of heeding are Egelman's (see `Conduct`)."""
COLUMNS: Final = ("turned", "taken", "taken with", "R", "R with", "stopped", "per account: median", "p95")


def plans(conduct: Conduct, seeds: Sequence[int], accounts: int, days: int) -> list[Plan]:
    """The worlds of one row: all tactics that enter accounts, in the same worlds each time."""
    tactics = [t for t in (*TACTICS, *RANGE_TACTICS) if t not in ("fresh", "harvested")]
    groups = attackers_range.batched_tactics(tactics)
    rate = conduct.submit or 0.0
    return [
        replace(attackers_range.plan_of(seed * 10 + part, rate, group, accounts, days), conduct=conduct)
        for seed in seeds
        for part, group in enumerate(groups)
    ]


def line(name: str, worlds: Sequence[attackers_range.Played]) -> tuple[str, ...]:
    """One row of the table."""
    whole = attackers_range.row(name, attackers_range.by_world(worlds))
    return (whole[0], *whole[2:-1])


def main(
    *,
    seeds: int = 1,
    seed: int = attackers_range.SEED,
    accounts: int = 300,
    days: int = 14,
    workers: int | None = None,
    write: bool = False,
) -> None:
    """Turn one parameter of the range at a time, at 14 % submitting (all figures synthetic).

    Parameters
    ----------
    seeds
        How many sets of worlds; intervals are over them.
    seed
        Seed of the first; the next ones count up.
    accounts
        People of each world.
    days
        Days of each world.
    workers
        Processes that share the worlds; without it as many as there are processors. The figures are the same.
    write
        Write the table into docs/explanation/containment.md.
    """
    say = Console(stderr=True)
    lines = []
    wanted = [plans(conduct, [seed + n for n in range(seeds)], accounts, days) for _, conduct in TURNS]
    done = share(attackers_range.world, [plan for row in wanted for plan in row], workers or hands())
    for (name, _), row in zip(TURNS, wanted, strict=True):
        lines.append(line(name, [one for _ in row for one in next(done)[0]]))
        say.print(name, highlight=False)
    shown = plain_table("One parameter turned at a time (synthetic)", *COLUMNS)
    for cells in lines:
        shown.add_row(*cells)
    Console(width=None if Console().is_terminal else 150).print(shown)
    if write:
        path = pages.write("containment.md", "sweep", pages.markdown(COLUMNS, lines))
        say.print(f"wrote {path.name}", highlight=False)
