"""Plain words for a report: numbers, dates, links nobody can click, and names that cannot trick the eye.

Every name, link and masked text in a report comes from an attacker.  `plain` makes such a string
safe to look at (escaping for HTML is the template's work, by autoescape); `defang` makes a link
safe to pass on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final

NAME_LIMIT: Final = 64
"""Characters shown of a name; a bare JID in use is below 50, what is longer is there to break a layout."""
TEXT_LIMIT: Final = 280
"""Characters shown of a masked example: two lines of a phone, enough to recognise a lure."""
LINK_LIMIT: Final = 120
"""Characters shown of a link; the host comes first, so what identifies it is kept."""
MAX_MARKS: Final = 3
"""Combining marks kept on one letter: Vietnamese needs two, so four and more are there to smear the page."""
FIRST_JOINING_SCRIPT: Final = 0x0600
"""From Arabic on, scripts and emoji use the zero-width joiners in honest text (UTS 46, ContextJ)."""

_JOINERS: Final = frozenset("\u200c\u200d")
_HIDDEN: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_SCHEME: Final = re.compile(r"(?i)\bh(?:tt|xx)p(s?)(?=:)")
_AUTHORITY: Final = re.compile(r"(?<=://)[^\s/?#\\]+")
_URL: Final = re.compile(r"(?i)\b(?:https?://|www\.)\S+")
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAY_AND_MONTH: Final = re.compile(rf"(\b\d{{1,2}}) (?={'|'.join(_MONTHS)})")


def plain(text: str, limit: int = NAME_LIMIT) -> str:
    """The text as one honest line of at most `limit` characters.

    Line ends become spaces; control, direction and invisible characters are spelled out as [U+202E];
    piled-up combining marks are dropped; links are defanged.  Idempotent on what it returns unless cut.
    """
    shown: list[str] = []
    marks = 0
    before = ""
    for char in text[: limit * 4]:
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if char in "\t\n\r\x0b\x0c\x85\u2028\u2029" or category == "Zs":
            shown.append(" ")
        elif category in _HIDDEN and not _joins(char, before):
            shown.append(f"[U+{ord(char):04X}]")
        elif marks <= MAX_MARKS:
            shown.append(char)
        before = char
    line = " ".join("".join(shown).split())
    return cut(_URL.sub(lambda found: defang(found[0]), line), limit)


def _joins(char: str, before: str) -> bool:
    return char in _JOINERS and before != "" and ord(before) >= FIRST_JOINING_SCRIPT


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, the end replaced by an ellipsis where there were more."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def defang(link: str) -> str:
    """A link that no program opens by itself: hxxps://evil[.]example/path.

    As abuse desks and threat exchanges write them: http becomes hxxp, and each
    dot of a host, also of a host nested in the path, is put in brackets.  Idempotent.
    """
    link = _SCHEME.sub(r"hxxp\1", link)
    if "://" not in link:
        head, slash, tail = link.partition("/")
        return _bracket(head) + slash + tail
    return _AUTHORITY.sub(lambda found: _bracket(found[0]), link)


def _bracket(host: str) -> str:
    return re.sub(r"(?<!\[)\.(?!\])", "[.]", host)


def shown_link(link: str) -> str:
    """A link as the report prints it: defanged, honest to the eye, and cut."""
    return cut(defang(plain(link, LINK_LIMIT * 2)), LINK_LIMIT)


def number(value: float) -> str:
    """12345 as 12,345; a fraction keeps at most three decimals."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}".rstrip("0").rstrip(".")


def count(value: int, one: str, many: str | None = None) -> str:
    """A number with its noun: `1 campaign`, `2 campaigns`, `no campaigns`."""
    noun = one if value == 1 else (many or one + "s")
    return f"{number(value) if value else 'no'} {noun}"


PERCENT: Final = "\u00a0%"
"""The sign with a space that does not break (SI Brochure, 5.4.7)."""


def share(part: int, whole: int) -> str:
    """A part of a whole in per cent; never 0 % for a part that exists, never 100 % while one is missing."""
    percent = 100 * part / whole if whole > 0 else 0.0
    if 0 < percent < 0.01:
        return "under 0.01" + PERCENT
    if percent >= 99.9 and part < whole:
        return "over 99.9" + PERCENT
    digits = 0 if percent in {0, 100} else 2 if percent < 1 else 1
    return f"{percent:.{digits}f}" + PERCENT


def utc(at: datetime) -> datetime:
    """The same moment in UTC."""
    return at.astimezone(UTC)


def moment(at: datetime) -> str:
    """A moment in UTC to the minute: 3 March 2026, 09:05."""
    at = utc(at)
    return f"{day(at.date())}, {at:%H:%M}"


def short_moment(at: datetime) -> str:
    """A moment in UTC without its year: 3 Mar 09:05."""
    at = utc(at)
    return f"{at.day} {_MONTHS[at.month - 1][:3]} {at:%H:%M}"


def day(on: date) -> str:
    """3 March 2026."""
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def unbroken(text: str) -> str:
    """The text with no line break between a day and its month, for large print."""
    return _DAY_AND_MONTH.sub("\\1\u00a0", text)


def short_day(on: date) -> str:
    """3 Mar."""
    return f"{on.day} {_MONTHS[on.month - 1][:3]}"


def stretch(first: datetime, last: datetime) -> str:
    """The days from one moment to another: 1 to 4 March 2026."""
    start, end = utc(first).date(), utc(last).date()
    if start == end:
        return day(start)
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day} to {day(end)}"
    if start.year == end.year:
        return f"{start.day} {_MONTHS[start.month - 1]} to {day(end)}"
    return f"{day(start)} to {day(end)}"


def lasting(span: timedelta) -> str:
    """A length of time in its largest sensible unit: 45 minutes, 6 hours, 3 days."""
    minutes = max(0, round(span.total_seconds() / 60))
    if minutes < 1:
        return "under a minute"
    if minutes < 120:
        return count(minutes, "minute")
    if minutes < 48 * 60:
        return count(round(minutes / 60), "hour")
    return count(round(minutes / 1440), "day")


def listing(things: Iterable[str]) -> str:
    """Words in a row: a, b and c."""
    items = list(things)
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def heading(name: str) -> str:
    """A name of a field or a count as words: `own_brand` is Own brand."""
    words = plain(name).replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def fit(text: str, cells: int) -> str:
    """The text as `plain`, cut to a width in cells; wide letters take two (UAX 11)."""
    line = plain(text, cells * 4)
    used = 0
    for place, char in enumerate(line):
        used += 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if used > cells:
            return cut(line, place) if place else "…"
    return line
