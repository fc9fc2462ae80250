"""Who read content, when, what and why: each reading by a person is a record of the ledger.

A ledger that a service writes cannot take the record at once. It waits in a file beside, forced to the
disk, and goes in with the next one that finds the ledger free. Whoever can write that file could take it
away; so could whoever has the keys read without telling. It is a record for honest people, and says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from nospim.ledger.errors import LedgerError, LockedError
from nospim.ledger.folder import records, writer

KIND: Final = "access"
WAITING: Final = "accesses.waiting"
DAY: Final = 86_400


class Reading(Struct, frozen=True, kw_only=True):
    """Somebody read content.

    what: in a few words, never a name of a person that it is about.  why: the reason given, empty where
    none was. records: how many were read, None where it is the whole case.  to, ground, approver: where it
    left the house.
    """

    at: datetime
    by: str
    what: str
    why: str = ""
    records: int | None = None
    to: str = ""
    ground: str = ""
    approver: str = ""


_decoder: Final = msgspec.json.Decoder(Reading)


def note(folder: Path, reading: Reading) -> bool:
    """Record a reading before it is done; returns whether it is in the ledger already, or waits beside it.

    Raises LedgerError, OSError where it can be recorded nowhere: then nothing may be read.
    """
    line = msgspec.json.encode(reading)
    path = folder / WAITING
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, line + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        journal = writer(folder)
    except LockedError:
        return False
    try:
        for waiting in path.read_bytes().splitlines():
            day = int(_decoder.decode(waiting).at.timestamp() // DAY)
            journal.append(KIND, waiting, day=day)
        journal.commit()
    except msgspec.DecodeError:
        raise LedgerError(
            f"{path}: a line is no reading; set the file aside and look who changed it"
        ) from None
    finally:
        journal.close()
    path.unlink()
    return True


def readings(folder: Path) -> Iterator[tuple[int | None, Reading]]:
    """Who read what, with the record of the ledger; None where it waits to go in."""
    for one in records(folder):
        if one.kind == KIND and one.body is not None:
            yield one.seq, _decoder.decode(one.body)
    path = folder / WAITING
    if path.exists():
        for line in path.read_bytes().splitlines():
            yield None, _decoder.decode(line)
