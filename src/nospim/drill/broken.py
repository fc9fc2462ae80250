"""Lines that are no events, as logs have them: cut off, mixed up, in another form, or not text at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Final

from nospim.drill.chance import stream
from nospim.drill.plan import Plan

UNKNOWN: Final = 0.3
"""Share of what a log holds besides that is no fault: events of types that nobody here knows."""
_NAMES: Final = ("com.example.typing", "im.weather.changed", "org.example.bridge.ping")


def with_faults(lines: Iterable[bytes], plan: Plan) -> Iterator[bytes]:
    """The lines of a log with a share `plan.broken` of other lines between them; no event is lost.

    The same plan gives the same lines.
    """
    rng = stream(plan.seed, "broken")
    for line in lines:
        yield line
        if plan.broken and rng.random() < plan.broken:
            yield _unknown(line, rng) if rng.random() < UNKNOWN else rng.choice(FAULTS)(line, rng)


def _unknown(line: bytes, rng: Random) -> bytes:
    """An event of a type that is not in the vocabulary: kept and ignored."""
    time = line.partition(b'"time":"')[2].partition(b'"')[0].decode()
    ident = f"{rng.getrandbits(60):x}"
    head = f'{{"specversion":"1.0","source":"xmpp://bridge.example","id":"{ident}"'
    return f'{head},"type":"{rng.choice(_NAMES)}","time":"{time}","subject":"bridge"}}'.encode()


def _cut(line: bytes, rng: Random) -> bytes:
    return line[: rng.randrange(1, len(line) - 1)]


def _two_in_one(line: bytes, rng: Random) -> bytes:
    return line[: rng.randrange(20, len(line))] + line


def _wrong_time(line: bytes, _rng: Random) -> bytes:
    before, mark, rest = line.partition(b'"time":"')
    return before + mark + b"yesterday" + rest[rest.index(b'"') :]


def _no_id(line: bytes, _rng: Random) -> bytes:
    return line.replace(b'"id":', b'"was":', 1)


def _not_utf8(line: bytes, _rng: Random) -> bytes:
    return line.replace(b'"subject":"', b'"subject":"\xff\xfe', 1)


def _another_form(_line: bytes, rng: Random) -> bytes:
    forms = (b"[]", b"null", b"{}", b"-- MARK --", b"<message to='x'/>", b'"a string"', b"\x00\x00")
    return rng.choice(forms)


FAULTS: Final[tuple[Callable[[bytes, Random], bytes], ...]] = (
    _cut, _two_in_one, _wrong_time, _no_id, _not_utf8, _another_form,
)  # fmt: skip
"""Kinds of broken lines; each is refused with its number and a reason, and loses no neighbour."""
