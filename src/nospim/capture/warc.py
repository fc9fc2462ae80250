"""The archive of a capture: a WARC file (ISO 28500) with each request and answer as on the wire."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import msgspec

from nospim.capture.html import EXTRA, ExtraMissingError
from nospim.capture.interface import CaptureRefused, Exchange, Rendered

VERSION: Final = "WARC/1.1"
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")


def write_warc(
    path: Path,
    exchanges: Sequence[Exchange],
    refusals: Sequence[CaptureRefused],
    rendered: Rendered | None,
    about: dict[str, str],
) -> None:
    """Write the archive, gzip by record; the file must not exist.

    For each exchange a response, its request, and a metadata record of how it went; for each refusal a
    metadata record; for a drawn page a resource record of the document after its scripts.  Every record has
    its digest (SHA-256 for what was on the wire); capture.json holds the SHA-256 of the file.
    Raises ExtraMissingError without warcio.
    """
    try:
        from warcio.warcwriter import WARCWriter  # noqa: PLC0415 - only captures need it
    except ImportError:
        raise ExtraMissingError(f"warcio is not installed; {EXTRA}") from None
    with path.open("xb") as stream:
        writer = WARCWriter(stream, gzip=True, warc_version=VERSION)
        writer.write_record(writer.create_warcinfo_record(path.name, about))
        for exchange in exchanges:
            _write_exchange(writer, exchange)
        for refusal in refusals:
            _write_json(writer, refusal.url, refusal.at, "refused", msgspec.to_builtins(refusal), "")
        if rendered is not None:
            _write_document(writer, rendered)


def _write_exchange(writer: Any, exchange: Exchange) -> None:
    headers = {"WARC-Date": _date(exchange.at), "WARC-IP-Address": exchange.address}
    if exchange.cut in {"size", "time", "connection"}:
        headers["WARC-Truncated"] = {"size": "length", "connection": "disconnect"}.get(exchange.cut, "time")
    response = _record(writer, exchange.url, "response", exchange.raw_answer, headers)
    number = response.rec_headers.get_header("WARC-Record-ID")
    writer.write_record(response)
    beside = {"WARC-Date": _date(exchange.at), "WARC-Concurrent-To": number}
    writer.write_record(_record(writer, exchange.url, "request", exchange.raw_request, beside))
    told = {
        "port": exchange.port, "seconds": round(exchange.seconds, 3), "cut": exchange.cut,
        "tls": msgspec.to_builtins(exchange.tls),
    }  # fmt: skip
    _write_json(writer, exchange.url, exchange.at, "fetched", told, number)


class _AsSent:
    """The head of a message in its own bytes; warcio would write it anew from what it understood."""

    def __init__(self, head: bytes) -> None:
        self.headers_buff = head

    def compute_headers_buffer(self, _header_filter: object) -> None:
        """Nothing to compute."""


def _record(writer: Any, url: str, kind: str, data: bytes, headers: dict[str, str]) -> Any:
    end = _HEAD_END.search(data)
    head, body = (data[: end.end()], data[end.end() :]) if end else (data, b"")
    digests = {"WARC-Block-Digest": _digest(data), "WARC-Payload-Digest": _digest(body)}
    return writer.create_warc_record(
        url,
        kind,
        payload=BytesIO(body),
        length=len(body),
        http_headers=_AsSent(head),
        warc_headers_dict=headers | digests,
    )


def _digest(data: bytes) -> str:
    return "sha256:" + base64.b32encode(hashlib.sha256(data).digest()).decode("ascii")


def _write_json(writer: Any, url: str, at: datetime, what: str, told: Any, refers: str) -> None:
    headers = {"WARC-Date": _date(at)} | ({"WARC-Concurrent-To": refers} if refers else {})
    body = msgspec.json.encode({what: told})
    writer.write_record(
        writer.create_warc_record(
            url,
            "metadata",
            payload=BytesIO(body),
            length=len(body),
            warc_content_type="application/json",
            warc_headers_dict=headers,
        )
    )


def _write_document(writer: Any, rendered: Rendered) -> None:
    body = rendered.html.encode("utf-8", "replace")
    writer.write_record(
        writer.create_warc_record(
            f"urn:nospim:document:{rendered.url}",
            "resource",
            payload=BytesIO(body),
            length=len(body),
            warc_content_type="text/html; charset=utf-8",
        )
    )


def _date(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
