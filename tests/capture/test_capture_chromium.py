"""A real Chromium that has no network: what it draws, and what it cannot do."""

from __future__ import annotations

import socket
import struct
import zlib
from pathlib import Path

import pytest
from hostile import Server, answer, reaching, redirect, serving

from nospim.capture import Marks, capture, launch
from nospim.capture.chromium import Chromium
from nospim.capture.interface import DESKTOP, PHONE, Guise, Rendered
from nospim.capture.launch import ALONE, AS_NOBODY, NO_WAY_OUT, SANDBOXED, find_browser
from nospim.capture.likeness import PASSES
from nospim.capture.logos import SHOWN, Logo
from nospim.capture.record import Recorder
from nospim.cli import run
from nospim.links import Brands

LOGIN = "<form method=post action=/go><input name=u><input type=password name=p></form>"


@pytest.fixture(scope="module")
def chromium() -> Chromium:
    path = find_browser()
    if not path:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    return Chromium(path)


def drawn(chromium: Chromium, server: Server, path: str = "/", guise: Guise = DESKTOP) -> Rendered:
    fetcher = Recorder(reaching(("lure.example", server), answer_seconds=5.0))
    made = chromium.render(f"http://lure.example:{server.port}{path}", guise, fetcher)
    assert isinstance(made, Rendered), made
    return made


def png(width: int, height: int, shift: int = 0) -> bytes:
    """A picture with a pattern, written by hand."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(
        b"\0" + bytes((x * 9 // width * 97 + y * 8 // height * 61 + shift) % 256 for x in range(width))
        for y in range(height)
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def paths(server: Server) -> list[str]:
    return sorted(one.split(b" ")[1].decode() for one in server.requests)


def test_a_page_is_drawn_with_what_its_scripts_make_and_the_blurred_copy_is_another(
    chromium: Chromium,
) -> None:
    script = f"document.title='ready'; document.body.innerHTML = `{LOGIN}`"
    page = f"<body><h1>wait</h1><script>setTimeout(() => {{ {script} }}, 200)</script>"
    with serving({"/": answer(page)}) as server:
        made = drawn(chromium, server)

    assert 'type="password"' in made.html
    assert size(made.shot) == size(made.blurred) == (1280, 800)
    assert made.shot != made.blurred
    assert made.browser.startswith("Chrome/")
    assert NO_WAY_OUT in made.walls
    assert SANDBOXED in made.walls or AS_NOBODY in made.walls


@pytest.mark.parametrize("walls", ["all that can be had", "no network namespace", "nor a sandbox"])
def test_no_road_out_of_the_browser_leads_inside(
    walls: str, chromium: Chromium, monkeypatch: pytest.MonkeyPatch
) -> None:
    if walls != "all that can be had":  # as in a container that may not make namespaces
        start = "alone = libc.unshare(0x40000000 if root else 0x50000000) == 0\n"
        assert start in launch._LAUNCHER
        monkeypatch.setattr(launch, "_LAUNCHER", launch._LAUNCHER.replace(start, "alone = False\n"))
    if walls == "nor a sandbox":
        monkeypatch.setattr(launch, "_FLAGS", (*launch._FLAGS, "--no-sandbox"))
    secret: list[bytes] = []

    def inside(_path: str, head: bytes, wire: socket.socket) -> None:
        secret.append(head)
        wire.sendall(answer("secret"))

    with serving(inside) as other, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packets:
        port = other.port
        packets.bind(("127.0.0.1", port))
        packets.setblocking(False)
        page = f"""<img src=http://127.0.0.1:{port}/a><img src=http://[::1]:{port}/b><img src=http://2130706433/c>
        <img src=http://169.254.169.254/d><iframe src=http://localhost:{port}/e></iframe>
        <link rel=preconnect href=http://127.0.0.1:{port}><link rel=dns-prefetch href=//127.0.0.1:{port}>
        <link rel=stylesheet href=file:///etc/passwd><iframe src=file:///etc/passwd></iframe>
        <script>
        new WebSocket('ws://127.0.0.1:{port}/f'); new EventSource('http://127.0.0.1:{port}/g');
        navigator.sendBeacon('http://127.0.0.1:{port}/h', 'x'); fetch('/i', {{method: 'POST', body: 'x'}});
        new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:{port}'}}]}}).createDataChannel('x');
        const c = new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:{port}'}}]}});
        c.createDataChannel('y'); c.createOffer().then(offer => c.setLocalDescription(offer));
        try {{ new WebTransport('https://127.0.0.1:{port}/m') }} catch (error) {{}}
        window.open('http://127.0.0.1:{port}/j'); alert('wait for me'); fetch('/k', {{method: 'DELETE'}});
        new Worker(URL.createObjectURL(new Blob(["fetch('http://127.0.0.1:{port}/l')"])));
        </script>"""
        with serving({"/": answer(page)}) as server:
            made = drawn(chromium, server)
            asked = paths(server)
        with pytest.raises(BlockingIOError):
            packets.recv(1500)

    assert secret == []
    assert other.connections == 0
    assert set(asked) <= {"/", "/favicon.ico"}
    whys = {refused.why for refused in made.blocked}
    assert whys >= {"port", "address", "method"}
    assert "root:" not in made.html


def test_a_redirect_inside_the_browser_is_checked_like_any_other(chromium: Chromium) -> None:
    pages = {
        "/": answer("<img src=/jump><img src=/on><script>setTimeout(() => location = '/go', 100)</script>"),
        "/jump": redirect("http://169.254.169.254/x"),
        "/on": redirect("/picture"),
        "/picture": answer(png(40, 40), kind="image/png"),
        "/go": answer("<title>landed</title><p>here"),
    }
    with serving(pages) as server:
        made = drawn(chromium, server)
        asked = paths(server)

    assert made.url.endswith("/go")
    assert "/picture" in asked
    assert "address" in {refused.why for refused in made.blocked}


def test_frames_inside_the_page_are_read(chromium: Chromium) -> None:
    with serving({"/": answer("<iframe src=/in></iframe>"), "/in": answer(LOGIN)}) as server:
        made = drawn(chromium, server)

        assert [(where.rpartition("/")[2], source) for where, source in made.frames] == [("in", LOGIN)]


def test_no_cookie_comes_back_and_a_phone_is_drawn_as_one(chromium: Chromium) -> None:
    agent = "<script>document.write(navigator.userAgent)</script><img src=/a.png>"
    page = f"<meta name=viewport content='width=device-width'>{agent}"
    with serving({"/": answer(page, "Set-Cookie: who=ann")}) as server:
        made = drawn(chromium, server, guise=PHONE)
        sent = b"".join(server.requests).lower()

    assert b"cookie" not in sent
    assert "Android" in made.html
    assert size(made.shot)[0] == 412


def test_a_page_that_never_rests_is_drawn_when_the_time_is_over(
    chromium: Chromium, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nospim.capture.chromium.RENDER_SECONDS", 3.0)
    page = "<p>busy<script>setInterval(() => fetch('/' + Math.random()), 50)</script>"
    with serving({"/": answer(page)}) as server:
        assert "busy" in drawn(chromium, server).html


def test_a_page_that_hangs_its_script_is_given_up(
    chromium: Chromium, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nospim.capture.chromium.RENDER_SECONDS", 2.0)
    monkeypatch.setattr("nospim.capture.chromium.SHOT_SECONDS", 3.0)
    with serving({"/": answer("<script>while (true) {}</script>")}) as server:
        fetcher = Recorder(reaching(("lure.example", server)))
        made = chromium.render(f"http://lure.example:{server.port}/", DESKTOP, fetcher)

    assert made == "the page was not drawn: the browser took too long"


def test_a_very_long_page_is_cut(chromium: Chromium) -> None:
    with serving({"/": answer("<div style='height:100000px'>long")}) as server:
        assert size(drawn(chromium, server).shot)[1] == 6000


MARK = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="240" height="80">'
    b'<circle cx="40" cy="40" r="28" fill="#25c"/><path d="M28 52L40 22 52 52Z" fill="#fff"/>'
    b'<path d="M90 20h20v40H90ZM126 20l34 40h-34ZM178 20h30v9h-30Zm0 30h30v10h-30Z" fill="#25c"/></svg>'
)
OTHER = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="240" height="80"><path d="M8 12h60v60H8Z" fill="#25c"/>'
    b'<path d="M90 60q10-50 30 0q20-50 40 0q10-40 50-30" stroke="#25c" stroke-width="9" fill="none"/></svg>'
)
LOGO = Logo("chatter.example", "image/svg+xml", MARK)


def logo_on(page: str, **files: bytes) -> float:
    """How surely the logo is seen on a page."""
    site = {"/": answer(page)} | {f"/{n}.svg": answer(f, kind="image/svg+xml") for n, f in files.items()}
    with serving(site) as server:
        return dict(drawn(Chromium(find_browser(), (LOGO,)), server).logos).get("chatter.example", 0.0)


@pytest.mark.parametrize(
    "page",
    [
        "<img src=/l.svg height=48>",
        "<body style='background:#123'><img src=/l.svg height=60 style='background:#fff'>",
        "<div style='height:45px;background:url(/l.svg) no-repeat;background-size:contain'></div>",
    ],
)
def test_a_logo_is_seen_wherever_and_however_a_page_shows_it(chromium: Chromium, page: str) -> None:
    assert logo_on(f"{page}<h1>Hello</h1>{LOGIN}", l=MARK) >= SHOWN


@pytest.mark.parametrize(
    "page",
    ["<h1>Hello</h1>", "<img src=/o.svg height=48>", "<button><img src=/l.svg height=14>Sign in</button>"],
)
def test_another_logo_or_a_small_one_in_a_button_is_not_it(chromium: Chromium, page: str) -> None:
    assert logo_on(f"{page}{LOGIN}", l=MARK, o=OTHER) < SHOWN


def test_what_is_no_picture_or_blank_is_no_logo(chromium: Chromium) -> None:
    blank = b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30"/>'

    assert chromium.can_draw(LOGO)
    assert not chromium.can_draw(Logo("chatter.example", "image/png", b"no picture"))
    assert not chromium.can_draw(Logo("chatter.example", "image/svg+xml", blank))


def test_a_whole_capture_finds_a_page_that_wears_only_a_logo(chromium: Chromium) -> None:
    marks = Marks(brands=Brands.of((), ("chatter.example",)))
    pages = {"/": answer(f"<img src=/l.svg height=48>{LOGIN}"), "/l.svg": answer(MARK, kind="image/svg+xml")}
    with serving(pages) as server:
        fetcher = reaching(("lure.example", server))
        browser = Chromium(find_browser(), (LOGO,))
        made = capture(f"http://lure.example:{server.port}/", fetcher, browser, marks).capture

    assert "it shows the logo of chatter.example, whose page it is not" in {
        one.detail for one in made.findings
    }
    assert made.likeness is not None
    assert (made.likeness.own, made.likeness.share > PASSES) == (True, True)
    assert bool(made.lacking) is (ALONE not in made.walls)


def test_the_command_draws_and_keeps_the_original_apart(
    chromium: Chromium, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "logo.svg"
    picture.write_bytes(MARK)
    policy = tmp_path / "policy.toml"
    policy.write_text('[lists]\nown_names = ["chatter.example"]\n')
    with serving({"/": answer(LOGIN)}) as server:
        monkeypatch.setattr(
            "nospim.capture.GuardedFetcher", lambda _rules: reaching(("lure.example", server))
        )
        words = ["capture", f"http://lure.example:{server.port}/", "--out", str(tmp_path / "c")]
        status = run([*words, "--policy", str(policy), "--logo", f"chatter.example={picture}"])
    capsys.readouterr()

    assert status == 0
    assert sorted(path.relative_to(tmp_path / "c").as_posix() for path in (tmp_path / "c").rglob("*.*")) == [
        "capture.json",
        "page.warc.gz",
        "screenshot-blurred.png",
        "sealed/screenshot.png",
    ]


def test_a_browser_that_does_not_start_is_a_sentence(tmp_path: Path) -> None:
    fake = tmp_path / "chromium"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    with serving({"/": answer("a")}) as server:
        fetcher = reaching(("lure.example", server))
        made = Chromium(str(fake)).render(f"http://lure.example:{server.port}/", DESKTOP, fetcher)

    assert isinstance(made, str)
    assert made.startswith("the page was not drawn: the browser")


def test_the_walls_have_names_of_their_own() -> None:
    assert len({ALONE, AS_NOBODY, NO_WAY_OUT, SANDBOXED}) == 4
