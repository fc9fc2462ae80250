# Copyright the nospim authors.
# SPDX-License-Identifier: Apache-2.0
"""The module's configuration, checked when Synapse starts.  Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

CHOICES = {
    "on_hold": ("deliver", "refuse"),
    "on_failure": ("deliver", "refuse"),
    "on_failure_remote": ("deliver", "refuse"),
    "on_block_remote": ("deliver", "refuse"),
    "warn": ("tag", "silent"),
}


@dataclass(frozen=True)
class Settings:
    """What the operator decides.

    url, token: of the guard.  source: what its events say they are from.  timeout: seconds that a message
    may wait.  on_hold: what a verdict `hold` means, for nothing can wait here.  on_failure: what happens
    without a verdict; for events of other servers `on_failure_remote`: a refusal loses them for good.
    on_block_remote: whether a lure from another server is hidden from everybody here, for good.  warn:
    whether clients are shown a mark with messages to be warned of.  refusal, limited: what a sender is
    told.  spool: reports that wait while the guard is away.  memberships: whether invitations are reported.
    """

    url: str
    token: str
    source: str = ""
    timeout: float = 2.0
    on_hold: str = "deliver"
    on_failure: str = "deliver"
    on_failure_remote: str = "deliver"
    on_block_remote: str = "refuse"
    warn: str = "tag"
    refusal: str = (
        "Not sent: this looks like the lures that are sent from stolen accounts. If you wrote it yourself, "
        "wait a little and tell the people who run this service."
    )
    limited: str = "Not sent: this account may send only a few messages a minute until its owner was reached."
    spool: int = 20_000
    memberships: bool = True


def parse(config: dict[str, Any]) -> Settings:
    """The settings in a module's configuration.  Raises ValueError that names the key."""
    given = dict(config or {})
    file = given.pop("token_file", None)
    if file is not None:
        given["token"] = Path(file).read_text(encoding="utf-8").strip()
    known = {f.name for f in fields(Settings)}
    for name in given:
        if name not in known:
            raise ValueError(f"nospim: there is no setting {name!r}; there are {', '.join(sorted(known))}")
    for name, allowed in CHOICES.items():
        if given.get(name, allowed[0]) not in allowed:
            raise ValueError(f"nospim: {name} must be one of {', '.join(allowed)}")
    given.setdefault("url", "http://127.0.0.1:8420")
    if not given.get("token"):
        raise ValueError("nospim: set token_file to a file with a token (nospim token new)")
    if not str(given["url"]).startswith(("http://", "https://")):
        raise ValueError("nospim: url must begin with http:// or https://")
    settings = Settings(**given)
    if not 0 < settings.timeout <= 30:
        raise ValueError("nospim: timeout must be above 0 and at most 30 seconds")
    return settings
