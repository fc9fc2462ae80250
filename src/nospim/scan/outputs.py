"""The files that a scan writes, one JSON object a line, in the contract's forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

NAMES: Final = ("verdicts", "resolutions", "actions", "rejected")
"""Files that are written while events are read; the others are written at the end."""
RULE_HITS: Final = "rule_hits"
"""One more such file, where there are rules."""

_encode = msgspec.json.Encoder().encode


class Outputs:
    """Open output files of one scan.  Raises OSError where the folder cannot be written."""

    def __init__(
        self,
        folder: Path,
        keep: Mapping[str, int] | None = None,
        *,
        rules: bool = False,
        told: Callable[[str, bytes], None] | None = None,
    ) -> None:
        """keep: bytes of each file of an earlier, stopped scan to go on from; the rest is cut off.

        rules: whether there are rules, whose hits have a file of their own.  told: is handed each line,
        without its end, and the name of its file.
        """
        self._told = told
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._files: dict[str, BinaryIO] = {}
        for name in (*NAMES, RULE_HITS) if rules else NAMES:
            size = (keep or {}).get(name, 0)
            path = folder / f"{name}.jsonl"
            file = path.open("r+b" if keep else "wb", buffering=1 << 20)
            file.truncate(size)
            file.seek(size)
            self._files[name] = file

    def sizes(self) -> dict[str, int]:
        """Bytes written to each file, nothing left in a buffer."""
        for file in self._files.values():
            file.flush()
        return {name: file.tell() for name, file in self._files.items()}

    def write(self, name: str, row: Any) -> None:
        """One row of a file that is written as events are read."""
        line = _encode(row)
        self._files[name].write(line + b"\n")
        if self._told is not None:
            self._told(name, line)

    def write_all(self, name: str, rows: Iterable[Any]) -> None:
        """A whole file of rows."""
        with (self.folder / f"{name}.jsonl").open("wb") as file:
            for row in rows:
                line = _encode(row)
                file.write(line + b"\n")
                if self._told is not None:
                    self._told(name, line)

    def write_text(self, name: str, content: str) -> None:
        """A whole file of text."""
        (self.folder / name).write_text(content, encoding="utf-8")

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()
