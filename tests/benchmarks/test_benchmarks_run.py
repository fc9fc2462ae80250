"""The benchmarks run from end to end on a small drill; what they measure is not judged here."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.__main__ import main
from benchmarks.worlds import drill, shared_worlds, world_or_drill

from benchmarks import journal, parts, quality, scan
from nospim.drill import Plan

SMALL = Plan(seed=3, accounts=60, days=3, tactics=("classic",), hijacked_per_campaign=4, operators=1)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drill(tmp_path_factory.mktemp("bench") / "small", SMALL)


def test_speed_and_memory_at_two_lengths(world: Path) -> None:
    once, twice = scan.measure(world, sizes=(1, 2), runs=1)
    assert twice.scan.messages == 2 * once.scan.messages
    assert twice.state.accounts > 1.9 * once.state.accounts  # a few are named only by what depends on time
    assert once.scan.peak > once.state.resident > 0
    speed, remembered = scan.speed_table([once, twice]), scan.state_table([once, twice])
    assert speed.row_count == remembered.row_count == 2


def test_every_part_of_a_message_is_timed(world: Path) -> None:
    shares = parts.measure(world)
    assert set(shares.micros) == set(parts.PARTS)
    assert all(micros > 0 for micros in shares.micros.values())
    assert parts.table(shares).row_count == len(parts.PARTS) + 1


def test_quality_of_a_world_is_one_table(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quality.main(world, drills=0)
    shown = capsys.readouterr().out
    assert "Quality (synthetic worlds" in shown
    assert "classic stopped" in shown
    assert "benign stopped, per million" in shown


def test_a_journal_is_timed(tmp_path: Path) -> None:
    rates = journal.measure(tmp_path, size=100, count=500, each=100)
    assert rates.append > rates.all > 0
    assert rates.read > 0


def test_the_command_says_in_one_line_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["parts", "--world", str(tmp_path / "absent")]) == 1
    assert capsys.readouterr().err.endswith("absent holds neither events.jsonl nor events.jsonl.gz\n")


def test_a_world_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"holds neither events\.jsonl nor"):
        world_or_drill(tmp_path / "absent", tmp_path)


def test_a_checkout_without_data_sets_has_no_shared_worlds(tmp_path: Path) -> None:
    assert shared_worlds(tmp_path / "checkout") == []
