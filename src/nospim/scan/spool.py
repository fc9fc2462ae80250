"""Sightings on their way from the guard to the casework: on disk, so that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from nospim.sightings import Sighting

NAME: Final = ".sightings"
"""The file's name in the scan's folder; it is gone when the scan is done."""
BATCH: Final = 256
"""Sightings in one block: large enough to be fast, small enough to be nothing in memory."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Sighting])


class Spool:
    """Sightings in order, written once, read as often as wanted."""

    def __init__(self, folder: Path, keep: int = 0) -> None:
        """keep: bytes of an earlier spool in the folder to go on from; the rest is cut off."""
        self._path = folder / NAME
        self._file = self._path.open("r+b" if keep else "w+b")
        self._file.truncate(keep)
        self._file.seek(keep)
        self._batch: list[Sighting] = []

    def add(self, sightings: list[Sighting]) -> None:
        """Append sightings."""
        self._batch.extend(sightings)
        if len(self._batch) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        if self._batch:
            block = _encoder.encode(self._batch)
            self._file.write(len(block).to_bytes(4, "big") + block)
            self._batch = []

    def size(self) -> int:
        """Bytes written, everything added so far included."""
        self._flush()
        self._file.flush()
        return self._file.tell()

    def read(self) -> Iterator[Sighting]:
        """All sightings from the first one on; one reading at a time."""
        self._flush()
        self._file.seek(0)
        while head := self._file.read(4):
            yield from _decoder.decode(self._file.read(int.from_bytes(head, "big")))

    def close(self, *, keep: bool = False) -> None:
        """Close the file, and remove it unless it is to be gone on from."""
        self._flush()
        self._file.close()
        if not keep:
            self._path.unlink(missing_ok=True)
