"""The tree's hashes on disk: files of fixed-size hashes that only grow, made from the journal at any time.

Every eighth level is stored, in a file of its own; what lies between is folded from at most 128 stored
hashes.  Ten million leaves take 320 MB and 1.3 MB above them, a proof reads a few kilobytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Final

from nospim.errors import NospimError
from nospim.ledger.merkle import HASH_SIZE, fold

STEP: Final = 8
"""Levels from one stored one to the next."""
WIDTH: Final = 1 << STEP
"""Stored hashes under one of the next stored level."""
BATCH: Final = 1 << 14
"""Leaves taken in at a time: 512 KiB."""


class TreeError(NospimError):
    """The stored hashes are not those of a tree; they can be made again from the journal."""


class TreeFiles:
    """The stored hashes of one ledger, opened for reading and growing.

    A torn write (a crash between two files) is mended on opening: what is stored above the leaves is cut or
    made again from them.  Raises OSError where the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._files: list[int] = []
        self._sizes: list[int] = []
        self._open(0)
        while self._path(len(self._files)).exists():
            self._open(len(self._files))
        self._grow()

    @property
    def size(self) -> int:
        """Leaves in the tree."""
        return self._sizes[0]

    def append(self, leaves: Iterable[bytes]) -> int:
        """Add leaves at the end; returns how many there are now.

        Raises ValueError where one is not a hash; the leaves before its batch stay.
        """
        source = iter(leaves)
        while batch := list(islice(source, BATCH)):
            if any(len(leaf) != HASH_SIZE for leaf in batch):
                raise ValueError(f"a leaf is a hash of {HASH_SIZE} bytes")
            self._write(0, b"".join(batch))
            self._grow()
        return self.size

    def subtree(self, level: int, index: int) -> bytes:
        """As `merkle.Hashes.subtree`.  Raises TreeError where the leaves are not there."""
        place, above = divmod(level, STEP)
        hashes = self._read(place, index << above, 1 << above)
        return hashes[0] if above == 0 else fold(hashes)

    def flush(self) -> None:
        """Wait until everything is on the disk."""
        for file in self._files:
            os.fsync(file)

    def close(self) -> None:
        """Let the files go."""
        for file in self._files:
            os.close(file)
        self._files.clear()

    def __enter__(self) -> TreeFiles:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _path(self, place: int) -> Path:
        return self.folder / f"level-{place * STEP:02d}"

    def _open(self, place: int) -> None:
        """Open a level's file and cut it to what the level below can have made."""
        file = os.open(self._path(place), os.O_RDWR | os.O_CREAT, 0o600)
        there = os.fstat(file).st_size // HASH_SIZE
        size = there if place == 0 else min(there, self._sizes[place - 1] // WIDTH)
        os.ftruncate(file, size * HASH_SIZE)
        self._files.append(file)
        self._sizes.append(size)

    def _grow(self) -> None:
        """Make what is stored above the leaves as long as they ask for."""
        place = 0
        while self._sizes[place] >= WIDTH:
            wanted = self._sizes[place] // WIDTH
            place += 1
            if place == len(self._files):
                self._open(place)
            while self._sizes[place] < wanted:
                first = self._sizes[place]
                made = [
                    fold(self._read(place - 1, one * WIDTH, WIDTH))
                    for one in range(first, min(wanted, first + WIDTH))
                ]
                self._write(place, b"".join(made))

    def _write(self, place: int, data: bytes) -> None:
        offset = self._sizes[place] * HASH_SIZE
        view = memoryview(data)
        while view:
            written = os.pwrite(self._files[place], view, offset)
            view, offset = view[written:], offset + written
        self._sizes[place] += len(data) // HASH_SIZE

    def _read(self, place: int, first: int, count: int) -> list[bytes]:
        if place >= len(self._files) or first + count > self._sizes[place]:
            raise TreeError(f"{self.folder} has {self.size} leaves, and more were asked for")
        data = os.pread(self._files[place], count * HASH_SIZE, first * HASH_SIZE)
        if len(data) != count * HASH_SIZE:
            raise TreeError(f"{self.folder} was cut short while it was read; remove it to have it made again")
        return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]
