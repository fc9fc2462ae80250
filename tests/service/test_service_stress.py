"""Clients that misbehave, a disk that is full, a stop under load: nothing acknowledged is lost."""

from __future__ import annotations

import json
import resource
import socket
import threading
import time
from pathlib import Path

from service_server import JSON, Served, event, message, serving


def raw_request(service: Served, body: bytes, length: int | None = None) -> bytes:
    head = (
        f"POST /v1/check HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {service.token}\r\n"
        f"content-type: {JSON}\r\ncontent-length: {len(body) if length is None else length}\r\n\r\n"
    )
    return head.encode() + body


def test_a_client_that_goes_away_harms_nobody_and_its_event_counts(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as service:
        asked = [message(f"gone{n}") for n in range(20)]
        for each in asked:
            with socket.create_connection(("127.0.0.1", service.port)) as client:
                client.sendall(raw_request(service, json.dumps(each).encode()))
        for cut in (1, 40, 200):
            with socket.create_connection(("127.0.0.1", service.port)) as client:
                client.sendall(raw_request(service, json.dumps(message("half")).encode())[:cut])
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(raw_request(service, b"{", length=5000))

        assert service.check(message("after")).status == 200
        assert {service.check(each).status for each in asked} == {200}
        assert service.ask("GET", "/v1/verdicts?source=im.example&id=half").status == 404
        assert service.stop() == 0


def test_nonsense_on_the_wire_is_answered_or_dropped(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as service:
        for sent in (
            b"\0" * 64,
            b"GET / HTTP/9.9\r\n\r\n",
            b"POST /v1/check HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        ):
            with socket.create_connection(("127.0.0.1", service.port), timeout=10) as client:
                client.sendall(sent)
                client.shutdown(socket.SHUT_WR)
                while client.recv(4096):
                    pass
        for path in (
            "/%00",
            "/v1/actions/%2e%2e/result",
            "/v1/verdicts?source=%ff&id=%ff",
            "/v1/actions?after=-1",
        ):
            assert service.ask("GET", path).status in (400, 404, 405)
        assert service.check(message("after")).status == 200


def test_a_stop_under_load_answers_what_it_took_and_forgets_nothing(tmp_path: Path) -> None:
    answered: list[str] = []
    with serving(tmp_path / "data") as service:

        def send(name: str) -> None:
            for n in range(10_000):
                try:
                    if service.check(message(f"{name}-{n}")).status != 200:
                        return
                except OSError:
                    return
                answered.append(f"{name}-{n}")

        clients = [threading.Thread(target=send, args=(f"c{n}",)) for n in range(4)]
        for client in clients:
            client.start()
        while len(answered) < 40:
            time.sleep(0.01)
        assert service.stop() == 0
        for client in clients:
            client.join(20)
    with serving(tmp_path / "data") as service:
        missing = [
            ident
            for ident in answered
            if service.ask("GET", f"/v1/verdicts?source=im.example&id={ident}").status != 200
        ]
    assert missing == []


def test_a_full_disk_refuses_loses_nothing_and_is_got_over(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as service:
        before = service.check(message("before")).json
        journal = max(p.stat().st_size for p in (tmp_path / "data" / "journal").glob("*.jnl"))
        ceiling = resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (journal + 200, ceiling))
        asked = message("during", "x" * 2000)
        refused = [service.check(asked) for _ in range(3)]
        ready = service.ask("GET", "/readyz", token=None)
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (ceiling, ceiling))
        for _ in range(100):
            if service.ask("GET", "/readyz", token=None).status == 200:
                break
            time.sleep(0.1)
        after = service.check(asked)
        service.kill()
    with serving(tmp_path / "data") as service:
        assert service.ask("GET", "/v1/verdicts?source=im.example&id=before").json == before
        kept = service.check(asked)

    assert {r.status for r in refused} == {503}
    assert all(int(r.headers["retry-after"]) > 0 for r in refused)
    assert "disk" in refused[0].json["detail"]
    assert ready.status == 503
    assert after.status == 200
    assert kept.json == after.json


def test_more_than_may_wait_is_turned_away_and_may_come_again(tmp_path: Path) -> None:
    policy = "[service]\nwaiting = 4\n"
    with serving(tmp_path / "data", policy) as service:
        batch = [event(f"e{n}", "account.created", f"user{n}") for n in range(500)]
        statuses: list[int] = []
        senders = [
            threading.Thread(target=lambda: statuses.append(service.send(*batch).status)) for _ in range(8)
        ]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join(30)
        again = service.send(*batch)

        assert set(statuses) <= {202, 429}
        assert again.json["accepted"] == 500
        assert again.json["repeats"] == (500 if 202 in statuses else 0)
