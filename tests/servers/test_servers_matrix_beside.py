"""`nospim serve --matrix`: the Matrix side in the guard's own process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from synapse_guard import LURE, POLICY, GuardBeside
from synapse_server import ask, free_port


def token(folder: Path) -> str:
    """A token made before the service has ever run."""
    command = [sys.executable, "-m", "nospim", "token", "new", "--data", str(folder)]
    done = subprocess.run(
        [*command, "--scope", "check", "--scope", "report"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip().splitlines()[-1]


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    (tmp_path / "token").write_text(token(tmp_path / "guard" / "data"))
    (tmp_path / "shown").write_text("shown")
    (tmp_path / "matrix.toml").write_text(
        f"""
[guard]
token_file = "token"
[listen]
port = {port}
[synapse]
name = "a.example"
antispam_token_file = "shown"
"""
    )
    guard = GuardBeside(tmp_path / "guard", POLICY, "--matrix", str(tmp_path / "matrix.toml"))
    yield port
    assert guard.process is not None
    guard.process.terminate()
    assert guard.process.wait(30) == 0


def test_one_process_judges_for_synapse_and_stops_in_peace(port: int) -> None:
    def event(text: str) -> Any:
        content = {"msgtype": "m.text", "body": text}
        told: dict[str, Any] = {
            "type": "m.room.message",
            "sender": "@ann:a.example",
            "room_id": "!r",
            "content": content,
        }
        told |= {"event_id": f"${text}", "origin_server_ts": 1_793_610_000_000}
        return ask(port, "POST", "/synapse/check_event_for_spam", {"event": told}, "shown").status

    assert event("lunch at noon?") == 200
    assert event(LURE) == 403


def test_what_is_wrong_is_told_before_anything_listens(tmp_path: Path) -> None:
    (tmp_path / "matrix.toml").write_text("[synapse]\n")
    command = [sys.executable, "-m", "nospim", "serve", "--data", str(tmp_path / "data"), "--port", "0"]
    done = subprocess.run(
        [*command, "--matrix", str(tmp_path / "matrix.toml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "matrix.toml" in done.stderr
    assert "`name`" in done.stderr
