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

from nospim.adapters.interface import Adapter, AdapterError, why_unreadable
from nospim.adapters.placed import Importer, Placed, placed

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


def merged(adapter: Adapter, files: Sequence[Path]) -> Iterator[Placed]:
    """What `adapter` finds in all files, in the order of time; each file's own order is kept.

    Something without a time (a refusal), and an event older than one before it in the same file, stands
    where its file had got to.  At the same time the order of `files` decides.
    Raises AdapterError before anything is read when a file is not there or may not be read.
    """
    readable(files)
    streams = (_timed(adapter, path, number) for number, path in enumerate(files))
    return (item for _, _, item in heapq.merge(*streams, key=lambda timed: timed[:2]))


def _timed(adapter: Adapter, path: Path, number: int) -> Iterator[tuple[float, int, Placed]]:
    reached = _BEFORE_ALL
    stream = cast("BinaryIO", _Unheld(path))
    found = (
        adapter.placed(str(path), stream)
        if isinstance(adapter, Importer)
        else (placed(str(path), item, 0, 0, 0) for item in adapter.read(str(path), stream))
    )
    for item in found:
        if item.event:
            reached = max(reached, item.at)
        yield reached, number, item


def readable(files: Sequence[Path]) -> None:
    """Raises AdapterError when one of the files is not there, may not be read, or cannot be gone back in."""
    for path in files:
        try:
            if path.is_dir():
                raise AdapterError(f"{path} is a folder; name the files in it, such as {path}/*.xml")
            with path.open("rb") as stream:
                if not stream.seekable():
                    raise AdapterError(f"{path} is a pipe; save it as a file, so that it can be read again")
        except (OSError, ValueError) as error:
            raise AdapterError(why_unreadable(str(path), error)) from error
