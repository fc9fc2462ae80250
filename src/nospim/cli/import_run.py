"""What the commands ``nospim import`` share: counting, writing, and where each event came from."""

from __future__ import annotations

import gzip
import hashlib
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final, cast

import msgspec
import zstandard
from msgspec import Struct

from nospim import __version__
from nospim.adapters.interface import Item, Refusal, Skipped
from nospim.adapters.placed import Placed
from nospim.errors import NospimError, UsageError
from nospim.events import MessageSent, ProfileChanged, decode

STDOUT: Final = Path("-")
NAMES_TOLD: Final = 5
"""Nicknames named when their owners are not known: enough to recognise one's own among them."""
NICKNAMES_COUNTED: Final = 10_000
"""Accounts known by a nickname only that are counted, so that a hostile history fills no memory."""
REASONS_COUNTED: Final = 100
"""Kinds of skipped items that are counted apart."""
_PACKED: Final = (".gz", ".zst")


class Outputs(Struct, frozen=True):
    """Where an import writes: events, what was refused, and where each event came from."""

    events: Path
    rejected: Path | None = None
    provenance: Path | None = None

    def trail(self) -> Path | None:
        """The file of provenance: as given, or beside the events where these go into a file."""
        return self.provenance or self.beside(".provenance.jsonl")

    def beside(self, ending: str) -> Path | None:
        """A place beside the events with another ending; None where they go to standard output."""
        if self.events == STDOUT:
            return None
        name = self.events.name
        for usual in (*_PACKED, ".jsonl", ".json"):
            name = name.removesuffix(usual)
        return self.events.with_name(name + ending)


def run(importer: str, items: Iterable[Placed], files: Sequence[Path], outputs: Outputs) -> int:
    """Write what was found in some files; returns the exit status, 3 where something was refused.

    importer: its name, which goes into the provenance with its version.
    Raises UsageError where an output is one of the files, NospimError where a file changed meanwhile.
    """
    trail = outputs.trail()
    not_over_input(files, outputs.events, outputs.rejected, trail)
    told = [_file(path) for path in files]
    tally = Tally()
    with (
        writing(outputs.events) as events,
        writing(outputs.rejected) as refusals,
        writing(trail) as places,
    ):
        if places is not None:
            for path, file in zip(files, told, strict=True):
                row = {"importer": importer, "nospim": __version__, "file": str(path), **file}
                places.write(msgspec.json.encode(row) + b"\n")
        _write(tally.counted(items), events, refusals, places)
        for path, file in zip(files, told, strict=True):
            if path.stat().st_size != file["size"] or _file(path) != file:
                raise NospimError(f"{path} changed while it was read; import a copy that stands still")
    for line in tally.lines(len(files)):
        print(f"nospim: {line}", file=sys.stderr)
    return 3 if tally.refused else 0


def boxes(paths: Sequence[Path]) -> list[Path]:
    """The files of mail boxes: of a folder the mails in `new` and `cur` (Maildir), or those called *.eml."""
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        folders = [path / name for name in ("new", "cur") if (path / name).is_dir()]
        inside = [each for folder in folders for each in sorted(folder.iterdir()) if each.is_file()]
        inside = inside if folders else sorted(path.glob("*.eml"))
        if not inside:
            raise UsageError(f"{path} is no mail box: neither new and cur (Maildir) nor *.eml are in it")
        found += inside
    return found


def kept_in(folder: Path | None) -> Callable[[str, bytes], None] | None:
    """Keeps mails in a folder, each under its SHA-256; None where there is no folder."""
    if folder is None:
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def keep(digest: str, raw: bytes) -> None:
        with suppress(FileExistsError), (folder / f"{digest}.eml").open("xb") as file:
            os.fchmod(file.fileno(), 0o600)  # complaints hold what people wrote in confidence
            file.write(raw)

    return keep


def _file(path: Path) -> dict[str, str | int]:
    with path.open("rb") as stream:
        return {"sha256": hashlib.file_digest(stream, "sha256").hexdigest(), "size": stream.tell()}


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

    def counted(self, items: Iterable[Placed]) -> Iterator[Placed]:
        """The same items, counted as they pass."""
        for placed in items:
            item = placed.item()
            if isinstance(item, Refusal):
                self.refused += 1
                self.first_refusal = self.first_refusal or item
            elif isinstance(item, Skipped):
                many = len(self.skipped) >= REASONS_COUNTED
                self.skipped["other" if many and item.reason not in self.skipped else item.reason] += 1
            else:
                self.events += 1
                self._notice(item)
            yield placed

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


def _write(
    items: Iterable[Placed], events: IO[bytes] | None, refusals: IO[bytes] | None, places: IO[bytes] | None
) -> None:
    for item in items:
        if item.refusal is not None:
            if refusals is not None:
                refusals.write(msgspec.json.encode(item.refusal.row()) + b"\n")
        elif item.event and events is not None:
            events.write(item.event + b"\n")
            if places is not None:
                event = decode(item.event)
                row = {
                    "source": event.source, "id": event.id, "file": item.file, "line": item.line,
                    "offset": item.offset, "length": item.length,
                }  # fmt: skip
                places.write(msgspec.json.encode(row) + b"\n")


def not_over_input(files: Sequence[Path], *outputs: Path | None) -> None:
    """Raises UsageError where something would be written over what is read."""
    for output in outputs:
        if output is None or not output.exists():
            continue
        for file in files:
            if file.exists() and file.samefile(output):
                raise UsageError(f"{output} is one of the files to import; name another file to write to")


@contextmanager
def writing(path: Path | None) -> Iterator[IO[bytes] | None]:
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
