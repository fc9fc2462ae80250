"""A server on loopback that behaves as badly as asked, and how a test lets a fetcher reach it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nospim.capture import AddressRules, Bounds, GuardedFetcher

Play = Callable[[str, bytes, socket.socket], None]
"""What a server does: gets the path, the whole request, and the connection to misbehave on."""


def answer(body: bytes | str, *headers: str, status: str = "200 OK", kind: str = "text/html") -> bytes:
    """A well-formed answer."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(data)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def redirect(where: str, status: str = "302 Found") -> bytes:
    return answer("", f"Location: {where}", status=status)


class Server:
    """Plays to each connection, in a thread of its own; remembers the requests."""

    def __init__(self, play: Play, context: ssl.SSLContext | None = None) -> None:
        self._play, self._context = play, context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.requests: list[bytes] = []
        self.connections = 0
        self.over = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                wire = self._socket.accept()[0]
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._one, args=(wire,), daemon=True).start()

    def _one(self, bare: socket.socket) -> None:
        bare.settimeout(20)
        with suppress(OSError, IndexError), bare, self._secured(bare) as wire:
            request = b""
            while b"\r\n\r\n" not in request:
                more = wire.recv(65536)
                if not more:
                    return
                request += more
                if request[:1] == b"\x16":  # a TLS handshake, to a server that knows none
                    wire.sendall(answer("", status="400 Bad Request"))
                    return
            head, _, body = request.partition(b"\r\n\r\n")
            length = next(
                (int(n[15:]) for n in head.split(b"\r\n") if n.lower().startswith(b"content-length:")), 0
            )
            while len(body) < length:
                body += wire.recv(65536)
            self.requests.append(head + b"\r\n\r\n" + body)
            self._play(head.split(b" ")[1].decode("latin-1"), head, wire)
            wire.shutdown(socket.SHUT_WR)

    def _secured(self, bare: socket.socket) -> socket.socket:
        return bare if self._context is None else self._context.wrap_socket(bare, server_side=True)

    def close(self) -> None:
        self.over.set()
        self._socket.close()


@contextmanager
def serving(play: Play | dict[str, bytes], context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server for as long as the context lasts.  play: a function, or answers by path (else 404)."""
    if isinstance(play, dict):
        answers = play

        def act(path: str, _head: bytes, wire: socket.socket) -> None:
            wire.sendall(answers.get(path.partition("?")[0], answer("gone", status="404 Not Found")))

        server = Server(act, context)
    else:
        server = Server(play, context)
    try:
        yield server
    finally:
        server.close()


class Names:
    """A resolver of made-up names; counts what it was asked.  An answer may change each time (rebinding)."""

    def __init__(self, **more: list[tuple[str, ...]]) -> None:
        self.answers = {name.replace("_", "."): list(answers) for name, answers in more.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int, _seconds: float) -> tuple[str, ...]:
        self.asked.append(host)
        known = self.answers.get(host)
        if known is None:
            return ("127.0.0.1",)
        return known.pop(0) if len(known) > 1 else known[0]


def reaching(
    *servers: tuple[str, Server], names: Names | None = None, context: ssl.SSLContext | None = None,
    also_refused: tuple[str, ...] = (), **bounds: float,
) -> GuardedFetcher:  # fmt: skip
    """A fetcher for which these host names stand for these servers, and which reaches no other loopback."""
    import ipaddress

    rules = AddressRules(
        also_refused=tuple(ipaddress.ip_network(text) for text in also_refused),
        unsafe_allow_loopback_for_tests=frozenset((host, server.port) for host, server in servers),
    )
    return GuardedFetcher(rules, names or Names(), context, Bounds(**bounds))  # type: ignore[arg-type]


def certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A self-signed certificate for a name: the server's context, and a client's that trusts it."""
    import shutil
    import subprocess

    import pytest

    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed, so there is no certificate to test TLS with")
    key, chain = folder / "key.pem", folder / "chain.pem"
    subprocess.run(
        [
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", str(key), "-out", str(chain), "-days", "2", "-subj", f"/CN={host}",
            "-addext", f"subjectAltName=DNS:{host}",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain, key)
    return server, ssl.create_default_context(cafile=str(chain))
