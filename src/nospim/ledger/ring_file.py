"""The file of a key ring, `ring.json`: read whole and checked, changed under a lock, replaced atomically."""

from __future__ import annotations

import fcntl
import hmac
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from nospim.ledger.disk import replace_file
from nospim.ledger.errors import KeysError, LockedError, RefusedError
from nospim.ledger.master import KEY, Master

FILE: Final = "ring.json"
LOCK: Final = "lock"
IN_USE: Final = "in-use"
"""A journal's writer holds a share of this lock, so that nobody changes the master key beneath it."""
FORMAT: Final = 1
_MAC: Final = "mac"
_KEPT: Final = "kept/0"
"""The scope of what is never erased, as `keys.scope_of` has it."""
_ADVICE: Final = "restore it from the backup of the keys"


class CaseKey(Struct, frozen=True, kw_only=True):
    """The key of a case, wrapped, in base64.  until: the last day number of the hold; None has no end."""

    key: str
    until: int | None = None


class _Version(Struct):
    format: int


class RingFile(Struct, kw_only=True, forbid_unknown_fields=True):
    """`ring.json`.  keys: by scope, wrapped, in base64.  destroyed: by scope, the day number it was done.

    ring: the ring's name, 32 hexadecimal digits.  master: the name of the master key.  untold: scopes
    that were destroyed and of which the journal does not tell yet.  mac: HMAC-SHA-256 over all else,
    which finds damage, and changes by whoever has no master key.
    """

    format: int = FORMAT
    ring: str
    master: str
    keys: dict[str, str] = {}
    destroyed: dict[str, int] = {}
    untold: list[str] = []
    cases: dict[str, CaseKey] = {}
    mac: str = ""

    @staticmethod
    def fresh(master: Master) -> RingFile:
        """A ring with a new random name, and the one content key that every backup of it should have."""
        keys = {name: wrapped(master, secrets.token_bytes(KEY), name) for name in (_MAC, _KEPT)}
        return RingFile(ring=secrets.token_hex(16), master=master.name, keys=keys)

    def content_keys(self) -> dict[str, str]:
        """The wrapped keys by scope."""
        return {name: key for name, key in self.keys.items() if name != _MAC}

    def digest(self, master: Master) -> str:
        """What `mac` must be."""
        plain = msgspec.json.encode(msgspec.structs.replace(self, mac=""), order="sorted")
        return hmac.digest(unwrapped(master, self.keys[_MAC], _MAC), plain, "sha256").hex()


def wrapped(master: Master, key: bytes, use: str) -> str:
    """A key wrapped for a use, in base64."""
    return b64encode(master.wrap(key, use)).decode()


def unwrapped(master: Master, text: str, use: str) -> bytes:
    """What `wrapped` wrapped.  Raises KeysError."""
    try:
        return master.unwrap(b64decode(text, validate=True), use)
    except ValueError:
        raise KeysError(f"the key of {use} is damaged") from None


def read_unchecked(folder: Path) -> RingFile:
    """The file, decoded, its MAC not checked.  Raises KeysError."""
    path = folder / FILE
    try:
        data = path.read_bytes()
        version = msgspec.json.decode(data, type=_Version).format
        if version != FORMAT:
            raise KeysError(f"{path}: the key ring has format {version}, this program reads {FORMAT}")
        return msgspec.json.decode(data, type=RingFile)
    except FileNotFoundError:
        raise KeysError(f"{path}: the key ring is gone; {_ADVICE}") from None
    except (msgspec.DecodeError, ValueError) as error:
        raise KeysError(f"{path}: no key ring ({error}); {_ADVICE}") from None


def read_ring(folder: Path, master: Master) -> RingFile:
    """The ring in a folder.  Raises KeysError where it is gone, damaged, or another master key's."""
    path, file = folder / FILE, read_unchecked(folder)
    if file.master != master.name:
        raise KeysError(
            f"{path}: the keys are wrapped by master key {file.master}, and {master.name} was given"
        )
    try:
        whole = len(bytes.fromhex(file.ring)) == 16 and hmac.compare_digest(file.digest(master), file.mac)
    except (KeyError, ValueError, TypeError, KeysError):
        whole = False
    if not whole:
        raise KeysError(f"{path}: the key ring was damaged or changed; {_ADVICE}")
    return file


def write_ring(folder: Path, master: Master, file: RingFile) -> None:
    """Put a ring in place of the old one, whose bytes are overwritten.  Raises RefusedError."""
    file.mac = file.digest(master)
    data = msgspec.json.format(msgspec.json.encode(file, order="sorted"), indent=1)
    try:
        replace_file(folder / FILE, data + b"\n", mode=0o600, wipe=True)
    except OSError as error:
        raise RefusedError(
            f"{folder / FILE}: the key ring cannot be written ({error.strerror}); make room on the disk"
        ) from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """A context in which no other process changes the ring."""
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def use(folder: Path, *, alone: bool = False) -> int:
    """Take a share of a ring's use, or (alone) all of it; returns a handle that ends it when closed.

    Raises LockedError where a journal is being written under the ring and `alone` is asked, or the
    other way round.
    """
    handle = os.open(folder / IN_USE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise LockedError(f"{folder}: these keys are in use; stop the service first") from None
    return handle
