"""The commands ``nospim rules backtest``, ``deploy``, ``rollback`` and ``history``."""

from __future__ import annotations

import getpass
import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from nospim.adapters.files import EventFiles
from nospim.adapters.interface import Refusal
from nospim.adapters.repeats import Repeats
from nospim.cli.scan import feeds_of, read_policy
from nospim.rulebook import Backtest, RuleReport, Step, load, load_sound
from nospim.rulebook import deploy as put_into_force
from nospim.rulebook import history as steps_of
from nospim.rulebook import rollback as put_back
from nospim.rulebook.backtest import Case, Judgement


def backtest(
    rules: Path,
    /,
    *events: str,
    truth: Path | None = None,
    policy: Path | None = None,
    text: bool = False,
    as_json: bool = False,
) -> int:
    """Try rules on past events: what they would have hit, missed and changed, with examples.

    Parameters
    ----------
    rules
        A file of rules, a folder of them, or a rule book; all of them are tried, in shadow.
    events
        Files of CloudEvents, one JSON object a line (plain, .gz or .zst), or - for standard input.
    truth
        Folder of a labelled world whose truth.jsonl says which messages are spim.
    policy
        Policy file in TOML; without it the defaults hold.
    text
        Quote the messages that are shown as examples.
    as_json
        Print one JSON object a rule.

    Returns the exit status: 0, or 3 when some input was refused.
    """
    settings = read_policy(policy)
    tried = Backtest(
        load_sound(rules).rules,
        settings,
        feeds=feeds_of(settings, policy),
        truth=None if truth is None else _truth(truth),
        with_text=text,
    )
    refused = 0
    repeats = Repeats()
    for item in EventFiles(events):
        if isinstance(item, Refusal):
            refused += 1
        elif repeats.check(item[2], item[1]) == "new":
            tried.step(item[2])
    for report in tried.reports():
        if as_json:
            print(msgspec.json.encode(report).decode())
        else:
            _tell(report, tried.messages, tried.failed.get(report.rule, 0))
    return 3 if refused else 0


def deploy(folder: Path, book: Path, *, by: str = "", why: str = "", policy: Path | None = None) -> None:
    """Check a folder of rules and put it into force as the next version of a rule book.

    Parameters
    ----------
    folder
        Folder of rule files (*.toml).
    book
        The rule book: a folder that keeps every version; made if it is not there.
    by
        Who deploys; by default the name of the user who runs the command.
    why
        Why, for the history.
    policy
        Policy file in TOML, which may ask that author and deployer differ.
    """
    may = read_policy(policy).rules.author_may_deploy
    step = put_into_force(folder, book, by=by or getpass.getuser(), at=_now(), why=why, author_may_deploy=may)
    loaded = load(book)
    live = sum(loaded.rules.state(rule) == "live" for rule in loaded.rules)
    print(f"{book}: version {step.version} is in force, {len(loaded.rules)} rules, {live} of them live")
    for rule in loaded.rules:
        if rule.id in loaded.rules.demoted:
            print(f"{rule.id} stays in shadow: an alarm put it there; change its expression or its max_rate")


def rollback(book: Path, *, to: str = "", by: str = "", why: str = "") -> None:
    """Put the version of a rule book before the current one into force again, or the one that is named.

    Parameters
    ----------
    book
        The rule book.
    to
        The version, such as 0003.
    by
        Who does it; by default the name of the user who runs the command.
    why
        Why, for the history.
    """
    step = put_back(book, by=by or getpass.getuser(), at=_now(), why=why, to=to)
    print(f"{book}: version {step.version} is in force again instead of {step.before}")


def history(book: Path) -> None:
    """Print who put which version of a rule book into force, when and why.

    Parameters
    ----------
    book
        The rule book.
    """
    for step in steps_of(book):
        print(_told(step))


def _told(step: Step) -> str:
    instead = f" instead of {step.before}" if step.before else ""
    reason = f": {step.why}" if step.why else ""
    return (
        f"{step.at.isoformat(timespec='seconds')}  {step.did}  {step.version}{instead}  by {step.by}{reason}"
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _truth(world: Path) -> dict[str, tuple[Judgement, str]]:
    from nospim.quality.truth import read_truth  # noqa: PLC0415 - only where somebody has a truth

    told = read_truth(world)
    known: dict[str, tuple[Judgement, str]] = {i: ("benign", f"control {k}") for i, k in told.control.items()}
    known |= dict.fromkeys(told.thief, ("neither", "thief"))
    known |= {ident: ("spim", f"spim {spim.tactic}") for ident, spim in told.spim.items()}
    return known


def _tell(report: RuleReport, messages: int, failed: int) -> None:
    rate = report.hits / messages if messages else 0.0
    print(f"rule {report.rule} (version {report.version})")
    print(f"  {report.hits} hits in {messages} messages ({rate:.4%}), from {report.senders} accounts")
    if report.right is not None:
        total = report.right + (report.missed or 0)
        print(
            f"  {report.right} of {total} spim hit ({report.unstopped} of them not stopped without it), "
            f"{report.wrong} benign messages hit"
        )
    changes = ", ".join(f"{n} from {what}" for what, n in report.changed.items())
    print(f"  alone it would have changed: {changes or 'nothing'}")
    for kind, (hits, total) in report.kinds.items():
        if hits or report.right is None:
            print(f"  {kind}: {hits} of {total}")
    for other, shared in report.overlap.items():
        print(f"  {shared} hits shared with rule {other}")
    if failed:
        print(f"  its expression failed on {failed} messages")
    for one in report.alarms:
        print(f"  alarm ({one.kind}): {one.why}")
    for title, cases in (("hit", report.examples), ("wrong", report.mistakes), ("missed", report.misses)):
        for case in cases:
            print(f"  {title}: {_shown(case)}")


def _shown(case: Case) -> str:
    quoted = "" if case.text is None else f" {json.dumps(case.text[:200])}"
    return f"{case.id} by {case.account} ({case.kind}; {case.before}, with it {case.alone}){quoted}"
