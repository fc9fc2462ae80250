"""The form "csv": comma-separated values with a header line, the hosts or addresses in a named column."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Final

from nospim.feeds.interface import Parsed, Refused, day, gathered, lines_of, place, stated_date
from nospim.listings import Entry
from nospim.policy import FeedSettings

_DAY: Final = re.compile(r"(\d{4})[-/.](\d\d)[-/.](\d\d)(?!\d)")
_COMMENT: Final = ("#", ";")


def parse(content: bytes, settings: FeedSettings) -> Parsed:
    """Read the column that the policy names; where it names a date column, each entry has its own date.

    Comment lines above the header are skipped, and a date in one is the feed's.
    """
    lines = list(lines_of(content))
    dated: float | None = None
    start = 0
    while start < len(lines) and (not lines[start][1].strip() or lines[start][1].startswith(_COMMENT)):
        dated = stated_date(lines[start][1]) if dated is None else dated
        start += 1
    return gathered(_entries([text for _, text in lines[start:]], start, settings), dated)


def _entries(lines: list[str], skipped: int, settings: FeedSettings) -> Iterator[Entry | Refused]:
    reader = csv.reader([line + "\n" for line in lines])
    try:
        header = [name.strip().strip("#").strip() for name in next(reader, [])]
    except csv.Error as error:
        yield Refused(skipped + 1, f"the header cannot be read: {error}")
        return
    if settings.column not in header:
        yield Refused(skipped + 1, f"there is no column called {settings.column!r} in the header")
        return
    column = header.index(settings.column)
    when = header.index(settings.date_column) if settings.date_column in header else None
    if settings.date_column is not None and when is None:
        yield Refused(skipped + 1, f"there is no column called {settings.date_column!r} in the header")
        return
    while True:
        before = reader.line_num
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Refused(skipped + before + 1, f"the row cannot be read: {error}")
            continue
        number = skipped + before + 1
        if not row or (len(row) == 1 and not row[0].strip()) or row[0].startswith(_COMMENT):
            continue
        if len(row) <= max(column, when or 0):
            yield Refused(number, f"the row has {len(row)} columns, fewer than the header")
            continue
        dated = None if when is None else _date(row[when])
        if when is not None and dated is None:
            yield Refused(number, f"the column {settings.date_column!r} holds no date such as 2026-11-24")
            continue
        yield place(row[column], number, dated)


def _date(text: str) -> float | None:
    found = _DAY.search(text)
    return None if found is None else day(*(int(part) for part in found.groups()))
