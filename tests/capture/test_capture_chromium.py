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
from nospim.capture.marks import alike
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


def test_a_logo_is_known_again_when_resized(chromium: Chromium) -> None:
    known = chromium.likeness_of("image/png", png(180, 160))
    assert known is not None
    with serving(
        {"/": answer("<img src=/l.png>"), "/l.png": answer(png(90, 80), kind="image/png")}
    ) as server:
        looks = dict(drawn(chromium, server).looks)

    assert [alike(known, bits) for where, bits in looks.items() if where.endswith("/l.png")] == [True]
    assert chromium.likeness_of("image/png", b"no picture") is None


def test_a_whole_capture_finds_a_page_that_wears_only_a_logo(chromium: Chromium, tmp_path: Path) -> None:
    known = chromium.likeness_of("image/png", png(180, 160))
    assert known is not None
    marks = Marks(brands=Brands.of((), ("chatter.example",)), logos=(("chatter.example", known),))
    pages = {"/": answer(f"<img src=/l.png>{LOGIN}"), "/l.png": answer(png(90, 80), kind="image/png")}
    with serving(pages) as server:
        made = capture(
            f"http://lure.example:{server.port}/", reaching(("lure.example", server)), chromium, marks
        ).capture

    assert "it shows the logo of chatter.example, whose page it is not" in {
        one.detail for one in made.findings
    }
    assert bool(made.lacking) is (ALONE not in made.walls)


def test_the_command_draws_and_keeps_the_original_apart(
    chromium: Chromium, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "logo.png"
    picture.write_bytes(png(180, 160))
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
