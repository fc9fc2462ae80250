"""What a form of list feed is: a pure function from a file's bytes to entries and refusals."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from msgspec import Struct

from nospim.errors import NospimError
from nospim.links.expressions import expressions_of
from nospim.links.pieces import ascii_host
from nospim.listings import Entry
from nospim.policy import FeedSettings

MAX_ENTRIES: Final = 5_000_000
"""Entries read from one feed, at about 0.25 kB each in memory; what is over is refused in one line."""
MAX_LINE: Final = 8192
"""Longest line in characters: a browser's longest address (2,048) four times over."""
SHOWN: Final = 60
"""Characters of a refused line that its reason quotes."""


class FeedError(NospimError):
    """A feed that cannot be used at all; the message says which, why, and what to do."""


class Refused(Struct, frozen=True):
    """A line of a feed that is no entry.  line: counted from 1.  reason: what is wrong with it."""

    line: int
    reason: str


class Parsed(Struct, frozen=True):
    """A feed's file, read.  dated: the date that the file states, in seconds since the Unix epoch."""

    entries: tuple[Entry, ...] = ()
    refused: tuple[Refused, ...] = ()
    dated: float | None = None


Form = Callable[[bytes, FeedSettings], Parsed]
"""Any bytes are read: what is no entry is refused with its line and the reason, nothing is raised."""

_STATED: Final = re.compile(
    r"(?:updated|modified|date|generated|version|created)\b[^0-9]{0,20}(\d{4})-?(\d\d)-?(\d\d)", re.I
)
_PORT: Final = re.compile(r":\d{1,5}$")
_LABELS: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


def lines_of(content: bytes) -> Iterator[tuple[int, str]]:
    """The lines with their numbers, without byte-order mark and line ends; a bad byte becomes U+FFFD."""
    text = content.decode("utf-8-sig", "replace")
    for number, line in enumerate(text.split("\n"), 1):
        yield number, line.rstrip("\r")


def stated_date(comment: str) -> float | None:
    """The date in a comment such as "# Last updated: 2026-11-24"; None without one."""
    found = _STATED.search(comment)
    return None if found is None else day(*(int(part) for part in found.groups()))


def day(year: int, month: int, of_month: int) -> float | None:
    """The start of a day (UTC) in seconds since the Unix epoch; None where there is no such day."""
    try:
        return float(calendar.timegm(date(year, month, of_month).timetuple()))
    except (ValueError, OverflowError):
        return None


def place(written: str, line: int, dated: float | None = None) -> Entry | Refused:
    """The entry for a host or an address as a list writes it.

    A host with a path is an "address", anything else a "host"; a leading "*." or "." is left out, for a host
    stands for what is below it.
    """
    text = written.strip()
    if not text or len(text) > MAX_LINE:
        return Refused(line, "the entry is empty" if not text else f"longer than {MAX_LINE} characters")
    bare = _PORT.sub("", text.removeprefix("*.").removeprefix(".")).rstrip("./")
    host = ascii_host(bare) if not set(bare) & set("/?#@:\\ ") else None
    if host is None:
        told = expressions_of(text) if "/" in text or "?" in text else ()
        if not told:
            return Refused(line, f"{quoted(text)} is no host and no address")
        address = told[0]
        host, _, path = address.partition("/")
        if path:
            return _checked(Entry("address", f"{host.removeprefix('www.')}/{path}", line, dated), host)
    return _checked(Entry("host", host.removeprefix("www."), line, dated), host)


def _checked(entry: Entry, host: str) -> Entry | Refused:
    labels = host.split(".")
    if host.startswith("[") or all(label.isdigit() for label in labels):
        return entry
    if len(labels) < 2 or not all(_LABELS.fullmatch(label) for label in labels):
        return Refused(entry.line, f"{quoted(host)} is no host with a dot in it")
    return entry


def quoted(text: str) -> str:
    """A piece of a file fit for a message: short, and with nothing in it that moves a terminal's cursor."""
    return ascii(text if len(text) <= SHOWN else text[:SHOWN] + "...")


def gathered(found: Iterator[Entry | Refused], dated: float | None = None) -> Parsed:
    """Entries and refusals told apart, up to `MAX_ENTRIES`."""
    entries: list[Entry] = []
    refused: list[Refused] = []
    for one in found:
        if isinstance(one, Refused):
            refused.append(one)
        elif len(entries) == MAX_ENTRIES:
            refused.append(Refused(one.line, f"more than {MAX_ENTRIES} entries; the rest is not read"))
            break
        else:
            entries.append(one)
    return Parsed(tuple(entries), tuple(refused), dated)
