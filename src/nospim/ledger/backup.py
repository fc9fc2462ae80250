"""Backups of a ledger's data and of its keys, apart from each other, and bringing them back.

The data are ciphertext and say nothing without the keys; the keys are wrapped and say nothing without the
master key, which is in neither.  A backup is a plain folder with a list of its files and their hashes, so
any tool can carry it further.  What was erased stays erased: a restore destroys again what the journal
says was destroyed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from nospim.errors import UsageError
from nospim.ledger.disk import make_folder, replace_file, sync_folder, wipe_file
from nospim.ledger.errors import CorruptError
from nospim.ledger.holds import FOLDER as HOLDS
from nospim.ledger.keys import KeyRing
from nospim.ledger.master import Master
from nospim.ledger.record import HEAD
from nospim.ledger.ring_file import FILE as RING
from nospim.ledger.ring_file import locked, read_ring
from nospim.ledger.segment import SUFFIX, ended_at, whole_until
from nospim.ledger.survey import JOURNAL

MANIFEST: Final = "backup.json"
FORMAT: Final = 1
KEYS: Final = "keys"
_CHUNK: Final = 1 << 20
_PASSING: Final = (".new", "lock", "in-use", "emptying", "-wal", "-shm", "-journal", "first-token")
"""Files that mean something only while a process runs, parts of databases, and a token in the clear."""
_DATABASE: Final = b"SQLite format 3\0"
"""How a database of SQLite begins (its file format, section 1.3)."""


class Entry(Struct, frozen=True):
    """One file of a backup: its size in bytes and its SHA-256."""

    size: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a backup holds.  ring: the key ring that the data were written under, or that is in here."""

    format: int = FORMAT
    what: Literal["data", "keys"]
    ring: str
    files: dict[str, Entry]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self.files.values())


def back_up_data(data: Path, keys: KeyRing, target: Path) -> Manifest:
    """Copy a ledger's folder, without its keys; a service may be running.

    target: a new folder, or an earlier backup of the same ledger, which is brought up to date: segments
    that are complete do not change, so they are copied once.
    The journal is copied last, and up to its last whole record: it reaches as far as all else, or further.
    Raises UsageError for a target that is something else, OSError where it cannot be written.
    """
    _refuse_other(target, "data", keys.name.hex())
    make_folder(target)
    files: dict[str, Entry] = {}
    for path in sorted(_files(data, keys.folder), key=lambda path: (path.parent.name == JOURNAL, path)):
        name = path.relative_to(data).as_posix()
        entry = _copy(path, target / name)
        if entry is not None:
            files[name] = entry
    return _finish(target, Manifest(what="data", ring=keys.name.hex(), files=files))


def back_up_keys(keys: KeyRing, target: Path) -> Manifest:
    """Copy a key ring with its holds, without the master key.

    target: a new folder, or the earlier backup, whose files are overwritten and replaced: a second old
    copy would keep keys that are destroyed.
    Raises UsageError for a target that is something else, OSError where it cannot be written.
    """
    _refuse_other(target, "keys", keys.name.hex())
    make_folder(target)
    files: dict[str, Entry] = {}
    with locked(keys.folder):
        paths = [keys.folder / RING, *sorted((keys.folder / HOLDS).glob("*.hold"))]
        for path in paths:
            name, data = path.relative_to(keys.folder).as_posix(), path.read_bytes()
            make_folder((target / name).parent)
            replace_file(target / name, data, wipe=True)
            files[name] = Entry(len(data), sha256(data).hexdigest())
    return _finish(target, Manifest(what="keys", ring=keys.name.hex(), files=files))


def read_manifest(folder: Path, what: Literal["data", "keys"]) -> Manifest:
    """The list of a backup's files.  Raises UsageError where the folder holds no such backup."""
    path = folder / MANIFEST
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise UsageError(f"{folder}: no backup; {MANIFEST} is not there") from None
    except msgspec.DecodeError as error:
        raise UsageError(f"{path}: no list of a backup's files ({error})") from None
    if found.format != FORMAT:
        raise UsageError(f"{path}: the backup has format {found.format}, this program reads {FORMAT}")
    if found.what != what:
        raise UsageError(f"{folder}: a backup of the {found.what}, where one of the {what} is asked for")
    for name in found.files:
        parts = Path(name).parts
        if Path(name).is_absolute() or not parts or ".." in parts:
            raise UsageError(f"{path}: {name!r} is no place within a backup")
    return found


def verify(folder: Path, manifest: Manifest) -> None:
    """Hold a backup's files to their sizes and hashes.  Raises CorruptError at the first that differs."""
    for name, entry in manifest.files.items():
        path = folder / name
        advice = "take another copy of the backup"
        if not path.is_file():
            raise CorruptError(path, 0, "the file is missing", advice)
        if path.stat().st_size != entry.size or _hash(path) != entry.sha256:
            raise CorruptError(path, 0, "the file is not as it was backed up", advice)


def restore(folder: Path, manifest: Manifest, target: Path) -> None:
    """Copy a verified backup's files to a new place, for its owner only.

    target: a folder that is not there, or is empty.
    Raises UsageError where something is there, CorruptError where a file is not as it was backed up.
    """
    if target.exists() and any(target.iterdir()):
        raise UsageError(f"{target} is not empty; restore into a new folder")
    verify(folder, manifest)
    make_folder(target)
    for name in manifest.files:
        path = target / name
        make_folder(path.parent)
        with (folder / name).open("rb") as source:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                shutil.copyfileobj(source, file, _CHUNK)
                file.flush()
                os.fsync(file.fileno())
        sync_folder(path.parent)


def bring_back(data_from: Path, keys_from: Path, master: Master, data: Path, keys: Path) -> KeyRing:
    """Bring data and keys back from their two backups; returns the ring.

    data, keys: new folders.  Everything is checked before anything is written.
    Raises UsageError for backups that do not belong together, KeysError for another master key,
    CorruptError for a file that is not as it was backed up.
    """
    data_list, keys_list = read_manifest(data_from, "data"), read_manifest(keys_from, "keys")
    if data_list.ring != keys_list.ring:
        raise UsageError(f"{keys_from} holds the keys of another ledger than {data_from}")
    verify(keys_from, keys_list)
    read_ring(keys_from, master)
    restore(data_from, data_list, data)
    restore(keys_from, keys_list, keys)
    make_folder(data / JOURNAL)
    return KeyRing.open(keys, master)


def _files(data: Path, keys: Path) -> Iterator[Path]:
    for path in data.rglob("*"):
        inside = path.relative_to(data).parts
        if inside[0] == KEYS or keys in path.parents or path.name.endswith(_PASSING):
            continue
        if path.is_file() and not path.is_symlink():
            yield path


def _copy(path: Path, target: Path) -> Entry | None:
    """Copy one file; None where it has gone meanwhile, as old snapshots do."""
    try:
        segment = path.suffix == SUFFIX
        complete = segment and ended_at(path) is not None
        until = whole_until(path) if segment and not complete else path.stat().st_size
        if segment and until <= HEAD.size:
            return None
        if complete and target.exists() and target.stat().st_size == until:
            return Entry(until, _hash(target))
        make_folder(target.parent)
        with path.open("rb") as file:
            database = file.read(len(_DATABASE)) == _DATABASE
        return _copy_database(path, target) if database else _copy_bytes(path, target, until)
    except FileNotFoundError:
        return None


def _copy_bytes(path: Path, target: Path, until: int) -> Entry:
    digest, left = sha256(), until
    new = target.with_name(target.name + ".new")
    with path.open("rb") as source, new.open("wb") as file:
        new.chmod(0o600)
        while left and (chunk := source.read(min(left, _CHUNK))):
            file.write(chunk)
            digest.update(chunk)
            left -= len(chunk)
        file.flush()
        os.fsync(file.fileno())
    new.replace(target)
    return Entry(until - left, digest.hexdigest())


def _copy_database(path: Path, target: Path) -> Entry:
    """Copy a database as it is at one moment, whoever writes it (SQLite's online backup)."""
    new = target.with_name(target.name + ".new")
    new.unlink(missing_ok=True)
    address = f"{path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as source, closing(sqlite3.connect(new)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    data = new.read_bytes()
    new.unlink()
    replace_file(target, data)
    return Entry(len(data), sha256(data).hexdigest())


def _finish(target: Path, manifest: Manifest) -> Manifest:
    """Write the list, then remove what is not in it."""
    data = msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=1)
    replace_file(target / MANIFEST, data + b"\n")
    for path in sorted(target.rglob("*"), reverse=True):
        name = path.relative_to(target).as_posix()
        if path.is_file() and name != MANIFEST and name not in manifest.files:
            wipe_file(path)
    return manifest


def _refuse_other(target: Path, what: Literal["data", "keys"], ring: str) -> None:
    """Refuse to write a backup over anything but an earlier one of the same thing."""
    if not target.exists() or not any(target.iterdir()):
        return
    found = read_manifest(target, what)
    if found.ring != ring:
        raise UsageError(f"{target} holds a backup of another ledger")


def _hash(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
