"""Several files through one adapter as one stream in the order of time.

Histories are kept one file per contact, each over years; a scan wants what happened in the order in
which it happened.  Files are merged while they are read: each may be of any size, and there may be
more of them than a process may hold open.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, cast

from nospim.adapters.interface import Adapter, AdapterError, Item, Refusal, Skipped, why_unreadable

_BEFORE_ALL: Final = float("-inf")


class _Unheld:
    """A file that is opened for each read and holds no descriptor between them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = 0

    def read(self, size: int = -1) -> bytes:
        with self._path.open("rb") as stream:
            stream.seek(self._place)
            data = stream.read(size)
        self._place += len(data)
        return data


def merged(adapter: Adapter, files: Sequence[Path]) -> Iterator[Item]:
    """What `adapter` finds in all files, in the order of time; each file's own order is kept.

    Something without a time (a refusal), and an event older than one before it in the same file, stands
    where its file had got to.  At the same time the order of `files` decides.
    Raises AdapterError before anything is read when a file is not there or may not be read.
    """
    for path in files:
        _readable(path)
    streams = (_timed(adapter, path, number) for number, path in enumerate(files))
    return (item for _, _, item in heapq.merge(*streams, key=lambda timed: timed[:2]))


def _timed(adapter: Adapter, path: Path, number: int) -> Iterator[tuple[float, int, Item]]:
    reached = _BEFORE_ALL
    for item in adapter.read(str(path), cast("BinaryIO", _Unheld(path))):
        if not isinstance(item, Refusal | Skipped):
            reached = max(reached, item.at)
        yield reached, number, item


def _readable(path: Path) -> None:
    try:
        if path.is_dir():
            raise AdapterError(f"{path} is a folder; name the files in it, such as {path}/*.xml")
        with path.open("rb") as stream:
            if not stream.seekable():
                raise AdapterError(f"{path} is a pipe; several are read side by side, so save it as a file")
    except (OSError, ValueError) as error:
        raise AdapterError(why_unreadable(str(path), error)) from error
