"""The casework beside the running guard: what was sighted, on disk in segments, and what follows from it.

The guard's process only appends.  The conclusions are drawn by a process of their own
(``python -m nospim.service.casework FOLDER``), because they take seconds and the guard has milliseconds.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from nospim.casework import Settings
from nospim.findings import Findings
from nospim.ledger import KeyRing, LedgerError, Retention
from nospim.ledger.disk import write_all
from nospim.operators import investigate
from nospim.service.sealed import UnreadableError, seal, unseal
from nospim.sightings import Sighting

FOLDER: Final = "sightings"
KEYS: Final = "keys"
BATCH: Final = 256
"""Sightings in one block."""
MAX_WAITING: Final = 20_000
"""Sightings that wait for a full disk; campaigns of that time may be seen in part."""
SEGMENT: Final = 64 << 20
"""Bytes of one segment."""
MAX_SEGMENTS: Final = 8
"""Segments that are kept; campaigns are seen as far back as these reach."""
EVERY: Final = 60.0
"""Seconds between two looks at what was sighted, at least."""
NICE: Final = 10
"""The casework gives way to everything else on the machine."""
DAY: Final = 86400.0

_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(list[Sighting])
_findings: Final = msgspec.json.Decoder(Findings)


class SightingLog:
    """Sightings in order, in segments named after the bytes written before them."""

    def __init__(self, folder: Path, keys: KeyRing, keep: int = 0) -> None:
        """keep: bytes, of all that were ever written, to go on from; what is beyond them is cut off."""
        self._keys = keys
        self._folder = folder / FOLDER
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._batch: list[Sighting] = []
        self._day = 0
        self._start, self._size = keep, 0
        for path in reversed(segments(self._folder)):
            start = int(path.stem)
            if start >= keep:
                path.unlink()
            elif start + path.stat().st_size >= keep:
                self._start, self._size = start, keep - start
                break
        self._file = self._open()

    def add(self, sightings: list[Sighting], now: float) -> None:
        """Append sightings.  Where the disk is full they wait in memory, the newest `MAX_WAITING` of them.

        now: the service's clock, from whose day their retention counts.
        """
        self._batch.extend(sightings)
        self._day = max(0, int(now // DAY))
        if len(self._batch) >= BATCH:
            try:
                self.flush()
            except (OSError, LedgerError):
                del self._batch[:-MAX_WAITING]

    def flush(self) -> int:
        """Write what is in memory; returns the bytes ever written.  Raises OSError, LedgerError."""
        if self._batch:
            box = seal(self._keys, Retention.CONTENT, self._day, _encoder.encode(self._batch))
            write_all(self._file, len(box).to_bytes(4, "big") + box, self._size)
            self._batch = []
            self._size += 4 + len(box)
            if self._size >= SEGMENT:
                self._next()
        return self._start + self._size

    def close(self) -> None:
        """Write what is in memory and close."""
        self.flush()
        os.close(self._file)

    def _next(self) -> None:
        os.close(self._file)
        self._start, self._size = self._start + self._size, 0
        self._file = self._open()
        for old in segments(self._folder)[:-MAX_SEGMENTS]:
            old.unlink()

    def _open(self) -> int:
        path = self._folder / f"{self._start:020d}.bin"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        os.ftruncate(handle, self._size)
        return handle


def segments(folder: Path) -> list[Path]:
    """The segments in a folder, oldest first."""
    return sorted(folder.glob("[0-9]*.bin"))


def sighted(folder: Path, keys: KeyRing) -> Iterator[Sighting]:
    """Every sighting that is whole on disk and not erased, oldest first."""
    for path in segments(folder):
        with path.open("rb") as file:
            while len(head := file.read(4)) == 4:
                box = file.read(int.from_bytes(head, "big"))
                if len(box) < int.from_bytes(head, "big"):
                    break
                try:
                    block = unseal(keys, box)
                except UnreadableError:
                    break
                if block is not None:
                    yield from _decoder.decode(block)


class Casework:
    """The latest conclusions, renewed in the background when somebody asks and something new was seen."""

    def __init__(self, folder: Path, keys: Path, settings: Settings) -> None:
        limits = msgspec.json.encode(settings).decode()
        self._command = (sys.executable, "-m", "nospim.service.casework", str(folder), str(keys), limits)
        self._looked: float | None = None
        self._running: asyncio.Task[None] | None = None
        self.findings = Findings(campaigns=(), accounts=(), operators=())
        self.failed = 0

    async def fresh(self, now: float, log: SightingLog) -> Findings:
        """What follows from what was sighted; at most `EVERY` seconds old, but for the time that it takes."""
        if self._running is None and (self._looked is None or now - self._looked >= EVERY):
            self._looked = now
            log.flush()
            self._running = asyncio.get_running_loop().create_task(self._run())
        if self._running is not None:
            await asyncio.shield(self._running)
        return self.findings

    async def _run(self) -> None:
        """Let another process conclude; it tells the result by a pipe, so that it is nowhere on disk."""
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.DEVNULL, stdout=pipe
            )
            told, _ = await process.communicate()
            if process.returncode == 0:
                self.findings = _findings.decode(told)
            else:
                self.failed += 1
        finally:
            self._running = None


def main(folder: Path, keys: Path, settings: Settings) -> None:
    """Print, as JSON, what follows from the sightings in a data folder; settings: the limits to go by."""
    os.nice(NICE)
    ring = KeyRing.open(keys)
    found = investigate(lambda: sighted(folder / FOLDER, ring), settings)
    sys.stdout.buffer.write(msgspec.json.encode(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), msgspec.json.decode(sys.argv[3], type=Settings))
