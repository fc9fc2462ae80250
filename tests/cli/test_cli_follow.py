"""``nospim follow``: events reach a service at least once, or are judged here as a scan judges them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from nospim.cli import run


class Service:
    """A service on loopback that takes events in, and may be told to fail."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.tokens: set[str | None] = set()
        self.status: Callable[[list[dict[str, Any]]], int] = lambda _: 202
        self.refused: Callable[[dict[str, Any]], str] = lambda _: ""
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                batch = json.loads(self.rfile.read(int(self.headers["content-length"])))
                service.tokens.add(self.headers["authorization"])
                status = service.status(batch)
                answer: dict[str, Any] = {"title": "told to fail"}
                if status == 202:
                    refused = [
                        {"index": i, "reason": why}
                        for i, e in enumerate(batch)
                        if (why := service.refused(e))
                    ]
                    service.events += batch
                    answer = {"accepted": len(batch) - len(refused), "refused": refused}
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def ids(self) -> list[str]:
        return [event["id"] for event in self.events]


@pytest.fixture
def service() -> Any:
    service = Service()
    yield service
    service.close()


def event(ident: str, text: str = "hello") -> str:
    return json.dumps(
        {
            "specversion": "1.0",
            "source": "im.example",
            "id": ident,
            "type": "im.message.sent",
            "time": "2026-11-02T09:00:00Z",
            "subject": "ann",
            "data": {"to": ["bo"], "text": text},
        }
    )


def lines(*idents: str) -> str:
    return "".join(event(ident) + "\n" for ident in idents)


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("NOSPIM_TOKEN", raising=False)
    return tmp_path / "events.jsonl"


def test_events_are_handed_in_once_through_restarts_and_rotation(log: Path, service: Service) -> None:
    log.write_text(lines("1", "2") + event("3")[:20])
    assert run(["follow", str(log), "--to", service.url, "--once"]) == 0
    with log.open("a") as file:
        file.write(event("3")[20:] + "\n")
    log.rename(log.with_name("events.jsonl.1"))
    log.write_text(lines("4"))
    assert run(["follow", str(log), "--to", service.url, "--once"]) == 0

    assert service.ids() == ["1", "2", "3", "4"]


def test_what_is_no_event_and_what_the_service_refuses_is_kept_with_its_line(
    log: Path, service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.refused = lambda e: "used before with other content" if e["id"] == "2" else ""
    log.write_bytes(lines("1").encode() + b"no event\n\xff\n\n" + lines("2", "3").encode())
    kept = tmp_path / "dead.jsonl"
    assert run(["follow", str(log), "--to", service.url, "--once", "--rejected", str(kept)]) == 3

    rows = [json.loads(row) for row in kept.read_text().splitlines()]
    assert [(row["line"], row["file"]) for row in rows] == [(2, str(log)), (3, str(log)), (5, str(log))]
    assert rows[0]["text"] == "no event"
    assert "utf-8" in rows[1]["reason"]
    assert rows[2]["reason"] == "used before with other content"
    assert "3 lines were refused" in capsys.readouterr().err


def test_a_service_that_is_away_loses_nothing(log: Path, service: Service) -> None:
    failures = iter([503, 503])
    service.status = lambda _: next(failures, 202)
    log.write_text(lines("1", "2"))

    assert run(["follow", str(log), "--to", service.url, "--once"]) == 0
    assert service.ids() == ["1", "2"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_wrong_token_or_address_stops_it_and_loses_nothing(
    log: Path, service: Service, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    service.status = lambda _: status
    log.write_text(lines("1"))
    assert run(["follow", str(log), "--to", service.url, "--once"]) == 1
    assert "the service" in capsys.readouterr().err
    service.status = lambda _: 202
    assert run(["follow", str(log), "--to", service.url, "--once"]) == 0

    assert service.ids() == ["1"]


def test_the_token_comes_from_a_file_or_the_environment(
    log: Path, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.write_text(lines("1"))
    file = tmp_path / "token"
    file.write_text("from-file\n")
    run(["follow", str(log), "--to", service.url, "--once", "--token-file", str(file)])
    with log.open("a") as stream:
        stream.write(lines("2"))
    monkeypatch.setenv("NOSPIM_TOKEN", "from-environment")
    run(["follow", str(log), "--to", service.url, "--once"])

    assert service.tokens == {"Bearer from-file", "Bearer from-environment"}


def test_a_file_that_holds_no_token_is_wrong_usage(log: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("two words\n")
    assert (
        run(["follow", str(log), "--to", "http://127.0.0.1:9", "--token-file", str(tmp_path / "token")]) == 2
    )


def test_a_killed_follower_delivers_again_rather_than_losing(log: Path, service: Service) -> None:
    log.write_text(lines(*map(str, range(20))))
    command = [sys.executable, "-m", "nospim", "follow", str(log), "--to", service.url, "--every", "0.02"]
    arrived = threading.Event()

    def killing(_: list[dict[str, Any]]) -> int:
        process.send_signal(signal.SIGKILL)  # it has sent the events and hears no answer
        arrived.set()
        return 202

    service.status = killing
    process = subprocess.Popen(command, env=dict(os.environ))
    assert arrived.wait(30)
    process.wait(30)
    service.status = lambda _: 202
    assert run(["follow", str(log), "--to", service.url, "--once"]) == 0

    assert service.ids() == [str(n) for n in range(20)] * 2


def test_it_follows_until_it_is_told_to_stop(log: Path, service: Service) -> None:
    command = [sys.executable, "-m", "nospim", "follow", str(log), "--to", service.url, "--every", "0.02"]
    arrived = threading.Event()

    def taking(_: list[dict[str, Any]]) -> int:
        arrived.set()
        return 202

    service.status = taking
    process = subprocess.Popen(command, env=dict(os.environ))
    log.write_text(lines("1"))
    assert arrived.wait(30)
    process.send_signal(signal.SIGTERM)

    assert process.wait(30) == 0
    assert service.ids() == ["1"]


def test_two_followers_of_one_state_are_one_too_many(
    log: Path, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    from nospim.follow.state import StateFile, usual_path

    log.write_text(lines("1"))
    kept = StateFile(usual_path(log, service.url), log)
    assert run(["follow", str(log), "--to", service.url, "--once"]) == 2
    kept.close()

    assert "another nospim follow uses" in capsys.readouterr().err


def printed(capfdbinary: pytest.CaptureFixture[bytes]) -> list[bytes]:
    return capfdbinary.readouterr().out.splitlines()


def test_judged_here_in_two_runs_it_says_what_a_scan_says(
    log: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    import gzip

    made = ["--seed", "5", "--accounts", "60", "--days", "4", "--hijacked", "4", "--fakes", "1"]
    assert run(["drill", str(tmp_path / "world"), *made, "--operators", "1"]) == 0
    capfdbinary.readouterr()

    world = gzip.decompress((tmp_path / "world" / "events.jsonl.gz").read_bytes())
    half = world.index(b"\n", len(world) // 2) + 1
    log.write_bytes(world[:half])
    assert run(["follow", str(log), "--once"]) == 0
    with log.open("ab") as file:
        file.write(world[half:])
    assert run(["follow", str(log), "--once"]) == 0
    lines = printed(capfdbinary)
    assert run(["scan", str(log), "--out", str(tmp_path / "out"), "--quiet"]) == 0

    verdicts = [line for line in lines if b'"score"' in line and b'"campaign"' in line]
    assert verdicts == (tmp_path / "out" / "verdicts.jsonl").read_bytes().splitlines()
    actions = [line for line in lines if b'"target"' in line]
    assert actions == (tmp_path / "out" / "actions.jsonl").read_bytes().splitlines()


def test_another_policy_than_the_memorys_is_refused(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.write_text(lines("1"))
    (tmp_path / "p.toml").write_text("prior = 0.5\n")
    assert run(["follow", str(log), "--once", "--least", "warn"]) == 0
    assert run(["follow", str(log), "--once", "--policy", str(tmp_path / "p.toml")]) == 2

    assert "the policy or its feeds changed" in capsys.readouterr().err


def test_a_policy_is_not_for_a_service(log: Path, tmp_path: Path) -> None:
    assert run(["follow", str(log), "--to", "http://127.0.0.1:9", "--policy", "p.toml"]) == 2
