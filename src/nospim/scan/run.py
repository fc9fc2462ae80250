"""The scan: reads event files once through the guard, then lets the casework look at what was seen."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from nospim import __version__
from nospim.adapters.files import EventFiles
from nospim.adapters.interface import Refusal
from nospim.adapters.repeats import Repeats
from nospim.engine import Engine, Outcome
from nospim.events import TYPE_OF, AnyEvent, MessageSent
from nospim.findings import Findings, Summary
from nospim.operators import investigate
from nospim.policy import DEFAULT_POLICY, Policy
from nospim.reports import render
from nospim.scan.lacking import lacking
from nospim.scan.outputs import Outputs
from nospim.scan.spool import Spool

EVERY = 1000
"""Lines between two reports of progress."""

Progress = Callable[[int, int | None, int], None]
"""Called now and then with bytes read, bytes in all (None if unknown), and events so far."""


class Scanned(Struct, frozen=True, kw_only=True):
    """What a scan found, and how many lines it had to refuse."""

    findings: Findings
    summary: Summary
    refused: int


def scan(
    names: Sequence[str | Path],
    folder: Path,
    policy: Policy = DEFAULT_POLICY,
    progress: Progress | None = None,
) -> Scanned:
    """Scan event files and write everything that the contract names into a folder.

    names: paths, or "-" for standard input, read in this order.  folder: made if it is not there; an
    earlier scan in it is overwritten.
    Raises AdapterError where a file cannot be read, OSError where the folder cannot be written.
    """
    started = time.monotonic()
    files = EventFiles(names)
    engine = Engine(policy)
    tally = Tally()
    with Outputs(folder) as outputs, closing(Spool(folder)) as spool:
        was_enabled = gc.isenabled()
        gc.disable()  # memory holds no cycles; the collector would walk all of it again and again
        try:
            _guard(files, engine, outputs, spool, tally, progress)
        finally:
            if was_enabled:
                gc.enable()
        guarded = time.monotonic()
        findings = investigate(spool.read)
        summary = _summary(engine, tally, findings, started, guarded)
        outputs.write_all("campaigns", findings.campaigns)
        outputs.write_all("accounts", findings.accounts)
        outputs.write_all("operators", findings.operators)
        outputs.write_text("report.html", render(findings, summary))
        outputs.write_text(
            "summary.json", msgspec.json.format(msgspec.json.encode(summary), indent=1).decode() + "\n"
        )
    return Scanned(findings=findings, summary=summary, refused=tally.refused)


class Tally:
    """Counts of one scan."""

    def __init__(self) -> None:
        self.lines = self.events = self.refused = self.repeats = 0
        self.types: Counter[type] = Counter()
        self.rungs: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        self.actions: Counter[str] = Counter()
        self.with_text = self.with_session = 0
        self.first: Any = None
        self.last: Any = None

    def event(self, event: AnyEvent) -> None:
        """Count an accepted event."""
        self.events += 1
        self.types[type(event)] += 1
        if type(event) is MessageSent:
            self.with_text += event.data.text is not None
            self.with_session += event.data.session is not None
            if self.first is None or event.time < self.first:
                self.first = event.time
            if self.last is None or event.time > self.last:
                self.last = event.time

    def seen(self) -> dict[str, int]:
        """Counts by event type and of what messages held."""
        seen = {TYPE_OF[t]: n for t, n in self.types.items() if t in TYPE_OF}
        seen["messages with text"] = self.with_text
        seen["messages with session"] = self.with_session
        return seen


def _guard(
    files: EventFiles, engine: Engine, outputs: Outputs, spool: Spool, tally: Tally, progress: Progress | None
) -> None:
    repeats = Repeats()
    for item in files:
        tally.lines += 1
        if progress is not None and tally.lines % EVERY == 0:
            progress(files.consumed, files.total, tally.events)
        if isinstance(item, Refusal):
            tally.refused += 1
            outputs.write("rejected", item.row())
            continue
        number, raw, event = item
        answer = repeats.check(event, raw)
        if answer == "repeat":
            tally.repeats += 1
            continue
        if answer == "conflict":
            tally.refused += 1
            why = f"source and id {event.id!r} were used before with other content"
            outputs.write("rejected", Refusal.of(files.file, number, why, raw).row())
            continue
        tally.event(event)
        _put(engine.step(event), outputs, spool, tally)
    _put(engine.finish(), outputs, spool, tally)
    if progress is not None:
        progress(files.consumed, files.total, tally.events)


def _put(outcome: Outcome, outputs: Outputs, spool: Spool, tally: Tally) -> None:
    for resolution in outcome.resolutions:
        tally.ends[resolution.outcome] += 1
        outputs.write("resolutions", resolution)
    if outcome.verdict is not None:
        tally.rungs[outcome.verdict.action] += 1
        outputs.write("verdicts", outcome.verdict)
    for action in outcome.actions:
        tally.actions[action.kind] += 1
        outputs.write("actions", action)
    if outcome.sightings:
        spool.add(outcome.sightings)


def _summary(engine: Engine, tally: Tally, findings: Findings, started: float, guarded: float) -> Summary:
    done = time.monotonic()
    counts = {
        "lines": tally.lines,
        "events": tally.events,
        "refused": tally.refused,
        "repeats": tally.repeats,
        "messages": tally.types[MessageSent],
        **{rung: tally.rungs[rung] for rung in ("allow", "warn", "hold", "block")},
        "released": tally.ends["release"],
        "dropped": tally.ends["drop"],
        "actions": sum(tally.actions.values()),
        "campaigns": len(findings.campaigns),
        "operators": len(findings.operators),
        **{
            f"accounts {s}": sum(a.state == s for a in findings.accounts)
            for s in ("hijacked", "fake", "abusive")
        },
    }
    broken = tuple(
        f"The signal {name} failed {n} times: please report it." for name, n in engine.broken.items()
    )
    return Summary(
        nospim=__version__,
        model=engine.model_version,
        configuration=engine.room.policy.fingerprint,
        first=tally.first,
        last=tally.last,
        counts=counts,
        lacking=(*lacking(tally.seen()), *broken),
        limits=msgspec.to_builtins(engine.room.policy.limits),
        run={
            "seconds": round(done - started, 3),
            "guard_seconds": round(guarded - started, 3),
            "events_per_second": round(tally.events / max(1e-9, guarded - started)),
        },
    )
