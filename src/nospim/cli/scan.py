"""The command ``nospim scan``: an operator's event log in, findings and a report out."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Console

from nospim.errors import UsageError
from nospim.listings import FeedIndex
from nospim.policy import DEFAULT_POLICY, Policy, PolicyError, parse_policy
from nospim.rules import RuleSet
from nospim.signals import SIGNAL_NAMES

if TYPE_CHECKING:
    from nospim.scan.record import Recorder


def read_policy(path: Path | None) -> Policy:
    """The policy in a file, or the default one.  Raises UsageError that names the file and the key."""
    if path is None:
        return DEFAULT_POLICY
    try:
        return parse_policy(path.read_text(encoding="utf-8"), str(path), SIGNAL_NAMES)
    except (PolicyError, UnicodeDecodeError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; name a policy file that can be read") from None


def feeds_of(policy: Policy, path: Path | None) -> FeedIndex | None:
    """The list feeds that a policy names, None where it names none; says what in them was refused.

    path: of the policy's file; the feeds' paths are relative to its folder.  Raises feeds.FeedError.
    """
    if path is None or not policy.feeds:
        return None
    from nospim.feeds import index_of, read_feeds  # noqa: PLC0415 - only those who use feeds wait for them

    files = read_feeds(policy.feeds, path.parent)
    for file in files:
        if count := len(file.parsed.refused):
            told = f"feed {file.feed.name}: {count} lines refused (nospim policy check says which)"
            print(f"nospim: {told}", file=sys.stderr)
    return index_of(files, policy.lists.own_names)


def rules_of(folder: Path | None) -> RuleSet | None:
    """The rules in a folder, None without one.

    Raises rulebook.RulesError for a rule that is wrong, rules.RulesExtraError without the extra ``rules``.
    """
    if folder is None:
        return None
    from nospim.rulebook import load_sound  # noqa: PLC0415 - only those who use rules wait for them

    return load_sound(folder).rules


def scan(
    events: list[str],
    /,
    *,
    out: Path,
    policy: Path | None = None,
    rules: Path | None = None,
    ledger: Path | None = None,
    workers: Annotated[int, Parameter(validator=Number(gte=1, lte=64))] = 1,
    resume: bool = False,
    quiet: bool = False,
) -> int:
    """Scan event logs: who spims whom, from which hijacked accounts, in which campaigns.

    Parameters
    ----------
    events
        Files of CloudEvents, one JSON object a line (plain, .gz or .zst), or - for standard input.
    out
        Folder for verdicts.jsonl, accounts.jsonl, campaigns.jsonl, report.html and the rest.
    policy
        Policy file in TOML; without it the defaults hold (see: nospim policy show).
    rules
        Folder of rule files (*.toml), or a rule book that nospim rules deploy made.
    ledger
        Folder of a ledger, made if it is not there: every accepted event, verdict, action and conclusion goes
        into it as the scan goes, as nospim ledger ingest would take them in afterwards.
    workers
        Processes that share the work; the result is the same whatever their number.
    resume
        Go on with a scan of the same input that was stopped with Ctrl-C.
    quiet
        Print no summary.

    Returns the exit status: 0, or 3 when some input was refused.
    """
    from nospim.reports.terminal import progress, summarise  # noqa: PLC0415 - rich tables only when needed
    from nospim.scan import ScanStopped  # noqa: PLC0415 - numbers and lists load only when needed
    from nospim.scan import scan as run  # noqa: PLC0415

    settings = read_policy(policy)
    feeds = feeds_of(settings, policy)
    own = rules_of(rules)
    try:
        with progress() as report, asked_to_stop() as stop, recording(ledger) as recorder:
            scanned = run(
                events,
                out,
                settings,
                report,
                workers=workers,
                resume=resume,
                stop=lambda _: stop.is_set(),
                feeds=feeds,
                rules=own,
                recorder=recorder,
            )
    except ScanStopped as stopped:
        print(f"nospim: {stopped}; go on with the same command and --resume", file=sys.stderr)
        return INTERRUPTED
    if not quiet:
        summarise(scanned.findings, scanned.summary, Console())
        Console().print(f"report: {out / 'report.html'}", markup=False, highlight=False, soft_wrap=True)
    return 3 if scanned.refused else 0


@contextmanager
def recording(ledger: Path | None) -> Iterator[Recorder | None]:
    """What takes a scan into a ledger; None without one.  Raises UsageError without its extra."""
    if ledger is None:
        yield None
        return
    from nospim.facts.intake import day_of  # noqa: PLC0415 - only those who keep a ledger wait for it
    from nospim.ledger.folder import writer  # noqa: PLC0415
    from nospim.scan.record import Recorder  # noqa: PLC0415

    journal = writer(ledger)
    try:
        yield Recorder(journal, day_of(datetime.now(UTC)))
    finally:
        journal.close()


INTERRUPTED: Final = 130
"""128 + SIGINT, as shells report it."""


@contextmanager
def asked_to_stop() -> Iterator[threading.Event]:
    """While it lasts, the first Ctrl-C or SIGTERM only sets the event, so that the scan stops between two
    lines; a second one ends the program as usual.
    """
    asked = threading.Event()
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = {kind: signal.getsignal(kind) for kind in kinds}

    def ask(kind: int, _frame: FrameType | None) -> None:
        asked.set()
        signal.signal(kind, before[signal.Signals(kind)])

    for kind in kinds:
        signal.signal(kind, ask)
    try:
        yield asked
    finally:
        for kind in kinds:
            signal.signal(kind, before[kind])
