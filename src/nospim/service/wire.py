"""HTTP as the service speaks it: bodies with limits, JSON answers, and CloudEvents in their three modes.

Sources: CloudEvents 1.0.2, HTTP protocol binding (structured, batched and binary mode; percent-encoding of
attributes in headers, section 3.1.3.2), RFC 9110, RFC 9457.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from nospim.events import MAX_LINE, AnyEvent, InvalidEventError, decode
from nospim.service import problems

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

MAX_BATCH: Final = 8 << 20
"""Bytes of one batch: a thousand events of usual size, many times over."""
MAX_EVENTS: Final = 1000
"""Events in one batch: more would keep others waiting."""
BODY_SECONDS: Final = 10.0
"""Seconds that a body may take to arrive once its request has begun."""
JSON: Final = b"application/json"
STRUCTURED: Final = b"application/cloudevents+json"
BATCHED: Final = b"application/cloudevents-batch+json"
LINES: Final = (b"application/jsonl", b"application/x-ndjson")
ATTRIBUTE: Final = b"ce-"
_raws: Final = msgspec.json.Decoder(list[msgspec.Raw])


class HttpError(Exception):
    """A request that is answered with a problem document; `retry`: seconds after which to try again."""

    def __init__(self, status: int, detail: str, retry: int | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.retry = status, detail, retry


class GoneError(Exception):
    """The client went away before its request was whole."""


def header(headers: Headers, name: bytes) -> bytes | None:
    """The first header of a name (lower case), or None."""
    for key, value in headers:
        if key == name:
            return value
    return None


async def body_of(receive: Receive, headers: Headers, limit: int) -> bytes:
    """The request's body.  Raises HttpError for a large or slow one, GoneError where it stops half-way."""
    length = header(headers, b"content-length")
    if length is not None and length.isdigit() and int(length) > limit:
        raise HttpError(413, f"the body has {int(length)} bytes; at most {limit} are taken")
    message = await receive()
    if message["type"] != "http.request":
        raise GoneError
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        if len(body) > limit:
            raise HttpError(413, f"the body has {len(body)} bytes; at most {limit} are taken")
        return body
    parts, size = [body], len(body)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while message.get("more_body"):
                message = await receive()
                if message["type"] != "http.request":
                    raise GoneError
                part: bytes = message.get("body", b"")
                size += len(part)
                if size > limit:
                    raise HttpError(413, f"the body is longer than {limit} bytes")
                parts.append(part)
    except TimeoutError:
        raise HttpError(408, f"the body did not arrive within {BODY_SECONDS:.0f} seconds") from None
    return b"".join(parts)


async def answer(send: Send, status: int, body: bytes, media: bytes = JSON, retry: int | None = None) -> None:
    """Send a whole answer."""
    headers = headers_of(status, media, body, retry)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def headers_of(status: int, media: bytes, body: bytes, retry: int | None) -> list[tuple[bytes, bytes]]:
    """The headers of an answer."""
    headers = [(b"content-type", media), (b"content-length", b"%d" % len(body))]
    if retry is not None:
        headers.append((b"retry-after", b"%d" % retry))
    if status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="nospim"'))
    return headers


async def refuse(send: Send, status: int, detail: str, retry: int | None = None) -> None:
    """Send a problem document."""
    await answer(send, status, problems.encode(status, detail), problems.MEDIA_TYPE.encode(), retry)


def one_event(body: bytes, headers: Headers) -> tuple[AnyEvent, bytes]:
    """The one event of a request in structured or binary mode, and the bytes that stand for it.

    Raises HttpError.
    """
    if (media := _media(headers)) in (BATCHED, *LINES):
        raise HttpError(415, "this call takes one event; a batch goes to /v1/events")
    raw = _from_headers(body, headers) if _is_binary(headers) else body
    if media not in (JSON, STRUCTURED, b"") and not _is_binary(headers):
        raise HttpError(415, f"send {STRUCTURED.decode()} or {JSON.decode()}")
    try:
        return event_of(raw), raw
    except InvalidEventError as error:
        raise HttpError(422, str(error)) from None


def events_of(body: bytes, headers: Headers) -> tuple[list[bytes], bool]:
    """The events of a request in any mode, as bytes each, and whether they are a batch.  Raises HttpError."""
    media = _media(headers)
    if _is_binary(headers):
        return [_from_headers(body, headers)], False
    if media in LINES:
        raws = [line for line in body.split(b"\n") if line.strip()]
    elif media == BATCHED or (media in (JSON, b"") and body.lstrip()[:1] == b"["):
        try:
            raws = [bytes(raw) for raw in _raws.decode(body)]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise HttpError(400, f"not a batch of events: {error}") from None
    elif media in (JSON, STRUCTURED, b""):
        return [body], False
    else:
        raise HttpError(415, f"send {STRUCTURED.decode()}, {BATCHED.decode()} or {JSON.decode()}")
    if len(raws) > MAX_EVENTS:
        raise HttpError(413, f"the batch has {len(raws)} events; at most {MAX_EVENTS} are taken at a time")
    return raws, True


def event_of(raw: bytes) -> AnyEvent:
    """Decode one event.  Raises InvalidEventError."""
    if not raw.isascii():
        try:
            raw.decode()  # the decoder does not look inside the fields that it does not know
        except UnicodeDecodeError as error:
            raise InvalidEventError(str(error)) from None
    return decode(raw)


def _media(headers: Headers) -> bytes:
    value = header(headers, b"content-type") or b""
    return value.partition(b";")[0].strip().lower()


def _is_binary(headers: Headers) -> bool:
    return header(headers, b"ce-specversion") is not None


def _from_headers(body: bytes, headers: Headers) -> bytes:
    """The event of a request in binary mode as one JSON object, as structured mode would have it."""
    if _media(headers) not in (JSON, b""):
        raise HttpError(415, f"in binary mode the data must be {JSON.decode()}")
    if len(body) > MAX_LINE:
        raise HttpError(413, f"the data is longer than {MAX_LINE} bytes")
    try:
        made: dict[str, Any] = {
            name[len(ATTRIBUTE) :].decode("ascii"): unquote(value.decode("latin-1"), errors="strict")
            for name, value in headers
            if name.startswith(ATTRIBUTE)
        }
    except UnicodeDecodeError as error:
        raise HttpError(400, f"a header of the event is not text: {error}") from None
    if body:
        try:
            msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise HttpError(422, f"the data is not JSON: {error}") from None
        made["data"] = msgspec.Raw(body)
    return msgspec.json.encode(made)
