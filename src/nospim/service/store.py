"""The data folder: journal, keys and saved state in it, and the state that the journal makes of them.

journal/  keys/  sightings/  state.sealed  tokens.json
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from nospim.errors import NospimError
from nospim.ledger import Fsync, Journal, KeyRing, Retention
from nospim.listings import FeedIndex
from nospim.service.sealed import UnreadableError, seal, unseal
from nospim.service.state import SavedStateError, Start, State, decode_start, encode_start, restore
from nospim.service.tokens import write_private

STATE: Final = "state.sealed"
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
        self.journal = Journal.open(path / "journal", keys=self.keys, fsync=fsync)

    def save(self, state: bytes, now: float) -> None:
        """Write the state down; the one before is kept as well, in case this one is damaged later."""
        path = self.path / STATE
        box = seal(self.keys, Retention.RISK, max(0, int(now // DAY)), state)
        if path.exists():
            path.replace(self.path / f"{STATE}.old")
        write_private(path, box)

    def saved(self, feeds: FeedIndex | None, say: Say) -> tuple[State | None, int]:
        """The latest saved state that can be read, and the bytes of sightings that belong to it."""
        for name in (STATE, f"{STATE}.old"):
            path = self.path / name
            if not path.exists():
                continue
            try:
                content = unseal(self.keys, path.read_bytes())
                if content is not None:
                    return restore(content, feeds)
                say(f"{path}: its key was destroyed; the journal is replayed from further back instead")
            except (SavedStateError, UnreadableError, ValueError) as error:
                say(f"{path}: {error}; the journal is replayed from further back instead")
        return None, 0

    def recover(self, start: Start, feeds: FeedIndex | None, say: Say) -> tuple[State, int]:
        """The state as it was when the last acknowledged record was written, judging by `start` from here on.

        Returns it with the bytes of sightings that belong to the saved state; those of the replay are still
        in `State.sightings`.  Raises NospimError where the journal and the saved state do not go together.
        """
        journal = self.journal
        if journal.recovery.cut:
            say(f"{journal.recovery.path}: cut off {journal.recovery.cut} bytes of a write that never ended")
        state, sightings = self.saved(feeds, say)
        if state is not None and state.position >= journal.next:
            raise NospimError(
                f"{self.path}: the journal ends before the saved state; restore both from one backup, or "
                f"remove {STATE} and {STATE}.old to replay what there is"
            )
        state = self._replay(state, feeds, say)
        if state is None:
            state = State(start, feeds)
            state.position = journal.append("start", encode_start(start), day=0)
        elif state.start != start:
            if state.start.policy != start.policy:
                say("the policy differs from the one before; it judges from here on")
            state.position = journal.append("start", encode_start(start), day=int(state.now // DAY))
            state.switch(start, feeds)
        journal.commit()
        return state, sightings

    def _replay(self, state: State | None, feeds: FeedIndex | None, say: Say) -> State | None:
        """Let the journal's records into a saved state, or into a fresh one."""
        replayed = erased = 0
        for record in self.journal.read(0 if state is None else state.position + 1):
            if record.body is None:
                erased += 1
                continue
            if state is None:
                if record.kind != "start":
                    raise NospimError(
                        f"{self.path}: the journal does not begin with its policy; restore a backup"
                    )
                state = State(decode_start(record.body), feeds)
            state.apply(record.kind, record.body, record.seq)
            replayed += 1
        if replayed:
            say(f"replayed {replayed} records of the journal")
        if erased:
            say(f"{erased} records were erased and could not be replayed; what they taught is forgotten")
        return state

    def close(self) -> None:
        """End the journal and let others have the folder."""
        self.journal.close()
