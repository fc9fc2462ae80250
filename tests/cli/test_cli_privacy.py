"""Who reads is recorded, what leaves goes through the gate, and counsel's papers stay in the house."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

import pytest
from benchmarks.story import STORY

from nospim.bundles import verify
from nospim.cli import run
from nospim.ledger.access import WAITING
from nospim.ledger.folder import records, writer

DAY = 20514


class Office:
    """A ledger with a case, and somebody at the command line."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.ledger, self.key, self.policy = folder / "ledger", folder / "key.pem", folder / "policy.toml"
        journal = writer(self.ledger)
        for kind, row in STORY:
            journal.append(kind, json.dumps(row).encode(), day=DAY)
        journal.close()
        self.fingerprint = self.says("ledger", "new-key", self.key)[1].split()[-1]
        self.policy.write_text("[privacy]\nfour_eyes = true\nreasons = true\n")
        words = ("new", "K-1", "--title", "Pictures", "--campaign", "c-1", "--ledger", self.ledger)
        assert self.case(*words)[0] == 0
        assert self.case("add", "K-1", "--person", "cora", "--role", "counsel")[0] == 0

    def says(self, *words: object) -> tuple[int, str]:
        status = run([str(word) for word in words])
        captured = self.capsys.readouterr()
        return status, " ".join((captured.out + captured.err).split())

    def case(self, *words: object, by: str = "lea") -> tuple[int, str]:
        return self.says("case", *words, "--by", by, "--cases", self.folder / "cases")

    def export(self, out: str, *words: object, approver: str = "cora", by: str = "lea") -> tuple[int, str]:
        return self.case(
            "export", "K-1", "--out", self.folder / out, "--key", self.key, "--to", "the court",
            "--ground", "order of 3 May", "--approver", approver, *words, by=by,
        )  # fmt: skip

    def readings(self) -> str:
        return self.says("ledger", "accesses", self.ledger)[1]

    def files(self, name: str) -> dict[str, bytes]:
        return dict(verify.Folder(self.folder / name).items())


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return Office(tmp_path, capsys)


def test_every_reading_is_a_record_of_the_ledger(office: Office) -> None:
    assert office.case("show", "K-1", by="vic")[0] == 0
    assert office.case("does", "K-1", by="ivo")[0] == 0
    assert office.case("hypotheses", "K-1", by="ivo")[0] == 0
    out = office.folder / "events.jsonl"
    assert (
        office.says("ledger", "events", office.ledger, "--out", out, "--by", "eve", "--why", "a scan")[0] == 0
    )

    said = office.readings()
    for who, what in (("vic", "case K-1: show"), ("ivo", "case K-1: does"), ("ivo", "case K-1: hypotheses")):
        assert f"{who} {what}: no reason given (record" in said
    assert "eve all events written out: a scan (record" in said
    bodies = [one.body or b"" for one in records(office.ledger) if one.kind == "access"]
    assert len(bodies) == 4
    assert office.says("ledger", "seal", office.ledger, "--key", office.key)[0] == 0
    assert office.says("ledger", "verify", office.ledger, "--fingerprint", office.fingerprint)[0] == 0


def test_a_reading_beside_a_service_waits_and_goes_in_later(office: Office) -> None:
    service = writer(office.ledger)
    status, said = office.case("show", "K-1", by="vic")
    assert (status, "goes in when it is free" in said) == (0, True)
    assert "case K-1: show: no reason given (waits to go in)" in office.readings()
    service.close()
    assert office.case("show", "K-1", by="vera")[0] == 0
    said = office.readings()
    assert said.index("vic") < said.index("vera")
    assert "waits" not in said
    assert not (office.ledger / WAITING).exists()


def test_what_cannot_be_recorded_is_not_read(office: Office) -> None:
    (office.ledger / WAITING).mkdir()
    out = office.folder / "events.jsonl"
    assert office.says("ledger", "events", office.ledger, "--out", out)[0] == 1
    assert not out.exists()


def test_a_reason_is_asked_for_where_the_policy_says_so(office: Office) -> None:
    out = office.folder / "events.jsonl"
    words = ("ledger", "events", office.ledger, "--out", out, "--policy", office.policy)
    status, said = office.says(*words)
    assert (status, "say --why" in said, out.exists()) == (2, True, False)
    assert office.says(*words, "--why", "audit")[0] == 0


def test_content_leaves_only_past_the_gate(office: Office) -> None:
    out = office.folder / "receipt"
    assert office.says("ledger", "seal", office.ledger, "--key", office.key)[0] == 0
    words = ("ledger", "prove", office.ledger, 3, "--content", "--out", out, "--by", "lea")
    assert office.says(*words)[0] == 2
    gate = ("--to", "the court", "--ground", "order of 3 May", "--policy", office.policy, "--approver")
    status, said = office.says(*words, *gate, "lea")
    assert (status, "somebody else than lea" in said, out.exists()) == (2, True, False)
    assert office.says(*words, *gate, "cora")[0] == 0
    assert "to the court, on order of 3 May, approved by cora" in office.readings()


def test_nobody_approves_their_own_export_where_the_policy_says_so(office: Office) -> None:
    status, said = office.export("bundle", "--policy", office.policy, approver="lea")
    assert (status, "somebody else than lea" in said) == (2, True)
    assert not (office.folder / "bundle").exists()
    assert office.export("bundle", "--policy", office.policy)[0] == 0


def test_counsels_papers_stay_out_of_bundles_and_are_logged(office: Office) -> None:
    memo, page = office.folder / "memo.txt", office.folder / "page.txt"
    memo.write_text("SECRET-MEMO: settle at once")
    page.write_text("what the registrar wrote")
    office.case("note", "K-1", "SECRET-NOTE", "--mark", "work product", by="cora")
    status, said = office.case(
        "document", "K-1", memo, "--title", "memorandum to counsel", "--mark", "privileged", by="cora"
    )
    assert (status, said) == (0, "document 3")
    assert office.case("document", "K-1", page, "--title", "letter")[0] == 0
    said = office.case("privilege", "K-1")[1]
    assert "memorandum to counsel privileged" in said
    assert "letter" not in said

    for name, more in (("bundle", ()), ("sealed", ("--sealed",))):
        assert office.export(name, *more)[0] == 0
        files = office.files(name)
        everything = b"".join(files.values())
        for line in (*files["data/case/opened.jsonl"].splitlines(), *files.get(
            "data/ledger/originals.jsonl", b"").splitlines()):  # fmt: skip
            everything += b64decode(json.loads(line)["body"])
        assert b"SECRET" not in everything
        assert files["data/documents/000004-page.txt"] == b"what the registrar wrote"
        log = files["data/case/privilege-log.csv"].decode()
        assert "3," in log
        assert "cora,document,memorandum to counsel,privileged," in log
        assert "cora,note,a note in the case,work product," in log
        assert verify.check(files, [office.fingerprint]).proved

    assert office.export("whole", "--with-privileged", approver="lea")[0] == 2
    assert office.export("whole", "--with-privileged")[0] == 0
    files = office.files("whole")
    assert b"SECRET-MEMO" in files["data/documents/000003-memo.txt"]
    assert verify.check(files, [office.fingerprint]).proved
    assert "[with privileged material] order of 3 May" in office.case("show", "K-1")[1]
    memo.write_text("another one")
    assert office.export("other", "--with-privileged")[0] == 1


def test_a_withheld_entry_that_the_log_leaves_out_is_found(office: Office) -> None:
    from benchmarks.mutations import resealed

    from nospim.ledger.signing import SigningKey

    office.case("note", "K-1", "for counsel", "--mark", "privileged", by="cora")
    assert office.export("bundle")[0] == 0
    files = office.files("bundle")
    name = "data/case/privilege-log.csv"
    short = files[name].splitlines(keepends=True)[0]
    with pytest.raises(verify.Wrong, match="privilege log"):
        verify.check(resealed(files | {name: short}, SigningKey.load(office.key, "")), [office.fingerprint])


def test_the_assessment_is_filled_in_from_the_policy(office: Office, tmp_path: Path) -> None:
    office.policy.write_text(
        "[retention]\ncontent_days = 11\n[privacy]\nfour_eyes = true\n[enforcement]\nshadow = true\n"
    )
    out = tmp_path / "dpia.md"
    assert office.says("policy", "dpia", office.policy, "--out", out)[0] == 0
    text = out.read_text()
    assert "| 11 days |" in text
    assert "somebody else must approve" in text
    assert "no reason is asked for (privacy.reasons is off)" in text
    assert "nothing is stopped" in text
    assert "[______]" in text
    assert "{{" not in text
    assert "| 30 days |" in office_text(office)


def office_text(office: Office) -> str:
    run(["policy", "dpia"])
    return office.capsys.readouterr().out
