"""The key ring: a content key for each class and day of retention, wrapped by the master key.

Destroying a day's key erases all that was written under it, in the journal, in snapshots and in
copies alike.  The folder of the ring can lie outside backups; its file `ring.json` is replaced as a
whole, under a lock, and read again before each change, so several processes can share it.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from nospim.ledger.disk import make_folder, replace_file
from nospim.ledger.errors import ErasedError, KeysError
from nospim.ledger.master import KEY, Master, find_master
from nospim.ledger.record import MAX_DAY, Retention

FILE: Final = "ring.json"
LOCK: Final = "lock"
FORMAT: Final = 1


class Scope(NamedTuple):
    """What one content key covers: a class of retention, and a UTC day number."""

    retention: Retention
    day: int

    def __str__(self) -> str:
        return f"{self.retention.name.lower()}/{self.day}"

    @staticmethod
    def parse(text: str) -> Scope:
        """The scope that `str` wrote.  Raises KeysError for anything else."""
        word, _, day = text.partition("/")
        try:
            return Scope(Retention[word.upper()], int(day))
        except (KeyError, ValueError):
            raise KeysError(f"{text!r} is no scope of a key") from None


class _File(Struct, kw_only=True):
    """`ring.json`.  keys: by scope, wrapped, in base64.  destroyed: by scope, the day it was done."""

    format: int = FORMAT
    ring: str
    master: str
    keys: dict[str, str] = {}
    destroyed: dict[str, int] = {}
    mac: str = ""

    def digest(self, master: Master, seal: bytes) -> str:
        """What `mac` must be: BLAKE2b under a key that only the master opens (finds damage and edits)."""
        plain = msgspec.json.encode(msgspec.structs.replace(self, mac=""), order="sorted")
        return hmac.digest(seal, master.name.encode() + plain, "sha256").hex()


class KeyRing:
    """The content keys of one ledger.  Make it with `KeyRing.open`."""

    def __init__(self, folder: Path, master: Master, file: _File) -> None:
        self.folder = folder
        self.master = master
        self._load(file)

    @staticmethod
    def open(folder: Path, master: Master | None = None) -> KeyRing:
        """Open the ring in a folder, or make one there.

        master: None looks where `find_master` does.  Raises KeysError where the ring is damaged, of
        another version, or wrapped by another master key.
        """
        make_folder(folder)
        master = find_master(folder) if master is None else master
        with _locked(folder):
            if (folder / FILE).exists():
                return KeyRing(folder, master, _read(folder, master))
            file = _File(ring=secrets.token_hex(16), master=master.name)
            file.keys["mac"] = _wrapped(master, secrets.token_bytes(KEY), "mac")
            _write(folder, master, file)
            return KeyRing(folder, master, file)

    @property
    def name(self) -> bytes:
        """The ring's 16 bytes, which every segment written under it carries."""
        return bytes.fromhex(self._file.ring)

    def key(self, scope: Scope) -> bytes:
        """The content key to write under; made, and durable, when it is asked for the first time.

        Raises ErasedError where it was destroyed.
        """
        found = self._keys.get(scope)
        if found is not None:
            return found
        if not 0 <= scope.day <= MAX_DAY:
            raise KeysError(f"{scope}: a day is a whole number of days since 1970, up to {MAX_DAY}")
        fresh = secrets.token_bytes(KEY)

        def add(file: _File) -> None:
            name = str(scope)
            if name in file.destroyed:
                raise ErasedError(f"the key of {name} was destroyed; nothing can be written for that day")
            if name not in file.keys:
                file.keys[name] = _wrapped(self.master, fresh, name)

        self._change(add)
        return self._keys[scope]

    def find(self, scope: Scope) -> bytes | None:
        """The content key to read under, or None where it was destroyed.

        Raises KeysError where it is neither here nor recorded as destroyed: then this is a wrong or old ring.
        """
        found = self._keys.get(scope)
        if found is None and str(scope) not in self._file.destroyed:
            self.refresh()
            found = self._keys.get(scope)
            if found is None and str(scope) not in self._file.destroyed:
                raise KeysError(
                    f"{self.folder}: the key of {scope} is neither here nor recorded as destroyed; "
                    "restore the newest backup of the keys"
                )
        return found

    def destroy(self, scope: Scope, *, on: int) -> bool:
        """Destroy a content key for ever; on: the day number of doing it.  False where it was done before."""
        done = False

        def remove(file: _File) -> None:
            nonlocal done
            name = str(scope)
            done = name not in file.destroyed
            file.keys.pop(name, None)
            file.destroyed.setdefault(name, on)

        self._change(remove)
        return done

    def scopes(self) -> tuple[Scope, ...]:
        """What there are keys for, in order."""
        return tuple(sorted(self._keys))

    def destroyed(self) -> dict[Scope, int]:
        """What was destroyed, with the day number it was done."""
        return {Scope.parse(name): day for name, day in sorted(self._file.destroyed.items())}

    def rotate(self, new: Master) -> None:
        """Wrap every key by a new master key.

        Once the old master key is forgotten, so are copies of this folder, and what a disk may have
        kept of destroyed keys.  The new key must be kept by the caller before this is called.
        """
        old = self.master
        with _locked(self.folder):
            file = _read(self.folder, old)
            file.keys = {
                name: _wrapped(new, old.unwrap(b64decode(wrapped), name), name)
                for name, wrapped in file.keys.items()
            }
            file.master = new.name
            _write(self.folder, new, file)
            self.master = new
            self._load(file)

    def refresh(self) -> None:
        """Read the ring again: another process may have destroyed keys, or made some."""
        with _locked(self.folder):
            self._load(_read(self.folder, self.master))

    def _change(self, change: Callable[[_File], None]) -> None:
        with _locked(self.folder):
            file = _read(self.folder, self.master)
            change(file)
            _write(self.folder, self.master, file)
            self._load(file)

    def _load(self, file: _File) -> None:
        self._file = file
        self._keys = {
            Scope.parse(name): self.master.unwrap(b64decode(wrapped), name)
            for name, wrapped in file.keys.items()
            if name != "mac"
        }


def _wrapped(master: Master, key: bytes, use: str) -> str:
    return b64encode(master.wrap(key, use)).decode()


def _read(folder: Path, master: Master) -> _File:
    path = folder / FILE
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
    except FileNotFoundError:
        raise KeysError(f"{path}: the key ring is gone; restore it from the backup of the keys") from None
    except (msgspec.DecodeError, ValueError) as error:
        raise KeysError(f"{path}: no key ring ({error}); restore it from the backup of the keys") from None
    if file.format != FORMAT:
        raise KeysError(f"{path}: the key ring has format {file.format}, this program reads {FORMAT}")
    if file.master != master.name:
        raise KeysError(
            f"{path}: the keys are wrapped by master key {file.master}, and {master.name} was given"
        )
    try:
        seal = master.unwrap(b64decode(file.keys["mac"]), "mac")
        whole = len(bytes.fromhex(file.ring)) == 16 and hmac.compare_digest(
            file.digest(master, seal), file.mac
        )
    except (KeyError, ValueError, TypeError):
        whole = False
    if not whole:
        raise KeysError(
            f"{path}: the key ring was damaged or changed; restore it from the backup of the keys"
        )
    return file


def _write(folder: Path, master: Master, file: _File) -> None:
    file.mac = file.digest(master, master.unwrap(b64decode(file.keys["mac"]), "mac"))
    data = msgspec.json.format(msgspec.json.encode(file, order="sorted"), indent=1)
    try:
        replace_file(folder / FILE, data + b"\n", mode=0o600, wipe=True)
    except OSError as error:
        raise KeysError(f"{folder / FILE}: the key ring cannot be written ({error.strerror})") from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
