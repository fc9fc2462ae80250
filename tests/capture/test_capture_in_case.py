"""A real capture in a case: with it, every step of the scheme has its exhibit in the bundle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.story import STORY
from hostile import answer, reaching, redirect, serving

from nospim.capture import DecoyPlan, Marks, capture
from nospim.capture.store import prepare, store
from nospim.cli import run
from nospim.ledger.folder import writer

LOGIN = (
    "<title>Chatter</title><form method=post action=/take><input name=u><input type=password name=p></form>"
)
SITE = {
    "/": redirect("/in"),
    "/in": answer(LOGIN),
    "/take": redirect("/thanks"),
    "/thanks": answer("<p>Adults only"),
}


def test_with_a_captured_page_all_twelve_steps_have_their_exhibits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(SITE) as server:
        fetcher = reaching(("bad.example", server), answer_seconds=5.0)
        plan = DecoyPlan(approved_by="C. Ounsel", seed=b"0123456789abcdef")
        address = f"http://bad.example:{server.port}/"
        made = capture(address, fetcher, None, Marks(brands=None), plan=plan)
    prepare(tmp_path / "page")
    store(made, tmp_path / "page")
    journal = writer(tmp_path / "ledger")
    for kind, row in STORY:
        journal.append(kind, json.dumps(row).encode(), day=20514)
    journal.close()

    def case(*words: object) -> int:
        return run(["case", *map(str, words), "--by", "lea", "--cases", str(tmp_path / "cases")])

    assert run(["ledger", "new-key", str(tmp_path / "key")]) == 0
    trusted = capsys.readouterr().out.split()[-1]
    assert case("new", "K-1", "--title", "x", "--campaign", "c-1", "--ledger", tmp_path / "ledger") == 0
    assert case("add", "K-1", "--capture", tmp_path / "page") == 0
    assert case("doe", "K-1", "Doe 1", "--identifier", "host=bad.example") == 0
    words = ("--to", "court", "--ground", "order", "--approver", "lea", "--key", tmp_path / "key")
    assert case("export", "K-1", "--out", tmp_path / "bundle", *words) == 0
    assert run(["case", "verify", str(tmp_path / "bundle"), "--fingerprint", trusted]) == 0

    data = tmp_path / "bundle" / "data"
    exhibits = json.loads((data / "facts.json").read_bytes())["exhibits"]
    assert {step for one in exhibits for step in one["steps"]} == {str(step) for step in range(1, 13)}
    (page,) = [one for one in exhibits if one["title"] == "The page behind the link"]
    names = {part["path"].rpartition("/")[2] for part in page["files"]}
    assert names == {f"{page['number']}.json", "capture.json", "page.warc.gz"}
    shown = (data / "report.html").read_text(encoding="utf-8")
    for path in ("/in", "/take", "/thanks"):
        assert f"hxxp://bad[.]example:{server.port}{path}" in shown
    assert "approved by C. Ounsel" in shown
