"""Snapshots: the guard's memory with the place in the journal it stands for, so that a start replays little.

A snapshot is sealed under the key of its day for risk features: it holds no words of people, and when
that key is destroyed it is gone wherever it was copied to.  The last two are kept; one that cannot be
read is passed over with a message, and then more of the journal is replayed.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from struct import Struct as Layout
from typing import Final

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from nospim.ledger.disk import make_folder, replace_file, sync_folder
from nospim.ledger.errors import KeysError, RefusedError
from nospim.ledger.keys import KeyRing, Scope
from nospim.ledger.migrate import Migrations
from nospim.ledger.record import MAX_DAY, MAX_SEQUENCE, Retention

FOLDER: Final = "snapshots"
"""Their folder within a ledger's."""
SUFFIX: Final = ".snap"
KEPT: Final = 2
"""Snapshots that are kept: the newest, and one to fall back to."""
MAGIC: Final = b"nospim-s"
CONTAINER: Final = 1
"""Version of the file's own layout; what is in it has a version of its own."""
MAX_STATE: Final = 16 * 1024**3
"""Bytes of memory that a snapshot may unfold to; a file cannot make the reader take more."""
_HEAD: Final = Layout(">8sHHQI16s")
_NONCE: Final = 12
_LEVEL: Final = 3


class Snapshot(Struct, frozen=True, kw_only=True):
    """A snapshot that was read.

    seq: how many records of the journal it stands for; replay begins at this sequence.  day: the UTC day
    number it was made.  state: in the current format.  version: the format it was saved in.
    """

    seq: int
    day: int
    version: int
    state: bytes
    path: Path


class Found(Struct, frozen=True, kw_only=True):
    """What was found: the newest snapshot that can be read, and what was passed over, with the reasons."""

    snapshot: Snapshot | None
    passed_over: tuple[str, ...] = ()


class Snapshots:
    """The snapshots in a folder.

    migrations: the format of the state that the program writes and reads, and the steps around it.
    """

    def __init__(self, folder: Path, keys: KeyRing, migrations: Migrations) -> None:
        self.folder = folder
        self._keys = keys
        self._migrations = migrations

    def save(self, state: bytes, *, seq: int, day: int, version: int | None = None) -> Path:
        """Save a state atomically, then remove all but the newest two.

        state: in the current format.  seq: how many records of the journal it stands for; they must be
        durable.  day: UTC day number.  version: an older format to save it in, for going back to an
        older program; None for the current one.
        Raises RefusedError where the disk is full: then the old snapshots are untouched.
        """
        form = self._migrations.current if version is None else version
        data = zstandard.compress(self._migrations.bring(state, self._migrations.current, form), _LEVEL)
        head = _HEAD.pack(MAGIC, CONTAINER, form, seq, day, self._keys.name)
        nonce = secrets.token_bytes(_NONCE)
        key = self._keys.key(Scope(Retention.RISK, day))
        path = self.folder / f"{seq:020d}{SUFFIX}"
        try:
            make_folder(self.folder)
            replace_file(path, head + nonce + AESGCM(key).encrypt(nonce, data, head))
        except OSError as error:
            raise RefusedError(
                f"{path}: the snapshot cannot be written ({error.strerror}); make room on the disk"
            ) from error
        for old in self.paths()[KEPT:]:
            old.unlink(missing_ok=True)
        return path

    def newest(self, *, within: int | None = None) -> Found:
        """The newest snapshot that can be read.

        within: the journal's length; a snapshot of more records belongs to another copy of the journal,
        and is passed over as well.
        """
        passed = []
        for path in self.paths():
            try:
                snapshot = self.read(path)
                if within is not None and snapshot.seq > within:
                    raise ValueError(f"it stands for {snapshot.seq} records, and the journal has {within}")
            except (ValueError, OSError, KeysError) as error:
                passed.append(f"{path}: snapshot passed over: {error}")
                continue
            return Found(snapshot=snapshot, passed_over=tuple(passed))
        return Found(snapshot=None, passed_over=tuple(passed))

    def paths(self) -> list[Path]:
        """The snapshots, newest first."""
        return _paths(self.folder)

    def read(self, path: Path) -> Snapshot:
        """One snapshot.  Raises ValueError with what is wrong with it, OSError, KeysError."""
        data = path.read_bytes()
        seq, day, version = _parse_head(data[: _HEAD.size], self._keys)
        if not self._migrations.reads(version):
            raise ValueError(f"its state has format {version}, this program reads {self._migrations.current}")
        key = self._keys.find(Scope(Retention.RISK, day))
        if key is None:
            raise ValueError("the key of its day was destroyed")
        nonce, sealed = data[_HEAD.size :][:_NONCE], data[_HEAD.size + _NONCE :]
        try:
            packed = AESGCM(key).decrypt(nonce, sealed, data[: _HEAD.size])
        except (InvalidTag, ValueError):
            raise ValueError("it is damaged") from None
        state = _unpack(packed)
        return Snapshot(
            seq=seq, day=day, version=version, state=self._migrations.bring(state, version), path=path
        )


def expire_snapshots(folder: Path, keys: KeyRing, today: int, days: int) -> tuple[Path, ...]:
    """Remove snapshots that are `days` old or older, or of which no key is left; returns them.

    today: the UTC day number.
    """
    gone = []
    for path in _paths(folder):
        try:
            _, day, _ = _parse_head(path.read_bytes()[: _HEAD.size], keys)
            old = today - day >= days or keys.find(Scope(Retention.RISK, day)) is None
        except (ValueError, OSError, KeysError):
            continue  # `newest` passes over it and says why; it is no retention's to judge
        if old:
            path.unlink(missing_ok=True)
            gone.append(path)
    if gone:
        sync_folder(folder)
    return tuple(gone)


def made_of(folder: Path, keys: KeyRing) -> list[tuple[Path, int, int]]:
    """For each snapshot how many records it stands for, and its day; those whose head is damaged are left
    out."""
    found = []
    for path in _paths(folder):
        try:
            seq, day, _ = _parse_head(path.read_bytes()[: _HEAD.size], keys)
        except (ValueError, OSError, KeysError):
            continue
        found.append((path, seq, day))
    return found


def _paths(folder: Path) -> list[Path]:
    """The snapshots, newest first."""
    return sorted(folder.glob(f"*{SUFFIX}"), reverse=True)


def _unpack(packed: bytes) -> bytes:
    try:
        if zstandard.frame_content_size(packed) > MAX_STATE:
            raise ValueError("it unfolds to more than a memory may have")
        return zstandard.decompress(packed)
    except zstandard.ZstdError as error:
        raise ValueError(f"it does not unfold ({error})") from None


def _parse_head(data: bytes, keys: KeyRing) -> tuple[int, int, int]:
    """Sequence, day and state format of a snapshot's head.  Raises ValueError."""
    if len(data) < _HEAD.size:
        raise ValueError("it is cut short")
    magic, container, version, seq, day, ring = _HEAD.unpack(data)
    if magic != MAGIC or seq > MAX_SEQUENCE or day > MAX_DAY:
        raise ValueError("it is no snapshot")
    if container != CONTAINER:
        raise ValueError(f"its layout has version {container}, this program reads {CONTAINER}")
    if ring != keys.name:
        raise ValueError("it was made under another key ring")
    return seq, day, version
