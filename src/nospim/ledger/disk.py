"""Files that survive a crash: whole or not at all, and on the disk when the call returns."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nospim.ledger.errors import LockedError


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable (POSIX: a new file's name is the folder's data)."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_all(handle: int, data: bytes | memoryview, offset: int) -> None:
    """Write all of `data` at `offset`, however short the single writes are.  Raises OSError."""
    view = memoryview(data)
    while view:
        done = os.pwrite(handle, view, offset)
        view = view[done:]
        offset += done


def replace_file(path: Path, data: bytes, *, mode: int = 0o600, wipe: bool = False) -> None:
    """Put a file in place of the old one atomically: a reader sees the old bytes or the new, never both.

    wipe: overwrite the old file's bytes once the new one stands (it held keys).  Raises OSError, and
    then the old file is as it was.
    """
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        write_all(handle, data, 0)
        os.fsync(handle)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)
    old = os.open(path, os.O_RDWR) if wipe and path.exists() else None
    try:
        new.replace(path)
        sync_folder(path.parent)
        if old is not None:
            _wipe(old)
    finally:
        if old is not None:
            os.close(old)


def wipe_file(path: Path) -> None:
    """Overwrite a file with zeros and remove it; a file that is not there is fine."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        _wipe(handle)
    finally:
        os.close(handle)
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def _wipe(handle: int) -> None:
    write_all(handle, bytes(os.fstat(handle).st_size), 0)
    os.fsync(handle)


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter, if it is not there, durably."""
    if not folder.is_dir():
        folder.mkdir(parents=True, mode=0o700)
        sync_folder(folder.parent)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """A context that one process has at a time.  path: its lock file.  Raises LockedError at once."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LockedError(f"{path}: another process does this already; let it end") from None
        yield
    finally:
        os.close(handle)
