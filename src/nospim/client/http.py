"""The two clients: they run the plans over HTTP, one waiting, one awaited."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeVar

from nospim.client.answers import MAX_ANSWER, ActionPage, Received
from nospim.client.plans import Answer, Failed, Patience, Pause, Plan, Planner, Request, Result
from nospim.errors import UsageError
from nospim.events import AnyEvent, encode
from nospim.verdicts import Verdict

try:
    import httpx2
except ImportError as error:
    raise ImportError("this needs the extra client: pip install 'nospim[client]'") from error

T = TypeVar("T")
Application = Callable[..., Awaitable[None]]
"""An ASGI application."""

LONG_POLL: Final = 25.0
"""Seconds that a long poll for actions may wait by default: below the usual 30 s of proxies."""


class Client:
    """Talks to the service and waits for the answers.  Threads may share one.

    url: of the service, such as ``http://127.0.0.1:8420``.  token: the bearer token.  patience: how long a
    call goes on trying.  verify: a file with the certificate authorities to trust, for ``https``.
    Raises UsageError where the address is none.  Each call raises
    UnreachableError when its deadline is over, NotAllowedError for a bad token, RefusedError for a request
    that the service will not take, ClientError where something else answers.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        patience: Patience | None = None,
        verify: str | None = None,
    ) -> None:
        self._web = httpx2.Client(**_options(url, token, verify))
        self._planner = Planner(patience or Patience(), random.random, time.monotonic)

    def check(self, event: AnyEvent) -> Verdict:
        """The verdict on one message; the event is recorded once this returns."""
        return self._run(self._planner.check(event))

    def verdict(self, source: str, ident: str) -> Verdict:
        """The verdict that a message got earlier; RefusedError with status 404 where none is remembered."""
        return self._run(self._planner.verdict(source, ident))

    def send(self, events: Iterable[AnyEvent | bytes]) -> Received:
        """Hand in events (or their JSON bytes); when it returns the accepted ones are durable."""
        return self._run(self._planner.send(_lines(events)))

    def actions(
        self, after: str | None = None, source: str | None = None, wait: float = LONG_POLL
    ) -> ActionPage:
        """What there is to carry out after a cursor, waiting up to `wait` seconds for something.

        source: only what is about accounts and messages of this source.
        """
        return self._run(self._planner.actions(after, source, wait))

    def result(self, action: str, outcome: Literal["done", "failed"], detail: str = "") -> None:
        """Say how an action went; saying it again changes nothing."""
        self._run(self._planner.result(action, outcome, detail))

    def close(self) -> None:
        """Close the connections."""
        self._web.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, plan: Plan[T]) -> T:
        got: Result = None
        while True:
            try:
                step = plan.send(got)
            except StopIteration as done:
                return done.value  # type: ignore[no-any-return]  # StopIteration is not generic
            if isinstance(step, Pause):
                time.sleep(step.seconds)
                got = None
            else:
                got = self._request(step)

    def _request(self, step: Request) -> Result:
        try:
            with self._web.stream(
                step.method, step.path, content=step.body, headers=_headers(step), timeout=step.timeout
            ) as response:
                body = bytearray()
                for part in response.iter_raw():
                    body += part
                    if len(body) > MAX_ANSWER:
                        return Failed("the answer is too long")
        except httpx2.RequestError as error:
            return Failed(_told(error))
        return _answer(response, bytes(body))


class AsyncClient:
    """`Client` for asyncio: the same calls, awaited.

    application: the service itself (ASGI), where it runs in this process; then nothing is connected to.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        patience: Patience | None = None,
        verify: str | None = None,
        application: Application | None = None,
    ) -> None:
        options = _options(url, token, verify)
        if application is not None:
            options["transport"] = httpx2.ASGITransport(application)
        self._web = httpx2.AsyncClient(**options)
        self._planner = Planner(patience or Patience(), random.random, time.monotonic)

    async def check(self, event: AnyEvent) -> Verdict:
        """See `Client.check`."""
        return await self._run(self._planner.check(event))

    async def verdict(self, source: str, ident: str) -> Verdict:
        """See `Client.verdict`."""
        return await self._run(self._planner.verdict(source, ident))

    async def send(self, events: Iterable[AnyEvent | bytes]) -> Received:
        """See `Client.send`."""
        return await self._run(self._planner.send(_lines(events)))

    async def actions(
        self, after: str | None = None, source: str | None = None, wait: float = LONG_POLL
    ) -> ActionPage:
        """See `Client.actions`."""
        return await self._run(self._planner.actions(after, source, wait))

    async def result(self, action: str, outcome: Literal["done", "failed"], detail: str = "") -> None:
        """See `Client.result`."""
        await self._run(self._planner.result(action, outcome, detail))

    async def close(self) -> None:
        """Close the connections."""
        await self._web.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _run(self, plan: Plan[T]) -> T:
        got: Result = None
        while True:
            try:
                step = plan.send(got)
            except StopIteration as done:
                return done.value  # type: ignore[no-any-return]  # StopIteration is not generic
            if isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
                got = None
            else:
                got = await self._request(step)

    async def _request(self, step: Request) -> Result:
        try:
            async with (
                asyncio.timeout(step.timeout),
                self._web.stream(
                    step.method, step.path, content=step.body, headers=_headers(step), timeout=step.timeout
                ) as response,
            ):
                body = bytearray()
                async for part in response.aiter_raw():
                    body += part
                    if len(body) > MAX_ANSWER:
                        return Failed("the answer is too long")
        except TimeoutError:
            return Failed("no answer in time")
        except httpx2.RequestError as error:
            return Failed(_told(error))
        return _answer(response, bytes(body))


def _options(url: str, token: str | None, verify: str | None) -> dict[str, Any]:
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"{url!r} is no address of a service; write it as http://HOST:PORT")
    # Answers are asked for as they are: an unpacked answer would have no bound.  Proxies of the environment
    # would send messages through third parties, so they are not used unless the operator's network does it.
    headers = {"accept-encoding": "identity", "user-agent": "nospim"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    secure: dict[str, Any] = {} if verify is None else {"verify": verify}
    return {"base_url": url.rstrip("/"), "headers": headers, "trust_env": False, **secure}


def _headers(step: Request) -> dict[str, str]:
    return {} if step.body is None else {"content-type": step.media}


def _lines(events: Iterable[AnyEvent | bytes]) -> Sequence[bytes]:
    return [event if isinstance(event, bytes) else encode(event) for event in events]


def _answer(response: httpx2.Response, body: bytes) -> Answer:
    advice = response.headers.get("retry-after", "")
    seconds = float(advice) if advice.isascii() and advice.isdigit() else None
    return Answer(response.status_code, body, seconds)


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__
