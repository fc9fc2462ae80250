"""The files that a scan writes, one JSON object a line, in the contract's forms."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final

import msgspec

NAMES: Final = ("verdicts", "resolutions", "actions", "rejected")
"""Files that are written while events are read; the others are written at the end."""

_encode = msgspec.json.Encoder().encode


class Outputs:
    """Open output files of one scan.  Raises OSError where the folder cannot be written."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._files: dict[str, BinaryIO] = {}

    def __enter__(self) -> Outputs:
        for name in NAMES:
            self._files[name] = (self.folder / f"{name}.jsonl").open("wb", buffering=1 << 20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()

    def write(self, name: str, row: Any) -> None:
        """One row of a file that is written as events are read."""
        self._files[name].write(_encode(row) + b"\n")

    def write_all(self, name: str, rows: Iterable[Any]) -> None:
        """A whole file of rows."""
        with (self.folder / f"{name}.jsonl").open("wb") as file:
            for row in rows:
                file.write(_encode(row) + b"\n")

    def write_text(self, name: str, content: str) -> None:
        """A whole file of text."""
        (self.folder / name).write_text(content, encoding="utf-8")
