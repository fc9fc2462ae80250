"""A scan from files to files: the contract's outputs, the same bytes every time, and what it refuses."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nospim.cli import run
from nospim.cli.schema import build
from nospim.drill import Plan, generate, write_world
from nospim.errors import UsageError
from nospim.policy import Policy
from nospim.scan import ScanStopped, scan


def line(ident: str, kind: str, time: str, **data: Any) -> bytes:
    """One event as a line."""
    event = {"specversion": "1.0", "id": ident, "source": "s", "type": kind, "time": time, "subject": "a"}
    return json.dumps({**event, "data": data}).encode()


HALF_RIGHT = (
    line("1", "im.message.sent", "2026-01-01T00:00:00Z", to=["b"], text="hello"),
    line("1", "im.message.sent", "2026-01-01T00:00:00Z", to="b"),
    line("2", "im.unheard.of", "9999-12-31T23:59:59Z"),
    line("3", "im.session.opened", "0001-01-01T00:00:00Z", session="x", ip="\ud800"),
    b'[{"specversion":"1.0"}]',
    b"\x1f\x8b\x08 not gzip",
    b"\xef\xbb\xbf{}",
)
FILES = ("verdicts", "resolutions", "actions", "rejected", "accounts", "campaigns", "operators")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small drill, the same for every test."""
    folder = tmp_path_factory.mktemp("drill") / "world"
    plan = Plan(seed=5, accounts=120, days=6, tactics=("classic", "worm", "fresh"), hijacked_per_campaign=6)
    write_world(generate(plan), folder)
    return folder / "events.jsonl.gz"


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def written(folder: Path) -> dict[str, bytes]:
    """Everything in a scan's folder; of the summary all but its `run`."""
    found = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    summary = json.loads(found.pop("summary.json"))
    assert summary.pop("run")
    return {**found, "summary": json.dumps(summary, sort_keys=True).encode()}


def test_every_line_follows_its_published_schema(world: Path, tmp_path: Path) -> None:
    scan([world], tmp_path)
    for name in ("verdicts", "resolutions", "actions", "accounts", "campaigns", "operators"):
        check = jsonschema.Draft202012Validator(build(name))
        lines = rows(tmp_path / f"{name}.jsonl")
        assert lines, name
        for line in lines[:50] + lines[-50:]:
            check.validate(line)
    jsonschema.validate(json.loads((tmp_path / "summary.json").read_text()), build("summary"))


def test_each_message_has_one_verdict_in_input_order(world: Path, tmp_path: Path) -> None:
    scan([world], tmp_path)
    sent: dict[str, None] = {}
    with gzip.open(world, "rt", encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            if event["type"] == "im.message.sent":
                sent.setdefault(event["id"])
    assert [v["id"] for v in rows(tmp_path / "verdicts.jsonl")] == list(sent)


def test_held_messages_end_and_only_those(world: Path, tmp_path: Path) -> None:
    scan([world], tmp_path)
    held = {v["id"] for v in rows(tmp_path / "verdicts.jsonl") if v["action"] == "hold"}
    ends = rows(tmp_path / "resolutions.jsonl")
    assert held == {r["id"] for r in ends}
    assert len(ends) == len(held)
    assert all(0 <= r["delay_s"] <= 25 for r in ends)


def test_two_scans_give_the_same_bytes_whatever_the_workers(world: Path, tmp_path: Path) -> None:
    scan([world], tmp_path / "one")
    scan([world], tmp_path / "two", workers=3)
    assert written(tmp_path / "one") == written(tmp_path / "two")


@pytest.mark.parametrize("after", [1, 777, 5000])
def test_a_stopped_scan_goes_on_to_the_same_bytes(world: Path, tmp_path: Path, after: int) -> None:
    scan([world], tmp_path / "straight")
    with pytest.raises(ScanStopped):
        scan([world], tmp_path / "halting", stop=lambda lines: lines == after)
    assert (tmp_path / "halting" / "checkpoint.msgpack").exists()
    scan([world], tmp_path / "halting", resume=True)
    assert written(tmp_path / "straight") == written(tmp_path / "halting")


def test_resuming_something_else_is_refused(world: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no stopped scan"):
        scan([world], tmp_path, resume=True)
    with pytest.raises(ScanStopped):
        scan([world], tmp_path, stop=lambda lines: lines == 10)
    with pytest.raises(UsageError, match="policy differs"):
        scan([world], tmp_path, Policy(prior=0.02), resume=True)
    (tmp_path / "checkpoint.msgpack").write_bytes(b"\x00nonsense")
    with pytest.raises(UsageError, match="not a checkpoint"):
        scan([world], tmp_path, resume=True)


def test_bad_lines_are_kept_aside_and_nothing_else_is_lost(world: Path, tmp_path: Path) -> None:
    clean = gzip.decompress(world.read_bytes()).splitlines()
    again = json.loads(clean[40])
    again["subject"] = "someone.else@chat.example"
    bad = [b"not json", b'{"type":"im.message.sent"}', b"\xff\xfe\x00", b"[]", json.dumps(again).encode()]
    dirty = tmp_path / "dirty.jsonl"
    mixed = [*clean[:100], *bad, *clean[100:]]
    dirty.write_bytes(b"\n".join(mixed) + b"\n")
    scan([world], tmp_path / "clean")
    found = scan([dirty], tmp_path / "dirty")
    assert found.refused == len(bad)
    refused = rows(tmp_path / "dirty" / "rejected.jsonl")
    assert [r["line"] for r in refused] == [101, 102, 103, 104, 105]
    assert "base64" in refused[2]
    assert "used before" in refused[4]["reason"]
    for name in ("verdicts", "accounts", "campaigns"):
        ours, theirs = (tmp_path / which / f"{name}.jsonl" for which in ("dirty", "clean"))
        assert ours.read_bytes() == theirs.read_bytes()


def test_repeated_lines_count_once(world: Path, tmp_path: Path) -> None:
    lines = gzip.decompress(world.read_bytes()).splitlines()
    doubled = tmp_path / "doubled.jsonl"
    doubled.write_bytes(b"\n".join(line for line in lines for _ in range(2)) + b"\n")
    scan([world], tmp_path / "once")
    found = scan([doubled], tmp_path / "twice")
    assert found.refused == 0
    assert found.summary.counts["repeats"] > len(lines) - 1
    for name in FILES:
        assert (tmp_path / "once" / f"{name}.jsonl").read_bytes() == (
            tmp_path / "twice" / f"{name}.jsonl"
        ).read_bytes()


def test_a_log_of_messages_alone_says_what_it_lacked(world: Path, tmp_path: Path) -> None:
    poor = tmp_path / "poor.jsonl"
    with gzip.open(world, "rt", encoding="utf-8") as lines, poor.open("w", encoding="utf-8") as out:
        for line in lines:
            event = json.loads(line)
            if event["type"] == "im.message.sent":
                event["data"].pop("session", None)
                out.write(json.dumps(event) + "\n")
    said = " ".join(scan([poor], tmp_path / "out").summary.lacking)
    for missing in ("sign-ins", "contact", "clicks", "creations"):
        assert missing in said.lower()


def test_an_empty_log_is_a_result(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"")
    found = scan([empty], tmp_path / "out")
    assert found.summary.lacking == ("No messages were in the log: there was nothing to judge.",)
    assert "<html" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_switched_off_signals_say_nothing(world: Path, tmp_path: Path) -> None:
    scan([world], tmp_path, Policy(signals={"sign_in": False, "wording": False}))
    named = {r["signal"] for v in rows(tmp_path / "verdicts.jsonl") for r in v["reasons"]}
    assert named.isdisjoint({"sign_in", "wording"})
    assert "links" in named


def test_the_command_says_how_it_went(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["scan", str(world), "--out", str(tmp_path / "a")]) == 0
    assert "report.html" in capsys.readouterr().out
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(b"nonsense\n")
    assert run(["scan", str(bad), "--out", str(tmp_path / "b")]) == 3
    assert run(["scan", str(tmp_path / "absent.jsonl"), "--out", str(tmp_path / "c")]) == 1
    assert "absent.jsonl" in capsys.readouterr().err
    policy = tmp_path / "policy.toml"
    policy.write_text("prior = 7")
    assert run(["scan", str(world), "--out", str(tmp_path / "d"), "--policy", str(policy)]) == 2
    assert "$.prior" in capsys.readouterr().err


def test_no_detail_quotes_a_message(world: Path, tmp_path: Path) -> None:
    scan([world], tmp_path)
    with gzip.open(world, "rt", encoding="utf-8") as lines:
        texts = {
            text
            for line in lines
            if (event := json.loads(line))["type"] == "im.message.sent"
            and len(text := event["data"].get("text", "")) > 15
        }
    details = {r["detail"] for v in rows(tmp_path / "verdicts.jsonl") for r in v["reasons"]}
    assert not any(text in detail for detail in details for text in texts)


def test_summary_counts_agree_with_the_files(world: Path, tmp_path: Path) -> None:
    counts = scan([world], tmp_path).summary.counts
    assert counts["messages"] == len(rows(tmp_path / "verdicts.jsonl"))
    assert counts["hold"] == counts["released"] + counts["dropped"]
    assert counts["actions"] == len(rows(tmp_path / "actions.jsonl"))
    assert counts["campaigns"] == len(rows(tmp_path / "campaigns.jsonl"))
    assert msgspec.json.decode((tmp_path / "summary.json").read_bytes())["counts"] == counts


@settings(max_examples=40)
@given(st.lists(st.binary(max_size=200) | st.sampled_from(HALF_RIGHT), max_size=8))
def test_any_bytes_give_refusals_and_never_a_crash(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    (folder / "in").write_bytes(b"\n".join(lines))
    found = scan([folder / "in"], folder / "out")
    counts = found.summary.counts
    assert counts["events"] + counts["refused"] + counts["repeats"] == counts["lines"]
    assert len(rows(folder / "out" / "rejected.jsonl")) == found.refused
