"""The measurement of rules asks the same ten questions both ways, and they agree on a small world."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.worlds import drill

from benchmarks import rules
from nospim.drill import Plan


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    plan = Plan(seed=3, accounts=80, days=3, tactics=("classic",), hijacked_per_campaign=5)
    return drill(tmp_path_factory.mktemp("rules") / "world", plan)


def test_rules_and_the_plain_function_agree_and_both_are_measured(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "ROUNDS", 1)
    found = rules.measured(world)

    assert len(found) == 5
    assert all(spent > 0 for spent in found.values())
    assert found["ten rules"] > found["one rule"]


def test_every_step_into_force_and_back_is_taken(world: Path, tmp_path: Path) -> None:
    assert list(rules.steps(world, tmp_path)) == [
        "check",
        "back-test",
        "deploy",
        "deploy the next version",
        "a running program takes it up",
        "roll back",
    ]
