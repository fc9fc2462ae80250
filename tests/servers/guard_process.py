"""A real `nospim serve` for tests of servers: started on loopback, stopped, frozen, and asked over HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

STARTS_WITHIN: Final = 180.0
"""Seconds; far more than it takes, for machines that are busy."""


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, process: subprocess.Popen[bytes], what: str, log: Path) -> None:
    """Wait until something listens; fails with the program's own last words where it ends instead."""
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    words = log.read_text(errors="replace")[-2000:] if log.exists() else ""
    raise AssertionError(f"{what} did not start:\n{words}")


class GuardProcess:
    """The service in a folder of its own, on one port for its whole life, however often it is restarted."""

    def __init__(self, folder: Path, policy: str = "") -> None:
        self.folder, self.port = folder, free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self.policy = folder / "policy.toml"
        self.policy.write_text(policy)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        """The token that it made for itself at its first start."""
        return (self.folder / "data" / "first-token").read_text().strip()

    def start(self) -> None:
        """Start, or start again with what it had kept."""
        log = self.folder / "guard.log"
        command = [sys.executable, "-m", "nospim", "serve", "--data", str(self.folder / "data")]
        command += ["--policy", str(self.policy), "--port", str(self.port)]
        with log.open("ab") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=out)
        wait_for_port(self.port, self._process, "nospim serve", log)
        end = time.monotonic() + STARTS_WITHIN
        while not self._ready():  # it takes connections before it has a token, and answers after that
            assert time.monotonic() < end, log.read_text(errors="replace")[-2000:]
            time.sleep(0.05)

    def _ready(self) -> bool:
        try:
            return self.ask("GET", "/readyz")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def stop(self) -> None:
        """Stop it in peace."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Stop it as a crash would."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Let it hang: it holds its port and answers nothing."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGCONT)
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One call; returns the status and the decoded answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            reply = connection.getresponse()
            text = reply.read()
        finally:
            connection.close()
        return reply.status, json.loads(text) if text else None

    def tell(self, events: Sequence[dict[str, Any]]) -> None:
        """Give it events, in order."""
        for first in range(0, len(events), 500):
            status, answer = self.ask("POST", "/v1/events", events[first : first + 500])
            assert status == 202, (status, answer)
            assert not answer.get("refused"), answer

    def metric(self, name: str) -> float:
        """The sum of one metric over its labels."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {self.token}"})
            lines = connection.getresponse().read().decode().splitlines()
        finally:
            connection.close()
        found = [line for line in lines if line.partition("{")[0].partition(" ")[0] == name]
        return sum(float(line.rsplit(" ", 1)[1]) for line in found)


@contextlib.contextmanager
def running(folder: Path, policy: str = "") -> Iterator[GuardProcess]:
    """A started guard that is gone afterwards."""
    guard = GuardProcess(folder, policy)
    guard.start()
    try:
        yield guard
    finally:
        guard.kill()
