"""The data folder: what the service owns on disk, and the state that snapshot and journal make together.

journal/  keys/  snapshots/  sightings/  tokens.json
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from nospim.errors import NospimError
from nospim.ledger import Fsync, Journal, KeyRing
from nospim.ledger.folder import JOURNAL
from nospim.ledger.migrate import Migrations
from nospim.ledger.retention import Erasure, RetentionPolicy, expire
from nospim.ledger.snapshot import FOLDER as SNAPSHOTS
from nospim.ledger.snapshot import Snapshots
from nospim.listings import FeedIndex
from nospim.policy.live import RetentionSettings
from nospim.service.faults import place_of
from nospim.service.rules import InForce, encode_rules
from nospim.service.state import FORMAT, SavedStateError, Start, State, decode_start, encode_start, restore
from nospim.service.told import KINDS, Owed

DAY: Final = 86400.0

Say = Callable[[str], None]


class DataFolder:
    """What one service owns while it runs."""

    def __init__(self, path: Path, keys: Path, *, every: bool) -> None:
        """Open the folder, or make it, for its owner only.  every: whether each commit is forced to the disk.

        Raises NospimError where another process has it, or where it is damaged.
        """
        self.path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.keys = KeyRing.open(keys)
        fsync = Fsync.EACH_COMMIT if every else Fsync.NEVER
        self.journal = Journal.open(path / JOURNAL, keys=self.keys, fsync=fsync)
        self.snapshots = Snapshots(path / SNAPSHOTS, self.keys, Migrations(current=FORMAT))

    def settle(self) -> None:
        """Bring everything that was appended to the disk; blocks.  Raises LedgerError."""
        self.journal.commit()
        self.journal.sync()

    def save(self, state: bytes, position: int, now: float) -> None:
        """Save a state as it was after the record at `position`, once the journal is settled to there.

        Blocks.  Raises LedgerError.
        """
        self.snapshots.save(state, seq=position + 1, day=max(0, int(now // DAY)))

    def expire(self, now: float, settings: RetentionSettings) -> Erasure:
        """Destroy the keys of what has lived as long as it may; blocks.  Raises LedgerError."""
        rule = RetentionPolicy(content=settings.content_days, risk=settings.risk_days)
        today = max(0, int(now // DAY))
        return expire(self.journal, rule, today=today, snapshots=self.snapshots.folder)

    def recover(self, start: Start, feeds: FeedIndex | None, rules: InForce, say: Say) -> tuple[State, int]:
        """The state as it was after the last acknowledged record, judging by these settings from here on.

        Returns it with the bytes of sightings that belong to the snapshot; those of the replay are still
        in `State.sightings`.  Raises NospimError where there is no way to it.
        """
        journal = self.journal
        if journal.recovery.cut:
            say(f"{journal.recovery.path}: cut off {journal.recovery.cut} bytes of a write that never ended")
        state, sightings = self._saved(feeds, say)
        state = self._replay(state, feeds, say)
        if state is None:
            state = State(start, feeds)
            state.position = journal.append("start", encode_start(start), day=0)
        elif state.start != start:
            if state.start.policy != start.policy:
                say("the policy differs from the one before; it judges from here on")
            state.position = journal.append("start", encode_start(start), day=int(state.now // DAY))
            state.switch(start, feeds)
        if state.rules != rules:
            position = journal.append("rules", encode_rules(rules), day=int(state.now // DAY))
            state.apply("rules", encode_rules(rules), position)
        journal.commit()
        return state, sightings

    def _saved(self, feeds: FeedIndex | None, say: Say) -> tuple[State | None, int]:
        """The state of the newest snapshot that can be read, and the bytes of sightings that belong to it."""
        found = self.snapshots.newest(within=self.journal.next)
        for why in found.passed_over:
            say(why)
        if found.snapshot is None:
            return None, 0
        try:
            return restore(found.snapshot.state, feeds)
        except (SavedStateError, ValueError) as error:
            raise NospimError(
                f"{found.snapshot.path}: {error}; move it away to replay more of the journal instead"
            ) from None

    def _replay(self, state: State | None, feeds: FeedIndex | None, say: Say) -> State | None:
        """Let the journal's records into a saved state, or into a fresh one."""
        replayed = erased = 0
        owed = Owed()
        for record in self.journal.read(0 if state is None else state.position + 1):
            if record.body is None:
                erased += 1
                continue
            if state is None:
                if record.kind != "start":
                    continue
                state = State(decode_start(record.body), feeds)
            try:
                state.apply(record.kind, record.body, record.seq)
                if record.kind in KINDS:
                    owed.seen(record.kind, record.body)
                elif state.told:
                    owed.follow(state.told)
            except Exception as error:  # noqa: BLE001 - the fault that ended the service must not end each start
                say(f"record {record.seq} is passed over, please report it: {place_of(error)}")
                state.position = record.seq
            replayed += 1
        if state is not None:
            for kind, body in owed.rest():
                state.position = self.journal.append(kind, body, day=int(state.now // DAY))
        if replayed:
            say(f"replayed {replayed} records of the journal")
        if erased:
            say(f"{erased} records were erased and could not be replayed; what they taught is forgotten")
        return state

    def close(self) -> None:
        """End the journal and let others have the folder."""
        self.journal.close()
