"""The loop of following: read what is complete, have it taken over, remember the place, wait a little."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

from nospim.adapters.interface import Refusal
from nospim.events import MAX_LINE, AnyEvent, InvalidEventError, decode
from nospim.follow.tail import Place, Tail, TailLine

Notices = Callable[[str], None]
"""Told, in one line of words, what a person should know."""


class GoodLine(Struct, frozen=True):
    """A line that is an event."""

    number: int
    raw: bytes
    event: AnyEvent


class Taker(Protocol):
    """Who takes the events over; `refused` counts what was not."""

    refused: int

    def take(self, lines: Sequence[GoodLine], place: Place | None, stop: threading.Event) -> bool:
        """Take these over and remember the place after them; False when stopped before that was done."""

    def refuse(self, refusals: Sequence[Refusal]) -> None:
        """Keep what is no event."""

    def idle(self, place: Place | None) -> None:
        """Nothing more is there for now."""

    def finish(self, place: Place | None) -> None:
        """Following ends here; called also after an error, with what was taken over."""


def follow(
    name: str, tail: Tail, taker: Taker, stop: threading.Event, every: float, *, once: bool = False
) -> None:
    """Follow a log until `stop` is set.

    name: what people know the log by.  every: seconds between two looks at a file that has not grown.
    once: stop at the end of the log.
    Raises AdapterError where the log cannot be read, and whatever `taker` raises.
    """
    place = tail.place()
    try:
        while not stop.is_set():
            lines = tail.poll()
            good, bad = sorted_out(name, lines)
            if bad:
                taker.refuse(bad)
            if lines:
                if not taker.take(good, tail.place(), stop):
                    return
                place = tail.place()
            else:
                place = tail.place()
                taker.idle(place)
                if once:
                    return
                stop.wait(every)
    finally:
        taker.finish(place)
        tail.close()


def sorted_out(name: str, lines: Sequence[TailLine]) -> tuple[list[GoodLine], list[Refusal]]:
    """The lines that are events, and why the others are not; blank ones are neither."""
    good: list[GoodLine] = []
    bad: list[Refusal] = []
    for line in lines:
        if line.length > MAX_LINE:
            bad.append(Refusal(name, line.number, f"longer than {MAX_LINE} bytes", line.raw, line.length))
            continue
        try:
            line.raw.decode()  # the decoder does not look inside the fields that it does not know
            good.append(GoodLine(line.number, line.raw, decode(line.raw)))
        except (InvalidEventError, UnicodeDecodeError) as error:
            if line.raw.strip():
                bad.append(Refusal.of(name, line.number, str(error), line.raw))
    return good, bad


def rows(refusals: Sequence[Refusal]) -> bytes:
    """Refusals as the lines of ``rejected.jsonl``."""
    return b"".join(msgspec.json.encode(refusal.row()) + b"\n" for refusal in refusals)
