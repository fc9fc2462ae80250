"""What a running service decided is in its journal: each verdict as answered, each action."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
from service_server import event, message, serving

from nospim.facts.tables import project
from nospim.ledger import Journal, KeyRing
from nospim.ledger.folder import records
from nospim.ledger.record import Record
from nospim.ledger.segment import frames, segments

LURE = "omg is this you in this video?? http://bit.ly.login-video.example/watch?id={n} look quick"


STOPS = '[lists]\ndeny_destinations = ["login-video.example"]\n'


def nospim(*arguments: object) -> str:
    """Run the program; returns what it says, raises where it fails."""
    command = [sys.executable, "-m", "nospim", *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def said(folder: Path, kind: str) -> list[dict[str, Any]]:
    """The lines of all records of a kind, in order."""
    bodies = [one.body for one in records(folder) if one.kind == kind]
    return [json.loads(line) for body in bodies if body is not None for line in body.split(b"\n")]


def without_state(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Actions as they were asked for, whatever became of them."""
    return [{k: v for k, v in item.items() if k not in ("notices", "state", "trail")} for item in items]


def test_verdicts_actions_and_decisions_are_written_down_as_they_were_answered(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with serving(folder, STOPS) as service:
        service.send(event("s", "session.opened", session="s1", ip="192.0.2.1", country="DE"))
        told = [service.check(message(f"hi{n}", "see you at eight")).json for n in range(3)]
        told += [service.check(message(f"m{n}", LURE.format(n=n), to=[f"pal{n}"])).json for n in range(40)]
        asked = service.ask("GET", "/v1/actions?wait=0&limit=500").json["actions"]
        label = event("l", "label", "moderator", target="ann", label="hijacked", by="eve", reason="she rang")
        assert service.send(label).json["accepted"] == 1
        service.kill()

    assert {one["action"] for one in told} > {"allow"}
    assert said(folder, "verdict") == told
    assert asked
    assert without_state(said(folder, "action")) == without_state(asked)
    assert [one["id"] for one in said(folder, "event")][-1] == "l"


def test_the_journal_of_a_service_is_sealed_and_queried_like_any_ledger(tmp_path: Path) -> None:
    folder, key = tmp_path / "data", tmp_path / "key"
    with serving(folder) as service:
        told = [service.check(message(f"m{n}", LURE.format(n=n), to=[f"pal{n}"])).json for n in range(30)]
        assert service.stop() == 0
    fingerprint = nospim("ledger", "new-key", key).split()[-1]
    nospim("ledger", "seal", folder, "--key", key)
    nospim("ledger", "verify", folder, "--fingerprint", fingerprint)
    assert project(records(folder), tmp_path / "tables") == len(list(records(folder)))
    table = duckdb.read_parquet(str(tmp_path / "tables" / "verdicts.parquet"))
    found = table.project("message, rung").fetchall()
    assert found == [(one["id"], one["action"]) for one in told]


def test_what_a_crash_cut_off_behind_its_event_is_written_down_by_the_next_start(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with serving(folder) as service:
        service.check(message("m1"))
        service.kill()
    whole = said(folder, "verdict")
    cut_before_last(folder, "verdict")
    assert said(folder, "verdict") == []
    with serving(folder) as service:
        again = service.check(message("m2", "and wine?")).json
        service.kill()
    assert said(folder, "verdict") == [*whole, again]


def cut_before_last(folder: Path, kind: str) -> None:
    """Tear the journal in front of its last record of a kind, as a write that ended half-way does."""
    (_, path), *_ = reversed(segments(folder / "journal"))
    with path.open("rb") as file:
        file.read(40)
        at = [f.at for f in frames(path, file, 0) if f.header is not None and f.header.kind == kind]
    with path.open("r+b") as file:
        file.truncate(at[-1])
    Journal.open(folder / "journal", keys=KeyRing.open(folder / "keys")).close()


def test_a_tear_leaves_a_ledger_of_whole_records(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with serving(folder) as service:
        service.check(message("m1"))
        service.kill()
    cut_before_last(folder, "verdict")
    left: list[Record] = list(records(folder))
    assert [one.seq for one in left] == list(range(len(left)))
    assert left[-1].kind in ("event", "tick")
