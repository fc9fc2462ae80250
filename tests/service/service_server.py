"""A real service on a free port of loopback, started as a person would, and a client of it."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

ROOT = Path(__file__).resolve().parents[2]
JSON = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


class Answer(Struct):
    """One answer: its status, headers (lower case) and JSON value."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Served(Struct):
    """A service that runs."""

    process: subprocess.Popen[str]
    port: int
    folder: Path
    token: str
    said: list[str]

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | object | None = None,
        *,
        token: str | None = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request on a connection of its own; an object is sent as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {"content-type": JSON} | dict(headers or {})
        if token is not None:
            sent["authorization"] = f"Bearer {token or self.token}"
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        try:
            connection.request(method, path, data, sent)
            got = connection.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        finally:
            connection.close()

    def check(self, event: dict[str, Any]) -> Answer:
        return self.ask("POST", "/v1/check", event)

    def send(self, *events: dict[str, Any]) -> Answer:
        return self.ask("POST", "/v1/events", list(events), headers={"content-type": BATCH})

    def kill(self) -> None:
        """The end that no program can prepare for."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def stop(self) -> int:
        """Ask it to stop; returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@contextmanager
def serving(folder: Path, policy: str = "", *options: str) -> Iterator[Served]:
    """`nospim serve` on a free port for as long as the context lasts."""
    command = [sys.executable, "-m", "nospim", "serve", "--data", str(folder), "--port", "0"]
    if policy:
        path = folder.parent / f"{folder.name}.toml"
        path.write_text(policy, encoding="utf-8")
        command += ["--policy", str(path)]
    process = subprocess.Popen(
        [*command, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = []
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.rstrip())
            if found := re.search(r"nospim serves http://127\.0\.0\.1:(\d+)$", line):
                break
        else:
            assert process.stderr is not None
            raise AssertionError(f"the service did not start: {process.stderr.read()}")
        token = (folder / "first-token").read_text(encoding="utf-8").strip()
        yield Served(process, int(found[1]), folder, token, said)
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=30)


def now(after: float = 0.0) -> str:
    """The time now, or `after` seconds later, as events write it."""
    return datetime.fromtimestamp(time.time() + after, UTC).isoformat()


def event(ident: str, kind: str, subject: str = "ann", **data: Any) -> dict[str, Any]:
    """An event that happens now."""
    return {
        "specversion": "1.0",
        "source": "im.example",
        "id": ident,
        "type": f"im.{kind}",
        "time": now(),
        "subject": subject,
        "data": data,
    }


def message(
    ident: str, text: str = "hello bob, lunch at noon?", subject: str = "ann", **more: Any
) -> dict[str, Any]:
    """A message that is sent now."""
    return event(ident, "message.sent", subject, **({"to": ["bob"], "text": text} | more))
