"""The form "nospim_list": list.json as `nospim publish` writes it, each entry with its own end and weight.

Where the policy gives a key, the manifest beside the list must be signed with it and name the list's hash
(`require_signed`).  Lines are places of entries, counted from 1.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from nospim.feeds.interface import FeedError, Parsed, Refused, gathered, place, quoted
from nospim.listings import MOST, Entry
from nospim.policy import FeedSettings

FORMAT: Final = "nospim-list/1"
SIGNED: Final = "application/vnd.nospim.list+json"
SEALED: Final = "manifest.dsse"
MAX_MANIFEST: Final = 1 << 16
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


Time = Annotated[datetime, Meta(tz=True)]


class _Entry(Struct):
    kind: Literal["host", "address", "account"]
    value: str
    sha256: str
    since: Time
    until: Time
    weight_bits: float = 0.0


class _List(Struct):
    format: str
    issued: Time
    entries: list[Any]


class _Manifest(Struct):
    files: dict[str, str]


_decoder: Final = msgspec.json.Decoder(_List)


def parse(content: bytes, _settings: FeedSettings) -> Parsed:
    """Read a list; the time of its version is the feed's date."""
    try:
        told = _decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Parsed(refused=(Refused(1, f"no list: {error}"),))
    if told.format != FORMAT:
        return Parsed(refused=(Refused(1, f"a list of the format {quoted(told.format)}; {FORMAT} is read"),))
    return gathered(_entries(told.entries), told.issued.timestamp())


def _entries(rows: list[Any]) -> Iterator[Entry | Refused]:
    for number, row in enumerate(rows, 1):
        try:
            one = msgspec.convert(row, _Entry)
            dated, until = one.since.timestamp(), one.until.timestamp()
            most = max(0, min(MOST, round(1000 * one.weight_bits)))
        except (msgspec.ValidationError, ValueError, OverflowError) as error:
            yield Refused(number, str(error))
            continue
        if one.kind == "account":
            if _DIGEST.fullmatch(one.sha256):
                yield Entry("digest", one.sha256, number, dated, until, most)
            else:
                yield Refused(number, f"{quoted(one.sha256)} is no SHA-256")
            continue
        found = place(one.value, number, dated)
        yield found if isinstance(found, Refused) else msgspec.structs.replace(found, until=until, most=most)


def require_signed(name: str, content: bytes, path: Path, key: str) -> None:
    """Check that a list's manifest is signed with a key and names the list's hash; raises FeedError.

    key: 32 raw bytes in hex.
    """
    try:
        from nospim.ledger.signing import SealError, Statement  # noqa: PLC0415 - needs an extra
    except ImportError as error:
        raise FeedError(
            f"feed {name}: a signature needs the extra 'evidence' ({error.name} is missing): "
            "pip install 'nospim[evidence]'"
        ) from None
    beside = path.parent / SEALED
    try:
        with beside.open("rb") as file:
            statement = Statement(file.read(MAX_MANIFEST + 1))
        statement.require(bytes.fromhex(key))
        files = msgspec.json.decode(statement.payload, type=_Manifest).files
    except OSError as error:
        raise FeedError(f"feed {name}: {beside}: {error.strerror}; fetch it with the list") from None
    except (SealError, msgspec.DecodeError) as error:
        raise FeedError(f"feed {name}: {beside}: {error}; do not use this list") from None
    if statement.kind != SIGNED or files.get("list.json") != hashlib.sha256(content).hexdigest():
        raise FeedError(f"feed {name}: {path} is not the list that was signed; fetch both again")
