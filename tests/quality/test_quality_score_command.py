"""The command `nospim score`: what a person sees, what a program reads, and how it fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nospim.cli.score import score
from nospim.quality.rows import QualityError


@pytest.fixture
def scan(tmp_path: Path) -> tuple[Path, Path]:
    """A world of one lure and one greeting, and a scan that got both right."""
    world, out = tmp_path / "world", tmp_path / "out"
    world.mkdir()
    out.mkdir()
    (world / "events.jsonl").write_text(
        '{"id":"e1","type":"im.message.sent"}\n{"id":"e2","type":"im.message.sent"}\n'
    )
    (world / "truth.jsonl").write_text(
        '{"kind":"message","id":"e1","time":"2026-03-01T00:00:00Z","account":"v","campaign":"k0-classic","tactic":"classic"}\n'
        '{"kind":"account","account":"v","state":"hijacked","campaign":"k0-classic"}\n'
    )
    (out / "verdicts.jsonl").write_text('{"id":"e1","action":"block"}\n{"id":"e2","action":"allow"}\n')
    (out / "accounts.jsonl").write_text('{"account":"v","state":"hijacked"}\n')
    (out / "campaigns.jsonl").write_text('{"id":"c1","messages":["e1"]}\n')
    return world, out


def test_a_person_reads_a_table(scan: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    score(*scan)
    shown = capsys.readouterr().out
    assert "2 messages, 1 of them spim and 1 benign" in shown
    assert "classic" in shown
    assert "100.00%" in shown


def test_a_program_reads_one_object(scan: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    score(*scan, json=True)
    figures = json.loads(capsys.readouterr().out)
    assert figures["recall_stopped"] == 1.0
    assert figures["tactics"] == {"classic": {"n": 1, "stopped": 1.0, "flagged": 1.0}}


def test_a_rate_of_nothing_is_null_so_that_the_output_stays_json(
    scan: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    with (scan[0] / "truth.jsonl").open("a") as truth:
        truth.write('{"kind":"thief","id":"e2"}\n')
    score(*scan, json=True)
    assert json.loads(capsys.readouterr().out)["fp_stopped_per_million_upper95"] is None


def test_brackets_in_a_name_are_no_markup(
    scan: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    truth = scan[0] / "truth.jsonl"
    truth.write_text(truth.read_text().replace('"tactic":"classic"', '"tactic":"[bold]sly[/bold]"'))
    score(*scan)
    assert "[bold]sly[/bold]" in capsys.readouterr().out


def test_a_missing_verdict_ends_in_an_error(scan: tuple[Path, Path]) -> None:
    (scan[1] / "verdicts.jsonl").write_text('{"id":"e1","action":"block"}\n')
    with pytest.raises(QualityError, match=r"without a verdict: 1 \(e2\)"):
        score(*scan)
