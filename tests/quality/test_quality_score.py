"""Scoring, told on small worlds where each figure can be counted on the fingers."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pytest

from nospim.quality.figures import KindCount, Spread, TacticShare
from nospim.quality.rows import QualityError
from nospim.quality.score import score_folder, upper_per_million

Rows = list[dict[str, Any]]


def write(folder: Path, name: str, rows: Rows, *, packed: bool = False) -> None:
    folder.mkdir(exist_ok=True, parents=True)
    body = "".join(json.dumps(row) + "\n" for row in rows).encode()
    if packed:
        (folder / f"{name}.gz").write_bytes(gzip.compress(body))
    else:
        (folder / name).write_bytes(body)


def sent(*ids: str) -> Rows:
    return [{"id": i, "type": "im.message.sent"} for i in ids]


def lure(ident: str, second: int = 0, **fields: str) -> dict[str, Any]:
    time = f"2026-03-01T00:{second // 60:02}:{second % 60:02}.000Z"
    base = {
        "kind": "message",
        "id": ident,
        "time": time,
        "account": "victim",
        "campaign": "k",
        "tactic": "classic",
    }
    return base | fields


def entry(account: str, **fields: str) -> dict[str, Any]:
    return {
        "kind": "account",
        "account": account,
        "state": "hijacked",
        "campaign": "k",
        "infected_by": None,
    } | fields


class Scan:
    """A world and a scan's output on disk, with only what a test says."""

    def __init__(self, folder: Path, events: Rows, truth: Rows, verdicts: dict[str, str]) -> None:
        self.world, self.out = folder / "world", folder / "out"
        write(self.world, "events.jsonl", events)
        write(self.world, "truth.jsonl", truth)
        write(self.out, "verdicts.jsonl", [{"id": i, "action": a} for i, a in verdicts.items()])
        write(self.out, "accounts.jsonl", [])
        write(self.out, "campaigns.jsonl", [])

    def says(self, name: str, *rows: dict[str, Any]) -> Scan:
        write(self.out, f"{name}.jsonl", list(rows))
        return self


def test_a_stopped_message_is_held_or_blocked_and_a_flagged_one_is_at_least_warned(tmp_path: Path) -> None:
    verdicts = {"a": "allow", "w": "warn", "h": "hold", "b": "block"}
    scan = Scan(tmp_path, sent(*verdicts), [lure(i) for i in verdicts], verdicts)
    figures = score_folder(scan.world, scan.out)
    assert (figures.recall_stopped, figures.recall_flagged) == (0.5, 0.75)
    assert figures.tactics == {"classic": TacticShare(4, 0.5, 0.75)}


def test_a_false_stop_is_counted_under_the_look_alike_it_fell_for(tmp_path: Path) -> None:
    truth = [{"kind": "control", "id": "party", "control": "invite"}]
    scan = Scan(tmp_path, sent("party", "hello"), truth, {"party": "hold", "hello": "warn"})
    figures = score_folder(scan.world, scan.out)
    assert figures.benign_kinds == {"chat": KindCount(1, 0, 1), "invite": KindCount(1, 1, 1)}
    assert (figures.fp_stopped, figures.fp_flagged, figures.fp_stopped_per_million) == (1, 2, 500_000.0)


def test_what_a_thief_writes_that_is_no_lure_counts_neither_way(tmp_path: Path) -> None:
    scan = Scan(
        tmp_path,
        sent("hi", "lure"),
        [{"kind": "thief", "id": "hi"}, lure("lure")],
        {"hi": "block", "lure": "block"},
    )
    scan.says("campaigns", {"id": "c", "messages": ["hi", "lure"]})
    figures = score_folder(scan.world, scan.out)
    assert (figures.benign, figures.fp_stopped, figures.recall_stopped) == (0, 0, 1.0)
    assert figures.campaigns.bcubed_precision == 1.0


@pytest.mark.parametrize(("delay", "stops", "brief"), [(30.0, 0, 1), (30.5, 1, 0)])
def test_a_benign_message_may_be_held_for_half_a_minute(
    tmp_path: Path, delay: float, stops: int, brief: int
) -> None:
    scan = Scan(tmp_path, sent("m"), [], {"m": "hold"})
    scan.says("resolutions", {"id": "m", "outcome": "release", "delay_s": delay})
    figures = score_folder(scan.world, scan.out)
    assert (figures.fp_stopped, figures.benign_held_briefly) == (stops, brief)


def test_a_released_lure_was_delivered_however_long_it_waited(tmp_path: Path) -> None:
    scan = Scan(tmp_path, sent("m", "n"), [lure("m"), lure("n"), entry("victim")], {"m": "hold", "n": "hold"})
    scan.says(
        "resolutions",
        {"id": "m", "outcome": "release", "delay_s": 9000.0},
        {"id": "n", "outcome": "drop", "delay_s": 1.0},
    )
    figures = score_folder(scan.world, scan.out)
    assert figures.recall_stopped == 0.5
    assert figures.lures_delivered_per_account == Spread(1, 1, 1)


def test_a_release_of_what_was_never_held_changes_nothing(tmp_path: Path) -> None:
    scan = Scan(tmp_path, sent("m"), [], {"m": "block"})
    scan.says(
        "resolutions",
        {"id": "m", "outcome": "release", "delay_s": 1.0},
        {"id": "?", "outcome": "release", "delay_s": 1},
    )
    assert score_folder(scan.world, scan.out).fp_stopped == 1


def test_after_the_twentieth_lure_and_five_seconds_a_campaign_should_be_known(tmp_path: Path) -> None:
    lures = [lure(f"m{i}", second=i) for i in range(30)]
    verdicts = {f"m{i}": "block" if i >= 25 else "allow" for i in range(30)}
    scan = Scan(tmp_path, sent(*verdicts), lures, verdicts)
    # the 20th is m19, at second 19; from second 24 on: m24 to m29, of which five are stopped
    assert score_folder(scan.world, scan.out).stopped_after_20th == {"k": round(5 / 6, 4)}


def test_a_campaign_of_twenty_lures_is_too_short_to_ask(tmp_path: Path) -> None:
    lures = [lure(f"m{i}", second=i) for i in range(20)]
    scan = Scan(tmp_path, sent(*(f"m{i}" for i in range(20))), lures, {f"m{i}": "allow" for i in range(20)})
    assert score_folder(scan.world, scan.out).stopped_after_20th == {}


def test_an_account_entered_twice_is_one_account_with_two_edges(tmp_path: Path) -> None:
    truth = [entry("v", infected_by="x"), entry("v", infected_by="y", state="fake"), entry("x")]
    scan = Scan(tmp_path, [], truth, {})
    scan.says("accounts", {"account": "v", "state": "hijacked"}, {"account": "stranger", "state": "fake"})
    scan.says(
        "campaigns",
        {
            "id": "c",
            "messages": [],
            "infections": [
                {"account": "v", "infected_by": "x"},
                {"account": "v", "infected_by": "z"},
                {"account": "x", "infected_by": None},
            ],
        },
    )
    figures = score_folder(scan.world, scan.out)
    assert (figures.accounts.true, figures.accounts.recall, figures.accounts.precision) == (2, 0.5, 0.5)
    assert figures.accounts.kind_right == 1.0
    assert (figures.infections.true, figures.infections.precision, figures.infections.recall) == (2, 0.5, 0.5)


def test_b_cubed_halves_precision_when_two_campaigns_are_merged_and_recall_when_one_is_split(
    tmp_path: Path,
) -> None:
    lures = [lure("a", campaign="one"), lure("b", campaign="two")]
    merged = Scan(tmp_path / "merged", sent("a", "b"), lures, {"a": "allow", "b": "allow"})
    merged.says("campaigns", {"id": "c", "messages": ["a", "b"]})
    figures = score_folder(merged.world, merged.out).campaigns
    assert (figures.bcubed_precision, figures.bcubed_recall) == (0.5, 1.0)

    split = Scan(tmp_path / "split", sent("a", "b"), [lure("a"), lure("b")], {"a": "allow", "b": "allow"})
    split.says("campaigns", {"id": "c", "messages": ["a"]}, {"id": "d", "messages": ["b"]})
    figures = score_folder(split.world, split.out).campaigns
    assert (figures.bcubed_precision, figures.bcubed_recall) == (1.0, 0.5)


def test_a_repeated_event_line_is_one_message(tmp_path: Path) -> None:
    scan = Scan(tmp_path, sent("m", "m"), [], {"m": "allow"})
    assert score_folder(scan.world, scan.out).messages == 1


def test_worlds_may_be_packed(tmp_path: Path) -> None:
    scan = Scan(tmp_path, sent("m"), [lure("m")], {"m": "block"})
    for name in ("events.jsonl", "truth.jsonl"):
        plain = scan.world / name
        (scan.world / f"{name}.gz").write_bytes(gzip.compress(plain.read_bytes()))
        plain.unlink()
    assert score_folder(scan.world, scan.out).recall_stopped == 1.0


def test_a_message_without_a_verdict_or_with_two_is_named(tmp_path: Path) -> None:
    scan = Scan(tmp_path, sent("m", "n", "o"), [], {})
    scan.says("verdicts", {"id": "o", "action": "allow"}, {"id": "o", "action": "allow"})
    with pytest.raises(QualityError, match=r"without a verdict: 2 \(m, n\); with more than one: 1 \(o\)"):
        score_folder(scan.world, scan.out)


def test_many_missing_verdicts_are_counted_rather_than_listed(tmp_path: Path) -> None:
    scan = Scan(tmp_path, sent(*(f"m{i}" for i in range(1234))), [], {})
    with pytest.raises(QualityError, match=r"1,234 \(m0, .*m9 and 1,224 more\)") as caught:
        score_folder(scan.world, scan.out)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["verdicts.jsonl", "accounts.jsonl", "campaigns.jsonl"])
def test_an_absent_file_is_named(tmp_path: Path, name: str) -> None:
    scan = Scan(tmp_path, sent("m"), [], {"m": "allow"})
    (scan.out / name).unlink()
    with pytest.raises(QualityError, match=name):
        score_folder(scan.world, scan.out)


def test_a_broken_line_is_named_by_its_number(tmp_path: Path) -> None:
    scan = Scan(tmp_path, sent("m"), [], {"m": "allow"})
    scan.says("verdicts", {"id": "m", "action": "allow"}, {"id": "n", "action": "perhaps"})
    with pytest.raises(QualityError, match=r"verdicts.jsonl, line 2: .*perhaps"):
        score_folder(scan.world, scan.out)


def test_a_truncated_gzip_is_an_error_not_a_short_world(tmp_path: Path) -> None:
    scan = Scan(tmp_path, sent("m"), [], {"m": "allow"})
    packed = gzip.compress((scan.world / "events.jsonl").read_bytes())
    (scan.world / "events.jsonl").unlink()
    (scan.world / "events.jsonl.gz").write_bytes(packed[:-9])
    with pytest.raises(QualityError, match="cannot be read"):
        score_folder(scan.world, scan.out)


def test_a_label_for_a_message_that_was_never_sent_is_an_error(tmp_path: Path) -> None:
    scan = Scan(tmp_path, sent("m"), [lure("ghost")], {"m": "allow"})
    with pytest.raises(QualityError, match="events lack: ghost"):
        score_folder(scan.world, scan.out)


def test_the_upper_bound_of_none_seen_is_three() -> None:
    assert upper_per_million(0, 1_000_000) == 3.0
    assert math.isnan(upper_per_million(0, 0))
