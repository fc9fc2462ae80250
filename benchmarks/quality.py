"""How good nospim is on labelled worlds: one table, with how sure each figure is.

Worlds that are given, worlds beside the checkout, and fresh drills with seeds of their own are scanned with
the default policy and scored.  All of it is synthetic, and the table says so beside each figure.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct
from rich.console import Console
from rich.text import Text

from benchmarks import pages
from benchmarks.show import plain_table
from benchmarks.worlds import drill, shared_worlds
from nospim.drill import Plan
from nospim.quality.figures import Figures
from nospim.quality.holds import Holds, together
from nospim.quality.intervals import poisson_upper, wilson
from nospim.quality.rehearsal import rehearsed_with_holds

ROOT: Final = Path(__file__).resolve().parent.parent
SYNTHETIC: Final = "(synthetic)"
NONE: Final = "-"


class Row(Struct, frozen=True):
    """One figure: its name, and what it was in each world and, where that can be said, in all together."""

    name: str
    cells: tuple[str, ...]
    total: str = NONE


def rows(scored: Sequence[Figures]) -> list[Row]:
    """The table, row by row, for worlds in the order given."""
    return [
        Row("messages", tuple(f"{f.messages:,}" for f in scored), f"{sum(f.messages for f in scored):,}"),
        Row("of them spim", tuple(f"{f.spim:,}" for f in scored), f"{sum(f.spim for f in scored):,}"),
        _recall("spim stopped, %", [(round(f.recall_stopped * f.spim), f.spim) for f in scored]),
        _recall("spim flagged, %", [(round(f.recall_flagged * f.spim), f.spim) for f in scored]),
        *_tactics(scored),
        *_late(scored),
        _rate("benign stopped, per million", [(f.fp_stopped, f.benign) for f in scored]),
        _rate("benign flagged, per million", [(f.fp_flagged, f.benign) for f in scored]),
        _counts("benign held up to 30 s", [f.benign_held_briefly for f in scored]),
        *_look_alikes(scored),
        *_joined(scored),
    ]


def hold_rows(several: Sequence[Holds]) -> list[Row]:
    """What holding cost honest people, world by world and in all."""
    whole = [*several, together(several)]
    waits = [
        f"{one.wait(0.5):.0f}, {one.wait(0.99):.0f}, {one.longest:.0f}" if one.waits else NONE
        for one in whole
    ]
    late = [f"{one.dropped:,}, {one.late:,}" if one.held else NONE for one in whole]
    held = [_per_ten_thousand(one) for one in whole]
    return [
        Row("benign held at all, per 10,000", tuple(held[:-1]), held[-1]),
        Row("benign held: dropped, released after 30 s", tuple(late[:-1]), late[-1]),
        Row("waits of released benign, s: median, 99 %, longest", tuple(waits[:-1]), waits[-1]),
    ]


def _per_ten_thousand(one: Holds) -> str:
    if not one.benign:
        return NONE
    sure = wilson(one.held, one.benign)
    return f"{1e4 * one.held / one.benign:.2f} ({1e4 * sure.low:.2f}-{1e4 * sure.high:.2f}; n {one.held:,})"


def _tactics(scored: Sequence[Figures]) -> Iterator[Row]:
    for tactic in sorted({name for f in scored for name in f.tactics}):
        # Shares have four decimals, so that counts below 10,000 come back exactly.
        shares = [f.tactics.get(tactic) for f in scored]
        yield _recall(
            f"{tactic} stopped, %",
            [(round(s.stopped * s.n), s.n) if s is not None else (0, 0) for s in shares],
        )


def _late(scored: Sequence[Figures]) -> Iterator[Row]:
    """The worst campaign once it is known, of each world."""
    worst = [min(f.stopped_after_20th.values(), default=None) for f in scored]
    cells = tuple(NONE if w is None else f"{100 * w:.2f}" for w in worst)
    known = [w for w in worst if w is not None]
    yield Row(
        "stopped after the 20th, worst campaign, %", cells, f"{100 * min(known):.2f}" if known else NONE
    )


def _look_alikes(scored: Sequence[Figures]) -> Iterator[Row]:
    for kind in sorted({name for f in scored for name in f.benign_kinds}):
        counts = [f.benign_kinds.get(kind) for f in scored]
        pairs = [(0, 0) if c is None else (c.stopped, c.n) for c in counts]
        yield Row(
            f"benign {kind} stopped",
            tuple(f"{k:,} of {n:,}" if n else NONE for k, n in pairs),
            f"{sum(k for k, _ in pairs):,} of {sum(n for _, n in pairs):,}",
        )


def _joined(scored: Sequence[Figures]) -> Iterator[Row]:
    lures = [f.lures_delivered_per_account for f in scored]
    yield Row(
        "lures delivered per account: median, p95, max",
        tuple(f"{d.median}, {d.p95}, {d.max}" for d in lures),
    )
    accounts = [f.accounts for f in scored]
    right = [round(a.precision * a.found) for a in accounts]
    yield _recall("accounts: precision, %", list(zip(right, (a.found for a in accounts), strict=True)))
    yield _recall("accounts: recall, %", list(zip(right, (a.true for a in accounts), strict=True)))
    yield _recall(
        "accounts: right kind, %",
        [(round(a.kind_right * r), r) for a, r in zip(accounts, right, strict=True)],
    )
    infections = [f.infections for f in scored]
    yield _recall("infections: precision, %", [(round(i.precision * i.found), i.found) for i in infections])
    yield _recall("infections: recall, %", [(round(i.recall * i.true), i.true) for i in infections])
    yield Row("campaigns found of true", tuple(f"{f.campaigns.found} of {f.campaigns.true}" for f in scored))
    yield Row(
        "campaigns: B-cubed precision, recall",
        tuple(f"{f.campaigns.bcubed_precision:.3f}, {f.campaigns.bcubed_recall:.3f}" for f in scored),
    )


def _recall(name: str, counts: Sequence[tuple[int, int]]) -> Row:
    total = (sum(k for k, _ in counts), sum(n for _, n in counts))
    return Row(name, tuple(_share(k, n) for k, n in counts), _share(*total))


def _share(seen: int, of: int) -> str:
    """A share in per cent with its Wilson interval."""
    if not of:
        return NONE
    sure = wilson(seen, of)
    return f"{100 * seen / of:.2f} ({100 * sure.low:.2f}-{100 * sure.high:.2f})"


def _rate(name: str, counts: Sequence[tuple[int, int]]) -> Row:
    total = (sum(k for k, _ in counts), sum(n for _, n in counts))
    return Row(name, tuple(_per_million(k, n) for k, n in counts), _per_million(*total))


def _per_million(seen: int, of: int) -> str:
    """A rate with the exact one-sided 95 % limit of its count."""
    if not of:
        return NONE
    return f"{seen / of * 1e6:,.1f} (<= {poisson_upper(seen) / of * 1e6:,.1f}; n {seen:,})"


def _counts(name: str, counts: Sequence[int]) -> Row:
    return Row(name, tuple(f"{c:,}" for c in counts), f"{sum(counts):,}")


def markdown(names: Sequence[str], table: Iterable[Row]) -> str:
    """The table for the documentation."""
    lines = ((f"{row.name} {SYNTHETIC}", *row.cells, row.total) for row in table)
    return pages.markdown(("figure", *names, "all"), lines)


def main(*worlds: Path, drills: int = 3, seed: int = 101, write: bool = False) -> None:
    """Measure quality on labelled worlds.

    Parameters
    ----------
    worlds
        Folders with events.jsonl and truth.jsonl; without any, those in the folder shared/ beside the
        checkout, if it is there.
    drills
        How many fresh drills to add.
    seed
        Seed of the first of them; the next ones count up.
    write
        Put the table into docs/explanation/quality.md.
    """
    console = Console(width=190)
    scored: dict[str, Figures] = {}
    held: list[Holds] = []
    with tempfile.TemporaryDirectory(prefix="nospim-bench-") as folder:
        places = list(worlds or shared_worlds(ROOT))
        places += [drill(Path(folder) / f"drill-{n}", Plan(seed=n)) for n in range(seed, seed + drills)]
        for place in places:
            console.print(Text(f"scanning {place.name}"))
            scored[place.name], holds = rehearsed_with_holds(place)
            held.append(holds)
    table = rows(list(scored.values())) + hold_rows(held)
    shown = plain_table("Quality (synthetic worlds, 95 % limits)", "figure", *scored, "all")
    for row in table:
        shown.add_row(Text(row.name), *row.cells, row.total)
    console.print(shown)
    if write:
        path = pages.write("quality.md", "quality", markdown(list(scored), table))
        console.print(Text(f"wrote {path.relative_to(ROOT)}"))
