"""Writers and services killed at random moments; the long versions are `./dev bench kills`."""

from __future__ import annotations

from pathlib import Path

from benchmarks import kills, kills_service


def test_twenty_writers_are_killed_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    seen = kills.run(tmp_path, kills=20, seed=7)
    assert seen.kills == 20
    assert (seen.lost, seen.wrong, seen.problems) == (0, 0, 0)
    assert seen.acknowledged > 1000
    assert seen.snapshots > 0


def test_services_are_killed_and_no_verdict_or_action_is_lost_or_doubled(tmp_path: Path) -> None:
    seen = kills_service.run(tmp_path, kills=3, seed=7)
    assert seen.kills == 3
    assert (seen.lost, seen.changed, seen.doubled, seen.problems) == (0, 0, 0, 0)
    assert seen.asked_again > 100
