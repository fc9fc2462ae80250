"""Whole captures: the chain, the page, the archive, the decoy, and what must never be stored."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from hostile import Server, answer, reaching, redirect, serving
from warcio.archiveiterator import ArchiveIterator

from nospim.capture import Captured, DecoyPlan, Fetcher, Marks, capture
from nospim.capture.interface import Guise, Rendered
from nospim.capture.record import Withheld
from nospim.capture.store import prepare, store
from nospim.cli import run
from nospim.errors import UsageError
from nospim.events import PageCaptured, decode
from nospim.links import Brands

MARKS = Marks(brands=Brands.of(("examplebank.com",), ("chatter.example",)))
LOGIN = (
    "<title>Example Bank</title>"
    "<form method=post action=/take><input name=u><input type=password name=p></form>"
)
SITE = {
    "/": redirect("/in"),
    "/in": answer(LOGIN),
    "/take": redirect("/thanks"),
    "/thanks": answer("<p>Adults only"),
}


def captured(server: Server, path: str = "/", **more: Any) -> Captured:
    fetcher = reaching(("lure.example", server), answer_seconds=5.0)
    return capture(f"http://lure.example:{server.port}{path}", fetcher, None, MARKS, **more)


def test_a_capture_tells_the_way_the_form_and_the_brand() -> None:
    with serving(SITE) as server:
        made = captured(server, "/?email=ann@mail.example").capture

        assert made.dropped == ("query email",)
        assert b"ann@mail" not in b"".join(server.requests)
        assert [visit.guise for visit in made.visits] == ["desktop", "phone"]
        assert [hop.status for hop in made.visits[0].hops] == [302, 200]
        assert {one.kind for one in made.findings} >= {"asks_password", "names_brand", "posts_openly"}
        assert made.millibits >= 5000
        assert made.submission is None
        assert "not drawn" in made.lacking[0]


def test_a_page_that_shows_phones_another_face_is_called_cloaked() -> None:
    def play(_path: str, head: bytes, wire: socket.socket) -> None:
        wire.sendall(answer(LOGIN if b"Mobile" in head else "<p>Recipes"))

    with serving(play) as server:
        made = captured(server).capture

    assert {one.kind for one in made.findings} >= {"cloaks", "names_brand"}


ODD = b"HTTP/1.1 200 Fine\r\ncontent-type:text/html\r\nX-Odd:   a \r\nTransfer-Encoding: chunked\r\n\r\n"


def test_the_archive_holds_every_byte_on_the_wire_with_its_digest(tmp_path: Path) -> None:
    odd = ODD + b"5\r\n<p>hi\r\n0\r\n\r\n"
    with serving({"/": odd}) as server:
        prepare(tmp_path / "a")
        made = store(captured(server), tmp_path / "a")
        sent = server.requests[0]
    archive = tmp_path / "a" / "page.warc.gz"

    with archive.open("rb") as stream:
        raw = [(one.rec_type, one.raw_stream.read()) for one in ArchiveIterator(stream, no_record_parse=True)]
    with archive.open("rb") as stream:
        parsed = []
        for one in ArchiveIterator(stream, check_digests="raise"):
            parsed.append(one.rec_headers)
            one.raw_stream.read()

    assert [kind for kind, _ in raw] == ["warcinfo"] + ["response", "request", "metadata"] * 2
    assert raw[1] == ("response", odd)
    assert raw[2] == ("request", sent)
    digest = base64.b32encode(hashlib.sha256(odd).digest()).decode()
    assert parsed[1].get_header("WARC-Block-Digest") == f"sha256:{digest}"
    assert parsed[1].get_header("WARC-IP-Address") == "127.0.0.1"
    assert dict(made.files)["page.warc.gz"] == hashlib.sha256(archive.read_bytes()).hexdigest()


def test_the_archive_says_what_was_refused_and_why(tmp_path: Path) -> None:
    with serving({"/": redirect("http://127.0.0.1/")}) as server:
        prepare(tmp_path / "a")
        store(captured(server), tmp_path / "a")
    told = gzip.decompress((tmp_path / "a" / "page.warc.gz").read_bytes())

    assert b'"refused"' in told
    assert b'"why":"address"' in told


def test_the_folder_is_its_owners_and_never_written_over(tmp_path: Path) -> None:
    out = tmp_path / "capture"
    with serving(SITE) as server:
        prepare(out)
        store(captured(server), out)

    assert out.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in out.rglob("*"))
    told = json.loads((out / "capture.json").read_text())
    assert told["visits"][0]["hops"][1]["url"].endswith("/in")
    with pytest.raises(UsageError, match="never written over"):
        prepare(out)


def test_a_decoy_is_given_once_and_what_follows_is_recorded(tmp_path: Path) -> None:
    plan = DecoyPlan(approved_by="C. Ounsel", seed=b"0123456789abcdef")
    with serving(SITE) as server:
        made = captured(server, plan=plan)
        posts = [one for one in server.requests if one.startswith(b"POST ")]
        prepare(tmp_path / "a")
        store(made, tmp_path / "a")

    submission = made.capture.submission
    assert submission is not None
    assert made.decoy is not None
    assert len(posts) == 1
    assert f"u={made.decoy.account}&p={made.decoy.password}".encode() in posts[0]
    assert submission.approved_by == "C. Ounsel"
    assert submission.visit is not None
    assert [(hop.jump, hop.url.rpartition("/")[2]) for hop in submission.visit.hops] == [
        ("submission", "take"),
        ("http", "thanks"),
    ]
    record = (tmp_path / "a" / "capture.json").read_text()
    assert made.decoy.password not in record
    assert (
        json.loads((tmp_path / "a" / "sealed" / "decoy.json").read_text())["password"] == made.decoy.password
    )


def test_without_a_plan_nothing_is_ever_posted() -> None:
    with serving(SITE) as server:
        captured(server)

        assert all(one.startswith(b"GET ") for one in server.requests)


def test_no_decoy_follows_a_form_that_leads_inside() -> None:
    page = answer(
        "<form method=post action=http://169.254.169.254/a><input name=u><input type=password name=p>"
    )
    plan = DecoyPlan(approved_by="C. Ounsel", seed=b"0123456789abcdef")
    with serving({"/": page}) as server:
        submission = captured(server, plan=plan).capture.submission

    assert submission is not None
    assert submission.visit is not None
    assert submission.visit.refused is not None
    assert submission.visit.refused.why == "address"


@pytest.mark.parametrize("kind", ["md5", "sha1", "sha256"])
def test_what_must_never_be_stored_ends_the_capture_and_leaves_no_content(kind: str, tmp_path: Path) -> None:
    secret = b"<title>never this</title>"
    known = hashlib.new(kind, secret).hexdigest()
    plan = DecoyPlan(approved_by="C. Ounsel", seed=b"0123456789abcdef")
    with serving({"/": redirect("/x"), "/x": answer(secret)}) as server:
        made = captured(server, withheld=Withheld([known.upper(), "", "# a comment"]), plan=plan)
        before = len(server.requests)
        prepare(tmp_path / "a")
        told = store(made, tmp_path / "a")

    assert told.withheld == hashlib.sha256(secret).hexdigest()
    assert before == 3, "the second guise goes no further than the page, and nothing is posted"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["capture.json"]
    assert "never this" not in (tmp_path / "a" / "capture.json").read_text()


def test_it_ends_a_capture_after_a_decoy_as_well(tmp_path: Path) -> None:
    known = hashlib.sha256(b"<p>Adults only").hexdigest()
    plan = DecoyPlan(approved_by="C. Ounsel", seed=b"0123456789abcdef")
    with serving(SITE) as server:
        prepare(tmp_path / "a")
        told = store(captured(server, withheld=Withheld([known]), plan=plan), tmp_path / "a")

    assert told.withheld == known
    assert told.submission is not None
    assert told.submission.visit is not None
    assert told.submission.visit.refused is not None
    assert sorted(path.name for path in (tmp_path / "a").rglob("*.*")) == ["capture.json", "decoy.json"]
    assert "Example Bank" not in (tmp_path / "a" / "capture.json").read_text()


def test_a_list_of_hashes_with_something_else_in_it_is_refused() -> None:
    with pytest.raises(UsageError, match="line 2"):
        Withheld(["a" * 64, "kittens"])


class Paints:
    """A renderer that asks for the page and a picture, and says that it drew them."""

    def render(self, url: str, guise: Guise, fetcher: Fetcher) -> Rendered | str:
        from nospim.capture.interface import Request
        from nospim.capture.visit import headers_of

        fetcher.fetch(Request(url=url, headers=headers_of(guise)))
        return Rendered(
            url=url, html=LOGIN, frames=(), shot=b"shot", blurred=b"blurred", logos=(),
            blocked=(), browser="Paints/1", walls=(),
        )  # fmt: skip


def test_a_page_is_not_asked_for_again_by_the_browser_and_its_scripts_work_is_judged(tmp_path: Path) -> None:
    with serving({"/": answer("<script src=/x.js></script>")}) as server:
        fetcher = reaching(("lure.example", server))
        made = capture(f"http://lure.example:{server.port}/", fetcher, Paints(), MARKS)
        prepare(tmp_path / "a")
        told = store(made, tmp_path / "a")

    assert len(server.requests) == 2
    assert {one.kind for one in made.capture.findings} >= {"asks_password", "names_brand"}
    assert [name for name, _ in told.files] == [
        "page.warc.gz",
        "screenshot-blurred.png",
        "sealed/screenshot.png",
    ]


def test_the_command_refuses_what_leads_inside_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run(["capture", "http://169.254.169.254/a", "--out", str(tmp_path / "c"), "--no-draw"])
    said = capsys.readouterr().out

    assert status == 3
    assert "link-local" in said
    assert (
        json.loads((tmp_path / "c" / "capture.json").read_text())["visits"][0]["hops"][0]["refused"]["why"]
        == "address"
    )


def test_the_command_captures_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[lists]\nbrands = ["examplebank.com"]\n')
    with serving(SITE) as server:
        monkeypatch.setattr(
            "nospim.capture.GuardedFetcher", lambda _rules: reaching(("lure.example", server))
        )
        words = ["capture", f"http://lure.example:{server.port}/", "--out", str(tmp_path / "c"), "--no-draw"]
        status = run([*words, "--policy", str(policy)])
    said = capsys.readouterr().out

    assert status == 0
    assert "its title names examplebank.com, whose page it is not" in said
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == ["capture.json", "page.warc.gz"]


def test_the_command_tells_the_guard_in_one_line_which_a_scan_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    policy, own = tmp_path / "policy.toml", tmp_path / "own.html"
    policy.write_text('[lists]\nown_names = ["chatter.example"]\n')
    own.write_text(
        LOGIN.replace("<form", "<p>Hello again. Please fill in your name and your secret word. <form")
    )
    page = answer(own.read_text().replace("Example Bank", "Come in"))
    with serving({"/": page}) as server:
        monkeypatch.setattr(
            "nospim.capture.GuardedFetcher", lambda _rules: reaching(("lure.example", server))
        )
        words = ["capture", f"http://lure.example:{server.port}/", "--out", str(tmp_path / "c"), "--no-draw"]
        words += ["--policy", str(policy), "--own-page", f"chatter.example={own}"]
        status = run([*words, "--event", "--source", "xmpp://chatter.example", "--action", "a-1"])
    said = capsys.readouterr()
    event = decode(said.out.strip().encode())

    assert status == 0
    assert isinstance(event, PageCaptured)
    assert (event.data.imitates, event.data.own_brand, event.data.action) == ("chatter.example", True, "a-1")
    assert "repeats the words" in said.err
    assert (tmp_path / "c" / "event.json").read_text() == said.out
    (tmp_path / "events.jsonl").write_text(said.out)
    assert run(["scan", str(tmp_path / "events.jsonl"), "--out", str(tmp_path / "s"), "--quiet"]) == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--decoy"], "--decoy-approved-by"),
        (["--decoy-approved-by", "C. Ounsel"], "which is off"),
        (["--refuse-network", "a.b"], "--refuse-network"),
        (["--logo", "nobody=x.png"], "NAME=FILE"),
        (["--own-page", "nobody=x.html"], "NAME=FILE"),
        (["--event"], "--source"),
        (["--source", "xmpp://chatter.example"], "which is off"),
        (["--action", "a-1"], "which is off"),
    ],
)
def test_the_command_refuses_what_does_not_go_together(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run(["capture", "http://lure.example/", "--out", str(tmp_path / "c"), "--no-draw", *words])

    assert status == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "c").exists()
