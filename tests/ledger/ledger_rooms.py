"""What the ledger's tests share: a room with a journal and keys, and a process that dies in it."""

from __future__ import annotations

import os
from pathlib import Path

from nospim.ledger import Fsync, Journal, KeyRing

DAY = 20_000


def opened(room: Path, fsync: Fsync = Fsync.EACH_COMMIT) -> Journal:
    """The journal in a room, under the room's keys; made where there is none."""
    return Journal.open(room / "journal", keys=KeyRing.open(room / "keys"), fsync=fsync)


def written(
    room: Path, *bodies: bytes, kind: str = "event", day: int = DAY, fsync: Fsync = Fsync.EACH_COMMIT
) -> Journal:
    """A journal with these bodies committed."""
    journal = opened(room, fsync)
    for body in bodies:
        journal.append(kind, body, day=day)
    journal.commit()
    return journal


def die(journal: Journal) -> None:
    """End a writer as a killed process ends: its locks are gone, nothing is tidied."""
    for lock in journal._locks:
        os.close(lock)


def bodies(journal: Journal, start: int = 0) -> list[bytes | None]:
    """What the journal's acknowledged records say."""
    return [record.body for record in journal.read(start)]
