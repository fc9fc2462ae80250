"""The journal of the service in one file: records with length and checksum, appended and forced to disk."""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct

from nospim.errors import NospimError

NAME: Final = "journal.bin"
_HEAD: Final = 8


class Record(Struct, frozen=True):
    """One record as it was appended; `seq` counts from 1."""

    seq: int
    kind: str
    day: int
    body: bytes


class Journal(Protocol):
    """What the service needs of a journal."""

    def append(self, kind: str, body: bytes, *, day: int) -> int:
        """Add a record to the buffer; returns its number."""
        ...

    def commit(self) -> int:
        """Make everything appended so far durable; returns the last number.  Blocks; raises OSError."""
        ...

    def close(self) -> None:
        """Commit and close."""
        ...


class FileJournal:
    """A journal in one file.  `append` belongs to one thread, `commit` may run in another."""

    def __init__(self, folder: Path, *, fsync: bool) -> None:
        """Open the journal in a folder, cutting off a record that was torn by a crash."""
        self._path = folder / NAME
        self._fsync = fsync
        self._lock = threading.Lock()
        self._buffer: list[bytes] = []
        self._last = 0
        self._good = 0
        self._path.touch(mode=0o600)
        for record in self.read(1):
            self._last = record.seq
        self._file = self._path.open("r+b", buffering=0)
        self._file.truncate(self._good)
        self._file.seek(self._good)

    def append(self, kind: str, body: bytes, *, day: int) -> int:
        """Add a record to the buffer; returns its number."""
        self._last += 1
        content = f"{kind} {day} ".encode() + body
        head = len(content).to_bytes(4, "big") + zlib.crc32(content).to_bytes(4, "big")
        with self._lock:
            self._buffer.append(head + content)
        return self._last

    def commit(self) -> int:
        """Make everything appended so far durable; what could not be written stays in the buffer."""
        with self._lock:
            last, block, self._buffer = self._last, b"".join(self._buffer), []
        try:
            if block:
                written = 0
                while written < len(block):
                    written += self._file.write(block[written:]) or 0
            if self._fsync:
                os.fdatasync(self._file.fileno())
        except OSError:
            self._file.truncate(self._good)
            self._file.seek(self._good)
            with self._lock:
                self._buffer.insert(0, block)
            raise
        self._good += len(block)
        return last

    def read(self, start: int) -> Iterator[Record]:
        """The records from number `start` on, as far as they are whole."""
        seq = 0
        self._good = 0
        with self._path.open("rb") as file:
            while len(head := file.read(_HEAD)) == _HEAD:
                content = file.read(int.from_bytes(head[:4], "big"))
                if zlib.crc32(content).to_bytes(4, "big") != head[4:]:
                    return
                kind, day, body = content.split(b" ", 2)
                seq += 1
                self._good = file.tell()
                if seq >= start:
                    yield Record(seq, kind.decode(), int(day), body)

    def close(self) -> None:
        """Commit and close."""
        self.commit()
        self._file.close()


class JournalStuckError(NospimError):
    """The journal cannot be written now; nothing is acknowledged until it can."""
