"""The casework beside the running guard: what was sighted, on disk in segments, and what follows from it.

The guard's process only appends.  The conclusions are drawn by a process of their own
(``python -m nospim.service.casework FOLDER``), because they take seconds and the guard has milliseconds.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from nospim.casework import Settings
from nospim.findings import Findings
from nospim.ledger import KeyRing, LedgerError, Retention
from nospim.ledger.disk import write_all
from nospim.ledger.folder import JOURNAL
from nospim.operators import investigate
from nospim.policy import Policy
from nospim.service.preserve import UNPLACED, Kept, Placed, preserve
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
log: Final = structlog.get_logger("nospim")


class Block(Struct, frozen=True):
    """Sightings that were written together, and the journal's sequence for each."""

    places: list[int]
    seen: list[Sighting]


class Asked(Struct, frozen=True, kw_only=True):
    """What the process that concludes is told: its limits, and what it needs to know to hold records."""

    settings: Settings
    dismissed: list[str]
    days: int


class Concluded(Struct, frozen=True, kw_only=True):
    """What it answers; failed: why nothing could be held."""

    findings: Findings
    kept: Kept = Kept()
    failed: str = ""


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Block | list[Sighting])
_concluded: Final = msgspec.json.Decoder(Concluded)


class SightingLog:
    """Sightings in order, in segments named after the bytes written before them."""

    def __init__(self, folder: Path, keys: KeyRing, keep: int = 0) -> None:
        """keep: bytes, of all that were ever written, to go on from; what is beyond them is cut off."""
        self._keys = keys
        self._folder = folder / FOLDER
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._batch: list[Placed] = []
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

    def add(self, sightings: list[Placed], now: float) -> None:
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
            block = Block([place for place, _ in self._batch], [seen for _, seen in self._batch])
            box = seal(self._keys, Retention.CONTENT, self._day, _encoder.encode(block))
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


def sighted(folder: Path, keys: KeyRing) -> Iterator[Placed]:
    """Every sighting that is whole on disk and not erased, with its place, oldest first."""
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
                    found = _decoder.decode(block)
                    if isinstance(found, Block):
                        yield from zip(found.places, found.seen, strict=True)
                    else:  # written by a version that did not keep places
                        yield from ((UNPLACED, seen) for seen in found)


class Casework:
    """The latest conclusions, renewed in the background when somebody asks and something new was seen.

    Whatever belongs to a campaign is held at the same time (see `nospim.service.preserve`).
    """

    def __init__(self, folder: Path, keys: Path, policy: Policy, dismissed: Callable[[], list[str]]) -> None:
        """dismissed: the campaigns that a person said are none, when asked."""
        self._command = (sys.executable, "-m", "nospim.service.casework", str(folder), str(keys))
        self.policy, self._dismissed = policy, dismissed
        self._looked: float | None = None
        self._running: asyncio.Task[None] | None = None
        self.findings = Findings(campaigns=(), accounts=(), operators=())
        self.failed = 0

    async def fresh(self, now: float, log: SightingLog, every: float = EVERY) -> Findings:
        """What follows from what was sighted; at most `every` seconds old, but for the time that it takes."""
        if self._running is None and (self._looked is None or now - self._looked >= every):
            self._looked = now
            log.flush()
            self._running = asyncio.get_running_loop().create_task(self._run())
        if self._running is not None:
            await asyncio.shield(self._running)
        return self.findings

    async def daily(self, log: SightingLog) -> None:
        """Conclude and hold before the day's erasure, where anything was ever sighted.  Raises OSError."""
        if log.flush():
            await self.fresh(asyncio.get_running_loop().time(), log, every=0.0)

    async def _run(self) -> None:
        """Let another process conclude; it tells the result by a pipe, so that it is nowhere on disk."""
        pipe = asyncio.subprocess.PIPE
        policy = self.policy
        asked = Asked(
            settings=policy.casework, dismissed=self._dismissed(), days=policy.retention.campaign_days
        )
        try:
            process = await asyncio.create_subprocess_exec(*self._command, stdin=pipe, stdout=pipe)
            told, _ = await process.communicate(msgspec.json.encode(asked))
            if process.returncode == 0:
                self._heard(_concluded.decode(told))
            else:
                self.failed += 1
        finally:
            self._running = None

    def _heard(self, told: Concluded) -> None:
        self.findings = told.findings
        if told.failed:
            log.error("campaigns not held", why=told.failed)
        elif told.kept.campaigns or told.kept.released:
            kept = told.kept
            log.info("held", campaigns=kept.campaigns, records=kept.records, released=kept.released)


def main(folder: Path, keys: Path, asked: Asked) -> None:
    """Print, as JSON, what follows from the sightings in a data folder, and hold what is to be kept."""
    os.nice(NICE)
    ring = KeyRing.open(keys)

    def read() -> Iterator[Placed]:
        return sighted(folder / FOLDER, ring)

    found = investigate(lambda: (seen for _, seen in read()), asked.settings)
    kept, failed = Kept(), ""
    try:
        kept = preserve(found, read, folder / JOURNAL, ring, frozenset(asked.dismissed), asked.days)
    except (LedgerError, OSError) as error:
        failed = str(error)
    sys.stdout.buffer.write(msgspec.json.encode(Concluded(findings=found, kept=kept, failed=failed)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), msgspec.json.decode(sys.stdin.buffer.read(), type=Asked))
