"""The commands ``nospim import``: what other programs kept, turned into events."""

from __future__ import annotations

import gzip
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

import msgspec
import zstandard

from nospim.adapters.interface import Item, Refusal, Skipped
from nospim.adapters.merge import merged
from nospim.adapters.wlm import SOURCE, WindowsLiveMessenger
from nospim.errors import UsageError
from nospim.events import MessageSent, ProfileChanged, encode

STDOUT: Final = Path("-")
NAMES_TOLD: Final = 5
"""Nicknames named when their owners are not known: enough to recognise one's own among them."""
NICKNAMES_COUNTED: Final = 10_000
"""Accounts known by a nickname only that are counted, so that a hostile history fills no memory."""


def wlm(
    files: list[Path],
    /,
    *,
    out: Path = STDOUT,
    account: str | None = None,
    contact: str | None = None,
    nickname: list[str] | None = None,
    source: str = SOURCE,
    rejected: Path | None = None,
) -> int:
    """Turn Windows Live Messenger histories into events.

    Parameters
    ----------
    files
        History files as the Messenger kept them: OWNER/History/CONTACT.xml.
    out
        File for the events, in the order of time (.gz and .zst are packed); - for standard output.
    account
        Address of the owner of these histories; without it the folder's name decides.
    contact
        Address of the one whom the owner talks with in this file; without it the file's name decides.
    nickname
        A nickname that the owner has used, for histories that hold no addresses; may be repeated.
    source
        The CloudEvents source that the events say they are from.
    rejected
        File for what is refused, one JSON object a line; without it only the number is told.

    Returns the exit status: 0, or 3 when some input was refused.
    """
    if contact is not None and len(files) > 1:
        raise UsageError("--contact is for one file; name one, or let the files' names decide")
    _not_over_input(files, out, rejected)
    adapter = WindowsLiveMessenger(
        account=account, contact=contact, nicknames=tuple(nickname or ()), source=source
    )
    tally = Tally()
    with _writing(out) as events, _writing(rejected) as refusals:
        _write(tally.counted(merged(adapter, files)), events, refusals)
    for line in tally.lines(len(files)):
        print(f"nospim: {line}", file=sys.stderr)
    return 3 if tally.refused else 0


class Tally:
    """What came of an import, for the person who asked for it."""

    def __init__(self) -> None:
        self.events = 0
        self.messages = 0
        self.refused = 0
        self.first_refusal: Refusal | None = None
        self.skipped: Counter[str] = Counter()
        self.written: Counter[str] = Counter()
        self.names: dict[str, str] = {}

    def counted(self, items: Iterable[Item]) -> Iterator[Item]:
        """The same items, counted as they pass."""
        for item in items:
            if isinstance(item, Refusal):
                self.refused += 1
                self.first_refusal = self.first_refusal or item
            elif isinstance(item, Skipped):
                self.skipped[item.reason] += 1
            else:
                self.events += 1
                self._notice(item)
            yield item

    def _notice(self, item: Item) -> None:
        if isinstance(item, MessageSent):
            self.messages += 1
            if item.subject in self.names:
                self.written[item.subject] += 1
            return
        if not isinstance(item, ProfileChanged) or not item.subject.startswith("nick:"):
            return
        if len(self.names) < NICKNAMES_COUNTED:
            self.names.setdefault(item.subject, item.data.name or "")

    def lines(self, files: int) -> Iterator[str]:
        """The tally in words."""
        yield f"{self.events:,} events ({self.messages:,} messages) from {files:,} files"
        for reason, count in sorted(self.skipped.items()):
            yield f"skipped {count:,}: {_shown(reason)}"
        if self.first_refusal is not None:
            first = self.first_refusal
            where = f"{_shown(first.file)}, line {first.line}: {_shown(first.reason)}"
            yield f"refused {self.refused:,}, the first in {where}"
        if self.names:
            ranked = sorted(self.names, key=lambda account: (-self.written[account], account))
            told = ", ".join(f'"{_shown(self.names[account])}"' for account in ranked[:NAMES_TOLD])
            yield (
                f"accounts known by a nickname only: {len(self.names):,} ({told}); where one of these is "
                "the owner, say so with --account and --nickname"
            )


def _shown(text: str) -> str:
    """A stranger's text for a terminal: on one line, without control characters, not too long."""
    return "".join(c if c.isprintable() else "?" for c in text[:80])


def _write(items: Iterable[Item], events: IO[bytes] | None, refusals: IO[bytes] | None) -> None:
    for item in items:
        if isinstance(item, Refusal):
            if refusals is not None:
                refusals.write(msgspec.json.encode(item.row()) + b"\n")
        elif not isinstance(item, Skipped) and events is not None:
            events.write(encode(item) + b"\n")


def _not_over_input(files: list[Path], *outputs: Path | None) -> None:
    for output in outputs:
        if output is None or not output.exists():
            continue
        for file in files:
            if file.exists() and file.samefile(output):
                raise UsageError(f"{output} is one of the histories; name another file to write to")


@contextmanager
def _writing(path: Path | None) -> Iterator[IO[bytes] | None]:
    """A file that is there only once it is complete; standard output for "-", and nothing for None."""
    if path is None:
        yield None
        return
    if path == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("xb") as stream, _packed(stream, path.suffix) as packed:
            yield packed
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def _packed(stream: IO[bytes], ending: str) -> Iterator[IO[bytes]]:
    if ending == ".gz":
        # Neither name nor time goes in, so that the same events give the same bytes.
        with gzip.GzipFile(filename="", fileobj=stream, mode="wb", mtime=0) as packed:
            yield cast("IO[bytes]", packed)
    elif ending == ".zst":
        with zstandard.ZstdCompressor(write_checksum=True).stream_writer(stream, closefd=False) as packed:
            yield packed
    else:
        yield stream
