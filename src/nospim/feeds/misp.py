"""The form "misp": a MISP warning list, a JSON object whose `list` holds hosts or addresses.

Warning lists name what is known and harmless, so they are mostly read with `kind = "good"`.  Lines are
places in `list`, counted from 1.  Source: the schema in github.com/MISP/misp-warninglists.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct, field

from nospim.feeds.interface import Parsed, Refused, day, gathered, place
from nospim.listings import Entry
from nospim.policy import FeedSettings

READ: Final = frozenset({"hostname", "string"})
"""Types of warning list that name whole hosts; substrings, patterns and address ranges are refused."""


class _WarningList(Struct):
    values: list[Any] = field(name="list")
    type: str = "string"
    version: Annotated[int, Meta(ge=0)] = 0


_decoder: Final = msgspec.json.Decoder(_WarningList)


def parse(content: bytes, _settings: FeedSettings) -> Parsed:
    """Read a warning list; its version, written as a day (20261124), is the feed's date."""
    try:
        known = _decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Parsed(refused=(Refused(1, f"no MISP warning list: {error}"),))
    if known.type not in READ:
        return Parsed(
            refused=(Refused(1, f"a warning list of type {known.type!r:.40} is not read: only {READ_OUT}"),)
        )
    version = known.version
    dated = day(version // 10000, version // 100 % 100, version % 100) if 10**7 <= version < 10**8 else None
    return gathered(_entries(known.values), dated)


READ_OUT: Final = " and ".join(sorted(READ))


def _entries(values: list[Any]) -> Iterator[Entry | Refused]:
    for number, value in enumerate(values, 1):
        if isinstance(value, str):
            yield place(value, number)
        else:
            yield Refused(number, "not a string")
