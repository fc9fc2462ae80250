"""What the tests of Prosody and ejabberd share: the policy, the people, and what a thief does."""

from __future__ import annotations

import asyncio
import http.client
import json
import random
import threading
from collections.abc import Coroutine
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from uuid import uuid4

from guard_process import GuardProcess
from xmpp_people import Person, until

NAMES: Final = tuple(f"person{n}" for n in range(16))
FRIENDS: Final = {
    name: [other for other in random.Random(name).sample(NAMES, 9) if other != name] for name in NAMES
}
DENIED: Final = "http://denied-place.top/photo"
"""A link that the test's policy blocks, where a test is about the way and not about the judgement."""
LURE: Final = "is this you in this video?? http://photos-view.example-login.top/?u={name}"
BASE: Final = """
[service]
event_time = "trust"
fsync = "interval"
[enforcement]
per_minute = 1000000
[actions]
limit = false
[lists]
deny_destinations = ["denied-place.top"]
"""
"""The past that a test tells is weeks old, a test stops more in a minute than an operator would let pass, and
somebody who sends the denied link in one test has still to talk in the next."""
EVERYTHING_HELD: Final = (
    BASE + "[thresholds]\nwarn = 1e-12\nhold = 2e-12\nblock = 0.999999\n[hold]\nseconds = 2\n"
)
EVERYTHING_WARNED: Final = BASE + "[thresholds]\nwarn = 1e-12\nhold = 0.999998\nblock = 0.999999\n"
THIEF_AT: Final = "127.230.1.9"


def run(scene: Coroutine[Any, Any, None]) -> None:
    """Play a scene."""
    asyncio.run(scene)


def thief_of(name: str, port: int, host: str = "localhost") -> Person:
    """Somebody who has this account's password, far from its owner's home."""
    return Person(f"{name}@{host}/sendbot", f"pw-{name}", port, THIEF_AT)


async def spread(thief: Person, name: str, host: str = "localhost") -> None:
    """What a thief does: reads the contacts, and sends each of them a lure."""
    await thief.get_roster()
    for friend in FRIENDS[name]:
        thief.say(f"{friend}@{host}", LURE.format(name=name))
    await until(lambda: thief.gone.is_set() or len(thief.refused) == len(FRIENDS[name]), "the lures' end")


def request(guard: GuardProcess, kind: str, target: str, source: str = "xmpp") -> str:
    """A person asks for an action; returns its id."""
    action = f"asked-{uuid4().hex}"
    event = {
        "specversion": "1.0",
        "source": source,
        "id": action,
        "time": "2030-01-01T00:00:00Z",
        "type": "im.action.requested",
        "subject": "admin",
        "data": {"action": action, "kind": kind, "target": target, "expires": "2031-01-01T00:00:00Z"},
    }
    guard.tell([event])
    return action


async def carried_out(guard: GuardProcess, action: str, state: str = "done") -> None:
    """Wait until an action has come to an end."""
    await until(
        lambda: guard.ask("GET", f"/v1/actions/{action}")[1].get("state", "open") == state,
        f"{action} {state}",
    )


async def states(guard: GuardProcess, account: str, source: str = "xmpp") -> dict[str, str]:
    """The latest state of each kind of action about an account."""
    status, answer = guard.ask("GET", f"/v1/accounts?source={source}&id={account}")
    return {a["kind"]: a.get("state", "open") for a in answer["actions"]} if status == 200 else {}


class Tap:
    """A pipe between a server and the guard that lets everything through and remembers what was said."""

    def __init__(self, guard: GuardProcess) -> None:
        self.guard = guard
        self.events: list[dict[str, Any]] = []
        tap = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.path in ("/v1/check", "/v1/events"):
                    said = json.loads(body)
                    tap.events += said if isinstance(said, list) else [said]
                onward = http.client.HTTPConnection("127.0.0.1", guard.port, timeout=60)
                headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
                try:
                    onward.request(self.command, self.path, body or None, headers)
                    reply = onward.getresponse()
                    text = reply.read()
                except (OSError, http.client.HTTPException):
                    self.close_connection = True  # the guard is gone, and so is this pipe
                    return
                finally:
                    onward.close()
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.getheader("Content-Type") or "text/plain")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = _pass_on  # noqa: N815 - the names that http.server looks for

        class Server(ThreadingHTTPServer):
            request_queue_size = 128  # the guard's own; five, the usual, is a bottleneck that it has not

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def token(self) -> str:
        """The guard's."""
        return self.guard.token

    def of(self, kind: str, subject: str | None = None) -> list[dict[str, Any]]:
        """The events of a type, of one account if one is named."""
        return [e for e in self.events if e["type"] == kind and subject in (None, e["subject"])]

    def saying(self, text: str) -> list[dict[str, Any]]:
        """The messages with these words."""
        return [e for e in self.of("im.message.sent") if e["data"].get("text") == text]

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
