"""Walks along chains: redirects, refreshes, script jumps, loops, and roads that lead inside."""

from __future__ import annotations

import socket

import pytest
from hostile import Names, Server, answer, reaching, redirect, serving
from hypothesis import given
from hypothesis import strategies as st

from nospim.capture.interface import DESKTOP, PHONE, Guise, Request, Visit
from nospim.capture.jumps import refresh, script_jump
from nospim.capture.visit import headers_of, walk

BASE = "http://lure.example/a"


def visited(server: Server, path: str = "/", guise: Guise = DESKTOP, *more: tuple[str, Server]) -> Visit:
    fetcher = reaching(("lure.example", server), *more, answer_seconds=5.0)
    url = f"http://lure.example:{server.port}{path}"
    return walk(Request(url=url, headers=headers_of(guise)), guise, fetcher).visit


def way(visit: Visit) -> list[tuple[str, str]]:
    """The jumps and paths of a walk; a refusal by its kind."""
    paths = [hop.url.partition("://")[2].partition("/")[2] for hop in visit.hops]
    told = [
        hop.refused.why if hop.refused else "/" + path for hop, path in zip(visit.hops, paths, strict=True)
    ]
    return [(hop.jump, one) for hop, one in zip(visit.hops, told, strict=True)]


def test_a_chain_of_every_kind_is_followed_to_the_page() -> None:
    pages = {
        "/": redirect("/two", "301 Moved Permanently"),
        "/two": answer("", "Refresh: 0; url=/three"),
        "/three": answer('<meta http-equiv="Refresh" content="2;URL=\'/four\'">'),
        "/four": answer("<script>setTimeout(function(){ window.location.href = '/five'; }, 500)</script>"),
        "/five": answer(
            "<title>Sign in</title><form method=post action=/go><input type=password name=p></form>"
        ),
    }
    with serving(pages) as server:
        visit = visited(server)

    assert way(visit) == [
        ("start", "/"),
        ("http", "/two"),
        ("refresh_header", "/three"),
        ("meta_refresh", "/four"),
        ("script", "/five"),
    ]
    assert visit.page is not None
    assert visit.page.title == "Sign in"
    assert visit.page.asks_password


INSIDE = {
    "loopback": ("http://127.0.0.1/", "address"),
    "metadata": ("http://169.254.169.254/latest/meta-data/iam/", "address"),
    "version 6": ("http://[::1]/", "address"),
    "decimal": ("http://2130706433/", "address"),
    "a private name": ("http://vault.internal/", "name"),
    "a name that leads inside": ("http://inside.example/", "address"),
    "another port": ("http://lure.example:22/", "port"),
    "credentials": ("http://ann:secret@lure.example/", "credentials"),
    "a file": ("file:///etc/passwd", "scheme"),
    "a script": ("javascript:alert(1)", "scheme"),
    "without a scheme": ("//127.0.0.1/", "address"),
}


@pytest.mark.parametrize("how", ["http", "refresh_header", "meta_refresh", "script"])
@pytest.mark.parametrize("where", INSIDE)
def test_no_kind_of_redirect_leads_inside(where: str, how: str) -> None:
    url, why = INSIDE[where]
    if how == "script" and url[:4] != "http":
        url, why = "http://10.0.0.1/", "address"
    page = {
        "http": redirect(url),
        "refresh_header": answer("", f"Refresh: 0;url={url}"),
        "meta_refresh": answer(f'<meta http-equiv=refresh content="0;url={url}">'),
        "script": answer(f'<script>location.replace("{url}")</script>'),
    }[how]
    with serving({"/": page}) as server:
        names = Names(inside_example=[("10.0.0.9",)])
        fetcher = reaching(("lure.example", server), names=names)
        visit = walk(Request(url=f"http://lure.example:{server.port}/", headers=()), DESKTOP, fetcher).visit

    assert way(visit) == [("start", "/"), (how, why)]
    assert visit.refused is not None
    assert len(server.requests) == 1


def test_a_circle_is_seen_and_left() -> None:
    with serving({"/": redirect("/b"), "/b": redirect("/")}) as server:
        assert way(visited(server)) == [("start", "/"), ("http", "/b"), ("http", "loop")]
        assert len(server.requests) == 2


def test_a_road_without_end_is_left_after_twenty_redirects() -> None:
    def play(path: str, _head: bytes, wire: socket.socket) -> None:
        wire.sendall(redirect(f"/{len(path)}{path[1:]}"))

    with serving(play) as server:
        visit = visited(server)

    assert visit.refused is not None
    assert (visit.refused.why, len(visit.hops)) == ("loop", 22)


def test_pages_that_keep_jumping_by_themselves_are_left_sooner() -> None:
    def play(path: str, _head: bytes, wire: socket.socket) -> None:
        wire.sendall(answer(f"<meta http-equiv=refresh content='0;url={path}x'>"))

    with serving(play) as server:
        assert len(visited(server).hops) == 7


def test_cookies_and_referrers_are_not_carried_along() -> None:
    pages = {"/": answer("", "Set-Cookie: who=ann", "Location: /b", status="302 Found"), "/b": answer("<p>b")}
    with serving(pages) as server:
        visited(server)
        sent = b"".join(server.requests).lower()

    assert b"cookie" not in sent
    assert b"referer" not in sent
    assert b"authorization" not in sent


def test_a_page_may_show_a_phone_another_face() -> None:
    def play(_path: str, head: bytes, wire: socket.socket) -> None:
        wire.sendall(answer("<input type=password>" if b"Mobile" in head else "<p>Nothing here"))

    with serving(play) as server:
        desk, phone = visited(server), visited(server, "/", PHONE)

    assert desk.page is not None
    assert phone.page is not None
    assert (desk.page.asks_password, phone.page.asks_password) == (False, True)


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (
            ("Content-Type: application/vnd.android.package-archive",),
            "application/vnd.android.package-archive",
        ),
        (("Content-Type: text/html", "Content-Disposition: attachment; filename=a.html"), "text/html"),
        (("Content-Type: application/zip",), "application/zip"),
    ],
)
def test_a_file_is_told_from_a_page(headers: tuple[str, ...], kind: str) -> None:
    sent = (
        "\r\n".join(["HTTP/1.1 200 OK", *headers, "Content-Length: 9"]).encode() + b"\r\n\r\n<p>PK\x03\x04.."
    )
    with serving({"/": sent}) as server:
        visit = visited(server)

    assert (visit.page, visit.download) == (None, kind)
    assert visit.hops[-1].sha256


@pytest.mark.parametrize(
    ("body", "kind", "title"),
    [
        (b"<title>\xc4nderung</title>", "text/html; charset=iso-8859-1", "Änderung"),
        ("<title>Ändern</title>".encode("utf-16"), "text/html", "Ändern"),
        (b"<meta charset=gb2312><title>\xb5\xc7\xc2\xbc</title>", "text/html", "登录"),
        (b"<title>\xff\xfe\xfa broken</title>", "text/html; charset=no-such-charset", "ÿþú broken"),
        (b"<meta charset=hex><title>\xe7\x99\xbb</title>", "text/html; charset=zip", "登"),
        (b"<title>a\x00b</title>", "text/html; charset=utf-7", "a\ufffdb"),
    ],
)
def test_a_broken_or_lying_charset_is_read_as_browsers_read_it(body: bytes, kind: str, title: str) -> None:
    with serving({"/": answer(body, kind=kind)}) as server:
        page = visited(server).page

    assert page is not None
    assert page.title == title


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ("0;url=/b", "http://lure.example/b"),
        ("5; URL = '/b' junk", "http://lure.example/b"),
        ("0, /b", "http://lure.example/b"),
        (' 0;url="http://b.example/"', "http://b.example/"),
        (".5;/b", "http://lure.example/b"),
        ("0", None),
        ("30;", None),
        ("3600;url=/b", None),
        ("0;url=/a", None),
        ("soon;url=/b", None),
    ],
)
def test_refreshes_are_read_as_browsers_read_them(value: str, where: str | None) -> None:
    assert refresh(value, BASE) == where


JUMPS = {
    "location = '/b';": "/b",
    'window.location.href = "/b"': "/b",
    "top.location.replace('/b')": "/b",
    'document.location.assign("/b");': "/b",
    "location='http:\\/\\/b.example\\/'": "http://b.example/",
    "location='\\x2fb'": "/b",
    "$(document).ready(function(){ location.href='/b'; })": "/b",
    "window.onload = function () { self.location = '/b' }": "/b",
    "(function(){location.href='/b';})()": "/b",
}
STAYS = [
    "location == '/b'",
    "// location = '/b'",
    "/* location = '/b' */",
    "function go() { location = '/b' }",
    "var mylocation = '/b';",
    "x.geolocation = '/b'",
    "location = base + '/b'",
    "location.hash = '#b'",
    "location = '#top'",
    "location = 'javascript:void(0)'",
]


@pytest.mark.parametrize("source", JUMPS)
def test_a_literal_jump_of_a_script_is_read(source: str) -> None:
    from nospim.capture.target import joined

    assert script_jump(source, BASE) == joined(BASE, JUMPS[source])


@pytest.mark.parametrize("source", STAYS)
def test_what_waits_or_is_computed_is_no_jump(source: str) -> None:
    assert script_jump(source, BASE) is None


@given(st.text(alphabet="location='\"/\\{}();.window*\n h:", max_size=200))
def test_any_script_is_read_without_a_fault(source: str) -> None:
    where = script_jump(source, BASE)

    assert where is None or where.startswith("http")
