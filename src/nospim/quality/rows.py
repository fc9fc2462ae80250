"""Reading JSON Lines for scoring: plain or gzip, each line checked, errors that say where.

Scoring is the one reader of a world's truth; nothing that decides about messages imports this.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO, Final, TypeVar, cast

import msgspec

from nospim.errors import NospimError

NAMED: Final = 10
"""How many ids an error names before it says how many more there are: one line a person still reads."""

PIECE: Final = 1 << 20
"""Bytes read at a time where content is only hashed."""

T = TypeVar("T")


class QualityError(NospimError):
    """Something that was to be scored cannot be; the message is one line that says what and where."""


def find(folder: Path, name: str) -> Path | None:
    """The file `name` in `folder`, or its ``.gz``, or None when there is neither."""
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    return None


def rows(folder: Path, name: str, decoder: msgspec.json.Decoder[T]) -> Iterator[T]:
    """Every line of ``folder/name`` (or its ``.gz``), decoded; empty lines are passed over.

    Raises QualityError when there is no such file, when it cannot be read, and for the first line
    that the decoder refuses (with its number).
    """
    with _opened(folder, name) as (path, stream):
        yield from _decoded(path, stream, decoder)


def readable(folder: Path, name: str, decoder: msgspec.json.Decoder[T]) -> Iterator[T]:
    """The same, but a line that the decoder refuses is passed over: a scan refuses it, too, and goes on."""
    with _opened(folder, name) as (_, stream):
        for line in stream:
            with suppress(msgspec.DecodeError, UnicodeDecodeError):
                yield decoder.decode(line)


def chunks(folder: Path, name: str) -> Iterator[bytes]:
    """The unpacked content of ``folder/name`` (or its ``.gz``) in pieces.  Raises QualityError."""
    with _opened(folder, name) as (_, stream):
        while piece := stream.read(PIECE):
            yield piece


@contextmanager
def _opened(folder: Path, name: str) -> Iterator[tuple[Path, IO[bytes]]]:
    path = find(folder, name)
    if path is None:
        raise QualityError(f"{folder} holds neither {name} nor {name}.gz")
    try:
        with path.open("rb") as stored:
            yield path, _unpacked(path, stored)
    except (OSError, EOFError, zlib.error) as error:
        raise QualityError(f"{path} cannot be read: {error}") from None


def _unpacked(path: Path, stored: BinaryIO) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(fileobj=stored)) if path.suffix == ".gz" else stored


def _decoded(path: Path, lines: Iterable[bytes], decoder: msgspec.json.Decoder[T]) -> Iterator[T]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise QualityError(f"{path}, line {number}: {error}") from None


def named(ids: Sequence[str]) -> str:
    """The ids as one phrase, the first `NAMED` of them spelled out."""
    shown = ", ".join(ids[:NAMED])
    return shown if len(ids) <= NAMED else f"{shown} and {len(ids) - NAMED:,} more"
