"""What a call does, step by step and without I/O: which request, how long to wait, when to give up.

A plan is a generator that yields a `Request` or a `Pause` and is sent what came of it.  The waiting and
the awaited client run the same plans, so they cannot drift apart.  Every call may be repeated: the
service knows an event by its `source` and `id` and an action by its id, so a second try after a lost
answer changes nothing.  Sources: RFC 9110, section 10.2.3 (Retry-After); CloudEvents HTTP binding 1.0.2
(batched mode); "Exponential backoff and jitter" (M. Brooker, 2015) for full jitter.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Final, Literal, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from nospim.client import answers
from nospim.client.answers import ActionPage, Received, Refused
from nospim.client.errors import RefusedError, UnreachableError
from nospim.events import AnyEvent, encode
from nospim.verdicts import Verdict

ONE: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
JSON: Final = "application/json"

MAX_BATCH: Final = 500
"""Events in one request: enough to share one disk write, few enough to be answered within a second."""
MAX_BATCH_BYTES: Final = 1 << 20
"""Bytes in one request, unless a single event is longer (events.MAX_LINE is as much again)."""
COME_BACK: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may be made again (RFC 9110; 425: RFC 8470)."""
OF_THE_BATCH: Final = frozenset({400, 409, 413, 422})
"""Statuses that are the fault of an event in it or of its size, not of the address or the token."""
LONGEST_ADVICE: Final = 300.0
"""Seconds of a Retry-After that are believed; a longer one is a mistake somewhere."""

T = TypeVar("T")


class Patience(Struct, frozen=True, kw_only=True):
    """How long a call goes on trying.

    timeout: seconds that one request may take.  deadline: seconds that a call may take with its retries;
    None tries for ever.  first, longest: seconds of the first and the longest pause between two tries.
    """

    timeout: float = 5.0
    deadline: float | None = 30.0
    first: float = 0.1
    longest: float = 30.0

    def __post_init__(self) -> None:
        if not 0 < self.timeout <= 3600 or not 0 < self.first <= self.longest:
            raise ValueError("timeout, first and longest must be above 0, and first no longer than longest")


class Request(Struct, frozen=True, kw_only=True):
    """One request to make; `timeout` is in seconds, `body` None for none."""

    method: Literal["GET", "POST"]
    path: str
    timeout: float
    body: bytes | None = None
    media: str = JSON


class Pause(Struct, frozen=True):
    """Seconds to wait."""

    seconds: float


class Answer(Struct, frozen=True):
    """What came back: a status, the body, and Retry-After in seconds where it was given."""

    status: int
    body: bytes = b""
    retry_after: float | None = None


class Failed(Struct, frozen=True):
    """No answer came, and why."""

    reason: str


Step = Request | Pause
Result = Answer | Failed | None
Plan = Generator[Step, Result, T]
Chance = Callable[[], float]
"""Gives a number from 0 up to 1, for the jitter."""
Clock = Callable[[], float]
"""Seconds of a clock that never goes back."""


class Planner:
    """Makes the plans of one client; `chance` and `clock` are the only things it takes from outside."""

    def __init__(self, patience: Patience, chance: Chance, clock: Clock) -> None:
        self.patience = patience
        self._chance = chance
        self._clock = clock

    def check(self, event: AnyEvent) -> Plan[Verdict]:
        """Ask for the verdict on one message."""
        answer = yield from self._ask("POST", "/v1/check", encode(event), ONE)
        return answers.verdict(answer.body)

    def verdict(self, source: str, ident: str) -> Plan[Verdict]:
        """Ask for the verdict that a message got earlier."""
        answer = yield from self._ask("GET", f"/v1/verdicts?{urlencode({'source': source, 'id': ident})}")
        return answers.verdict(answer.body)

    def send(self, lines: Sequence[bytes]) -> Plan[Received]:
        """Hand in events, each as the JSON bytes of one object, in as few requests as they fit in."""
        refused: list[Refused] = []
        accepted = start = 0
        for batch in batches(lines):
            got = yield from self._batch(batch, start)
            accepted += got.accepted
            refused.extend(got.refused)
            start += len(batch)
        return Received(accepted, tuple(refused))

    def _batch(self, batch: Sequence[bytes], start: int) -> Plan[Received]:
        """One batch; where the service finds it too large or at fault as a whole, its halves."""
        body = b"[" + b",".join(batch) + b"]"
        try:
            answer = yield from self._ask("POST", "/v1/events", body, BATCH)
        except RefusedError as error:
            if error.status not in OF_THE_BATCH:
                raise
            if len(batch) == 1:
                return Received(0, (Refused(start, error.detail or error.title or str(error)),))
            half = len(batch) // 2
            one = yield from self._batch(batch[:half], start)
            two = yield from self._batch(batch[half:], start + half)
            return Received(one.accepted + two.accepted, one.refused + two.refused)
        got = answers.received(answer.body)
        return Received(got.accepted, tuple(Refused(start + r.index, r.reason) for r in got.refused))

    def actions(self, after: str | None, source: str | None, wait: float) -> Plan[ActionPage]:
        """What there is to carry out after a cursor; the service may keep us waiting `wait` seconds."""
        given = {"after": after, "source": source}
        asked = {"wait": f"{wait:g}"} | {name: value for name, value in given.items() if value is not None}
        answer = yield from self._ask("GET", f"/v1/actions?{urlencode(asked)}", extra=wait)
        return answers.page(answer.body)

    def result(self, action: str, outcome: Literal["done", "failed"], detail: str) -> Plan[None]:
        """Say how an action went."""
        body = msgspec.json.encode({"outcome": outcome, "detail": detail})
        yield from self._ask("POST", f"/v1/actions/{quote(action, safe='')}/result", body)

    def _ask(
        self,
        method: Literal["GET", "POST"],
        path: str,
        body: bytes | None = None,
        media: str = JSON,
        extra: float = 0.0,
    ) -> Plan[Answer]:
        """One request until it is answered; `extra` seconds are allowed on top for a long poll."""
        patience = self.patience
        ends = None if patience.deadline is None else self._clock() + patience.deadline + extra
        tries = 0
        while True:
            timeout = patience.timeout + extra
            if ends is not None:
                timeout = max(0.001, min(timeout, ends - self._clock()))
            got = yield Request(method=method, path=path, timeout=timeout, body=body, media=media)
            if isinstance(got, Answer) and got.status not in COME_BACK:
                if got.status >= 400:
                    raise answers.refusal(got.status, got.body)
                return got
            pause = self._pause(tries, got)
            tries += 1
            if ends is not None and self._clock() + pause >= ends:
                raise UnreachableError(_why(got, tries))
            yield Pause(pause)

    def _pause(self, tries: int, got: Result) -> float:
        """Seconds until the next try: what the service advises, else a random part of a doubling time."""
        if isinstance(got, Answer) and got.retry_after is not None:
            return min(max(0.0, got.retry_after), LONGEST_ADVICE)
        ceiling = min(self.patience.longest, self.patience.first * 2.0 ** min(tries, 30))
        return ceiling * (0.5 + 0.5 * self._chance())


def batches(lines: Sequence[bytes]) -> list[Sequence[bytes]]:
    """The lines in their order, at most `MAX_BATCH` and `MAX_BATCH_BYTES` together (one at least)."""
    cut: list[Sequence[bytes]] = []
    start = size = 0
    for place, line in enumerate(lines):
        if place > start and (place - start >= MAX_BATCH or size + len(line) > MAX_BATCH_BYTES):
            cut.append(lines[start:place])
            start, size = place, 0
        size += len(line)
    if start < len(lines):
        cut.append(lines[start:])
    return cut


def _why(got: Result, tries: int) -> str:
    reason = (
        got.reason if isinstance(got, Failed) else f"status {got.status}" if got is not None else "nothing"
    )
    return f"the service did not answer in time after {tries} tries ({reason}); is it running and reachable?"
