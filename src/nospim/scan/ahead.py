"""Readings made ahead by worker processes: the pure part of a message, on as many cores as wanted.

The results are used in input order, so any number of workers gives the same bytes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import Final

import msgspec

from nospim.adapters.files import EventFiles, Line
from nospim.adapters.interface import Refusal
from nospim.events import MessageSent
from nospim.links import Brands, LinkLists
from nospim.signals.reading import Reader, Reading, names_of
from nospim.text import WordingModel

BATCH: Final = 1024
"""Lines handed to a worker at a time: large enough that handing over costs little."""
AHEAD: Final = 3
"""Batches in flight per worker."""

Item = Line | Refusal
Text = tuple[str, tuple[str, ...]]

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Reading])
_reader: Reader | None = None


def with_readings(
    files: EventFiles, workers: int, brands: tuple[str, ...] = (), own_names: tuple[str, ...] = ()
) -> Iterator[tuple[str, Item, Reading | None]]:
    """Each item of the files with its file's name and its reading.

    workers: processes that share the work; with one, readings are left to the engine (None).
    brands, own_names: the policy's, as the engine has them.
    """
    if workers <= 1:
        for item in files:
            yield files.file, item, None
        return
    source = ((files.file, item) for item in files)
    waiting: deque[tuple[list[tuple[str, Item]], Future[bytes]]] = deque()
    with ProcessPoolExecutor(
        workers - 1, mp_context=get_context("spawn"), initializer=_start, initargs=(brands, own_names)
    ) as pool:
        while True:
            while len(waiting) < AHEAD * workers and (batch := list(islice(source, BATCH))):
                waiting.append((batch, pool.submit(_read, [_text(item) for _, item in batch])))
            if not waiting:
                return
            batch, future = waiting.popleft()
            readings = iter(_decoder.decode(future.result()))
            for name, item in batch:
                yield name, item, next(readings) if _text(item) is not None else None


def _text(item: Item) -> Text | None:
    if isinstance(item, Refusal) or type(item[2]) is not MessageSent or not item[2].data.text:
        return None
    return item[2].data.text, names_of(item[2].data.to)


def _start(brands: tuple[str, ...], own_names: tuple[str, ...]) -> None:
    global _reader  # noqa: PLW0603 - one reader per worker process, made once
    lists = LinkLists.shipped()
    _reader = Reader(lists, WordingModel.load(), Brands.of(brands, own_names, lists))


def _read(texts: list[Text | None]) -> bytes:
    assert _reader is not None  # noqa: S101 - the pool's initializer has run
    return _encoder.encode([_reader.read(*text) for text in texts if text is not None])
