"""``./dev bench casework``: the time from a log to a sealed bundle, step by step, and how it grows.

Seconds are those of the processor, all threads together, so that what else the machine does counts little.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.concatenate import concatenated
from benchmarks.worlds import world_or_drill
from nospim.bundles import verify
from nospim.bundles.build import Sources, build
from nospim.bundles.material import kept_of
from nospim.cases import decisions as d
from nospim.cases.case import add, first_entry, fold, next_entry
from nospim.cli import evidence
from nospim.facts.run import Facts, campaigns_of
from nospim.facts.tables import project
from nospim.ledger.folder import records, writer
from nospim.ledger.seals import Seals
from nospim.ledger.signing import SigningKey
from nospim.scan.run import scan

STEPS: Final = ("scan", "take in", "tables", "queries", "seal", "bundle", "check")
AT: Final = datetime(2026, 4, 1, 9, tzinfo=UTC)
T = TypeVar("T")


class Timed(msgspec.Struct, kw_only=True):
    """One length: events, what the case is about, and seconds and peak memory (MB) by step."""

    events: int = 0
    messages: int = 0
    records: int = 0
    seconds: dict[str, float] = {}
    memory: dict[str, int] = {}

    def step(self, name: str, do: Callable[[], T]) -> T:
        """Do something and note how long it took."""
        started = time.process_time()
        result = do()
        self.seconds[name] = time.process_time() - started
        self.memory[name] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        return result


def measure(world: Path, copies: int, folder: Path) -> Timed:
    """Go from the log of a world, made so many times as long, to a bundle that is checked."""
    folder.mkdir()
    log, ledger, key = folder / "events.jsonl", folder / "ledger", SigningKey.generate()
    timed = Timed(seconds={}, memory={})
    with log.open("wb") as file:
        for line in concatenated(world, copies):
            file.write(line + b"\n")
            timed.events += 1
    timed.step("scan", lambda: scan([log], folder / "found"))
    timed.step("take in", lambda: evidence.ingest([str(log)], out=ledger, scan=folder / "found"))
    timed.step("tables", lambda: project(records(ledger), folder / "tables"))
    known = campaigns_of(folder / "tables")
    opened = d.Opened(title="All of it", campaigns=tuple(campaign for _, campaign in known))
    entries = [first_entry("K-1", opened, AT, "lea")]
    case = fold(entries)
    entries.append(
        next_entry(
            case,
            d.CostAdded(kind="staff", task="reset accounts", day=date(2026, 3, 4), currency="USD",
                        person="ivo", hours="3.5", rate="85"),
            AT, "lea",
        )
    )  # fmt: skip
    case = add(case, entries[-1], 1)
    journal = writer(ledger)
    places = {number: journal.append("case", entry, day=20_500) for number, entry in enumerate(entries)}
    journal.close()
    facts = timed.step("queries", lambda: Facts(folder / "tables", known))
    timed.messages = int(facts.values()["messages_sent"])
    with Seals(ledger) as seals, facts:
        timed.step("seal", lambda: (seals.extend(records(ledger)), seals.seal(key, AT, "standard")))
        sources = Sources(
            case=case, entries=entries, places=places, source=known[0][0], facts=facts, hashes=seals.tree,
            envelopes=seals.envelopes, answers=seals.answers,
            records=lambda wanted, shown: kept_of(records(ledger), wanted, shown),
        )  # fmt: skip
        made = timed.step("bundle", lambda: build(sources, folder / "bundle", key, AT))
    timed.records = made.records
    timed.step("check", lambda: verify.check(verify.Folder(folder / "bundle"), [key.fingerprint]))
    return timed


def main(*, world: Path | None = None, copies: tuple[int, ...] = (1, 10)) -> None:
    """Measure the way from a log to a sealed bundle.

    Parameters
    ----------
    world
        Folder with events.jsonl or events.jsonl.gz; without it a drill is made on the spot.
    copies
        How many times as long to make it.
    """
    table = Table(
        "events", "messages", "records proved", *(f"{step}, s" for step in STEPS), "most MB", box=None
    )
    with tempfile.TemporaryDirectory(prefix="nospim-bench-") as name:
        made = world_or_drill(world, Path(name))
        for times in copies:
            # A process of its own, so that each length has its own peak of memory.
            command = [sys.executable, "-m", "benchmarks.casework", str(made), str(times), f"{name}/x{times}"]
            done = subprocess.run(command, capture_output=True, check=True)
            timed = msgspec.json.decode(done.stdout.splitlines()[-1], type=Timed)
            table.add_row(
                f"{timed.events:,}", f"{timed.messages:,}", f"{timed.records:,}",
                *(f"{timed.seconds[step]:.1f}" for step in STEPS), f"{max(timed.memory.values()):,}",
            )  # fmt: skip
    Console(width=140).print(table)


if __name__ == "__main__":
    print(msgspec.json.encode(measure(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))).decode())
