"""The fetcher against servers that stall, flood, lie, and point back at us."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import zlib
from pathlib import Path

import pytest
from hostile import Names, Server, answer, certificate, reaching, redirect, serving

from nospim.capture import CaptureRefused, GuardedFetcher
from nospim.capture.interface import Exchange, Request
from nospim.capture.limits import MAX_HEAD
from nospim.capture.resolve import system_resolver


def get(fetcher: GuardedFetcher, url: str) -> Exchange | CaptureRefused:
    return fetcher.fetch(Request(url=url, headers=(("User-Agent", "test"),)))


def got(fetcher: GuardedFetcher, url: str) -> Exchange:
    made = get(fetcher, url)
    assert isinstance(made, Exchange), made
    return made


def refused(fetcher: GuardedFetcher, url: str) -> CaptureRefused:
    made = get(fetcher, url)
    assert isinstance(made, CaptureRefused), made
    return made


def lure(server: Server, path: str = "/") -> str:
    return f"http://lure.example:{server.port}{path}"


def test_a_page_is_fetched_and_its_bytes_on_the_wire_are_kept() -> None:
    with serving({"/": answer("<h1>hello</h1>")}) as server:
        made = got(reaching(("lure.example", server)), lure(server))

        assert (made.status, made.body, made.kind) == (200, b"<h1>hello</h1>", "text/html")
        assert made.raw_answer == answer("<h1>hello</h1>")
        assert made.raw_request == server.requests[0]
        assert b"cookie" not in made.raw_request.lower()
        assert made.address == "127.0.0.1"


def test_without_the_tests_exception_loopback_is_refused() -> None:
    with serving({"/": answer("secret")}) as server:
        plain = GuardedFetcher(resolve=Names())
        made = refused(plain, lure(server))

        assert made.why == "port"
        assert refused(plain, "http://lure.example/").why == "address"
        assert server.connections == 0


def test_the_exception_is_for_one_name_and_one_port_only() -> None:
    with serving({"/": answer("a")}) as server, serving({"/": answer("secret")}) as other:
        fetcher = reaching(("lure.example", server))

        assert refused(fetcher, f"http://127.0.0.1:{server.port}/").why == "port"
        assert refused(fetcher, f"http://lure.example:{other.port}/").why == "port"
        assert refused(fetcher, f"http://other.example:{server.port}/").why == "port"
        assert refused(fetcher, f"http://[::ffff:127.0.0.1]:{server.port}/").why == "port"
        assert (server.connections, other.connections) == (0, 0)


@pytest.mark.parametrize(
    "addresses",
    [("10.0.0.5",), ("169.254.169.254",), ("::1",), ("93.184.216.34", "127.0.0.1"), ("fe80::1%lo",),
     ("::ffff:10.0.0.1",), ("64:ff9b::a00:1",), ("100.64.1.1",)],
)  # fmt: skip
def test_a_name_that_leads_inside_is_refused_even_beside_a_public_address(addresses: tuple[str, ...]) -> None:
    made = refused(GuardedFetcher(resolve=Names(lure_example=[addresses])), "http://lure.example/")

    assert made.why == "address"
    assert "lure.example leads to" in made.detail


def test_rebinding_gains_nothing_for_a_name_is_resolved_once_a_fetch() -> None:
    names = Names(lure_example=[("127.0.0.1",), ("10.0.0.5",), ("127.0.0.1", "10.0.0.5")])
    with serving({"/": answer("first")}) as server:
        fetcher = reaching(("lure.example", server), names=names)

        assert got(fetcher, lure(server)).body == b"first"
        assert names.asked == ["lure.example"]
        assert refused(fetcher, lure(server)).detail.startswith("lure.example leads to 10.0.0.5")
        assert refused(fetcher, lure(server)).why == "address"
        assert names.asked == ["lure.example"] * 3
        assert server.connections == 1


def test_what_is_connected_to_is_the_checked_address(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []

    def connect(where: tuple[str, int], timeout: float) -> socket.socket:
        asked.append(where)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr("nospim.capture.wire.socket.create_connection", connect)
    names = Names(lure_example=[("93.184.216.34", "93.184.216.35"), ("127.0.0.1",)])
    made = refused(GuardedFetcher(resolve=names), "https://lure.example/")

    assert made.why == "connect"
    assert asked == [("93.184.216.34", 443), ("93.184.216.35", 443)]


def test_an_address_that_turns_out_to_be_this_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.create_connection
    with serving({"/": answer("secret")}) as server:
        monkeypatch.setattr(
            "nospim.capture.wire.socket.create_connection",
            lambda _where, timeout: real(("127.0.0.1", server.port), timeout),
        )
        made = refused(
            GuardedFetcher(resolve=Names(lure_example=[("93.184.216.34",)])), "http://lure.example/"
        )

        assert made.why == "address"
        assert not any(request.strip() for request in server.requests)
        assert "this machine" in made.detail


def test_a_name_without_an_address_or_with_too_many_is_refused() -> None:
    assert refused(GuardedFetcher(resolve=Names(lure_example=[()])), "http://lure.example/").why == "resolve"
    many = Names(lure_example=[tuple(f"93.184.216.{n}" for n in range(40))])
    assert refused(GuardedFetcher(resolve=many), "http://lure.example/").why == "resolve"


def test_the_systems_resolver_answers_fails_and_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "127.0.0.1" in system_resolver("localhost", 80, 10.0)
    never = threading.Event()

    def waits(*_a: object, **_k: object) -> list[object]:
        never.wait(30)
        return []

    monkeypatch.setattr("nospim.capture.resolve.socket.getaddrinfo", waits)
    with pytest.raises(TimeoutError):
        system_resolver("slow.example", 80, 0.05)
    never.set()

    def fails(*_a: object, **_k: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr("nospim.capture.resolve.socket.getaddrinfo", fails)
    with pytest.raises(socket.gaierror):
        system_resolver("none.example", 80, 10.0)


def test_a_stream_without_end_is_cut_at_the_limit() -> None:
    def endless(_path: str, _head: bytes, wire: socket.socket) -> None:
        wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>")
        while True:
            wire.sendall(b"a" * 65536)

    with serving(endless) as server:
        made = got(reaching(("lure.example", server), answer_bytes=200_000), lure(server))

        assert made.cut == "size"
        assert 200_000 <= len(made.raw_answer) < 200_000 + MAX_HEAD


def test_headers_that_drip_are_given_up_when_the_time_is_over() -> None:
    with serving(lambda _p, _h, wire: drip(wire, b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 10_000)) as server:
        made = refused(reaching(("lure.example", server), answer_seconds=0.5), lure(server))

        assert made.why == "time"


def test_a_body_that_drips_is_kept_as_far_as_it_came() -> None:
    whole = answer("b" * 10_000)
    with serving(lambda _p, _h, wire: drip(wire, whole)) as server:
        made = got(reaching(("lure.example", server), answer_seconds=1.5), lure(server))

        assert made.cut == "time"
        assert 0 < len(made.body) < 10_000


def drip(wire: socket.socket, data: bytes) -> None:
    """A byte every few milliseconds: each read succeeds, and the whole never ends."""
    pause = threading.Event()
    for place in range(len(data)):
        wire.sendall(data[place : place + 1])
        pause.wait(0.004)


def test_a_server_that_says_nothing_is_given_up() -> None:
    def silent(_path: str, _head: bytes, _wire: socket.socket) -> None:
        threading.Event().wait(5)

    with serving(silent) as server:
        assert refused(reaching(("lure.example", server), answer_seconds=0.3), lure(server)).why == "time"


HEADS = {
    "one huge header": (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n", "size"),
    "very many headers": (b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 40_000 + b"\r\n", "size"),
    "interim answers without end": (b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000, "size"),
    "no HTTP": (b"220 mail.example ESMTP\r\n", "answer"),
    "another protocol": (b"\x16\x03\x01\x02\x00\x01\x00" * 10 + b"\r\n\r\n", "answer"),
    "nothing": (b"", "answer"),
    "a negative length": (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nx", "answer"),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nabcdefg", "answer"),
    "a zero in a header": (b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", "answer"),
}


@pytest.mark.parametrize("attack", HEADS)
def test_a_head_that_is_too_much_or_no_http_is_refused(attack: str) -> None:
    sent, why = HEADS[attack]
    with serving(lambda _p, _h, wire: wire.sendall(sent)) as server:
        assert refused(reaching(("lure.example", server)), lure(server)).why == why


def test_a_gzip_bomb_is_unpacked_to_the_limit_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(b"\0" * (80 * 1024 * 1024))
    with serving({"/": answer(bomb, "Content-Encoding: gzip")}) as server:
        made = got(reaching(("lure.example", server)), lure(server))

        assert made.cut == "packing"
        assert len(made.body) == 16 * 1024 * 1024
        assert len(made.raw_answer) < 200_000


def test_a_bomb_inside_a_bomb_is_no_worse() -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * (64 * 1024 * 1024)))
    headers = ["Content-Encoding: gzip, gzip"]
    with serving(
        {"/": answer(bomb, *headers), "/3": answer(bomb, "Content-Encoding: gzip, gzip, gzip")}
    ) as server:
        fetcher = reaching(("lure.example", server))

        assert got(fetcher, lure(server)).cut == "packing"
        assert got(fetcher, lure(server, "/3")).cut == "encoding"


def test_packed_bodies_are_unpacked_as_browsers_do() -> None:
    bare = zlib.compressobj(wbits=-15)
    packed = {
        "/gzip": answer(gzip.compress(b"hello"), "Content-Encoding: gzip"),
        "/members": answer(gzip.compress(b"hel") + gzip.compress(b"lo"), "Content-Encoding: gzip"),
        "/deflate": answer(zlib.compress(b"hello"), "Content-Encoding: deflate"),
        "/bare": answer(bare.compress(b"hello") + bare.flush(), "Content-Encoding: deflate"),
    }
    with serving(packed) as server:
        fetcher = reaching(("lure.example", server))

        assert {got(fetcher, lure(server, path)).body for path in packed} == {b"hello"}


def test_a_body_that_breaks_off_or_is_packed_in_an_unknown_way_says_so() -> None:
    pages = {
        "/short": b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nabc",
        "/chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\n",
        "/half": answer(gzip.compress(b"hello" * 500)[:20], "Content-Encoding: gzip"),
        "/br": answer(b"\x0b\x02\x80", "Content-Encoding: br"),
    }
    with serving(pages) as server:
        fetcher = reaching(("lure.example", server))

        assert {path: got(fetcher, lure(server, path)).cut for path in pages} == {
            "/short": "connection",
            "/chunks": "connection",
            "/half": "connection",
            "/br": "encoding",
        }


def test_a_redirect_is_not_followed_by_the_fetcher_itself() -> None:
    with serving({"/": redirect("http://127.0.0.1/")}) as server:
        assert got(reaching(("lure.example", server)), lure(server)).status == 302


def test_the_budget_of_a_capture_ends_it() -> None:
    with serving({"/": answer("a" * 50_000)}) as server:
        few = reaching(("lure.example", server), requests=2)
        assert [isinstance(get(few, lure(server)), Exchange) for _ in range(3)] == [True, True, False]
        assert refused(few, lure(server)).why == "budget"
        small = reaching(("lure.example", server), total_bytes=60_000)
        assert [got(small, lure(server)).cut for _ in range(2)] == ["", "size"]
        assert refused(small, lure(server)).why == "budget"
        brief = reaching(("lure.example", server), capture_seconds=0.0)
        assert refused(brief, lure(server)).why == "budget"


def test_tls_is_checked_and_its_certificate_noted(tmp_path: Path) -> None:
    server_side, trusting = certificate(tmp_path, "lure.example")
    with serving({"/": answer("secure")}, server_side) as server:
        url = f"https://lure.example:{server.port}/"
        made = got(reaching(("lure.example", server), context=trusting), url)
        assert made.tls is not None
        assert made.tls.version in {"TLSv1.2", "TLSv1.3"}
        assert len(made.tls.certificate) == 64

        before = len(server.requests)
        untrusted = refused(reaching(("lure.example", server)), url)
        assert untrusted.why == "tls"
        assert "certificate does not hold" in untrusted.detail
        other = reaching(("other.example", server), context=trusting)
        assert refused(other, f"https://other.example:{server.port}/").why == "tls"
        assert len(server.requests) == before, "something was asked for over a connection that is not secure"


def test_a_server_that_speaks_no_tls_is_refused() -> None:
    with serving({"/": answer("plain")}) as server:
        made = refused(reaching(("lure.example", server)), f"https://lure.example:{server.port}/")

        assert made.why == "tls"


def test_old_tls_is_refused(tmp_path: Path) -> None:
    server_side, trusting = certificate(tmp_path, "lure.example")
    trusting.minimum_version = ssl.TLSVersion.TLSv1_3
    server_side.maximum_version = ssl.TLSVersion.TLSv1_2
    with serving({"/": answer("old")}, server_side) as server:
        made = refused(
            reaching(("lure.example", server), context=trusting), f"https://lure.example:{server.port}/"
        )

        assert made.why == "tls"
