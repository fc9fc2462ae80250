"""Connections that never finish what they began are closed; those that do are left alone."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from nospim.service.idle import Sweeper

HEAD = b"GET / HTTP/1.1\r\nhost: x\r\n"


async def app(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(0.6 if scope["path"] == "/slow" else 0.0)
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def port() -> Iterator[int]:
    """A server whose heads may take 0.2 s."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http="httptools", ws="none", lifespan="off", log_config=None))

    async def serve() -> None:
        sweeping = asyncio.create_task(Sweeper(server.server_state.connections, 0.2).run())
        await server.serve(sockets=[listener])
        sweeping.cancel()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


@pytest.mark.parametrize(
    "sent", [b"", HEAD, HEAD + b"\r\n" + HEAD], ids=["nothing", "half a head", "another"]
)
def test_a_head_that_never_ends_is_not_waited_for(port: int, sent: bytes) -> None:
    with connect(port) as client:
        client.sendall(sent)
        received = b""
        while part := client.recv(4096):
            received += part

    assert received.count(b"204") == sent.count(b"\r\n\r\n")


def test_a_request_that_takes_long_is_waited_for_and_its_connection_kept(port: int) -> None:
    with connect(port) as client:
        for path in (b"/slow", b"/", b"/slow"):
            client.sendall(HEAD.replace(b"GET /", b"GET " + path) + b"\r\n")
            assert b"204" in client.recv(4096)
