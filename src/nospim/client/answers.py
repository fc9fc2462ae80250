"""What the service says, typed: verdicts, what was taken in, what is to be done; problem documents too."""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct, field

from nospim.client.errors import ClientError, NotAllowedError, RefusedError
from nospim.verdicts import Verdict

T = TypeVar("T")

MAX_ANSWER: Final = 8 << 20
"""Longest answer read, in bytes: a page of actions has at most some hundreds of about 1 kB."""
MAX_TOLD: Final = 300
"""Characters of a problem document that are repeated to a person."""


class Refused(Struct, frozen=True):
    """One event of a batch that was not taken in: its place in the batch from 0, and why."""

    index: int
    reason: str


class Received(Struct, frozen=True):
    """What became of a batch once it was durable: how many were taken in, and which were not."""

    accepted: int
    refused: tuple[Refused, ...] = ()


class ActionPage(Struct, frozen=True):
    """What there is to carry out, in order, and the cursor to ask with the next time.

    actions: objects with the fields of `actions.jsonl`; `kind` may also be release, drop or undo.
    """

    cursor: str
    actions: tuple[dict[str, Any], ...] = ()


class Problem(Struct, frozen=True):
    """The members of an RFC 9457 problem document that are for people."""

    title: str = ""
    detail: str = field(default="")


def verdict(body: bytes) -> Verdict:
    """The verdict in an answer; raises ClientError where there is none."""
    return _decode(body, Verdict)


def received(body: bytes) -> Received:
    """What became of a batch; raises ClientError where the answer does not say."""
    return _decode(body, Received)


def page(body: bytes) -> ActionPage:
    """A page of actions; raises ClientError where there is none."""
    return _decode(body, ActionPage)


def refusal(status: int, body: bytes) -> ClientError:
    """The error that a status of 400 or more means, with what the problem document says."""
    try:
        problem = msgspec.json.decode(body, type=Problem)
    except msgspec.MsgspecError:
        problem = Problem()
    title, detail = (_shown(text) for text in (problem.title, problem.detail))
    if status in {401, 403}:
        why = detail or title or "no reason given"
        return NotAllowedError(
            f"the service does not let this token do that ({why}); check the token's scope"
        )
    return RefusedError(status, title, detail)


def _decode(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise ClientError(
            f"what answers is not a nospim service, or one of another version ({error}); check its address"
        ) from None


def _shown(text: str) -> str:
    """A stranger's text on one line, without control characters, not too long."""
    return "".join(c if c.isprintable() else " " for c in text[:MAX_TOLD])
