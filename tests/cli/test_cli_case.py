"""A case on the command line, from the first note to a bundle that has left, with its gate and its holds."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from base64 import b64decode
from pathlib import Path

import pytest
from benchmarks.story import STORY

from local_authority import Authority
from nospim.cli import run
from nospim.ledger.folder import KEYS, records, writer
from nospim.ledger.keys import KeyRing, Scope
from nospim.ledger.record import Retention

DAY = 20514


class Desk:
    """Somebody at the command line, and what it printed."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.ledger, self.key = folder / "ledger", folder / "key.pem"
        journal = writer(self.ledger)
        for kind, row in STORY:
            journal.append(kind, json.dumps(row).encode(), day=DAY)
        journal.close()
        self.fingerprint = self.says("ledger", "new-key", self.key)[1].split()[-1]

    def says(self, *words: object) -> tuple[int, str]:
        status = run([str(word) for word in words])
        captured = self.capsys.readouterr()
        return status, captured.out + captured.err

    def case(self, *words: object, by: str = "lea") -> tuple[int, str]:
        return self.says("case", *words, "--by", by, "--cases", self.folder / "cases")

    def export(self, out: str, *words: object, by: str = "lea", approver: str = "cora") -> tuple[int, str]:
        return self.case(
            "export", "K-1", "--out", self.folder / out, "--key", self.key, "--to", "the court",
            "--ground", "order of 3 May", "--approver", approver, *words, by=by,
        )  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    made = Desk(tmp_path, capsys)
    words = ("new", "K-1", "--title", "Pictures of you", "--campaign", "c-1", "--ledger", made.ledger)
    assert made.case(*words) == (0, "case K-1 is open, led by lea\n")
    assert made.case("add", "K-1", "--person", "cora", "--role", "counsel")[0] == 0
    return made


def test_from_the_first_note_to_a_bundle_that_a_stranger_checks(desk: Desk) -> None:
    authority = Authority(desk.folder / "authority")
    root = authority.folder / "root.pem"
    assert desk.case("note", "K-1", "the page moved")[0] == 0
    assert desk.case("state", "K-1", "investigating", "--reason", "enough")[0] == 0
    assert (
        desk.case("cost", "K-1", "reset accounts", "--person", "ivo", "--hours", "3.5", "--rate", "85")[0]
        == 0
    )
    assert desk.case("doe", "K-1", "Doe 1", "--identifier", "registrar=bad.example")[0] == 0
    assert desk.case("task", "K-1", "capture the page", "--due", "2026-06-01") == (0, "task 6\n")
    assert desk.case("task", "K-1", "twice", "--done", "6")[0] == 0
    with authority.serving() as url:
        stamps = ("--authority", url, "--authority-root", root)
        assert desk.case("seal", "K-1", "--key", desk.key, *stamps)[0] == 0
        status, said = desk.export("bundle", *stamps)
    assert status == 0, said
    assert "exhibits" in said

    opened = (desk.folder / "bundle" / "data" / "case" / "opened.jsonl").read_bytes().splitlines()
    bodies = b"".join(b64decode(json.loads(line)["body"]) for line in opened)
    assert b'"ledger":"../ledger"' in bodies
    assert str(desk.folder).encode() not in bodies

    checked = desk.says(
        "case", "verify", desk.folder / "bundle", "--fingerprint", desk.fingerprint, "--authority-root", root
    )
    assert (checked[0], "origin proved" in checked[1]) == (0, True)
    assert checked[1].count("stamped") == 4
    assert desk.says("case", "verify", desk.folder / "bundle", "--fingerprint", desk.fingerprint)[0] == 4
    (desk.folder / "bundle" / "data" / "report.html").write_bytes(b"<p>")
    status, said = desk.says("case", "verify", desk.folder / "bundle")
    assert (status, "report.html was changed" in said) == (1, True)


def test_the_case_shows_what_was_decided_and_who_looked(desk: Desk) -> None:
    desk.case("note", "K-1", "the page moved")
    status, said = desk.case("list")
    assert (status, "K-1" in said, "Pictures of you" in said) == (0, True, True)
    status, said = desk.case("show", "K-1", by="vic")
    assert "note_added: text=the page moved" in said
    said = desk.case("show", "K-1", "--accesses", by="lea")[1]
    assert [line.split()[2:] for line in said.splitlines()] == [["vic", "show"], ["lea", "show"]]


def test_content_leaves_only_with_somebody_who_may_approve(desk: Desk) -> None:
    desk.case("add", "K-1", "--person", "ivo", "--role", "investigator")
    for by, approver, why in (
        ("lea", "ivo", "may not approve"),
        ("lea", "nobody", "may not approve"),
        ("eve", "cora", "does not work on case"),
    ):
        status, said = desk.export("bundle", by=by, approver=approver)
        assert (status, why in said) == (1, True)
    assert not (desk.folder / "bundle").exists()

    assert desk.export("bundle", by="ivo")[0] == 0
    assert "exported: to=the court, ground=order of 3 May, approver=cora" in desk.case("show", "K-1")[1]
    assert desk.export("bundle", by="ivo")[0] == 2  # it is never written over


def test_what_is_held_can_be_shown_after_its_days_key_was_destroyed(desk: Desk) -> None:
    status, said = desk.case("hold", "K-1", "--reason", "litigation likely")
    assert (status, "records are kept" in said) == (0, True)
    keys = KeyRing.open(desk.ledger / KEYS)
    keys.destroy([Scope(Retention.CONTENT, DAY)], on=DAY + 30)

    opened = {one.seq for one in records(desk.ledger) if one.kind == "event" and one.body is not None}
    lures = {
        seq for seq, (kind, row) in enumerate(STORY) if kind == "event" and row["id"] in {"m1", "m4", "o3"}
    }
    own = next(seq for seq, (kind, row) in enumerate(STORY) if kind == "event" and row["id"] == "own")
    assert lures <= opened
    assert own not in opened
    assert desk.export("bundle")[0] == 0
    assert "look hxxp" in (desk.folder / "bundle" / "data" / "report.html").read_text()


def test_a_hold_that_counsel_lifts_lets_the_records_go(desk: Desk) -> None:
    number = desk.case("hold", "K-1", "--reason", "litigation likely")[1].split()[1].rstrip(":")
    KeyRing.open(desk.ledger / KEYS).destroy([Scope(Retention.CONTENT, DAY)], on=DAY + 30)
    desk.case("add", "K-1", "--person", "ivo", "--role", "investigator")
    assert desk.case("hold", "K-1", "--reason", "tidying", "--lift", number, by="ivo")[0] == 1
    assert desk.case("hold", "K-1", "--reason", "settled", "--lift", number, by="cora")[0] == 0

    assert not [one for one in records(desk.ledger) if one.kind == "event" and one.body is not None]


def test_a_hold_grows_with_the_campaigns_of_the_case(desk: Desk) -> None:
    before = desk.case("hold", "K-1", "--reason", "litigation likely")[1]
    status, said = desk.case("add", "K-1", "--campaign", "c-2", "--reason", "the same page")

    assert status == 0
    assert int(said.split()[-2]) > int(before.split()[2])


def test_a_captured_page_becomes_an_exhibit_unless_it_was_changed(desk: Desk) -> None:
    capture = desk.folder / "capture"
    capture.mkdir()
    hop = {"url": "http://bad.example/1", "jump": "given", "status": 200, "at": "2026-03-02T13:00:00Z"}
    told = {
        "nospim": "0.1.0", "at": "2026-03-02T13:00:00Z", "visits": [{"hops": [hop]}], "files": [],
        "findings": [{"millibits": 4000, "detail": "asks for a password"}], "submission": None,
    }  # fmt: skip
    (capture / "capture.json").write_text(json.dumps(told), encoding="utf-8")
    assert desk.case("add", "K-1", "--capture", capture, "--reason", "the first page")[0] == 0
    assert desk.export("bundle")[0] == 0
    page = (desk.folder / "bundle" / "data" / "report.html").read_text()
    assert "The page behind the link" in page
    assert "hxxp://bad[.]example/1" in page

    (capture / "capture.json").write_text("{}", encoding="utf-8")
    status, said = desk.export("bundle2")
    assert (status, "is not the file that was added" in said) == (1, True)


def test_a_file_is_told_by_its_hash_and_is_in_the_bundle_only_where_that_is_sealed(desk: Desk) -> None:
    mail = desk.folder / "complaint.eml"
    mail.write_bytes(b"From: vera@home.example\n\nmy friend was hacked\n")
    name = hashlib.sha256(mail.read_bytes()).hexdigest()
    assert desk.case("add", "K-1", "--file", mail, "--reason", "a friend complains")[0] == 0
    assert desk.export("open")[0] == 0
    opened = desk.folder / "open"
    entries = (opened / "data" / "case" / "opened.jsonl").read_text().splitlines()
    assert name.encode() in base64.b64decode(json.loads(entries[-1])["body"])
    assert not (opened / "data" / "case" / "files").exists()
    status, said = desk.export("sealed", "--sealed")
    assert status == 0, said
    kept = desk.folder / "sealed" / "data" / "case" / "files" / f"{name}.eml"
    assert kept.read_bytes() == mail.read_bytes()
    trusted = ("--fingerprint", desk.fingerprint)
    assert desk.says("case", "verify", desk.folder / "sealed", *trusted)[0] == 0
    kept.write_bytes(b"something else")
    assert desk.says("case", "verify", desk.folder / "sealed", *trusted)[0] == 1


def test_what_cannot_be_done_is_said_in_one_line(desk: Desk) -> None:
    for words, why in (
        (("note", "K-9", "x"), "no case K-9"),
        (("show", "K-9"), "no case K-9"),
        (("add", "K-1"), "say one of"),
        (("add", "K-1", "--campaign", "c-2"), "--reason is needed"),
        (("cost", "K-1", "x", "--amount", "a lot", "--kind", "compute"), "cannot be entered"),
        (("doe", "K-1", "Doe 1", "--identifier", "phone=1"), "KIND=VALUE"),
        (("new", "K 1", "--title", "x", "--campaign", "c", "--ledger", desk.ledger), "no id of a case"),
        (("new", "K-2", "--title", "x", "--campaign", "c", "--ledger", desk.folder), "holds no ledger"),
        (("new", "K-1", "--title", "x", "--campaign", "c", "--ledger", desk.ledger), "changed by somebody"),
    ):
        status, said = desk.case(*words)
        assert status in {1, 2}, words
        assert why in said
        assert said.count("\n") == 1


def test_a_campaign_that_the_ledger_does_not_know_is_told_before_anything_is_written(desk: Desk) -> None:
    desk.case("add", "K-1", "--campaign", "c-9", "--reason", "a guess")
    status, said = desk.export("bundle")

    assert (status, "knows no campaign c-9" in said) == (1, True)
    assert not (desk.folder / "bundle").exists()


def test_entries_wait_while_the_ledger_is_written_by_somebody_else(desk: Desk) -> None:
    journal = writer(desk.ledger)
    status, said = desk.case("note", "K-1", "in the meantime")
    journal.close()
    assert (status, "not in the ledger yet" in said) == (0, True)

    desk.case("note", "K-1", "afterwards")
    bodies = [one.body or b"" for one in records(desk.ledger) if one.kind == "case"]
    assert [b"meantime" in body for body in bodies[-2:]] == [True, False]


def test_the_tables_are_made_again_where_the_ledger_grew(desk: Desk) -> None:
    desk.export("one")
    more = json.loads(json.dumps(STORY[15][1])) | {"id": "p9", "subject": "dee"}
    more |= {"type": "im.message.reported", "data": {"message": "m1", "accused": "ann"}}
    journal = writer(desk.ledger)
    journal.append("event", json.dumps(more).encode(), day=DAY)
    journal.close()
    desk.export("two")

    def complaints(name: str) -> str:
        return (desk.folder / name / "data" / "tables" / "complaints.csv").read_text()

    assert len(complaints("two").splitlines()) == len(complaints("one").splitlines()) + 1
    shutil.rmtree(desk.ledger / "tables")
    assert desk.export("three")[0] == 0


def test_persons_unknown_are_shown_with_whom_to_ask_and_until_when(desk: Desk) -> None:
    words = (
        "doe",
        "K-1",
        "Doe 1",
        "--identifier",
        "host=bad.example",
        "--identifier",
        "network=198.51.100.9",
    )
    assert desk.case(*words)[0] == 0
    status, said = desk.case("does", "K-1", "--suggest")
    assert status == 0, said
    assert "network 198.51.100.9: by 2026-04-01" in said
    assert "host bad.example: by 2026-03-17" in said
    assert "before the takedown is asked for" in said
    assert "not followed yet: network 198.51.100.7" in said
    assert "does" in desk.case("show", "K-1", "--accesses")[1]


def test_hypotheses_are_compared_over_what_the_ledger_and_people_bring(desk: Desk) -> None:
    status, said = desk.case("hypotheses", "K-1")
    said = " ".join(said.split())  # lines are broken where the terminal ends
    assert (status, "one operator is" in said) == (0, True), said
    assert "Not counted: too common: it joins nothing." in said
    assert "it hinges most on piece" in said
    words = (
        "weigh",
        "K-1",
        "both stop on Sundays",
        "--kit",
        "0.2",
        "--coincidence",
        "0.14",
        "--framing",
        "0.1",
    )
    assert desk.case(*words, "--same", "1", "--source", "lea")[0] == 2
    assert desk.case(*words, "--same", "0.6", "--source", "lea")[0] == 0
    assert "both stop on Sundays" in desk.case("hypotheses", "K-1")[1]
    assert desk.case(*words, "--same", "0.6", "--source", "lea", by="eve")[0] == 1
