"""What goes over the wire between Synapse and the guard: passed on as it is, and written down."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from synapse_guard import GuardBeside


class Wire:
    """Stands before a real guard and remembers the events that pass."""

    def __init__(self, guard: GuardBeside) -> None:
        self.events: list[dict[str, Any]] = []
        self.paths: list[str] = []
        wire = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                wire.paths.append(self.path)
                if self.path in {"/v1/check", "/v1/events"}:
                    told = json.loads(body)
                    wire.events += told if isinstance(told, list) else [told]
                connection = http.client.HTTPConnection("127.0.0.1", guard.port, timeout=60)
                try:
                    names = ("authorization", "content-type")
                    sent = {name: self.headers[name] for name in names if self.headers[name]}
                    connection.request(self.command, self.path, body, sent)
                    got = connection.getresponse()
                    answer = got.read()
                    self.send_response(got.status)
                except OSError:
                    answer = b""
                    self.send_response(502)
                finally:
                    connection.close()
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:
                """A peer that is killed resets its connections; that is what some tests are about."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def told(self, kind: str, subject: str | None = None) -> list[dict[str, Any]]:
        """The events of a type that passed, each once, in order."""
        found = [e for e in self.events if e["type"] == f"im.{kind}" and subject in (None, e["subject"])]
        return list({e["id"]: e for e in found}.values())

    def wait_for(self, kind: str, subject: str | None = None, count: int = 1) -> list[dict[str, Any]]:
        """The same, once there are so many; a test that waits in vain is ended from outside."""
        end = time.monotonic() + 30
        while len(found := self.told(kind, subject)) < count:
            assert time.monotonic() < end, (kind, subject, [e["type"] for e in self.events])
            time.sleep(0.02)
        return found


@contextmanager
def wire(guard: GuardBeside) -> Iterator[Wire]:
    """A wire to a guard for as long as the context lasts."""
    made = Wire(guard)
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
        thread.join()
