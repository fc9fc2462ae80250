"""`nospim drill` at the command line: what it writes, and what it says when it cannot."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path

import pytest

from nospim import cli
from nospim.cli.drill import drill
from nospim.errors import UsageError


def test_a_drill_lands_in_its_folder_and_says_what_comes_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "drill"

    assert cli.run(["drill", str(out), "--accounts", "50", "--days", "4", "--tactics", "worm"]) == 0

    assert {p.name for p in out.iterdir()} == {"drill.json", "events.jsonl.gz", "truth.jsonl.gz"}
    told = capsys.readouterr()
    assert told.out == ""
    assert f"nospim scan {out / 'events.jsonl.gz'}" in told.err


def test_the_first_day_can_be_chosen(tmp_path: Path) -> None:
    drill(tmp_path / "may", accounts=50, days=3, tactics=["classic"], start=datetime(2026, 5, 4))  # noqa: DTZ001

    lines = gzip.decompress((tmp_path / "may" / "events.jsonl.gz").read_bytes()).splitlines()
    sent = [e["time"] for e in map(json.loads, lines) if e["type"] == "im.message.sent"]
    assert min(sent) >= "2026-05-04"
    assert max(sent) < "2026-05-07T00:00:10"


def test_a_drill_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drill(tmp_path / "one", accounts=50, days=3, tactics=["classic"])
    before = (tmp_path / "one" / "drill.json").read_bytes()

    assert cli.run(["drill", str(tmp_path / "one"), "--seed", "2"]) == 2
    assert "holds a drill already" in capsys.readouterr().err
    assert (tmp_path / "one" / "drill.json").read_bytes() == before

    drill(tmp_path / "one", accounts=50, days=3, tactics=["classic"], seed=2, force=True)
    assert (tmp_path / "one" / "drill.json").read_bytes() != before


def test_no_tactics_at_all_is_a_world_in_peace(tmp_path: Path) -> None:
    assert cli.run(["drill", str(tmp_path / "p"), "--empty-tactics", "--accounts", "50", "--days", "3"]) == 0

    rows = gzip.decompress((tmp_path / "p" / "truth.jsonl.gz").read_bytes()).splitlines()
    assert {json.loads(row)["kind"] for row in rows} == {"control"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--tactics", "magic"], "there is no tactic 'magic'; there are: classic, roster_order"),
        (["--controls", "party"], "there is no look-alike 'party'"),
        (["--accounts", "3"], "accounts is 3; give 40 to 20000"),
        (["--days", "0"], "days is 0; give 3 to 366"),
        (["--chat", "0"], "chat per day is 0.0; give more than 0"),
        (["--encrypted", "1.5"], "encrypted is 1.5; give 0 to 1"),
        (["--hijacked", "500"], "hijacked per campaign is 500; give 1 to 400"),
    ],
)
def test_wrong_values_are_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert cli.run(["drill", str(tmp_path / "x"), *words]) == 2

    assert said in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_folder_that_cannot_be_made_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")

    assert cli.run(["drill", str(tmp_path / "file"), "--accounts", "50", "--days", "3"]) == 1
    assert str(tmp_path / "file") in capsys.readouterr().err


def test_called_from_python_a_wrong_value_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no tactic"):
        drill(tmp_path / "x", tactics=["magic"])
