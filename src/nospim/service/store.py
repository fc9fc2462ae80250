"""The data folder: who uses it, the saved state in it, and the state that the journal makes of it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from nospim.errors import NospimError
from nospim.listings import FeedIndex
from nospim.service.journal import FileJournal
from nospim.service.state import SavedStateError, Start, State, decode_start, encode_start, restore
from nospim.service.tokens import write_private

STATE: Final = "state.msgpack"
LOCK: Final = "lock"
DAY: Final = 86400.0

Say = Callable[[str], None]


class DataFolder:
    """The folder that one service owns while it runs.  Raises NospimError where another one has it."""

    def __init__(self, path: Path) -> None:
        """Make the folder where it is absent, for its owner only, and lock it."""
        self.path = path
        self.new = not path.exists()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(path / LOCK, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise NospimError(
                f"{path}: another nospim serve uses this folder; stop that one, or name another folder"
            ) from None

    def save(self, state: bytes) -> None:
        """Write the state down; the old one is kept until the new one is whole, and one generation longer."""
        path = self.path / STATE
        if path.exists():
            path.replace(self.path / f"{STATE}.old")
        write_private(path, state)

    def saved(self, feeds: FeedIndex | None, say: Say) -> tuple[State | None, int]:
        """The latest saved state that can be read, and the bytes of sightings that belong to it."""
        for name in (STATE, f"{STATE}.old"):
            path = self.path / name
            if not path.exists():
                continue
            try:
                return restore(path.read_bytes(), feeds)
            except (SavedStateError, ValueError) as error:
                say(f"{path}: {error}; the journal is replayed from further back instead")
        return None, 0

    def close(self) -> None:
        """Let others have the folder."""
        os.close(self._lock)


def recover(
    folder: DataFolder, journal: FileJournal, start: Start, feeds: FeedIndex | None, say: Say
) -> tuple[State, int]:
    """The state as it was when the last acknowledged record was written, judging by `start` from here on.

    Returns it with the bytes of sightings that belong to the saved state; those of the replay are still in
    `State.sightings`.
    """
    state, sightings = folder.saved(feeds, say)
    replayed = 0
    for record in journal.read(1 if state is None else state.position + 1):
        if state is None:
            if record.kind != "start":
                raise NospimError(
                    f"{folder.path}: the journal does not begin with its policy; restore a backup"
                )
            state = State(decode_start(record.body), feeds)
        state.apply(record.kind, record.body, record.seq)
        replayed += 1
    if replayed:
        say(f"replayed {replayed} records of the journal")
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
