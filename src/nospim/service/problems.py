"""Errors as HTTP says them: problem documents (RFC 9457), each kind with a type of its own."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import Struct

MEDIA_TYPE: Final = "application/problem+json"
TYPES: Final[dict[int, tuple[str, str]]] = {
    400: ("malformed", "The request is not what this call takes"),
    401: ("token-needed", "The call needs a token"),
    403: ("scope-needed", "The token does not allow this call"),
    404: ("not-found", "There is no such thing here"),
    405: ("method", "This call has another method"),
    408: ("too-slow", "The request's body came too slowly"),
    409: ("conflict", "This source and id were used for something else"),
    413: ("too-large", "The request's body is too large"),
    415: ("media-type", "The request's body is of another kind than this call takes"),
    422: ("not-an-event", "The body is not an event that this call takes"),
    429: ("busy", "Too much is waiting"),
    500: ("fault", "A fault of the service"),
    503: ("unavailable", "The service cannot answer now"),
}
"""By status: the last part of the type, and the title."""


class Problem(Struct, frozen=True, kw_only=True):
    """A problem document (RFC 9457, section 3)."""

    type: str
    title: str
    status: int
    detail: str


def problem(status: int, detail: str) -> Problem:
    """The problem document of a status, with what was wrong this time."""
    name, title = TYPES.get(status, ("", HTTPStatus(status).phrase))
    return Problem(
        type=f"urn:nospim:problem:{name}" if name else "about:blank",
        title=title,
        status=status,
        detail=detail,
    )


def encode(status: int, detail: str) -> bytes:
    """The document as JSON."""
    return msgspec.json.encode(problem(status, detail))
