"""One false stop in a million?  The guard over a benign world grown from real conversations and texts.

Who writes whom and when, and what is said, is real; sign-ins, links added and things sent round are made up
at the rates that are printed.  Every stop is false, and is counted.
"""

from __future__ import annotations

import gc
import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct
from rich.console import Console

from benchmarks import pages
from benchmarks.child import last_core, peak_memory, stay_on
from benchmarks.peace import KINDS, Library, World
from benchmarks.peace.rates import RATES
from benchmarks.peace.sureness import Clusters, bootstrap, correlation, design_effect, upper_rate
from benchmarks.peace.tally import GROUPS, Cell, Group, Tally
from benchmarks.show import plain_table
from nospim.engine import Engine
from nospim.quality.intervals import poisson_upper

ROOT: Final = Path(__file__).resolve().parent.parent
DATA: Final = ROOT.parent / "shared" / "data"
PAGE: Final = "one-in-a-million.md"
SEED: Final = 7
PER_COPY: Final = 60_000
"""Messages that one copy of the graph brings at least; more copies than needed cost nothing."""
EVERY: Final = 1_000_000
PROGRESS: Final = 100_000
MILLION: Final = 1e6
CELLS: Final = ("messages", "stopped", "per million", "<=", "held briefly", "warned", "warned per 1,000")


class Run(Struct, frozen=True):
    """What one run took.  seconds: by the clock, world and guard; guard: of them inside the guard;
    peak: most memory resident, in bytes."""

    seconds: float
    guard: float
    peak: int
    accounts: int


def measure(
    data: Path,
    messages: int,
    seed: int = SEED,
    *,
    minutes: float = math.inf,
    say: Console | None = None,
) -> tuple[Tally, Run]:
    """Let `messages` benign messages past the guard, or as many as `minutes` allow, and count.

    data: the folder of public data sets.  say: where progress is told.
    Raises NospimError for data that is missing.
    """
    engine = Engine()
    library = Library(data, engine.room.reader)
    world = World(data, library, math.ceil(messages / PER_COPY), seed)
    tally = Tally(library)
    started, inside = time.perf_counter(), 0
    clock, step = time.perf_counter_ns, engine.step
    for event, note in world.events():
        before = clock()
        outcome = step(event, note.reading if note is not None else None)
        inside += clock() - before
        if tally.event(outcome, note):
            world.blocked(event.id, event.subject)
        if note is not None:
            done = tally.groups["all"].cell.messages
            if say is not None and done % PROGRESS == 0:
                _progress(say, tally, time.perf_counter() - started)
            if done >= messages or (done % PROGRESS == 0 and time.perf_counter() - started > 60 * minutes):
                break
    tally.finish(engine.finish())
    return tally, Run(time.perf_counter() - started, inside / 1e9, peak_memory(), world.census.count)


def _progress(say: Console, tally: Tally, seconds: float) -> None:
    cell = tally.groups["all"].cell
    line = (
        f"{cell.messages:,} messages, {tally.events / seconds:,.0f} events/s: "
        f"{cell.stopped} stopped, {cell.held} held briefly, {cell.warned} warned"
    )
    if cell.messages % EVERY == 0:
        print(line, flush=True)
    else:
        say.print(line, highlight=False)


def summary(tally: Tally, run: Run) -> list[tuple[str, ...]]:
    """The first table: by group, what was sent, what was stopped, and how sure that is; and what it took."""
    columns = [dict(_figures(group)) for group in tally.groups.values()]
    lines = [(name, *(column[name] for column in columns)) for name in columns[0]]
    cost = (
        ("events", f"{tally.events:,}"),
        ("events per second, the making of the world included", f"{tally.events / run.seconds:,.0f}"),
        ("events per second in the guard", f"{tally.events / run.guard:,.0f}"),
        ("peak memory, the world's included, MB", f"{run.peak / 1e6:,.0f}"),
    )
    return lines + [(name, figure, *("" for _ in columns[1:])) for name, figure in cost]


def _figures(group: Group) -> Iterator[tuple[str, str]]:
    cell = group.cell
    of = max(1, cell.messages)
    yield "messages", f"{cell.messages:,}"
    yield "distinct senders", f"{sum(map(bool, group.sent)):,}"
    yield "distinct texts", f"{sum(map(bool, group.said)):,}"
    yield "false stops", f"{cell.stopped:,}"
    yield "senders that they struck", f"{len(group.stopped_by[0]):,}"
    yield "false stops per million", f"{_million(cell):.2f}"
    yield "at most, were messages independent", _at_most(cell.stopped, cell.messages, of)
    for which, (what, sizes) in enumerate((("sender", group.sent), ("text", group.said))):
        clusters = Clusters.of(sizes)
        effect = design_effect(clusters, correlation(clusters, group.flagged_by[which], sizes))
        drawn = bootstrap(clusters, group.stopped_by[which])
        yield f"design effect by {what}", f"{effect:.2f}"
        yield f"effective messages by {what}", f"{clusters.messages / effect:,.0f}"
        yield f"at most, by {what}", _at_most(cell.stopped, clusters.messages / effect, of)
        yield f"effective messages, each {what} of one fate", f"{clusters.worst:,.0f}"
        yield f"at most, each {what} of one fate", _at_most(cell.stopped, clusters.worst, of)
        yield f"bootstrap by {what}, per million", f"{MILLION * drawn.low:.2f} to {MILLION * drawn.high:.2f}"
    yield "held up to 30 s, per 10,000", f"{1e4 * cell.held / of:.3f}"
    yield "warned, per 1,000", f"{1e3 * cell.warned / of:.3f}"


def _million(cell: Cell) -> float:
    return MILLION * cell.stopped / max(1, cell.messages)


def _at_most(seen: int, effective: float, of: int) -> str:
    return f"{MILLION * upper_rate(seen, effective, of):.2f}"


def cells(counts: dict[str, Cell]) -> list[tuple[str, ...]]:
    """The lines of a table of counts."""
    return [
        (
            name,
            f"{c.messages:,}",
            f"{c.stopped:,}",
            f"{_million(c):.1f}",
            f"{MILLION * poisson_upper(c.stopped) / c.messages:,.1f}",
            f"{c.held:,}",
            f"{c.warned:,}",
            f"{1000 * c.warned / c.messages:.2f}",
        )
        for name, c in counts.items()
        if c.messages
    ]


def main(
    *,
    messages: int = 200_000,
    data: Path = DATA,
    seed: int = SEED,
    minutes: float = math.inf,
    patterns: int = 0,
    write: bool = False,
) -> None:
    """Count false stops in a benign world grown from real conversations and texts.

    Parameters
    ----------
    messages
        How many messages; a million takes some minutes.
    data
        The folder of public data sets.
    seed
        Another seed gives another world.
    minutes
        Stop after so many minutes, however many messages there were.
    patterns
        Show so many of the commonest patterns of reasons behind stops, holds and warnings.
    write
        Write the tables into docs/explanation/one-in-a-million.md.
    """
    stay_on(last_core())
    gc.disable()  # as a scan does
    say = Console(stderr=True)
    tally, run = measure(data, messages, seed, minutes=minutes, say=say)
    tables = (
        ("A benign world", ("figure", *GROUPS), summary(tally, run)),
        ("By kind", ("kind", *CELLS), cells({k: tally.kinds[k] for k in KINDS if k in tally.kinds})),
        ("By source of the text", ("source", *CELLS), cells(dict(sorted(tally.sources.items())))),
    )
    for title, columns, lines in tables:
        shown = plain_table(title, *columns)
        for line in lines:
            shown.add_row(*line)
        Console(width=130).print(shown)
    if tally.actions:
        print("actions asked for:", ", ".join(f"{k} {n}" for k, n in sorted(tally.actions.items())))
    for pattern, count in tally.patterns.most_common(patterns):
        print(f"{count:6} {pattern} (text {tally.examples[pattern]})")
    if write:
        parts = [pages.markdown(columns, lines) for _, columns, lines in tables]
        parts += ["Rates of the made-up part:\n", rates_table()]
        head = f"Seed {seed}, default policy, {run.accounts:,} accounts. Limits are one-sided, 95 %.\n"
        print(f"wrote {pages.write(PAGE, 'benign', chr(10).join((head, *parts))).name}", file=sys.stderr)


def rates_table() -> str:
    """The table of rates, for the documentation."""
    return pages.markdown(
        ("rate", "", "what", "reason"),
        ((f"{r.value:g}", r.unit, r.what, r.reason) for r in RATES.values()),
    )
