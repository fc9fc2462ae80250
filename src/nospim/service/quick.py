"""The short way of a check: from a connection's bytes to its answer without an ASGI cycle in between.

Most requests are a small POST /v1/check that arrives whole.  For these, uvicorn's scope, task, event and two
messages would cost half as much as the guard's own work, so they are spared.  Everything about HTTP stays
uvicorn's and httptools', and whatever is unusual (a body in parts, pipelining, a slow reader, HTTP/1.0) takes
the usual way.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from nospim.events import MAX_LINE
from nospim.service import problems, wire
from nospim.service.faults import place_of
from nospim.service.wire import HttpError
from nospim.service.writer import Refused

if TYPE_CHECKING:
    from nospim.events import AnyEvent
    from nospim.service.app import Service
    from nospim.service.state import Taken

ROUTE: Final = "/v1/check"
_URL: Final = ROUTE.encode()
_OK: Final = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
_UNUSUAL: Final = frozenset({b"expect", b"transfer-encoding", b"connection", b"upgrade"})


class Cycle:
    """One check under way, as uvicorn's protocol looks at a request."""

    __slots__ = ("disconnected", "event", "keep_alive", "message_event", "response_complete")

    def __init__(self, event: AnyEvent, message_event: asyncio.Event) -> None:
        self.event, self.message_event = event, message_event
        self.disconnected = self.response_complete = False
        self.keep_alive = True


class QuickProtocol(HttpToolsProtocol):
    """Uvicorn's protocol with a short way for checks.  The application must be a `Service`."""

    app: Service
    _waiting: list[bytes] | None = None
    _event: asyncio.Event | None = None

    def on_headers_complete(self) -> None:
        """Put a check aside until its body is there, which is at once as a rule."""
        if self.url == _URL and self._is_usual():
            self._waiting = []
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a body."""
        if self._waiting is None:
            super().on_body(body)
        else:
            self._waiting.append(body)

    def on_message_complete(self) -> None:
        """A request is whole."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            super().on_message_complete()
        else:
            self._check(waiting[0] if len(waiting) == 1 else b"".join(waiting))

    def data_received(self, data: bytes) -> None:
        """Bytes came; a check whose body did not come with its head takes the usual way, which is timed."""
        super().data_received(data)
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not self.transport.is_closing():
            super().on_headers_complete()
            for part in waiting:
                super().on_body(part)

    def _is_usual(self) -> bool:
        before: Cycle | None = self.cycle  # type: ignore[assignment]  # or one of uvicorn's, which is as good
        if before is not None and not before.response_complete:
            return False  # pipelined: uvicorn has a queue for that
        parser, length = self.parser, b""
        if parser.get_method() != b"POST" or parser.get_http_version() != "1.1" or self.flow.write_paused:
            return False
        for name, value in self.headers:
            if name in _UNUSUAL and value.lower() != b"keep-alive":
                return False
            if name == b"content-length":
                length = value
        if not length.isdigit() or len(length) > 9 or not 0 < int(length) <= MAX_LINE:
            return False
        limit = self.limit_concurrency
        return limit is None or max(len(self.connections), len(self.tasks)) < limit

    def _check(self, body: bytes) -> None:
        if self._event is None:
            self._event = asyncio.Event()
        try:
            event, future = self.app.put_check(self.headers, body)
        except Exception as error:  # noqa: BLE001 - the client hears of it, and the log where it was
            self._refuse(error)
            return
        self.cycle = cycle = Cycle(event, self._event)  # type: ignore[assignment]  # all that is used of one
        future.add_done_callback(lambda done: self._answer(cycle, done))

    def _answer(self, cycle: Cycle, done: asyncio.Future[Taken]) -> None:
        cycle.response_complete = True
        if cycle.disconnected or self.transport.is_closing():
            self.app.meters.request(ROUTE, 499)
            return
        try:
            answer = self.app.answer_of(cycle.event, done.result())
        except Exception as error:  # noqa: BLE001 - as above
            self._refuse(error, close=not cycle.keep_alive)
            return
        if cycle.keep_alive:
            self.transport.write(_OK % len(answer) + answer)
            self.app.meters.request(ROUTE, 200)
            self.on_response_complete()
        else:  # the service is stopping
            self._send(200, wire.JSON, answer, close=True)

    def _refuse(self, error: Exception, *, close: bool = False) -> None:
        status, detail, retry = 500, "a fault of the service; its log says where", None
        if isinstance(error, HttpError | Refused):
            status, detail, retry = error.status, error.detail, error.retry
        else:
            self.app.fault(ROUTE, place_of(error))
        media, body = problems.MEDIA_TYPE.encode(), problems.encode(status, detail)
        self._send(status, media, body, retry, close=close)

    def _send(
        self, status: int, media: bytes, body: bytes, retry: int | None = None, *, close: bool = False
    ) -> None:
        head: list[bytes] = [STATUS_LINE[status]]
        for name, value in wire.headers_of(status, media, body, retry):
            head += [name, b": ", value, b"\r\n"]
        head.append(b"connection: close\r\n\r\n" if close else b"\r\n")
        self.transport.write(b"".join(head) + body)
        self.app.meters.request(ROUTE, status)
        if close:
            self.transport.close()
        self.on_response_complete()
