"""The command ``nospim scan``: an operator's event log in, findings and a report out."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from nospim.errors import UsageError
from nospim.policy import DEFAULT_POLICY, Policy, PolicyError, parse_policy
from nospim.signals import SIGNAL_NAMES


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


def scan(events: list[str], /, *, out: Path, policy: Path | None = None, quiet: bool = False) -> int:
    """Scan event logs: who spims whom, from which hijacked accounts, in which campaigns.

    Parameters
    ----------
    events
        Files of CloudEvents, one JSON object a line (plain, .gz or .zst), or - for standard input.
    out
        Folder for verdicts.jsonl, accounts.jsonl, campaigns.jsonl, report.html and the rest.
    policy
        Policy file in TOML; without it the defaults hold (see: nospim policy show).
    quiet
        Print no summary.

    Returns the exit status: 0, or 3 when some input was refused.
    """
    from nospim.reports.terminal import progress, summarise  # noqa: PLC0415 - rich tables only when needed
    from nospim.scan import scan as run  # noqa: PLC0415 - numbers and lists load only when needed

    settings = read_policy(policy)
    with progress() as report:
        scanned = run(events, out, settings, report)
    if not quiet:
        summarise(scanned.findings, scanned.summary, Console())
        Console().print(f"report: {out / 'report.html'}", markup=False, highlight=False, soft_wrap=True)
    return 3 if scanned.refused else 0
