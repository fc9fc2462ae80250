"""The commands ``nospim policy show`` and ``nospim policy check``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from nospim.cli.scan import read_policy
from nospim.feeds import read_feeds
from nospim.policy.render import as_toml

SHOWN: Final = 20
"""Refused lines of a feed that are told one by one."""


def show(policy: Path | None = None) -> None:
    """Print a policy with every setting, the defaults included, as TOML.

    Parameters
    ----------
    policy
        Policy file in TOML; without it the defaults are shown.
    """
    print(as_toml(read_policy(policy)), end="")


def check(policy: Path) -> int:
    """Check a policy file and the list feeds that it names, and print its fingerprint.

    Parameters
    ----------
    policy
        Policy file in TOML.

    Returns the exit status: 0, or 3 when lines of a feed were refused.
    """
    settings = read_policy(policy)
    refused = 0
    for file in read_feeds(settings.feeds, policy.parent):
        feed, parsed = file.feed, file.parsed
        refused += len(parsed.refused)
        made = datetime.fromtimestamp(feed.dated, UTC).date().isoformat() if feed.dated else "by entry"
        print(
            f"feed {feed.name}: {len(parsed.entries)} entries, {len(parsed.refused)} lines refused, "
            f"dated {made}, sha256 {feed.sha256}"
        )
        for one in parsed.refused[:SHOWN]:
            print(f"feed {feed.name}: line {one.line}: {one.reason}")
        if len(parsed.refused) > SHOWN:
            print(f"feed {feed.name}: and {len(parsed.refused) - SHOWN} more lines")
    print(f"{policy}: ok, {settings.fingerprint}")
    return 3 if refused else 0
