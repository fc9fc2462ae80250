"""Pages of the documentation with a measured part: found by its marks, written again by a benchmark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

EXPLANATION: Final = Path(__file__).resolve().parent.parent / "docs" / "explanation"
END: Final = "<!-- end of measured part -->"


def written(page: str, command: str, content: str) -> str:
    """The page with its measured part replaced.

    command: the word after ``./dev bench`` that the part's first mark names.
    Raises ValueError when the page has no such part.
    """
    start = f"<!-- measured (write again with: ./dev bench {command} --write) -->\n"
    marked = re.compile(f"({re.escape(start)}).*?({re.escape(END)})", re.DOTALL)
    new, parts = marked.subn(lambda found: found[1] + content + found[2], page)
    if parts != 1:
        raise ValueError(f"the page has no measured part to write {command} to")
    return new


def write(name: str, command: str, content: str) -> Path:
    """Replace the measured part of ``docs/explanation/<name>``; returns its path.  Raises ValueError."""
    path = EXPLANATION / name
    path.write_text(written(path.read_text(encoding="utf-8"), command, content), encoding="utf-8")
    return path


def markdown(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table for a page."""
    rows = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    return "\n".join([*rows, *(f"| {' | '.join(line)} |" for line in lines)]) + "\n"
