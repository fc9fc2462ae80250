"""The command ``nospim policy dpia``: the draft of an impact assessment, with what a policy decides filled
in."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from nospim import __version__
from nospim.cli.scan import read_policy
from nospim.ledger.retention_classes import CLASSES


def dpia(policy: Path | None = None, *, out: Path | None = None) -> None:
    """Write the draft of a data-protection impact assessment, filled in from a policy.

    Parameters
    ----------
    policy
        Policy file in TOML; without it the defaults are assessed.
    out
        File for the draft, in Markdown; without it, it is printed.

    It says what this configuration does, and leaves a blank for everything that a person must know, weigh or
    decide. No legal advice.
    """
    settings = read_policy(policy)
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - no HTML
    template = files("nospim.cli").joinpath("templates", "dpia.md").read_text(encoding="utf-8")
    kinds: dict[str, list[str]] = {}
    for kind, retention in CLASSES.items():
        kinds.setdefault(retention.name.lower(), []).append(kind)
    off = sorted(name for name, on in settings.signals.items() if not on)
    text = environment.from_string(template).render(p=settings, kinds=kinds, off=off, version=__version__)
    if out is None:
        print(text)
        return
    with out.open("x", encoding="utf-8") as file:
        file.write(text + "\n")
    print(f"draft: {out}")
