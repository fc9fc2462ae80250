"""A scan on the terminal: what it found in a few lines, and how far it has come.

Where the output is not a terminal the same facts are printed plainly, one a line, without colour,
columns or wrapping, so that they can be searched and mailed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from nospim.findings import Campaign, Findings, Summary
from nospim.reports import story, words

MAX_CAMPAIGNS: Final = 8
"""Campaigns listed on the terminal, so that all fits on a screen; every one is in campaigns.jsonl."""
EXAMPLE: Final = 46
"""Width of a masked example in cells: with the figures beside it a line of 100 columns."""
WIDEST: Final = 104
"""Columns used of a wide terminal: longer lines are hard to read."""
NARROW: Final = 84
"""Columns below which the table leaves out the examples."""

Report = Callable[[int, int | None, int], None]
"""Called now and then with bytes read so far, bytes in all (None if unknown), and events so far."""


def summarise(findings: Findings, summary: Summary, console: Console) -> None:
    """Print what a scan found.

    findings, summary: what the casework concluded.  console: where to; its width, colours and encoding
    are respected.  Raises OSError when the console's file cannot be written.
    """

    def safe(text: str) -> str:
        spaced = text.replace("\u00a0", " ")
        return spaced.encode(console.encoding, "replace").decode(console.encoding)

    if console.is_terminal:
        for part in _grand(findings, summary, safe, console.width):
            console.print(part, highlight=False, width=min(console.width, WIDEST))
    else:
        for line in _lines(findings, summary):
            console.print(Text(safe(line)), soft_wrap=True, highlight=False)


def _lines(findings: Findings, summary: Summary) -> Iterator[str]:
    """The plain form, one fact a line."""
    yield story.paragraph(findings, summary)
    for figure in story.figures(findings, summary):
        yield f"{figure.label}: {figure.value} ({figure.note})"
    campaigns = story.by_size(findings)
    for number, campaign in enumerate(campaigns[:MAX_CAMPAIGNS], 1):
        yield f"campaign {number}: {_told(campaign)}"
    if len(campaigns) > MAX_CAMPAIGNS:
        yield f"{_left(campaigns)} (see campaigns.jsonl)"
    for sentence in summary.lacking:
        yield f"not seen: {words.plain(sentence, 400)}"
    if summary.counts.get("refused"):
        yield _refused(summary)


def _told(campaign: Campaign) -> str:
    parts = [
        words.stretch(campaign.first_seen, campaign.last_seen),
        words.count(len(campaign.messages), "message"),
        f"{words.number(campaign.stopped)} held or blocked",
        words.count(len(campaign.accounts), "account"),
        story.meaning(campaign.reproduction)[0],
        f"id {words.plain(campaign.id)}",
    ]
    if example := _example(campaign):
        parts.append(f"like: {example}")
    return "; ".join(parts)


def _example(campaign: Campaign) -> str:
    return words.fit(campaign.lures[0].example, EXAMPLE) if campaign.lures else ""


def _left(campaigns: list[Campaign]) -> str:
    return f"and {words.count(len(campaigns) - MAX_CAMPAIGNS, 'more campaign', 'more campaigns')}"


def _refused(summary: Summary) -> str:
    return f"{words.count(summary.counts['refused'], 'line was', 'lines were')} refused (see rejected.jsonl)"


def _grand(
    findings: Findings, summary: Summary, safe: Callable[[str], str], width: int
) -> Iterator[RenderableType]:
    """The form for a terminal: the story, the key figures side by side, the campaigns as a table."""
    yield Text()
    yield Text(safe(story.title(findings, summary)), style="bold")
    yield Text()
    yield Text(safe(story.paragraph(findings, summary)))
    yield Text()
    yield _figures(findings, summary, safe)
    campaigns = story.by_size(findings)
    if campaigns:
        yield Text()
        yield _table(campaigns[:MAX_CAMPAIGNS], safe, with_example=width >= NARROW)
        if len(campaigns) > MAX_CAMPAIGNS:
            yield Text(f"{_left(campaigns)} (see campaigns.jsonl)", style="dim")
    if summary.lacking:
        yield Text()
        yield Text("What could not be seen", style="bold")
        for sentence in summary.lacking:
            yield Padding(Text(safe(words.plain(sentence, 400))), (0, 0, 0, 2))
    if summary.counts.get("refused"):
        yield Text()
        yield Text(_refused(summary), style="yellow")
    yield Text()


TONES: Final = {"": "bold", "stopped": "bold blue", "victims": "bold magenta"}


def _figures(findings: Findings, summary: Summary, safe: Callable[[str], str]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right")
    table.add_column()
    table.add_column(style="dim")
    for figure in story.figures(findings, summary):
        table.add_row(Text(figure.value, style=TONES[figure.tone]), figure.label, safe(figure.note))
    return table


def _table(campaigns: list[Campaign], safe: Callable[[str], str], *, with_example: bool) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("campaign", no_wrap=True)
    for name in ("messages", "stopped", "accounts", "R"):
        table.add_column(name, justify="right", no_wrap=True, min_width=len(name))
    if with_example:
        table.add_column("like", no_wrap=True, overflow="ellipsis")
    for number, campaign in enumerate(campaigns, 1):
        r = campaign.reproduction
        row = [
            Text(f"{number}  {words.stretch(campaign.first_seen, campaign.last_seen)}"),
            Text(words.number(len(campaign.messages))),
            Text(words.number(campaign.stopped), style="blue"),
            Text(words.number(len(campaign.accounts))),
            Text("-" if r is None else f"{r:.2f}", style="red" if r is not None and r >= 1 else ""),
        ]
        if with_example:
            row.append(Text(safe(_example(campaign)), style="italic"))
        table.add_row(*row)
    return table


@contextmanager
def progress(console: Console | None = None) -> Iterator[Report]:
    """A bar for long input; silent where it would not be read.

    console: where to draw, standard error by default.  Gives a function to call now and then with
    bytes read, bytes in all (None if unknown, then events are counted instead) and events so far.
    The bar is gone when the block ends, however it ends.
    """
    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield lambda _done, _total, _events: None
        return
    with Progress(*_columns(), console=console, transient=True) as bar:
        task = bar.add_task("reading", total=None, events="")

        def report(done: int, total: int | None, events: int) -> None:
            bar.update(task, completed=done, total=total, events=words.count(events, "event"))

        yield report


def _columns() -> tuple[ProgressColumn, ...]:
    return (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=32),
        TaskProgressColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[events]}", markup=False),
        TimeRemainingColumn(),
    )
