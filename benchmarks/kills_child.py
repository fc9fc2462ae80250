"""The writer that `benchmarks.kills` kills: it appends, commits and says so, until it is dead."""

from __future__ import annotations

import random
import sys
from hashlib import sha256
from pathlib import Path
from typing import Final

from nospim.ledger import Journal, KeyRing
from nospim.ledger import journal as journal_module
from nospim.ledger.migrate import Migrations
from nospim.ledger.retention import RetentionPolicy, expire
from nospim.ledger.snapshot import Snapshots
from nospim.ledger.survey import JOURNAL

FIRST_DAY: Final = 20_000
RECORDS_A_DAY: Final = 400
"""So that a run of some thousand records erases days."""
SEGMENT_BYTES: Final = 20_000
"""Small, so that segments end and begin at moments of death, too."""
SAME: Final = Migrations(current=1)
POLICY: Final = RetentionPolicy(content=3, risk=5)


def body_of(seq: int) -> bytes:
    """What the record of a sequence says, whoever wrote it."""
    digest = sha256(b"%d" % seq).hexdigest().encode()
    return digest * (1 + seq % 17)


def day_of(seq: int) -> int:
    """The day a record counts from."""
    return FIRST_DAY + seq // RECORDS_A_DAY


def child(room: Path, seed: int) -> None:
    """Write until killed; one line on standard output for each commit: the last durable sequence."""
    rng = random.Random(seed)
    journal_module.SEGMENT_BYTES = SEGMENT_BYTES  # type: ignore[misc]
    journal = Journal.open(room / JOURNAL, keys=KeyRing.open(room / "keys"))
    snapshots = Snapshots(room / "snapshots", journal.keys, SAME)
    print(journal.durable - 1, flush=True)
    while True:
        for _ in range(rng.randrange(1, 30)):
            journal.append("event", body_of(journal.next), day=day_of(journal.next))
        print(journal.commit(), flush=True)
        today = day_of(journal.next)
        chance = rng.random()
        if chance < 0.05:
            snapshots.save(b"%d" % journal.durable, seq=journal.durable, day=today)
        elif chance < 0.10:
            expire(journal, POLICY, today=today, snapshots=room / "snapshots")


if __name__ == "__main__":
    child(Path(sys.argv[1]), int(sys.argv[2]))
