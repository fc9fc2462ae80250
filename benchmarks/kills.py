"""``./dev bench kills``: kill writers at random moments, over and over, and hold them to what they said.

A child appends to a journal, commits, and says through a pipe which sequences are durable; now and then
it saves a snapshot and erases what is due.  It is killed with SIGKILL, the journal is looked at as it
lies there, and the next child goes on with it.  `benchmarks.kills_service` does the same to a whole
service.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from msgspec import Struct
from rich.console import Console

from benchmarks import kills_service
from benchmarks.kills_child import SAME, body_of
from nospim.ledger import KeyRing
from nospim.ledger.folder import records
from nospim.ledger.snapshot import Snapshots
from nospim.ledger.survey import JOURNAL, survey

ROOT: Final = Path(__file__).resolve().parent.parent


class Kills(Struct):
    """What a series of kills did.

    acknowledged: records that the children said were durable.  torn: deaths within a write.  erased:
    records whose key was destroyed meanwhile.  lost, wrong, problems: must be 0.
    """

    kills: int = 0
    acknowledged: int = 0
    found: int = 0
    torn: int = 0
    erased: int = 0
    snapshots: int = 0
    lost: int = 0
    wrong: int = 0
    problems: int = 0


def kill_one(room: Path, rng: random.Random, seen: Kills) -> int:
    """Let one child write for a random while, kill it; returns the last sequence that it acknowledged."""
    command = [sys.executable, "-m", "benchmarks.kills_child", str(room), str(rng.randrange(1 << 30))]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    last = -1
    for _ in range(rng.randrange(1, 60)):
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the writer ended by itself; its reason is above")
        last = int(line)
    time.sleep(rng.random() * 0.003)
    process.kill()
    rest, _ = process.communicate(timeout=30)
    whole = [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    seen.kills += 1
    return int(whole[-1]) if whole else last


def look(room: Path, acknowledged: int, seen: Kills) -> None:
    """Look at the journal as it lies there, without changing it."""
    keys = KeyRing.open(room / "keys")
    found = survey(room / JOURNAL, keys)
    seen.problems += len(found.problems) + len(found.without_key)
    seen.torn += bool(found.torn)
    seen.acknowledged, seen.found = acknowledged + 1, found.records
    seen.lost += max(0, acknowledged + 1 - found.records)
    seen.erased = 0
    for place, record in enumerate(records(room)):
        erased = record.body is None
        seen.erased += erased
        right = record.kind == "erasure" or erased or record.body == body_of(record.seq)
        seen.wrong += not (right and record.seq == place)
    newest = Snapshots(room / "snapshots", keys, SAME).newest()
    seen.problems += sum("was destroyed" not in why for why in newest.passed_over)
    if newest.snapshot is not None:
        seen.snapshots += 1
        seen.wrong += newest.snapshot.state != b"%d" % newest.snapshot.seq
        seen.lost += newest.snapshot.seq > found.records


def run(room: Path, kills: int, seed: int) -> Kills:
    """Kill `kills` writers of one journal, each going on where the last one died."""
    rng, seen = random.Random(seed), Kills()
    for _ in range(kills):
        look(room, kill_one(room, rng, seen), seen)
    return seen


def main(*, kills: int = 200, service: int = 200, seed: int = 1) -> None:
    """Kill writers of a journal, then whole services, and count what was lost or doubled.

    Parameters
    ----------
    kills
        Writers to kill.
    service
        Services to kill.
    seed
        Seed of the moments.
    """
    console = Console()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:  # /tmp may be memory
        if kills:
            console.print(run(Path(folder) / "journal", kills, seed))
        if service:
            console.print(kills_service.run(Path(folder) / "service", service, seed))
