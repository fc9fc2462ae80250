"""A whole ledger in a folder: ``journal/`` and ``keys/`` as written, beside ``tree/`` and ``heads/``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nospim.errors import UsageError
from nospim.ledger.errors import CorruptError, LockedError
from nospim.ledger.journal import Journal
from nospim.ledger.keys import KeyRing
from nospim.ledger.reading import read_records
from nospim.ledger.record import Record
from nospim.ledger.segment import ended_at, frames, read_head, segments

JOURNAL: Final = "journal"
KEYS: Final = "keys"


def require(folder: Path) -> Path:
    """The folder, where it holds a ledger; raises UsageError where it holds none."""
    if not (folder / JOURNAL).is_dir() or not (folder / KEYS).is_dir():
        raise UsageError(f"{folder} holds no ledger; make one with: nospim ledger ingest")
    return folder


def writer(folder: Path) -> Journal:
    """Open a ledger's journal to write it, or begin one."""
    return Journal.open(folder / JOURNAL, keys=KeyRing.open(folder / KEYS))


def length(folder: Path) -> int:
    """How many whole records the journal holds now, whoever writes it; changes nothing.

    A writer's last records count once they are whole; they are acknowledged a moment later or not at
    all, and a seal over them is not signed before the journal's lock or the writer says so.
    """
    found = segments(folder / JOURNAL)
    if not found:
        return 0
    first, path = found[-1]
    end = ended_at(path)
    if end is not None:
        return end
    seq = first
    try:
        with path.open("rb") as file:
            read_head(path, file, first, None)
            for frame in frames(path, file, first):
                seq = frame.seq
    except CorruptError:  # a write under way, or torn; what is before it is whole
        return seq
    return seq


def records(folder: Path, start: int = 0, until: int | None = None) -> Iterator[Record]:
    """The records of a ledger from `start` on, without being its writer.

    Raises CorruptError, KeysError as reading does.
    """
    keys = KeyRing.open(folder / KEYS)
    return read_records(folder / JOURNAL, keys, start, length(folder) if until is None else until)


def settled(folder: Path) -> int:
    """How many records are acknowledged and stay, so that they may be signed.

    Where nobody writes, the journal is opened and its torn tail cut.  Where somebody does, all but the
    records behind the last mark of what was durable count.
    """
    try:
        journal = writer(folder)
    except LockedError:
        return _durable(folder)
    try:
        return journal.durable
    finally:
        journal.close()


def _durable(folder: Path) -> int:
    from nospim.ledger.record import BATCH_WORD, MARK, parse_mark  # noqa: PLC0415 - rare

    found = segments(folder / JOURNAL)
    if not found:
        return 0
    first, path = found[-1]
    end = ended_at(path)
    if end is not None:
        return end
    durable = first
    try:
        with path.open("rb") as file, path.open("rb") as marks:
            read_head(path, file, first, None)
            for frame in frames(path, file, first):
                if frame.header is None and not frame.ends:
                    marks.seek(frame.at)
                    data = marks.read(MARK.size)
                    if data[:4] == BATCH_WORD:
                        durable = max(durable, parse_mark(data)[1])
    except CorruptError:
        return durable
    return durable
