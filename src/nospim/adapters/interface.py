"""What an adapter is: bytes from outside in; events, refusals and skipped items out.

An adapter opens nothing: the edge hands it an open stream and the name that people know it by.
A line or element that is no event is a value with its reason (`Refusal`), and so is one that is
understood but means no event (`Skipped`).  The one error is `AdapterError`, for a source that cannot
be read at all; its message says what is wrong, where, and what to do.
"""

from __future__ import annotations

import codecs
from base64 import b64encode
from collections.abc import Iterator
from typing import BinaryIO, Final, Protocol, runtime_checkable

from msgspec import Struct

from nospim.errors import NospimError
from nospim.events import AnyEvent

KEPT_BYTES: Final = 4096
"""Bytes kept of something refused: enough to see what it was (an ordinary event is under 1,000), and
a hostile gigabyte cannot fill the disk that it was refused from."""


class AdapterError(NospimError):
    """A source that cannot be read at all; the message says what, where and what to do."""


class Refusal(Struct, frozen=True):
    """Something that is not an event, kept so that a person can see why.

    file: the name of its source.  line: where it began, from 1.  raw: at most `KEPT_BYTES` of its
    bytes.  length: how many bytes it had (of those that could be read).
    """

    file: str
    line: int
    reason: str
    raw: bytes = b""
    length: int = 0

    @classmethod
    def of(cls, file: str, line: int, reason: str, raw: bytes) -> Refusal:
        """A refusal that keeps the head of `raw` and its full length."""
        return cls(file, line, reason, raw[:KEPT_BYTES], len(raw))

    def row(self) -> dict[str, str | int]:
        """Its line in ``rejected.jsonl``: `file`, `line`, `reason`, and `text`, or `base64` when the bytes
        are not UTF-8; with `length` (in bytes) where not all of them were kept.
        """
        row: dict[str, str | int] = {"file": self.file, "line": self.line, "reason": self.reason}
        cut = self.length > len(self.raw)
        try:
            # A cut may go through a character: that does not make the rest something other than text.
            row["text"] = codecs.getincrementaldecoder("utf-8")().decode(self.raw, final=not cut)
        except UnicodeDecodeError:
            row["base64"] = b64encode(self.raw).decode("ascii")
        if cut:
            row["length"] = self.length
        return row


class Skipped(Struct, frozen=True):
    """Something well-formed that means no event, with the reason; counted, and not an error."""

    file: str
    line: int
    reason: str


Item = AnyEvent | Refusal | Skipped


@runtime_checkable
class Adapter(Protocol):
    """One form of outside material."""

    @property
    def name(self) -> str:
        """The word that people choose it by."""

    def describe(self) -> str:
        """One sentence: what it reads."""

    def read(self, name: str, stream: BinaryIO) -> Iterator[Item]:
        """Everything in one stream, in its order, lazily.

        name: what people know the stream by (a path); it is repeated in refusals and may carry meaning.
        Raises AdapterError only when the stream itself cannot be read; bad content is never an error.
        """


def why_unreadable(name: str, error: Exception) -> str:
    """What to tell a person about a file called `name` that gave this error (an OSError or a bad path)."""
    if isinstance(error, FileNotFoundError):
        return f"there is no file {name}; check the path"
    if isinstance(error, PermissionError):
        return f"{name} may not be read by this user; change its permissions or run as its owner"
    return f"{name} cannot be read: {getattr(error, 'strerror', None) or error}"
