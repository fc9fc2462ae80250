"""The command `nospim calibrate`: worlds in, knots with their provenance out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from nospim.cli.calibrate import calibrate
from nospim.drill import Plan, generate, write_world
from nospim.policy.calibration import parse_calibration
from nospim.quality.rows import QualityError, chunks

Drill = Callable[[int], Path]


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Drill:
    """Makes a small drill with the given seed."""

    def make(seed: int) -> Path:
        folder = tmp_path_factory.mktemp("drills") / f"drill-{seed}"
        plan = Plan(
            seed=seed, accounts=60, days=4, tactics=("classic",), hijacked_per_campaign=5, operators=1
        )
        write_world(generate(plan), folder)
        return folder

    return make


def test_two_worlds_give_knots_that_say_where_they_come_from(
    drill: Drill, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    worlds = [drill(1), drill(2)]
    calibrate(worlds, out=tmp_path / "made.json")
    made = parse_calibration((tmp_path / "made.json").read_bytes())
    assert [(s.world, s.seed) for s in made.sources] == [("drill-1", 1), ("drill-2", 2)]
    assert made.sources[0].events == hashlib.sha256(b"".join(chunks(worlds[0], "events.jsonl"))).hexdigest()
    assert made.sources[0].truth == hashlib.sha256(b"".join(chunks(worlds[0], "truth.jsonl"))).hexdigest()
    assert made.apply(-20_000) < 0 < made.apply(40_000)
    assert "calibrated on the other worlds" in capsys.readouterr().out


def test_one_world_is_said_to_be_judged_by_itself(drill: Drill, capsys: pytest.CaptureFixture[str]) -> None:
    calibrate([drill(3)])
    assert "calibrated on these very messages" in capsys.readouterr().out


def test_a_folder_that_is_no_world_is_named(tmp_path: Path) -> None:
    with pytest.raises(QualityError, match=r"holds neither events\.jsonl"):
        calibrate([tmp_path])
