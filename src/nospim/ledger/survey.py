"""Looking a whole ledger through: every segment, sequence, CRC and leaf hash, and what there is.

Unlike reading, a survey goes on behind damage, so that one run tells of all of it.  It writes nothing and
can be done while a service runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from msgspec import Struct, field

from nospim.ledger.errors import CorruptError, KeysError
from nospim.ledger.keys import KeyRing, scope_of
from nospim.ledger.reading import Opener
from nospim.ledger.recovery import ASIDE
from nospim.ledger.segment import Frame, ended_at, frames, proof_of_more, read_head, segments

JOURNAL: Final = "journal"
ERASURE: Final = "erasure"
"""The kind of record that tells of an erasure."""


class Stock(Struct):
    """What there is of one kind: records, the days they count from, and how many cannot be opened."""

    records: int = 0
    first: int = 2**31
    last: int = -1
    erased: int = 0


class Survey(Struct, kw_only=True):
    """What was found.

    size: bytes of all segments.  problems: one sentence each.  stocks: by kind.  held: records that a
    case's hold alone still opens.
    torn: bytes behind the last whole record; a write under way, or what the next start will cut.
    aside: files with bytes that earlier starts cut.  without_key: scopes whose key is missing, with their
    records.  erasures: the bodies of the records that tell of erasures.
    """

    segments: int = 0
    records: int = 0
    size: int = 0
    stocks: dict[str, Stock] = field(default_factory=dict)
    held: int = 0
    torn: int = 0
    aside: tuple[str, ...] = ()
    without_key: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    erasures: list[bytes] = field(default_factory=list)


def survey(folder: Path, keys: KeyRing) -> Survey:
    """Look through the journal in a folder (the one with the segments)."""
    found = Survey(aside=tuple(sorted(path.name for path in folder.glob(f"*{ASIDE}"))))
    opener = Opener(keys)
    try:
        places = segments(folder)
    except CorruptError as error:
        found.problems.append(str(error))
        return found
    expected: int | None = 0
    for number, (first, path) in enumerate(places):
        if first != expected:
            found.problems.append(f"{path}: the records from {expected} to {first} are missing")
        last = number == len(places) - 1
        told = _segment(found, opener, path, first, last=last)
        # where it is not known where a damaged segment ended, its own problem says enough
        expected = told if told is not None or last else places[number + 1][0]
    return found


def _segment(found: Survey, opener: Opener, path: Path, first: int, *, last: bool) -> int | None:
    """Look through one segment; returns the sequence that comes next, or None where damage hides it."""
    seq, end, ends = first, 0, False
    found.segments += 1
    size = path.stat().st_size
    found.size += size
    try:
        with path.open("rb") as file:
            read_head(path, file, first, opener.ring)
            for frame in frames(path, file, first):
                seq, end, ends = frame.seq, frame.end, frame.ends
                if frame.header is not None:
                    _count(found, opener, path, frame)
    except CorruptError as error:
        if last and not proof_of_more(path, error.offset, seq):
            found.torn = size - end
        else:
            found.problems.append(str(error))
        return seq if found.torn else ended_at(path)
    if not last and not ends:
        found.problems.append(f"{path}: the segment has no end, and another one follows")
    return seq


def _count(found: Survey, opener: Opener, path: Path, frame: Frame) -> None:
    header = frame.header
    assert header is not None  # noqa: S101  the caller passes records only
    found.records += 1
    stock = found.stocks.setdefault(header.kind, Stock())
    stock.records += 1
    stock.first, stock.last = min(stock.first, header.day), max(stock.last, header.day)
    scope = str(scope_of(header.retention, header.day))
    if scope in found.without_key:
        found.without_key[scope] += 1
        return
    try:
        record = opener.open(path, frame)
    except KeysError:
        found.without_key[scope] = 1
        return
    except CorruptError as error:
        found.problems.append(str(error))
        return
    if record.kind == ERASURE and record.body is not None:
        found.erasures.append(record.body)
    if record.body is None:
        stock.erased += 1
    elif opener.is_held(scope_of(header.retention, header.day)):
        found.held += 1
