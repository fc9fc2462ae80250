"""The tutorial from a campaign to a court, played as it is written."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from nospim.cli import run

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial" / "from-campaign-to-court.md"
COMMANDS = [
    line
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
]


def test_the_tutorial_leads_to_a_bundle_that_a_stranger_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    campaign, fingerprint, said = "", "", ""
    for line in COMMANDS:
        program, *words = shlex.split(line.replace("c-b1e49808acdd", campaign).replace("5f0c…", fingerprint))
        if program == "python3":
            done = subprocess.run([sys.executable, "-I", *words], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout
            said = done.stdout
            continue
        assert program == "nospim"
        assert run(words) == 0, line
        said = capsys.readouterr().out
        if words[:1] == ["demo"]:
            lines = Path("nospim-demo/campaigns.jsonl").read_text(encoding="utf-8").splitlines()
            campaign = max(map(json.loads, lines), key=lambda row: len(row["infections"]))["id"]
        if "fingerprint: " in said:
            fingerprint = said.split()[-1]

    assert said.splitlines()[-1] == "origin proved"
    told = json.loads(Path("bundle/data/facts.json").read_bytes())
    steps = {step for exhibit in told["exhibits"] for step in exhibit["steps"]}
    assert steps == {"1", "2", "4", "5", "6", "7", "8", "9", "10", "11", "12"}
    letter = Path("bundle/data/exhibits/EX-001.json")
    letter.write_bytes(letter.read_bytes().replace(b"e", b"a", 1))
    assert run(["case", "verify", "bundle", "--fingerprint", fingerprint]) == 1
