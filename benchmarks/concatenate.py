"""A world made several times longer: copies of it one after another, each with names of its own.

Nothing is held in memory but one line, so that a world of any size can be multiplied.  A copy has
other accounts, sessions, devices, ids and link hosts than the rest, and the same wordings.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

HISTORY_LASTS: Final = timedelta(days=7)
"""What lies before a copy's first message (sign-ups and contact lists of years) is pressed into this long
before it, so that time never runs backwards and no copy's accounts are forgotten as idle."""

NAMES: Final = (
    "session",
    "device",
    "contact",
    "message",
    "accused",
    "invited_by",
    "conversation",
    "action",
    "target",
)
"""Fields of `data` that name one thing."""

HOST: Final = re.compile(
    r"(?<![a-z0-9-])([a-z0-9-]+)((?:\[\.\]|\(\.\)|\u200b?\.)[a-z]{2,12})(?=[/:?#\s\"'<>)\]]|$)", re.I
)
"""The last label before the top-level one of something that looks like a host, also when disguised."""

Json = dict[str, Any]


class Span(Struct, frozen=True):
    """When a world begins, when its first message is sent, and when it ends."""

    begins: datetime
    chats: datetime
    ends: datetime


class _When(Struct):
    type: str
    time: datetime


_when = msgspec.json.Decoder(_When)


def lines(world: Path) -> Iterator[bytes]:
    """The lines of the world's ``events.jsonl`` or ``events.jsonl.gz``, without their ends."""
    packed = world / "events.jsonl.gz"
    with gzip.open(packed) if packed.exists() else (world / "events.jsonl").open("rb") as stream:
        for line in stream:
            if line.strip():
                yield line.rstrip(b"\n")


def span(world: Path) -> Span:
    """One pass over the world for its times.  Raises ValueError when nobody writes in it."""
    begins = ends = chats = None
    for line in lines(world):
        event = _when.decode(line)
        begins = event.time if begins is None else min(begins, event.time)
        ends = event.time if ends is None else max(ends, event.time)
        if chats is None and event.type == "im.message.sent":
            chats = event.time
    if begins is None or ends is None or chats is None:
        raise ValueError(f"{world} has no message, so there is nothing to multiply")
    return Span(begins, chats, ends)


def concatenated(world: Path, copies: int) -> Iterator[bytes]:
    """The lines of `copies` worlds in a row; the first is the world as it is."""
    yield from lines(world)
    if copies < 2:
        return
    times = span(world)
    for number in range(1, copies):
        copy = Copy(number, times)
        for line in lines(world):
            yield copy.line(line)


class Copy:
    """The `number`-th copy after the world itself: its names and times."""

    def __init__(self, number: int, times: Span) -> None:
        self._mark = f"c{number}-"
        self._host = rf"\g<1>-c{number}\g<2>"
        self._times = times
        self._shift = number * (times.ends - times.chats + HISTORY_LASTS)
        before = times.chats - times.begins
        self._press = HISTORY_LASTS / before if before > HISTORY_LASTS else 1.0

    def line(self, line: bytes) -> bytes:
        """One line of the world as it reads in this copy."""
        event: Json = msgspec.json.decode(line)
        event["id"] = self._mark + event["id"]
        event["subject"] = self._mark + event["subject"]
        event["time"] = self._time(event["time"])
        data = event.get("data")
        if data:
            for name in NAMES:
                if data.get(name) is not None:
                    data[name] = self._named(data[name])
            if "to" in data:
                to = data["to"]
                data["to"] = [self._named(one) for one in to] if isinstance(to, list) else self._named(to)
            for name in ("text", "url"):
                if data.get(name):
                    data[name] = HOST.sub(self._host, data[name])
        return msgspec.json.encode(event)

    def _named(self, reference: str | Json) -> str | Json:
        if isinstance(reference, dict):
            return reference | {"id": self._mark + reference["id"]}
        return self._mark + reference

    def _time(self, text: str) -> str:
        time, chats = datetime.fromisoformat(text), self._times.chats
        if time < chats:
            time = chats - (chats - time) * self._press
        return (time + self._shift).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
