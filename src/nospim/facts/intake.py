"""What goes into the ledger from a log and from a scan of it, as records.

An event is taken in as its bytes were received.  What a scan concluded is taken in a line at a time; a
campaign's list of messages, which may be longer than a record, follows it in records of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from nospim.errors import NospimError

MEMBERS_A_RECORD: Final = 20_000
"""Message ids in one record: about half a megabyte, far below what a record may hold."""
PLACES_A_RECORD: Final = 1000
"""Lines of provenance in one record: about 200 KB."""
DAY_S: Final = 86_400

FILES: Final[dict[str, str]] = {
    "verdicts.jsonl": "verdict",
    "resolutions.jsonl": "resolution",
    "actions.jsonl": "action",
    "accounts.jsonl": "account",
    "campaigns.jsonl": "campaign",
    "operators.jsonl": "operator",
}
"""The files of a scan that go into the ledger, in this order, and the kind of their records."""
_TIMES: Final = ("time", "at", "since", "last_seen")


class Intake(Struct, frozen=True):
    """One record to be: its kind, the UTC day that its retention counts from, its bytes."""

    kind: str
    day: int
    body: bytes


def day_of(at: datetime) -> int:
    """The UTC day number of a time."""
    return int(at.astimezone(UTC).timestamp() // DAY_S)


def of_scan(folder: Path, otherwise: int = 0) -> Iterator[Intake]:
    """The records of what a scan wrote.

    otherwise: the day of lines that have no time (operators), and the campaign's last day where it is known.
    Raises NospimError where a line is none that a scan wrote, OSError where a file cannot be read.
    """
    for name, kind in FILES.items():
        path = folder / name
        if not path.exists():
            continue
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                yield from of_line(kind, line, otherwise, f"{path}, line {number}")


def of_line(kind: str, line: bytes, otherwise: int, where: str) -> Iterator[Intake]:
    """The records of one line that a scan wrote; where: what to call it in an error."""
    row = _row(where, line)
    day = _day(row, otherwise)
    if kind == "campaign":
        yield from _campaign(row, day)
    else:
        yield Intake(kind, day, line.rstrip(b"\n"))


def event_day(at: datetime, today: int) -> int:
    """The day that an event counts for: a wrong clock must not keep its words for ever."""
    return min(max(day_of(at), 0), today)


def of_trail(lines: Iterable[bytes], name: str, day: int) -> Iterator[Intake]:
    """The records of a file of provenance that an import wrote, some of its lines in each.

    Raises NospimError where a line is none of such a file.
    """
    part: list[bytes] = []
    for number, line in enumerate(lines, 1):
        try:
            row = msgspec.json.decode(line)
        except msgspec.DecodeError:
            row = None
        if not isinstance(row, dict) or not isinstance(row.get("file"), str):
            raise NospimError(f"{name}, line {number}: this is no line that nospim import wrote")
        part.append(line.rstrip(b"\n"))
        if len(part) >= PLACES_A_RECORD:
            yield Intake("provenance", day, b"\n".join(part))
            part = []
    if part:
        yield Intake("provenance", day, b"\n".join(part))


def _campaign(row: dict[str, Any], day: int) -> Iterator[Intake]:
    messages = row.pop("messages", [])
    yield Intake("campaign", day, msgspec.json.encode(row))
    for first in range(0, len(messages), MEMBERS_A_RECORD):
        part = {
            "campaign": row["id"],
            "source": row["source"],
            "messages": messages[first : first + MEMBERS_A_RECORD],
        }
        yield Intake("members", day, msgspec.json.encode(part))


def _row(where: str, line: bytes) -> dict[str, Any]:
    try:
        row = msgspec.json.decode(line)
    except msgspec.DecodeError:
        row = None
    if not isinstance(row, dict) or not isinstance(row.get("source"), str):
        raise NospimError(f"{where}: this is no line of a scan; scan the log again")
    return row


def _day(row: dict[str, Any], otherwise: int) -> int:
    for name in _TIMES:
        if isinstance(row.get(name), str):
            return day_of(datetime.fromisoformat(row[name]))
    return otherwise


def missing(folder: Path, exists: Callable[[Path], bool] = Path.exists) -> list[str]:
    """The files of a scan that are not there."""
    return [name for name in FILES if not exists(folder / name)]
