"""The scan: reads event files once through the guard, then lets the casework look at what was seen."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from nospim import __version__
from nospim.adapters.files import EventFiles
from nospim.adapters.interface import Refusal
from nospim.adapters.repeats import Repeats
from nospim.engine import Engine, Outcome
from nospim.errors import UsageError
from nospim.findings import Findings, Summary
from nospim.listings import FeedIndex
from nospim.operators import investigate
from nospim.policy import DEFAULT_POLICY, Policy
from nospim.reports import render
from nospim.rules import RuleSet
from nospim.scan import checkpoint
from nospim.scan.ahead import with_readings
from nospim.scan.checkpoint import Checkpoint
from nospim.scan.lacking import lacking
from nospim.scan.outputs import Outputs
from nospim.scan.record import Recorder
from nospim.scan.spool import Spool
from nospim.scan.tally import Tally

EVERY: Final = 1000
"""Lines between two reports of progress."""

Progress = Callable[[int, int | None, int], None]
"""Called now and then with bytes read, bytes in all (None if unknown), and events so far."""


class Scanned(Struct, frozen=True, kw_only=True):
    """What a scan found, and how many lines it had to refuse."""

    findings: Findings
    summary: Summary
    refused: int


class ScanStopped(Exception):  # noqa: N818 - not an error: the scan was asked to stop and can go on
    """A scan that was stopped between two lines and saved; `lines` were read."""

    def __init__(self, lines: int) -> None:
        super().__init__(f"stopped after {lines} lines")
        self.lines = lines


def scan(
    names: Sequence[str | Path],
    folder: Path,
    policy: Policy = DEFAULT_POLICY,
    progress: Progress | None = None,
    *,
    workers: int = 1,
    resume: bool = False,
    stop: Callable[[int], bool] | None = None,
    feeds: FeedIndex | None = None,
    rules: RuleSet | None = None,
    recorder: Recorder | None = None,
) -> Scanned:
    """Scan event files and write everything that the contract names into a folder.

    names: paths, or "-" for standard input, read in this order.  folder: made if it is not there; an
    earlier scan in it is overwritten.  workers: processes that share the work; the result is the same.
    resume: go on with a scan of the same input and policy that was stopped.  stop: asked after each line
    with the number of lines read; once it says yes, the state is saved and ScanStopped raised.  feeds:
    list feeds that were read for the policy.  rules: the operator's own.  recorder: takes everything into a
    ledger as the scan goes.
    Raises AdapterError where a file cannot be read, OSError where the folder cannot be written,
    UsageError where there is nothing to resume.
    """
    started = time.monotonic()
    run = _Run(tuple(str(n) for n in names), folder, policy, feeds, rules, recorder, resume=resume)
    done = False
    try:
        was_enabled = gc.isenabled()
        gc.disable()  # memory holds no cycles; the collector would walk all of it again and again
        try:
            run.guard(progress, workers, stop)
        finally:
            if was_enabled:
                gc.enable()
        guarded = time.monotonic()
        findings = investigate(run.spool.read, policy.casework)
        summary = run.summary(findings, started, guarded)
        run.finish(findings, summary)
        done = True
    finally:
        run.close(done=done)
    return Scanned(findings=findings, summary=summary, refused=run.tally.refused)


def _failed(name: str, times: int) -> str:
    """A sentence on a signal or a rule that failed."""
    if name.startswith("rule:"):
        return f"The rule {name.removeprefix('rule:')} failed {times} times: mend its expression."
    return f"The signal {name} failed {times} times: please report it."


class _Run:
    """One scan under way: its input, its guard and its output."""

    def __init__(
        self,
        names: tuple[str, ...],
        folder: Path,
        policy: Policy,
        feeds: FeedIndex | None,
        rules: RuleSet | None,
        recorder: Recorder | None,
        *,
        resume: bool,
    ) -> None:
        self.names, self.folder, self.policy, self.feeds = names, folder, policy, feeds
        self.configuration = policy.fingerprint if feeds is None else feeds.with_policy(policy.fingerprint)
        if rules:
            self.configuration = rules.with_policy(self.configuration)
        self.files = EventFiles(names)
        saved = checkpoint.read(folder, self.configuration, names) if resume else None
        self.engine = Engine(policy, feeds=feeds, rules=rules, saved=None if saved is None else saved.memory)
        self.tally = Tally() if saved is None else saved.tally
        self.repeats = Repeats() if saved is None else Repeats.restore(saved.repeats)
        self.skip = self.tally.lines
        if saved is None:
            checkpoint.remove(folder)
        self.recorder = recorder
        if saved is not None and (saved.recorded is None) is not (recorder is None):
            raise UsageError("the stopped scan wrote into a ledger or did not; go on with the same --ledger")
        told = None if recorder is None else recorder.line
        self.outputs = Outputs(folder, None if saved is None else saved.sizes, rules=bool(rules), told=told)
        self.spool = Spool(folder, 0 if saved is None else saved.spool)

    def guard(self, progress: Progress | None, workers: int, stop: Callable[[int], bool] | None) -> None:
        """Read every line through the guard."""
        tally, engine, lists = self.tally, self.engine, self.policy.lists
        skip = self.skip
        for file, item, reading in with_readings(self.files, workers, lists.brands, lists.own_names):
            if skip:
                skip -= 1
                continue
            tally.lines += 1
            if progress is not None and tally.lines % EVERY == 0:
                progress(self.files.consumed, self.files.total, tally.events)
            if isinstance(item, Refusal):
                self._refuse(item)
            else:
                number, raw, event = item
                answer = self.repeats.check(event, raw)
                if answer == "new":
                    tally.event(event)
                    if self.recorder is not None:
                        self.recorder.event(raw, event)
                    self._put(engine.step(event, reading))
                elif answer == "repeat":
                    tally.repeats += 1
                else:
                    why = f"source and id {event.id!r} were used before with other content"
                    self._refuse(Refusal.of(file, number, why, raw))
            if stop is not None and stop(tally.lines):
                self._save()
                raise ScanStopped(tally.lines)
        self._put(engine.finish())
        if progress is not None:
            progress(self.files.consumed, self.files.total, tally.events)

    def _refuse(self, refusal: Refusal) -> None:
        self.tally.refused += 1
        self.outputs.write("rejected", refusal.row())

    def _put(self, outcome: Outcome) -> None:
        if outcome.verdict is not None:
            self.tally.verdict(outcome.verdict)
            self.outputs.write("verdicts", outcome.verdict)
        if outcome.sightings:
            self.spool.add(outcome.sightings)
        for resolution in outcome.resolutions:
            self.tally.end(resolution)
            self.outputs.write("resolutions", resolution)
        for action in outcome.actions:
            self.tally.action(action)
            self.outputs.write("actions", action)
        for hit in outcome.rule_hits:
            self.tally.rule_hit(hit)
            self.outputs.write("rule_hits", hit)

    def _save(self) -> None:
        state = Checkpoint(
            version=__version__,
            configuration=self.configuration,
            names=self.names,
            tally=self.tally,
            repeats=self.repeats.save(),
            memory=self.engine.save(),
            sizes=self.outputs.sizes(),
            spool=self.spool.size(),
            recorded=None if self.recorder is None else self.recorder.settle(),
        )
        checkpoint.write(self.folder, state)

    def summary(self, findings: Findings, started: float, guarded: float) -> Summary:
        """The run's summary; durations stand in its `run` object."""
        tally, engine = self.tally, self.engine
        counts = {
            "lines": tally.lines,
            "events": tally.events,
            "refused": tally.refused,
            "repeats": tally.repeats,
            "messages": tally.messages,
            **{rung: tally.rungs.get(rung, 0) for rung in ("allow", "warn", "hold", "block")},
            "released": tally.ends.get("release", 0),
            "dropped": tally.ends.get("drop", 0),
            "actions": sum(tally.actions.values()),
            **tally.rule_hits,
            "campaigns": len(findings.campaigns),
            "operators": len(findings.operators),
            **{
                f"accounts {state}": sum(a.state == state for a in findings.accounts)
                for state in ("hijacked", "fake", "abusive")
            },
        }
        first, last = tally.first, tally.last
        unheard = (
            ()
            if self.feeds is None or first is None or last is None
            else self.feeds.silent(first.timestamp(), last.timestamp())
        )
        broken = tuple(_failed(name, n) for name, n in engine.broken.items())
        seconds = max(1e-9, guarded - started)
        return Summary(
            nospim=__version__,
            model=engine.model_version,
            configuration=self.configuration,
            first=tally.first,
            last=tally.last,
            counts=counts,
            lacking=(*lacking(tally.seen()), *unheard, *broken),
            limits=msgspec.to_builtins(self.policy.limits),
            run={
                "seconds": round(time.monotonic() - started, 3),
                "guard_seconds": round(seconds, 3),
                "events_per_second": round((tally.events - self.skip) / seconds),
            },
        )

    def finish(self, findings: Findings, summary: Summary) -> None:
        """Write what is written at the end."""
        self.outputs.write_all("campaigns", findings.campaigns)
        self.outputs.write_all("accounts", findings.accounts)
        self.outputs.write_all("operators", findings.operators)
        self.outputs.write_text("report.html", render(findings, summary))
        text = msgspec.json.format(msgspec.json.encode(summary), indent=1).decode()
        self.outputs.write_text("summary.json", text + "\n")

    def close(self, *, done: bool) -> None:
        """Close the files; what a stopped scan needs to go on stays."""
        self.outputs.close()
        if done:
            checkpoint.remove(self.folder)
        self.spool.close(keep=not done and checkpoint.exists(self.folder))
