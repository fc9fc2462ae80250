"""Sightings on their way from the guard to the casework: on disk, so that memory stays flat."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from nospim.sightings import Sighting

BATCH: Final = 256
"""Sightings in one block: large enough to be fast, small enough to be nothing in memory."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Sighting])


class Spool:
    """Sightings in order, written once, read as often as wanted; gone when closed."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder, prefix=".sightings-")  # noqa: SIM115 - closed by close()
        self._batch: list[Sighting] = []
        self.count = 0

    def add(self, sightings: list[Sighting]) -> None:
        """Append sightings."""
        self._batch.extend(sightings)
        if len(self._batch) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        if self._batch:
            block = _encoder.encode(self._batch)
            self._file.write(len(block).to_bytes(4, "big") + block)
            self.count += len(self._batch)
            self._batch = []

    def read(self) -> Iterator[Sighting]:
        """All sightings from the first one on; one reading at a time."""
        self._flush()
        self._file.seek(0)
        while head := self._file.read(4):
            yield from _decoder.decode(self._file.read(int.from_bytes(head, "big")))

    def close(self) -> None:
        """Let the file go."""
        self._file.close()
