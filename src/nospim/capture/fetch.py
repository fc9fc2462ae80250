"""The fetcher: resolve once, check every address, connect to the checked one, and read within the limits."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

from msgspec import Struct

from nospim.capture.addresses import AddressRules
from nospim.capture.bodies import unpacked
from nospim.capture.interface import CaptureRefused, Exchange, Request, Tls, Why
from nospim.capture.limits import (
    ANSWER_SECONDS,
    CAPTURE_SECONDS,
    CONNECT_SECONDS,
    MAX_ADDRESSES,
    MAX_RAW,
    MAX_REQUESTS,
    MAX_TOTAL,
)
from nospim.capture.resolve import Resolver, system_resolver
from nospim.capture.target import Refusal, Target, target_of
from nospim.capture.wire import Answer, Deadline, WireError, connected, exchanged


class Bounds(Struct, frozen=True, kw_only=True):
    """The limits of a capture that may be set lower; `limits` holds the reasons."""

    answer_seconds: float = ANSWER_SECONDS
    connect_seconds: float = CONNECT_SECONDS
    capture_seconds: float = CAPTURE_SECONDS
    answer_bytes: int = MAX_RAW
    total_bytes: int = MAX_TOTAL
    requests: int = MAX_REQUESTS


def utc_now() -> datetime:
    """The time of day, in UTC."""
    return datetime.now(UTC)


@cache
def checked_context() -> ssl.SSLContext:
    """TLS 1.2 or newer, certificate and name checked against the machine's list of authorities."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class GuardedFetcher:
    """Fetches from public addresses only; for one capture, whose budget it keeps.  Threads may share it.

    rules: what may be reached.  resolve: names to addresses.  context: how TLS is checked.
    now: the time that exchanges are stamped with.
    """

    def __init__(
        self,
        rules: AddressRules | None = None,
        resolve: Resolver = system_resolver,
        context: ssl.SSLContext | None = None,
        bounds: Bounds | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._rules = rules or AddressRules()
        self._resolve = resolve
        self._context = context or checked_context()
        self._bounds = bounds or Bounds()
        self._now = now
        self._lock = threading.Lock()
        self._end = Deadline(self._bounds.capture_seconds)
        self._requests = 0
        self._bytes = 0

    def fetch(self, request: Request) -> Exchange | CaptureRefused:
        """As `interface.Fetcher` says."""
        at = self._now()
        address = ""
        try:
            self._take_one()
            target = target_of(request.url, self._rules)
            if isinstance(target, Refusal):
                return self._no(request, at, target.why, target.detail)
            addresses = self._looked_up(target)
            address = addresses[0]
            started = time.monotonic()
            answer, tls, address = self._over_the_wire(target, addresses, request)
        except WireError as failed:
            return self._no(request, at, failed.why, str(failed), address)
        body, worse = unpacked(answer.body, _all(answer, "content-encoding"))
        return Exchange(
            url=target.url, at=at, method=request.method, address=address, port=target.port,
            status=answer.status, headers=answer.headers, raw_request=answer.raw_request,
            raw_answer=answer.raw_answer, body=body, cut=answer.cut or worse, tls=tls,
            seconds=time.monotonic() - started,
        )  # fmt: skip

    def _take_one(self) -> None:
        with self._lock:
            self._requests += 1
            if self._requests > self._bounds.requests:
                raise WireError("budget", f"more than {self._bounds.requests} requests in one capture")
            if self._bytes >= self._bounds.total_bytes:
                raise WireError("budget", f"more than {self._bounds.total_bytes} bytes in one capture")
        try:
            self._end.left()
        except WireError:
            raise WireError("budget", "the time for the whole capture was over") from None

    def _looked_up(self, target: Target) -> tuple[str, ...]:
        """The addresses of a target, each of them allowed; one that is not condemns the name.

        This is the only look-up of a fetch, so a name that answers differently a moment later (rebinding)
        gains nothing: what is connected to is what was checked.
        """
        if target.literal:
            return (target.host,)
        try:
            found = self._resolve(
                target.host, target.port, min(self._bounds.connect_seconds, self._end.left())
            )
        except TimeoutError as error:
            raise WireError("time", f"{target.host} was not resolved: {error}") from None
        except OSError as error:
            raise WireError("resolve", f"{target.host} has no address: {error.strerror or error}") from None
        if not found or len(found) > MAX_ADDRESSES:
            raise WireError("resolve", f"{target.host} has {len(found)} addresses")
        if self._rules.excepts(target.host, target.port) and set(found) == {"127.0.0.1"}:
            return found
        for address in found:
            if meaning := self._rules.against(address):
                raise WireError("address", f"{target.host} leads to {address}: {meaning}")
        return found

    def _over_the_wire(
        self, target: Target, addresses: tuple[str, ...], request: Request
    ) -> tuple[Answer, Tls | None, str]:
        deadline = Deadline(min(self._bounds.connect_seconds, self._end.left()))
        excepted = self._rules.excepts(target.host, target.port)
        for place, address in enumerate(addresses):
            try:
                wire, tls = connected(target, address, self._context, deadline, excepted=excepted)
                break
            except WireError as failed:
                if failed.why != "connect" or place + 1 == len(addresses):
                    raise
        with wire:
            until = Deadline(min(self._bounds.answer_seconds, self._end.left()))
            answer = exchanged(wire, target, request, until, self._room())
        with self._lock:
            self._bytes += len(answer.raw_answer)
        return answer, tls, address

    def _room(self) -> int:
        with self._lock:
            return max(1, min(self._bounds.answer_bytes, self._bounds.total_bytes - self._bytes))

    def _no(self, request: Request, at: datetime, why: Why, detail: str, address: str = "") -> CaptureRefused:
        return CaptureRefused(url=request.url, at=at, why=why, detail=detail, address=address)


def _all(answer: Answer, name: str) -> str:
    return ",".join(value for key, value in answer.headers if key == name)
