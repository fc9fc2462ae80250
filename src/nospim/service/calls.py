"""What a call gets and what it answers, and how its query and small bodies are read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from nospim.service import wire
from nospim.service.wire import HttpError, Receive

MAX_SMALL: Final = 16 << 10
"""Bytes of the body of a call that takes no events."""
MAX_TOLD: Final = 1000
"""Characters of what a person says that are kept."""


class Decided(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person says when he takes something back or resets something."""

    by: str = ""
    reason: str = ""


class Call(NamedTuple):
    """One request, as a handler sees it.  name: the id in its path.  scopes: what its token allows."""

    headers: list[tuple[bytes, bytes]]
    query: dict[str, str]
    name: str
    receive: Receive
    scopes: frozenset[str]


class Reply(NamedTuple):
    """What a handler answers."""

    body: bytes
    status: int = 200
    media: bytes = wire.JSON


Handler = Callable[[Call], Awaitable[Reply]]


async def small(call: Call, kind: type[Any]) -> Any:
    """The small body of a call as an object of `kind`; none at all is an empty object.  Raises HttpError."""
    body = await wire.body_of(call.receive, call.headers, MAX_SMALL)
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise HttpError(422, str(error)) from None


def query_of(query: bytes) -> dict[str, str]:
    """The query of a request; of a name that comes twice, the last.  Raises HttpError."""
    if not query:
        return {}
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError as error:
        raise HttpError(400, f"the query cannot be read: {error}") from None
    return dict(pairs)


def number(query: dict[str, str], name: str, default: int, most: int) -> int:
    """A whole number in the query, at most `most`.  Raises HttpError."""
    value = query.get(name)
    if value is None or value == "":
        return default
    if not (value.isascii() and value.isdigit()) or len(value) > 19:
        raise HttpError(400, f"{name} must be a whole number")
    return min(int(value), most)


def seconds(query: dict[str, str], name: str, default: float, most: float) -> float:
    """A number of seconds in the query, at most `most`.  Raises HttpError."""
    value = query.get(name)
    if value is None:
        return default
    try:
        found = float(value)
    except ValueError:
        found = -1.0
    if not 0.0 <= found < float("inf"):
        raise HttpError(400, f"{name} must be a number of seconds, at most {most:.0f}")
    return min(found, most)


def both(query: dict[str, str]) -> tuple[str, str]:
    """The source and the id in the query.  Raises HttpError."""
    source, ident = query.get("source"), query.get("id")
    if not source or not ident:
        raise HttpError(400, "the call needs ?source=...&id=...")
    return source, ident
