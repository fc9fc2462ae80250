"""A scan that writes its ledger itself: the same records as an intake afterwards, also after a stop."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from nospim.cli import run
from nospim.cli.scan import recording
from nospim.drill import Plan, generate, write_world
from nospim.errors import UsageError
from nospim.ledger.folder import records
from nospim.scan import ScanStopped, scan


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drill") / "world"
    write_world(generate(Plan(seed=5, accounts=60, days=3, tactics=("worm",))), folder)
    return folder / "events.jsonl.gz"


def kept(ledger: Path) -> Counter[tuple[str, bytes | None]]:
    return Counter((one.kind, one.body) for one in records(ledger))


def test_a_ledger_written_as_the_scan_goes_holds_what_an_intake_takes_in(log: Path, tmp_path: Path) -> None:
    out, live, later = tmp_path / "out", tmp_path / "live", tmp_path / "later"
    assert run(["scan", str(log), "--out", str(out), "--ledger", str(live), "--quiet"]) == 0
    assert run(["ledger", "ingest", str(log), "--scan", str(out), "--out", str(later)]) == 0
    assert kept(live) == kept(later)
    assert {"event", "verdict", "action", "campaign", "members"} <= {kind for kind, _ in kept(live)}
    last = None
    for one in records(live):
        row = json.loads(one.body or b"{}")
        if one.kind == "verdict":
            assert row["id"] == last  # each behind its event
        last = row.get("id") if one.kind == "event" else None


def test_a_stopped_scan_goes_on_in_its_ledger(log: Path, tmp_path: Path) -> None:
    whole, ledger, out = tmp_path / "whole", tmp_path / "ledger", tmp_path / "out"
    with recording(whole) as recorder:
        scan([log], tmp_path / "one", recorder=recorder)
    with recording(ledger) as recorder, pytest.raises(ScanStopped):
        scan([log], out, recorder=recorder, stop=lambda lines: lines == 700)
    with pytest.raises(UsageError, match="same --ledger"):
        scan([log], out, resume=True)
    with recording(ledger) as recorder:
        scan([log], out, recorder=recorder, resume=True)
    assert kept(ledger) == kept(whole)
