"""The attacker's range: its arithmetic, and that it runs on a small world."""

from __future__ import annotations

import pytest
from benchmarks.crew import share
from benchmarks.honest import Benign, benign, pooled

from benchmarks import range as the_range
from benchmarks import sweep
from nospim.drill import RANGE_TACTICS, TACTICS
from nospim.drill.script import Draft
from nospim.drill.takings import LureSent, Taking


def taking(delivered: int, stopped: int = 0, fell: int = 0) -> Taking:
    draft = Draft(0, "a", "hijacked", "k", "classic", "op0", None)
    lures = [LureSent(f"d{n}", "b", 0, arrived=1) for n in range(delivered)]
    lures += [LureSent(f"s{n}", "b", 0) for n in range(stopped)]
    return Taking(draft, None, lures=lures, fell=fell)


def test_the_figures_of_takings() -> None:
    takings = [taking(0, 10), taking(2, 8, fell=1), taking(30, 0, fell=5)]

    assert the_range.reproduction(takings) == 2.0
    assert the_range.share_stopped(takings) == pytest.approx(18 / 50)
    assert the_range.quantile(takings, 0.5) == 2
    assert the_range.quantile(takings, 0.95) == 30


def test_nothing_taken_is_nothing_delivered() -> None:
    assert the_range.reproduction([]) == 0.0
    assert the_range.share_stopped([]) == 1.0
    assert the_range.quantile([], 0.95) == 0.0


def test_an_interval_holds_the_figure_and_is_the_same_each_time() -> None:
    groups = [[taking(n, fell=n)] * 3 for n in (0, 1, 2, 5)]

    low, high = the_range.interval(groups, the_range.reproduction)

    assert low <= 2.0 <= high
    assert low < high
    assert (low, high) == the_range.interval(groups, the_range.reproduction)


def test_every_tactic_is_in_one_world_only() -> None:
    everything = (*TACTICS, *RANGE_TACTICS)

    worlds = the_range.batched_tactics(everything)

    assert sorted(name for world in worlds for name in world) == sorted(everything)
    assert max(map(len, worlds)) <= the_range.TOGETHER


def test_a_sweep_turns_one_parameter_at_a_time() -> None:
    names = [name for name, _ in sweep.TURNS]
    assert len(set(names)) == len(names)
    for name, conduct in sweep.TURNS[1:]:
        fields = conduct.__struct_fields__
        turned = [f for f in fields if getattr(conduct, f) != getattr(sweep.BASE, f)]
        assert len(turned) == 1, name


def test_a_small_range_shows_that_the_guard_contains_the_classic_tactic() -> None:
    plan = the_range.plan_of(5, 0.45, ("classic",), accounts=150, days=6)

    played, guarded = the_range.play(plan)

    (classic,) = played
    assert len(classic.guarded) < len(classic.alone)
    assert the_range.reproduction(classic.guarded) < the_range.reproduction(classic.alone)
    assert len(classic.escaped) == sum(taking.delivered for taking in classic.guarded)
    counts = benign(guarded)
    assert counts["chat"].sent > 1000
    assert counts["chat"].lost + counts["chat"].delayed < 10
    assert pooled([counts, counts])[0][1] == f"{2 * counts[min(counts)].sent:,}"
    (line,) = [one for one in the_range.table(played, ["classic"], [0.45]) if one[0] == "classic"]
    assert line[1] == "45%"


def test_worlds_shared_among_processes_come_back_as_if_played_alone() -> None:
    plans = [the_range.plan_of(seed, 0.45, ("classic",), accounts=60, days=4) for seed in (5, 6)]

    alone = list(share(the_range.world, plans, 1))

    assert list(share(the_range.world, plans, 2)) == alone
    assert len(alone) == 2


def test_all_kinds_of_benign_messages_stand_below_one_another_and_together() -> None:
    counts = {"chat": Benign(9_990, 1, 3, [2.0, 25.0]), "news": Benign(10, 1, 1, [])}

    lines = pooled([counts])

    assert [line[0] for line in lines] == ["chat", "news", "all"]
    assert lines[-1][1:4] == ("10,000", "2", "2")
    assert lines[-1][4].startswith("4.0 (")
    assert lines[-1][5] == "25"
