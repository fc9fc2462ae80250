"""The command ``nospim score``: how good a scan was, against a world whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from nospim.quality.figures import Figures
from nospim.quality.score import score_folder

WIDTH: Final = 100
"""Columns of the tables where the output is no terminal, so that a file reads the same everywhere."""


def score(world: Path, out: Path, /, *, json: bool = False) -> None:
    """Score what a scan wrote against a labelled world.

    Parameters
    ----------
    world
        Folder with events.jsonl and truth.jsonl, plain or .gz.
    out
        Folder that a scan of that world wrote: verdicts.jsonl, accounts.jsonl, campaigns.jsonl and,
        where messages were held, resolutions.jsonl.
    json
        Print one JSON object instead of tables.
    """
    figures = score_folder(world, out)
    if json:
        print(as_json(figures))
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    console.print(tables(figures))


def as_json(figures: Figures) -> str:
    """The figures as an indented JSON object; what cannot be said (a rate of nothing) is null."""
    return msgspec.json.format(msgspec.json.encode(figures), indent=1).decode()


def tables(figures: Figures) -> RenderableType:
    """The figures for a person: messages by tactic and by benign kind, then what was joined."""
    return Group(
        _headline(figures),
        Text(),
        _tactics(figures),
        Text(),
        _benign(figures),
        Text(),
        _joined(figures),
    )


def _headline(f: Figures) -> Text:
    lures = f.lures_delivered_per_account
    return Text(
        f"{f.messages:,} messages, {f.spim:,} of them spim and {f.benign:,} benign.\n"
        f"Spim stopped {f.recall_stopped:.2%}, flagged {f.recall_flagged:.2%}.\n"
        f"Benign stopped {f.fp_stopped:,}: {f.fp_stopped_per_million:.1f} per million, at most "
        f"{f.fp_stopped_per_million_upper95:.1f} (95 %); flagged {f.fp_flagged:,}; "
        f"held briefly {f.benign_held_briefly:,}.\n"
        f"Lures delivered per entered account: median {lures.median}, "
        f"95th percentile {lures.p95}, most {lures.max}."
    )


def _tactics(f: Figures) -> Table:
    table = _table("Spim, by tactic", "tactic", "lures", "stopped", "flagged", "stopped once known")
    for tactic, share in f.tactics.items():
        known = [late for campaign, late in f.stopped_after_20th.items() if campaign.endswith(tactic)]
        table.add_row(
            Text(tactic),
            f"{share.n:,}",
            f"{share.stopped:.2%}",
            f"{share.flagged:.2%}",
            ", ".join(f"{late:.2%}" for late in known) or "-",
        )
    table.caption = "stopped once known: from 5 s after a campaign's 20th lure on, one figure a campaign"
    return table


def _benign(f: Figures) -> Table:
    table = _table("Benign, by what it looks like", "kind", "messages", "stopped", "flagged")
    for kind, count in f.benign_kinds.items():
        table.add_row(Text(kind), f"{count.n:,}", f"{count.stopped:,}", f"{count.flagged:,}")
    return table


def _joined(f: Figures) -> Table:
    table = _table("What was found", "", "true", "found", "precision", "recall")
    c, a, i = f.campaigns, f.accounts, f.infections
    table.add_row("accounts", f"{a.true:,}", f"{a.found:,}", f"{a.precision:.3f}", f"{a.recall:.3f}")
    table.add_row("infections", f"{i.true:,}", f"{i.found:,}", f"{i.precision:.3f}", f"{i.recall:.3f}")
    b_cubed = (f"{c.bcubed_precision:.3f}", f"{c.bcubed_recall:.3f}")
    table.add_row("campaigns (B-cubed)", f"{c.true:,}", f"{c.found:,}", *b_cubed)
    table.caption = f"hijacked told from fake in {a.kind_right:.1%} of the accounts rightly found"
    return table


def _table(title: str, first: str, *numbers: str) -> Table:
    table = Table(title=title, title_justify="left", caption_justify="left", box=None, pad_edge=False)
    table.add_column(first)
    for name in numbers:
        table.add_column(name, justify="right")
    return table
