"""A check is answered the same whichever way its bytes come: whole, in parts, in a row, by an old client."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator

import pytest
from service_server import Served, message, serving


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("quick") / "data") as service:
        yield service


def request(service: Served, ident: str, version: str = "1.1", token: str = "", more: str = "") -> bytes:
    body = json.dumps(message(ident)).encode()
    head = f"POST /v1/check HTTP/{version}\r\nhost: x\r\nauthorization: Bearer {token or service.token}\r\n"
    head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def talk(service: Served, *parts: bytes, answers: int = 1, pause: float = 0.05) -> list[tuple[int, str]]:
    """Send these bytes one after the other; the status of each answer, and the id in it."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        stream = connection.makefile("rb")
        return [_read(stream) for _ in range(answers)]


def _read(stream: object) -> tuple[int, str]:
    lines = iter(stream.readline, b"\r\n")  # type: ignore[attr-defined]  # a buffered reader
    status, length = int(next(lines).split()[1]), 0
    for line in lines:
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    told = json.loads(stream.read(length))  # type: ignore[attr-defined]
    return status, told.get("id", told.get("type"))


def test_whole_and_in_parts(service: Served) -> None:
    whole = request(service, "w1")
    assert talk(service, whole) == [(200, "w1")]
    parts = request(service, "w2")
    head = parts.index(b"\r\n\r\n") + 4
    assert talk(service, parts[:head], parts[head : head + 9], parts[head + 9 :]) == [(200, "w2")]
    odd = request(service, "w3")
    assert talk(service, odd[:20], odd[20 : head + 3], odd[head + 3 :]) == [(200, "w3")]


def test_several_in_a_row_on_one_connection_are_answered_in_order(service: Served) -> None:
    together = b"".join(request(service, f"r{n}") for n in range(8))
    assert talk(service, together, answers=8) == [(200, f"r{n}") for n in range(8)]
    after = [request(service, f"s{n}") for n in range(4)]
    assert talk(service, *after, answers=4) == [(200, f"s{n}") for n in range(4)]


def test_what_is_refused_leaves_the_connection_usable(service: Served) -> None:
    broken = b'{"specversion":"1.0"}'
    wrong = request(service, "x").partition(b"content-length")[0]
    wrong += b"content-length: %d\r\n\r\n" % len(broken) + broken
    stranger = request(service, "t", "1.1", "nsp_nobody")
    told = talk(service, wrong, stranger, request(service, "fine"), answers=3)
    assert told == [
        (422, "urn:nospim:problem:not-an-event"),
        (401, "urn:nospim:problem:token-needed"),
        (200, "fine"),
    ]


def test_an_old_client_and_one_that_closes_are_answered(service: Served) -> None:
    assert talk(service, request(service, "old", version="1.0")) == [(200, "old")]
    assert talk(service, request(service, "last", more="connection: close\r\n")) == [(200, "last")]
    assert talk(service, request(service, "kept", more="connection: keep-alive\r\n")) == [(200, "kept")]


def test_a_client_that_goes_away_costs_nothing_and_its_message_counts(service: Served) -> None:
    asked = request(service, "gone")
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        connection.sendall(asked)
    again = talk(service, asked[:10], asked[10:])
    assert again == [(200, "gone")]
    assert service.ask("GET", "/v1/verdicts?source=im.example&id=gone").status == 200


def test_both_ways_are_counted(service: Served) -> None:
    before = talk(service, request(service, "c1"))
    assert before == [(200, "c1")]
    metrics = service.ask("GET", "/metrics").body.decode()
    assert 'nospim_requests_total{route="/v1/check",status="200"}' in metrics
