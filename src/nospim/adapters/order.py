"""Whole archives put into the order of time, on disk, so that memory stays flat.

An archive is kept account after account, each over years; a scan wants what happened in the order in which it
happened.  Items are sorted in runs that fit into memory, runs are kept in temporary files, and merged.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final, cast

import msgspec

from nospim.adapters.interface import AdapterError, why_unreadable
from nospim.adapters.placed import Importer, Placed

RUN: Final = 50_000
"""Items in one run: some 100 MB."""
BATCH: Final = 256
"""Items that are read at a time of each run."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Placed])


def ordered(adapter: Importer, files: Sequence[Path], run: int = RUN) -> Iterator[Placed]:
    """What `adapter` finds in all files, in the order of time; at the same time as the files have it.

    Something without a time stands where its file had got to.
    Raises AdapterError when a file is not there or may not be read.
    """
    return in_order((each for path in files for each in _read(adapter, path)), run)


def in_order(items: Iterable[Placed], run: int = RUN) -> Iterator[Placed]:
    """Items in the order of `at`; equal ones keep theirs."""
    runs: list[IO[bytes]] = []
    batch: list[Placed] = []
    try:
        for item in items:
            batch.append(item)
            if len(batch) >= run:
                runs.append(_kept(batch))
                batch = []
        batch.sort(key=_when)
        streams: list[Iterator[Placed]] = [_replayed(file) for file in runs]
        yield from heapq.merge(*streams, batch, key=_when)  # the earlier stream first, where times are equal
    finally:
        for file in runs:
            file.close()


def _when(item: Placed) -> float:
    return item.at


def _kept(batch: list[Placed]) -> IO[bytes]:
    file = cast("IO[bytes]", TemporaryFile(prefix="nospim-import-"))  # noqa: SIM115 - closed by `in_order`
    batch.sort(key=_when)
    for first in range(0, len(batch), BATCH):
        block = _encoder.encode(batch[first : first + BATCH])
        file.write(len(block).to_bytes(4, "big") + block)
    file.seek(0)
    return file


def _replayed(file: IO[bytes]) -> Iterator[Placed]:
    while head := file.read(4):
        yield from _decoder.decode(file.read(int.from_bytes(head, "big")))


def _read(adapter: Importer, path: Path) -> Iterator[Placed]:
    reached = float("-inf")
    try:
        with path.open("rb") as stream:
            for item in adapter.placed(str(path), stream):
                reached = max(reached, item.at) if item.event else reached
                yield item if item.event else msgspec.structs.replace(item, at=reached)
    except (OSError, ValueError) as error:
        raise AdapterError(why_unreadable(str(path), error)) from error
