"""What counsel may withhold: notes and documents marked privileged or work product, and the log that names
them.

The log has what a party must say to withhold a thing (Federal Rules of Civil Procedure 26(b)(5)(A)): its
nature, author, date, and the claim, without what it says.  Whether the claim holds, counsel and the court
decide. Pure.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from nospim.cases.decisions import DocumentAdded, NoteAdded, decode, digest

COLUMNS: Final = ("entry", "date", "author", "kind", "title", "claim", "sha256")


class Withheld(Struct, frozen=True, kw_only=True):
    """One entry of a case that is withheld; digest: of the entry's bytes, as in the list of entries."""

    entry: int
    at: datetime
    by: str
    kind: str
    title: str
    mark: str
    digest: str


def withheld(entries: Sequence[bytes]) -> list[Withheld]:
    """The entries that are marked, in order."""
    found = []
    for number, data in enumerate(entries):
        entry = decode(data)
        one = entry.decision
        if isinstance(one, NoteAdded | DocumentAdded) and one.mark:
            is_note = isinstance(one, NoteAdded)
            found.append(
                Withheld(
                    entry=number,
                    at=entry.at,
                    by=entry.by,
                    kind="note" if is_note else "document",
                    title="a note in the case" if isinstance(one, NoteAdded) else one.title,
                    mark=one.mark,
                    digest=digest(data),
                )
            )
    return found


def log(rows: Sequence[Withheld]) -> bytes:
    """The privilege log as CSV (RFC 4180)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(
            (row.entry, row.at.date().isoformat(), row.by, row.kind, row.title, row.mark, row.digest)
        )
    return text.getvalue().encode("utf-8", "replace")
