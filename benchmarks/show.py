"""How measurements are shown: plain tables that read the same in a terminal and in a file."""

from __future__ import annotations

from typing import Final

from rich.table import Table

WIDE: Final = 90
"""Columns of the narrowest table, so that titles and captions are not broken."""


def plain_table(title: str, *columns: str) -> Table:
    """A table without lines; the first column reads from the left, numbers from the right."""
    table = Table(title=title, title_justify="left", caption_justify="left", box=None, pad_edge=False)
    table.min_width = WIDE
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number else "left")
    return table
