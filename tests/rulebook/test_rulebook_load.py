"""Folders of rules: what is good is loaded, what is wrong is told, and the command line says both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nospim import cli
from nospim.rulebook import RulesError, load, load_sound

GOOD = """
[[rule]]
id = "{0}"
title = "Has a link"
author = "ann"
state = "live"
effect = {{ add_bits = 1 }}
expression = "links.count > 0"
test = [{{ expect = true, given = {{ links.count = 1 }} }}, {{ expect = false }}]
"""
WRONG = GOOD.replace("links.count > 0", "links.cuont > 0")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "b.toml").write_text(GOOD.format("two"), encoding="utf-8")
    (rules / "a.toml").write_text(GOOD.format("one"), encoding="utf-8")
    (rules / "notes.txt").write_text("no rules here", encoding="utf-8")
    return rules


def test_a_folder_is_read_whole(folder: Path) -> None:
    loaded = load_sound(folder)

    assert [rule.id for rule in loaded.rules] == ["one", "two"]
    assert loaded.version == ""


def test_what_is_wrong_is_left_out_and_told(folder: Path) -> None:
    (folder / "c.toml").write_text(WRONG.format("three"), encoding="utf-8")
    loaded = load(folder)

    assert [rule.id for rule in loaded.rules] == ["one", "two"]
    assert [str(p) for p in loaded.problems] == [
        "c.toml:8: rule three: undeclared reference to 'links.cuont'"
    ]
    with pytest.raises(RulesError, match=r"rules: c\.toml:8: rule three"):
        load_sound(folder)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="name a folder of rules"):
        load(tmp_path / "nowhere")


def test_the_commands_tell_of_a_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["rules", "check", str(folder)]) == 0
    assert "2 good rules (2 live, 0 shadow, 0 draft), 0 problems" in capsys.readouterr().out
    assert cli.run(["rules", "list", str(folder)]) == 0
    assert capsys.readouterr().out.startswith("one  live  adds 1 bits  without end  version ")
    (folder / "c.toml").write_text(WRONG.format("three"), encoding="utf-8")
    assert cli.run(["rules", "check", str(folder)]) == 3
    assert "c.toml:8: rule three" in capsys.readouterr().out
    assert cli.run(["rules", "test", str(folder)]) == 3
    assert capsys.readouterr().out.startswith("ok  one: 2 tests\nok  two: 2 tests\nNO  three: 2 tests\n")


def test_a_scan_refuses_half_a_set(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c.toml").write_text(WRONG.format("three"), encoding="utf-8")
    (tmp_path / "e.jsonl").write_text("", encoding="utf-8")
    asked = [str(tmp_path / "e.jsonl"), "--out", str(tmp_path / "out"), "--rules", str(folder)]

    assert cli.run(["scan", *asked]) == 1
    assert "c.toml:8: rule three" in capsys.readouterr().err


def test_a_scan_without_rules_writes_no_hits_and_with_them_another_configuration(
    folder: Path, tmp_path: Path
) -> None:
    event = {
        "specversion": "1.0",
        "source": "xmpp://im.example",
        "id": "m1",
        "type": "im.message.sent",
        "time": "2026-03-01T12:00:00Z",
        "subject": "ann",
        "data": {"to": ["bob"], "text": "see http://a.example/"},
    }
    log = tmp_path / "e.jsonl"
    log.write_text(json.dumps(event) + "\n", encoding="utf-8")
    plain, ruled = tmp_path / "plain", tmp_path / "ruled"

    assert cli.run(["scan", str(log), "--out", str(plain), "--quiet"]) == 0
    assert cli.run(["scan", str(log), "--out", str(ruled), "--rules", str(folder), "--quiet"]) == 0
    assert not (plain / "rule_hits.jsonl").exists()
    lines = (ruled / "rule_hits.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["rule"] for line in lines] == ["one", "two"]
    first, second = (json.loads((out / "summary.json").read_text(encoding="utf-8")) for out in (plain, ruled))
    assert first["configuration"] != second["configuration"]
    assert second["counts"]["rule hits live"] == 2
