"""The attacker's range: drills played before the guard and before nobody, tactic by tactic.

In a closed loop what is stopped does not spread, so the figures are of attacks that really were cut short:
lures delivered per taken account, accounts taken, and the reproduction number with the guard and without.
All of it is synthetic; docs/explanation/containment.md says what the loop leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from msgspec import Struct
from rich.console import Console

from benchmarks import pages
from benchmarks.crew import hands, share, uncollected
from benchmarks.honest import HONEST, Benign, benign, pooled
from benchmarks.show import plain_table
from nospim.drill import CONTROLS, RANGE_CONTROLS, RANGE_TACTICS, TACTICS, Conduct, Plan, Rehearsal, rehearse
from nospim.drill.guarding import Unguarded
from nospim.drill.takings import Taking
from nospim.engine import Engine
from nospim.policy import DEFAULT_POLICY, Policy
from nospim.policy.settings import ActionSettings
from nospim.verdicts import Verdict

ROOT: Final = Path(__file__).resolve().parent.parent
SUBMITS: Final = (0.03, 0.14, 0.45)
"""Shares of visitors who give their password: the worst, mean and best page of Bursztein and others, 2014."""
SEED: Final = 701
TOGETHER: Final = 7
"""Tactics in one world: more would teach the guard more than one attack at a time does."""
CAPTURING: Final = Policy(actions=ActionSettings(capture=True))
"""The default policy, but that captures are asked for."""
DRAWS: Final = 1000
"""Resamples of a bootstrap (Efron 1979): enough for two digits of a 95 % interval."""
COLUMNS: Final = (
    "tactic",
    "submit",
    "taken",
    "taken with",
    "R",
    "R with",
    "stopped",
    "per account: median",
    "p95",
    "max",
)


class Played(Struct, frozen=True):
    """One tactic in one world: the accounts taken without the guard and with it.

    escaped: the guard's verdicts on the lures that it let through.
    """

    tactic: str
    submit: float
    seed: int
    alone: tuple[Taking, ...]
    guarded: tuple[Taking, ...]
    escaped: tuple[Verdict, ...] = ()


def plan_of(seed: int, submit: float, tactics: tuple[str, ...], accounts: int, days: int) -> Plan:
    """A world of the range: outbreaks from four bought accounts each, and nothing bought afterwards."""
    return Plan(
        seed=seed,
        accounts=accounts,
        days=days,
        tactics=tactics,
        controls=(*CONTROLS, *RANGE_CONTROLS),
        hijacked_per_campaign=16,
        seeds=4,
        reseed=False,
        well_known=0.2,
        conduct=Conduct(submit=submit),
    )


def before_the_guard(plan: Plan, policy: Policy = DEFAULT_POLICY) -> Rehearsal:
    """One drill before a fresh engine."""
    return rehearse(plan, Engine(policy))


def world(plan: Plan, policy: Policy = DEFAULT_POLICY) -> tuple[list[Played], dict[str, Benign]]:
    """One world, played and counted."""
    played, guarded = play(plan, policy)
    return played, benign(guarded)


def play(plan: Plan, policy: Policy = DEFAULT_POLICY) -> tuple[list[Played], Rehearsal]:
    """One world before nobody and before the guard, by tactic; and the second of the two whole."""
    with uncollected():
        alone, guarded = rehearse(plan, Unguarded()), before_the_guard(plan, policy)
    submit = plan.conduct.submit or 0.0
    played = []
    for tactic in plan.tactics:
        ours = _of(guarded.takings, tactic)
        through = [lure.message for t in ours for lure in t.lures if lure.arrived is not None]
        escaped = tuple(guarded.verdicts[message] for message in through)
        played.append(Played(tactic, submit, plan.seed, _of(alone.takings, tactic), ours, escaped))
    return played, guarded


def _of(takings: Iterable[Taking], tactic: str) -> tuple[Taking, ...]:
    return tuple(taking for taking in takings if taking.draft.tactic == tactic)


def reproduction(takings: Sequence[Taking]) -> float:
    """Mean number of people who gave themselves up to the lures of one taken account."""
    return sum(taking.fell for taking in takings) / max(1, len(takings))


def share_stopped(takings: Sequence[Taking]) -> float:
    """Share of lures sent that did not arrive; 1 where none was sent."""
    sent = sum(len(taking.lures) for taking in takings)
    return 1.0 - sum(taking.delivered for taking in takings) / sent if sent else 1.0


def quantile(takings: Sequence[Taking], q: float) -> float:
    """A quantile of lures delivered per taken account; 0 where none was taken."""
    counts = sorted(taking.delivered for taking in takings)
    return float(counts[min(len(counts) - 1, int(q * len(counts)))]) if counts else 0.0


Figure = Callable[[Sequence[Taking]], float]


def interval(groups: Sequence[Sequence[Taking]], figure: Figure) -> tuple[float, float]:
    """95 % bootstrap interval of a pooled figure, by drawing whole worlds (seeds) with replacement."""
    rng = Random(len(groups))
    drawn = []
    for _ in range(DRAWS):
        drawn.append(figure([t for _ in groups for t in groups[rng.randrange(len(groups))]]))
    drawn.sort()
    return drawn[int(0.025 * DRAWS)], drawn[int(0.975 * DRAWS)]


def row(name: str, played: Sequence[Played]) -> tuple[str, ...]:
    """One line of the table, over all seeds."""
    alone = [one.alone for one in played]
    guarded = [one.guarded for one in played]

    def sure(groups: Sequence[Sequence[Taking]], figure: Figure, form: str) -> str:
        pooled = figure([t for group in groups for t in group])
        low, high = interval(groups, figure)
        return f"{pooled:{form}} ({low:{form}}-{high:{form}})"

    everything = [t for group in guarded for t in group]
    rates = {f"{one.submit:.0%}" for one in played}
    return (
        name,
        ", ".join(sorted(rates)),
        f"{sum(map(len, alone)):,}",
        f"{len(everything):,}",
        sure(alone, reproduction, ".2f"),
        sure(guarded, reproduction, ".2f"),
        sure(guarded, share_stopped, ".0%"),
        sure(guarded, lambda t: quantile(t, 0.5), ".0f"),
        sure(guarded, lambda t: quantile(t, 0.95), ".0f"),
        f"{max((t.delivered for t in everything), default=0)}",
    )


def table(
    played: Sequence[Played], tactics: Sequence[str], submits: Sequence[float]
) -> list[tuple[str, ...]]:
    """The lines: each tactic at each rate of submission, and all tactics of hijacked accounts together."""
    lines = []
    for submit in submits:
        at = [one for one in played if one.submit == submit]
        hijacked = [one for one in at if all(t.draft.state == "hijacked" for t in (*one.alone, *one.guarded))]
        lines.append(row("all, hijacked", by_world(hijacked)))
    for tactic in tactics:
        for submit in submits:
            ours = [one for one in played if one.tactic == tactic and one.submit == submit]
            lines.append(row(tactic, ours))
    return lines


def by_world(played: Sequence[Played]) -> list[Played]:
    """All tactics of one world taken together: they are not independent."""
    seeds = dict.fromkeys(one.seed for one in played)
    joined = []
    for seed in seeds:
        ours = [one for one in played if one.seed == seed]
        alone = tuple(t for one in ours for t in one.alone)
        joined.append(Played("all", ours[0].submit, seed, alone, tuple(t for o in ours for t in o.guarded)))
    return joined


def escapes(played: Iterable[Played]) -> dict[str, tuple[int, dict[str, float]]]:
    """Delivered lures by tactic: how many, and the mean bits that each signal gave them."""
    found: dict[str, list[Verdict]] = {}
    for one in played:
        if one.escaped:
            found.setdefault(one.tactic, []).extend(one.escaped)
    return {
        tactic: (len(verdicts), _mean_bits(verdicts))
        for tactic, verdicts in sorted(found.items(), key=lambda item: -len(item[1]))
    }


def _mean_bits(verdicts: Sequence[Verdict]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for verdict in verdicts:
        for reason in verdict.reasons:
            sums[reason.signal] = sums.get(reason.signal, 0.0) + reason.bits
    means = {signal: total / len(verdicts) for signal, total in sums.items()}
    return dict(sorted(means.items(), key=lambda item: (-item[1], item[0])))


def _show_escapes(played: Sequence[Played], say: Console) -> None:
    for tactic, (count, bits) in escapes(played).items():
        told = ", ".join(f"{signal} {mean:+.1f}" for signal, mean in bits.items() if abs(mean) >= 0.05)
        say.print(f"{tactic}: {count:,} delivered; mean bits: {told}", highlight=False)


def main(
    *,
    seeds: int = 3,
    seed: int = SEED,
    accounts: int = 300,
    days: int = 14,
    tactics: list[str] | None = None,
    submit: list[float] | None = None,
    captures: bool = False,
    workers: int | None = None,
    why: bool = False,
    write: bool = False,
) -> None:
    """Let attackers loose on the guard, and on a service without one (all figures synthetic).

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
    tactics
        Which tactics; without it all.
    submit
        Shares of visitors who give their password; without it 0.03, 0.14 and 0.45.
    captures
        Let the guard ask for the pages behind links that make messages wait.
    workers
        Processes that share the worlds; without it as many as there are processors. The figures are the same.
    why
        Say what each signal gave, on average, to the lures that were delivered.
    write
        Write the table into docs/explanation/containment.md.
    """
    say = Console(stderr=True)
    chosen = tuple(tactics or (*TACTICS, *RANGE_TACTICS))
    rates = tuple(submit or SUBMITS)
    policy = CAPTURING if captures else DEFAULT_POLICY
    plans = [
        plan_of(number * 10 + part, rate, group, accounts, days)
        for number in range(seed, seed + seeds)
        for rate in rates
        for part, group in enumerate(batched_tactics(chosen))
    ]
    played: list[Played] = []
    honest: list[dict[str, Benign]] = []
    for plan, (ours, counts) in zip(
        plans, share(partial(world, policy=policy), plans, workers or hands()), strict=True
    ):
        told = f"seed {plan.seed // 10}, {plan.conduct.submit:.0%} submit: {', '.join(plan.tactics)}"
        say.print(told, highlight=False)
        played += ours
        honest.append(counts)
    _print(played, chosen, rates, honest)
    if why:
        _show_escapes(played, Console())
    if write:
        _write(played, chosen, rates, honest, say)


def batched_tactics(tactics: Sequence[str]) -> list[tuple[str, ...]]:
    """Tactics that share a world: every fourth or so, so that near relatives stand apart."""
    worlds = -(-len(tactics) // TOGETHER)
    return [tuple(tactics[start::worlds]) for start in range(worlds)]


def _print(
    played: Sequence[Played],
    tactics: Sequence[str],
    rates: Sequence[float],
    honest: Sequence[dict[str, Benign]],
) -> None:
    console = Console(width=None if Console().is_terminal else 150)
    shown = plain_table("Closed loop (synthetic; 95 % bootstrap over seeds)", *COLUMNS)
    for line in table(played, tactics, rates):
        shown.add_row(*line)
    console.print(shown)
    beside = plain_table("Benign messages in these worlds (synthetic)", *HONEST)
    for line in pooled(honest):
        beside.add_row(*line)
    console.print(beside)


def _write(
    played: Sequence[Played],
    tactics: Sequence[str],
    rates: Sequence[float],
    honest: Sequence[dict[str, Benign]],
    say: Console,
) -> None:
    content = pages.markdown(COLUMNS, table(played, tactics, rates))
    content += "\n" + pages.markdown(HONEST, pooled(honest))
    path = pages.write("containment.md", "range", content)
    say.print(f"wrote {path.relative_to(ROOT)}", highlight=False)
