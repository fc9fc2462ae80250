"""List feeds from the command line: checked, told of, and used by a scan alike on any number of workers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from im_transcript import Transcript
from nospim.cli import run

POLICY = """
[lists]
own_names = ["chat-example.org"]

[[feeds]]
name = "abuse"
form = "hosts"
path = "lists/abuse.txt"
dated = 2026-02-27
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "abuse.txt").write_bytes(b"0.0.0.0 evil.example\nnot a host\n")
    (tmp_path / "policy.toml").write_text(POLICY)
    return tmp_path / "policy.toml"


def test_a_check_tells_of_each_feed_and_each_refused_line(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["policy", "check", str(policy)]) == 3
    out = capsys.readouterr().out
    assert "feed abuse: 1 entries, 1 lines refused, dated 2026-02-27" in out
    assert "feed abuse: line 2: " in out
    assert "policy.toml: ok" in out


def test_a_check_of_a_clean_policy_is_done(policy: Path) -> None:
    (policy.parent / "lists" / "abuse.txt").write_bytes(b"evil.example\n")
    assert run(["policy", "check", str(policy)]) == 0


def test_a_feed_that_is_not_there_is_one_clear_line(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (policy.parent / "lists" / "abuse.txt").unlink()
    assert run(["policy", "check", str(policy)]) == 1
    err = capsys.readouterr().err
    assert "feed abuse" in err
    assert err.count("\n") == 1


def test_a_policy_with_feeds_can_be_shown_and_read_again(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["policy", "show", "--policy", str(policy)]) == 0
    shown = capsys.readouterr().out
    again = policy.with_name("again.toml")
    again.write_text(shown)
    assert run(["policy", "show", "--policy", str(again)]) == 0
    assert capsys.readouterr().out == shown


def test_a_scan_uses_them_whatever_the_number_of_workers(policy: Path, tmp_path: Path) -> None:
    told = Transcript()
    told.say(
        "ann@im.example", "bob@im.example", "look https://evil.example/ and https://chat-example-login.top/"
    )
    told.say("ann@im.example", "bob@im.example", "see you tomorrow")
    events = tmp_path / "events.jsonl"
    events.write_bytes(b"\n".join(told.lines) + b"\n")
    for out, more in (("one", []), ("two", ["--workers", "2"])):
        where = ["--out", str(tmp_path / out), "--policy", str(policy)]
        assert run(["scan", str(events), *where, *more, "--quiet"]) == 0
    verdicts = (tmp_path / "one" / "verdicts.jsonl").read_bytes()
    assert verdicts == (tmp_path / "two" / "verdicts.jsonl").read_bytes()
    first = {r["signal"]: r["bits"] for r in json.loads(verdicts.splitlines()[0])["reasons"]}
    assert (first["feed"], first["lookalike"]) == (2.0, 5.0)


def test_a_feed_made_after_the_log_is_said_to_have_counted_nothing(policy: Path, tmp_path: Path) -> None:
    policy.write_text(POLICY.replace("2026-02-27", "2026-09-01"))
    told = Transcript()
    told.say("ann@im.example", "bob@im.example", "look https://evil.example/")
    events = tmp_path / "events.jsonl"
    events.write_bytes(b"\n".join(told.lines) + b"\n")
    assert run(["scan", str(events), "--out", str(tmp_path / "out"), "--policy", str(policy), "--quiet"]) == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_bytes())
    assert any("The feed abuse was made after the last message" in said for said in summary["lacking"])


def test_the_configurations_hash_changes_with_a_feeds_content(policy: Path, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_bytes(b"")

    def configuration(out: str) -> str:
        assert (
            run(["scan", str(events), "--out", str(tmp_path / out), "--policy", str(policy), "--quiet"]) == 0
        )
        summary = json.loads((tmp_path / out / "summary.json").read_bytes())
        return str(summary["configuration"])

    before = configuration("a")
    (policy.parent / "lists" / "abuse.txt").write_bytes(b"worse.example\n")
    assert configuration("b") != before
