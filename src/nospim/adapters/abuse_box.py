"""Mails one by one out of a mail box: mbox files, or a single mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from msgspec import Struct

MAX_MAIL: Final = 32 << 20
"""Bytes of one mail; most servers take 25 to 50 MB, and a complaint is far below."""
_CLOSED: Final = re.compile(rb"\n--[^\r\n]{1,70}--\r?\n?\Z")
_FROM: Final = re.compile(rb"(?m)^From \S*[^\n]*\n")


class Mail(Struct, frozen=True, kw_only=True):
    """One mail as it stands, with its place.  got: its mbox line, empty elsewhere.  bad: why it is cut."""

    line: int
    offset: int
    raw: bytes
    got: bytes = b""
    bad: str = ""


def mails(blocks: Iterator[bytes]) -> Iterator[Mail]:
    """The mails of a file in order.

    An mbox file begins with a line ``From ``; each such line behind an empty one begins another mail, and an
    empty line ends the last one (RFC 4155).
    """
    window = b""
    while len(window) < 5 and (block := next(blocks, b"")):
        window += block
    if not window.startswith(b"From "):
        for block in blocks:
            window += block
            if len(window) > MAX_MAIL:
                break
        bad = f"longer than {MAX_MAIL} bytes" if len(window) > MAX_MAIL else ""
        yield Mail(line=1, offset=0, raw=window, bad=bad)
        return
    yield from _mbox(window, blocks)


def _mbox(window: bytes, blocks: Iterator[bytes]) -> Iterator[Mail]:
    place, line, looked = 0, 1, 0
    ended = False
    while not ended:
        block = next(blocks, b"")
        ended = not block
        window += block
        starts = [0]
        for match in _FROM.finditer(window, max(looked, 1)):
            if window[: match.start()].endswith((b"\n\n", b"\n\r\n")):
                starts.append(match.start())
        looked = max(len(window) - 1000, 0)  # what may be the first part of such a line
        if ended:
            starts.append(len(window))
        elif len(window) - starts[-1] > MAX_MAIL:
            yield _mail(window[starts[-1] :], place + starts[-1], line, bad=f"longer than {MAX_MAIL} bytes")
            return
        for start, end in pairwise(starts):
            part = window[start:end]
            cut = ended and end == len(window) and not part.endswith((b"\n\n", b"\n\r\n"))
            # Some programs leave the empty line out; then the end of the last part must be there.
            bad = "the mail box is cut short" if cut and not _CLOSED.search(part[-200:]) else ""
            yield _mail(part, place + start, line + window.count(b"\n", 0, start), bad)
        gone = starts[-1]
        place, line, window = place + gone, line + window.count(b"\n", 0, gone), window[gone:]
        looked = max(looked - gone, 0)


def _mail(part: bytes, offset: int, line: int, bad: str = "") -> Mail:
    got, _, raw = part.partition(b"\n")
    raw = raw[:-2] if raw.endswith(b"\r\n\r\n") else raw[:-1] if raw.endswith(b"\n\n") else raw
    return Mail(line=line + 1, offset=offset + len(got) + 1, raw=raw, got=got, bad=bad)
