"""The ablation's arithmetic, and that it runs on a small drill."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.worlds import drill

from benchmarks import ablation
from nospim.drill import Plan
from nospim.quality.rehearsal import rehearsed_figures
from nospim.signals import SIGNAL_NAMES


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    plan = Plan(seed=3, accounts=80, days=5, tactics=("nolink",), hijacked_per_campaign=5)
    return drill(tmp_path_factory.mktemp("ablation") / "world", plan)


def test_with_all_signals_on_nothing_is_lost(world: Path) -> None:
    full = ablation.pooled([rehearsed_figures(world)])
    assert ablation.row("nothing", full, full)[2:5] == ("+0.00", "-", "+0.00")
    assert full.spim > 0


def test_without_sign_ins_the_hijacked_are_harder_to_see(world: Path) -> None:
    full = ablation.pooled([rehearsed_figures(world)])
    blind = ablation.pooled([rehearsed_figures(world, ablation.without("sign_in"))])
    assert blind.stopped < full.stopped


def test_two_worlds_are_pooled_by_counts(world: Path) -> None:
    figures = rehearsed_figures(world)
    once, twice = ablation.pooled([figures]), ablation.pooled([figures, figures])
    assert (twice.spim, twice.stopped) == (2 * once.spim, 2 * once.stopped)
    assert twice.recall == once.recall


@pytest.mark.parametrize("signal", SIGNAL_NAMES)
def test_each_signal_can_be_left_out(signal: str) -> None:
    assert ablation.without(signal).signals == {signal: False}
