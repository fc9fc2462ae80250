"""What a scan writes is what the published schemas say, line by line, and its exit status is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nospim import cli
from nospim.cli.schema import FORMS, LINES, build
from nospim.drill import Plan, generate, write_world

PLAN = Plan(seed=3, accounts=120, days=6, tactics=("classic", "rotating"), chat_per_day=3.0)
MOST_LINES = 400
RULE = """
[[rule]]
id = "links"
title = "Has a link"
author = "ann"
state = "shadow"
effect = { add_bits = 1 }
expression = "links.count > 0"
test = [{ expect = true, given = { links.count = 1 } }, { expect = false }]
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(generate(PLAN), folder)
    return folder


@pytest.fixture(scope="module")
def out(world: Path) -> Path:
    folder, rules = world / "out", world / "rules"
    rules.mkdir()
    (rules / "links.toml").write_text(RULE, encoding="utf-8")
    asked = ["--out", str(folder), "--rules", str(rules), "--quiet"]
    assert cli.run(["scan", str(world / "events.jsonl.gz"), *asked]) == 0
    return folder


def rows(out: Path, form: str) -> list[Any]:
    if form == "summary":
        return [json.loads((out / "summary.json").read_text(encoding="utf-8"))]
    lines = (out / f"{form}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("form", LINES)
def test_every_line_follows_its_schema(form: str, out: Path) -> None:
    validator = jsonschema.Draft202012Validator(build(form))
    written = rows(out, form)

    assert written or form == "resolutions"
    for row in written[:: len(written) // MOST_LINES + 1]:
        validator.validate(row)
        assert set(row) <= set(build(form)["$defs"][LINES[form][0].__name__]["properties"])


def test_the_files_are_the_ones_that_the_reference_lists(out: Path) -> None:
    formed = {f"{form}.jsonl" for form in FORMS if form not in {"events", "summary", "capture"}}

    assert {path.name for path in out.iterdir()} == formed | {"summary.json", "report.html", "rejected.jsonl"}


def test_a_scan_that_refused_a_line_says_so_by_its_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "events.jsonl"
    log.write_text('{"specversion": "1.0"}\n', encoding="utf-8")

    assert cli.run(["scan", str(log), "--out", str(tmp_path / "out"), "--quiet"]) == 3
    assert json.loads((tmp_path / "out" / "rejected.jsonl").read_text(encoding="utf-8"))
    assert capsys.readouterr().err.count("Traceback") == 0


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["scan", "absent.jsonl", "--out", "out"], 1),
        (["scan", "absent.jsonl"], 2),
        (["scan", "--out", "out"], 2),
        (["scan", "absent.jsonl", "--out", "out", "--policy", "absent.toml"], 2),
        (["policy", "check", "absent.toml"], 2),
        (["score", "absent", "absent"], 1),
        (["drill", "out", "--accounts", "-1"], 2),
        (["drill", "out", "--tactics", "magic"], 2),
    ],
)
def test_a_call_that_cannot_work_ends_with_one_line(
    arguments: list[str],
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    assert cli.run(arguments) == status
    said = capsys.readouterr().err
    assert said.startswith("nospim: ")
    assert said.count("\n") == 1


def test_scanning_what_is_already_there_again_gives_the_same_bytes(world: Path, out: Path) -> None:
    again = world / "again"
    asked = ["--out", str(again), "--rules", str(world / "rules"), "--quiet"]
    assert cli.run(["scan", str(world / "events.jsonl.gz"), *asked]) == 0

    for path in sorted(out.iterdir()):
        if path.name != "summary.json":
            assert path.read_bytes() == (again / path.name).read_bytes(), path.name
    first, second = (rows(folder, "summary")[0] for folder in (out, again))
    assert {k: v for k, v in first.items() if k != "run"} == {k: v for k, v in second.items() if k != "run"}


def test_a_log_on_standard_input_is_scanned_like_a_file(world: Path, out: Path) -> None:
    piped = world / "piped"
    command = [sys.executable, "-m", "nospim", "scan", "-", "--out", str(piped), "--quiet"]
    with (world / "events.jsonl.gz").open("rb") as log:
        done = subprocess.run(command, stdin=log, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    assert (piped / "verdicts.jsonl").read_bytes() == (out / "verdicts.jsonl").read_bytes()


@pytest.mark.parametrize("arguments", [["--oops"], ["-", "--quite"], ["x", "--out", "--quiet"], ["-x"]])
def test_a_mistyped_option_of_a_scan_is_not_taken_for_a_file(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert cli.run(["scan", "--out", "out", *arguments]) == 2
    assert capsys.readouterr().err.startswith("nospim: ")
    assert not (tmp_path / "out").exists()
