"""Talking to a Chromium over a pair of pipes: the Chrome DevTools Protocol, messages ended by a zero byte.

A pipe needs no port, so the browser can stand in a network of its own that leads nowhere.
Source: https://chromedevtools.github.io/devtools-protocol/ (stable parts, and `Fetch`).
"""

from __future__ import annotations

import json
import os
import select
import threading
from collections.abc import Callable
from typing import Any, Final

from nospim.capture.limits import MAX_BROWSER_MESSAGE
from nospim.capture.wire import Deadline, WireError

Message = dict[str, Any]
Handler = Callable[[str, Message, str], None]
"""Takes an event: its method, parameters and session.  It may send, and must not wait."""
_CHUNK: Final = 1 << 20


class BrowserError(Exception):
    """The browser ended, refused a command, or took too long; the message says which."""


class Pipe:
    """Commands to a browser and what it says.  `send` may be called by any thread; the rest by one."""

    def __init__(self, reads: int, writes: int) -> None:
        self._reads, self._writes = reads, writes
        self._buffer = bytearray()
        self._lock = threading.Lock()
        self._count = 0
        self._answers: dict[int, Message] = {}
        self.on_event: Handler = lambda _method, _params, _session: None

    def send(self, method: str, params: Message | None = None, session: str = "") -> int:
        """Send a command; returns its number.  Raises BrowserError where nobody reads any more."""
        with self._lock:
            self._count += 1
            number = self._count
            message: Message = {"id": number, "method": method, "params": params or {}}
            if session:
                message["sessionId"] = session
            data = memoryview(json.dumps(message).encode() + b"\0")
            try:
                while data:
                    data = data[os.write(self._writes, data) :]
            except OSError as error:
                raise BrowserError(f"the browser is gone: {error.strerror}") from None
        return number

    def ask(self, method: str, params: Message | None, session: str, deadline: Deadline) -> Message:
        """Send a command and wait for its result, handing on events that come before."""
        number = self.send(method, params, session)
        while number not in self._answers:
            self._take(self.receive(deadline))
        answer = self._answers.pop(number)
        if "error" in answer:
            raise BrowserError(f"{method}: {str(answer['error'].get('message', ''))[:200]}")
        result: Message = answer.get("result", {})
        return result

    def pump(self, seconds: float) -> bool:
        """Take what comes within some seconds, and hand events on; False when nothing came."""
        if b"\0" not in self._buffer and not select.select([self._reads], [], [], max(0.0, seconds))[0]:
            return False
        self._take(self.receive(Deadline(max(seconds, 1.0))))
        return True

    def _take(self, message: Message) -> None:
        if "id" in message:
            self._answers[message["id"]] = message
        else:
            self.on_event(message.get("method", ""), message.get("params", {}), message.get("sessionId", ""))

    def receive(self, deadline: Deadline) -> Message:
        """The next message; raises BrowserError at the end, for one too long, or when the time is over."""
        start = 0
        while (end := self._buffer.find(b"\0", start)) < 0:
            start = len(self._buffer)
            if start > MAX_BROWSER_MESSAGE:
                raise BrowserError(f"the browser said more than {MAX_BROWSER_MESSAGE} bytes at once")
            self._buffer += self._read(deadline)
        message: Message = json.loads(bytes(self._buffer[:end]))
        del self._buffer[: end + 1]
        return message

    def _read(self, deadline: Deadline) -> bytes:
        try:
            ready = select.select([self._reads], [], [], deadline.left())[0]
        except WireError:
            ready = []
        if not ready:
            raise BrowserError("the browser took too long")
        data = os.read(self._reads, _CHUNK)
        if not data:
            raise BrowserError("the browser ended")
        return data
