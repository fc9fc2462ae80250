"""A real `nospim serve` beside Synapse, and `nospim matrix serve`: started, killed, and started again."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from synapse_server import ask, free_port

LURE = "look at this https://lure.example/photo"
POLICY = '[lists]\ndeny_destinations = ["lure.example"]\n'
"""A guard that knows one lure, so that tests of servers need not wait for it to learn."""


class GuardBeside:
    """A guard that keeps its folder and its port however often it is started."""

    def __init__(self, folder: Path, policy: str = POLICY, *more: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.more = more
        self.folder, self.port = folder, free_port()
        (folder / "policy.toml").write_text(policy)
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def token(self) -> str:
        return (self.folder / "data" / "first-token").read_text().strip()

    def start(self) -> None:
        command = [sys.executable, "-m", "nospim", "serve", "--data", str(self.folder / "data")]
        command += ["--policy", str(self.folder / "policy.toml"), "--port", str(self.port), *self.more]
        with (self.folder / "out").open("ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        wait_for(self.process, self.folder / "out", lambda: self.ask("GET", "/readyz")[0] == 200)

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait(30)
            self.process = None

    def freeze(self) -> None:
        """Let it hang: it holds its port and answers nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/json"}
        if (self.folder / "data" / "first-token").exists():
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            got = connection.getresponse()
            return got.status, json.loads(got.read() or b"null")
        finally:
            connection.close()


def wait_for(process: subprocess.Popen[bytes], out: Path, ready: Any) -> None:
    """Wait until something answers; fails with the program's own words where it ends instead."""
    while True:
        assert process.poll() is None, out.read_text(errors="replace")[-3000:]
        try:
            if ready():
                return
        except OSError:
            pass
        time.sleep(0.05)


@contextmanager
def guarding(folder: Path, policy: str = POLICY) -> Iterator[GuardBeside]:
    """A guard that is gone afterwards."""
    guard = GuardBeside(folder, policy)
    try:
        yield guard
    finally:
        guard.kill()


@contextmanager
def matrix_side(folder: Path, settings: str, port: int, ca: Path | None = None) -> Iterator[Path]:
    """`nospim matrix serve` for as long as the context lasts; gives the file of what it says."""
    (folder / "matrix.toml").write_text(settings)
    command = [sys.executable, "-m", "nospim", "matrix", "serve", str(folder / "matrix.toml")]
    out = folder / "matrix.out"
    with out.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT, env=dict(os.environ))
    try:
        wait_for(process, out, lambda: ask(port, "GET", "/healthz", ca=ca).status == 200)
        yield out
    finally:
        process.terminate()
        process.wait(30)
