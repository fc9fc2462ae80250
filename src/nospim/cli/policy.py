"""The commands ``nospim policy show`` and ``nospim policy check``."""

from __future__ import annotations

from pathlib import Path

from nospim.cli.scan import read_policy
from nospim.policy.render import as_toml


def show(policy: Path | None = None) -> None:
    """Print a policy with every setting, the defaults included, as TOML.

    Parameters
    ----------
    policy
        Policy file in TOML; without it the defaults are shown.
    """
    print(as_toml(read_policy(policy)), end="")


def check(policy: Path) -> None:
    """Check a policy file and print its fingerprint.

    Parameters
    ----------
    policy
        Policy file in TOML.
    """
    print(f"{policy}: ok, {read_policy(policy).fingerprint}")
