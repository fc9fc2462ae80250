"""What following a log remembers between runs: the place, and for an embedded guard its memory.

One file, replaced as a whole, so that place and memory always belong together; a lock beside it keeps a
second follower from using it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from pathlib import Path
from typing import IO, Final

import msgspec
from msgspec import Struct

from nospim.adapters.repeats import RepeatsState
from nospim.errors import UsageError
from nospim.follow.tail import Place

VERSION: Final = 1


class Saved(Struct, frozen=True, kw_only=True):
    """What is remembered; memory, repeats and configuration are of an embedded guard only."""

    version: int = VERSION
    log: str
    place: Place | None
    memory: bytes | None = None
    repeats: RepeatsState | None = None
    configuration: str | None = None


class StateFile:
    """The file that it is kept in, locked from here on.

    Raises UsageError where another process has it locked, OSError where it cannot be written.
    """

    def __init__(self, path: Path, log: Path) -> None:
        self._path = path
        self._log = os.path.abspath(log)  # noqa: PTH100 - resolve() would follow the log's own link
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock: IO[bytes] = path.with_name(path.name + ".lock").open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise UsageError(f"another nospim follow uses {path}; stop it, or name another --state") from None

    def read(self) -> Saved | None:
        """What the last run left, None for none.  Raises UsageError where it is not of this log."""
        try:
            saved = msgspec.msgpack.decode(self._path.read_bytes(), type=Saved)
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError:
            raise UsageError(
                f"{self._path} is no state of nospim follow, or one of another version; "
                "name another --state, or delete it to begin again"
            ) from None
        if saved.version != VERSION:
            raise UsageError(f"{self._path} is of another version; delete it to begin again")
        if saved.log != self._log:
            raise UsageError(f"{self._path} belongs to {saved.log}; name another --state for {self._log}")
        return saved

    def write(
        self,
        place: Place | None,
        memory: bytes | None = None,
        repeats: RepeatsState | None = None,
        configuration: str | None = None,
    ) -> None:
        """Replace what is remembered; it is on disk when this returns."""
        saved = Saved(log=self._log, place=place, memory=memory, repeats=repeats, configuration=configuration)
        part = self._path.with_name(self._path.name + ".part")
        with part.open("wb") as stream:
            os.fchmod(stream.fileno(), 0o600)  # memory holds who wrote to whom
            stream.write(msgspec.msgpack.encode(saved))
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(self._path)

    def close(self) -> None:
        """Let the lock go."""
        self._lock.close()


def usual_path(log: Path, to: str | None) -> Path:
    """Where the state of following `log` (to a service's address, or embedded) is kept unless named: in
    the user's state folder (XDG base directories).
    """
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    name = hashlib.sha256(f"{os.path.abspath(log)}\n{to or ''}".encode()).hexdigest()[:12]  # noqa: PTH100
    return Path(base) / "nospim" / f"{log.name}-{name}.state"
