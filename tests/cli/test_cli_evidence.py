"""A ledger on the command line: taken in, sealed, stamped by a real authority, proved, tampered with."""

from __future__ import annotations

import json
import shutil
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local_authority import Authority
from nospim.cli import run
from nospim.ledger.folder import records

EVENTS = [
    {
        "specversion": "1.0",
        "source": "xmpp://chat.example",
        "id": f"e{n}",
        "type": "im.message.sent",
        "time": f"2026-03-01T12:00:{n:02d}Z",
        "subject": "ann@chat.example",
        "data": {"to": ["bo@chat.example"], "text": f"hello {n}"},
    }
    for n in range(20)
]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "a")


class Desk:
    """Somebody at the command line with a ledger, and what it printed."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.ledger = folder / "ledger"
        self.key = folder / "key.pem"

    def says(self, *words: object) -> tuple[int, str]:
        status = run([str(word) for word in words])
        captured = self.capsys.readouterr()
        return status, captured.out + captured.err


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    made = Desk(tmp_path, capsys)
    lines = [json.dumps(event) for event in EVENTS]
    (tmp_path / "events.jsonl").write_text("\n".join([*lines, lines[0], "no event"]), encoding="utf-8")
    status, said = made.says("ledger", "ingest", tmp_path / "events.jsonl", "--out", made.ledger)
    assert (status, "took in 20 events" in said) == (3, True)
    made.says("ledger", "new-key", made.key)
    return made


def fingerprint(desk: Desk, path: Path) -> str:
    _, said = desk.says("ledger", "new-key", path)
    return said.split()[-1]


def test_a_ledger_is_sealed_stamped_and_checked(desk: Desk, authority: Authority) -> None:
    trusted = fingerprint(desk, desk.folder / "signing.pem")
    root = authority.folder / "root.pem"
    with authority.serving() as url:
        status, said = desk.says(
            "ledger", "seal", desk.ledger, "--key", desk.folder / "signing.pem",
            "--authority", url, "--authority-root", root,
            "--clock-source", "time.example", "--clock-offset-ms", "1.5", "--clock-error-ms", "9",
        )  # fmt: skip
    assert status == 0
    assert "head 0: 20 records" in said
    assert "stamped 20" in said
    status, said = desk.says(
        "ledger", "verify", desk.ledger, "--fingerprint", trusted, "--authority-root", root
    )
    assert status == 0
    assert "records: 20, of which 20 opened and 0 erased" in said
    assert "CN=Test authority" in said
    status, said = desk.says("ledger", "verify", desk.ledger)
    assert (status, "origin: unproved" in said, "1 not checked" in said) == (4, True, True)
    head = json.loads(
        b64decode(json.loads((desk.ledger / "heads" / "000000000.json").read_bytes())["payload"])
    )
    assert head["clock"] == {"source": "time.example", "offset_ms": 1.5, "error_ms": 9.0}


def test_what_came_in_later_is_sealed_by_the_next_head_and_the_key_may_change_between(desk: Desk) -> None:
    desk.says("ledger", "seal", desk.ledger, "--key", desk.key)
    second = fingerprint(desk, desk.folder / "second.pem")
    more = dict(EVENTS[0], id="late", time="2026-03-02T00:00:00Z")
    (desk.folder / "more.jsonl").write_text(json.dumps(more), encoding="utf-8")
    desk.says("ledger", "ingest", desk.folder / "more.jsonl", "--out", desk.ledger)

    status, said = desk.says("ledger", "seal", desk.ledger, "--key", desk.folder / "second.pem")
    assert (status, "another key than the one in force" in said) == (1, True)
    status, _ = desk.says(
        "ledger", "change-key", desk.ledger, "--new", desk.folder / "second.pem", "--old", desk.key
    )
    assert status == 0
    status, said = desk.says("ledger", "seal", desk.ledger, "--key", desk.folder / "second.pem")
    assert (status, "head 2: 21 records" in said) == (0, True)
    assert desk.says("ledger", "verify", desk.ledger, "--fingerprint", second)[0] == 0


def test_a_lost_key_needs_no_signature_of_its_own(desk: Desk) -> None:
    desk.says("ledger", "seal", desk.ledger, "--key", desk.key)
    desk.says("ledger", "new-key", desk.folder / "second.pem")

    status, said = desk.says("ledger", "change-key", desk.ledger, "--new", desk.folder / "second.pem")
    assert (status, "needs --old" in said) == (2, True)
    status, said = desk.says(
        "ledger", "change-key", desk.ledger, "--new", desk.folder / "second.pem", "--reason", "lost"
    )
    assert (status, "tell the new fingerprint" in said) == (0, True)


@pytest.mark.parametrize("content", [False, True])
def test_one_record_is_proved_without_the_ledger(desk: Desk, content: bool) -> None:
    trusted = fingerprint(desk, desk.folder / "signing.pem")
    desk.says("ledger", "seal", desk.ledger, "--key", desk.folder / "signing.pem")
    receipt = desk.folder / "receipt.json"
    gate = ["--to", "the court", "--ground", "order of 3 May", "--approver", "cora"]
    extra = ["--content", *gate] if content else []
    assert desk.says("ledger", "prove", desk.ledger, 7, "--out", receipt, *extra)[0] == 0
    shutil.rmtree(desk.ledger)

    status, said = desk.says("ledger", "verify", receipt, "--fingerprint", trusted)
    assert status == 0
    assert "record 7 is in the ledger of 20 records" in said
    assert desk.says("ledger", "verify", receipt)[0] == 4
    shown = json.loads(receipt.read_bytes())["content"]
    assert (shown is not None) == content
    if content:
        assert json.loads(b64decode(shown["body"])) == EVENTS[7]
    data = bytearray(receipt.read_bytes())
    for at in range(0, len(data), 5):
        data[at] ^= 1
        receipt.write_bytes(data)
        assert desk.says("ledger", "verify", receipt, "--fingerprint", trusted)[0] == 1
        data[at] ^= 1


def test_a_stamp_is_renewed_before_its_certificate_ends(desk: Desk, authority: Authority) -> None:
    short = Authority(desk.folder / "short", "Short-lived authority", days=30)
    both = desk.folder / "both.pem"
    both.write_bytes(authority.pem + short.pem)
    with short.serving() as url:
        root = short.folder / "root.pem"
        words = ["--key", desk.key, "--authority", url, "--authority-root", root]
        desk.says("ledger", "seal", desk.ledger, *words)
    with authority.serving() as url:
        words = ["--authority", url, "--authority-root", both]
        assert "1 statements were stamped" in desk.says("ledger", "stamp", desk.ledger, *words)[1]
        assert "0 statements were stamped" in desk.says("ledger", "stamp", desk.ledger, *words)[1]
    status, said = desk.says("ledger", "verify", desk.ledger, "--authority-root", both)
    assert (status, said.count("stamped")) == (4, 2)


def test_events_come_out_of_a_ledger_as_they_went_in_and_a_scan_of_them_goes_in(desk: Desk) -> None:
    log, found = desk.folder / "again.jsonl", desk.folder / "found"
    assert desk.says("ledger", "events", desk.ledger, "--out", log)[0] == 0
    assert [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] == EVENTS
    assert desk.says("scan", log, "--out", found)[0] == 0
    status, said = desk.says("ledger", "ingest", "--out", desk.ledger, "--scan", found)
    assert (status, "took in 0 events and 20 conclusions" in said) == (0, True)
    assert desk.says("ledger", "ingest", "--out", desk.ledger)[0] == 2


def test_events_of_a_wrong_clock_are_taken_in_and_end_with_todays(desk: Desk) -> None:
    odd = [dict(EVENTS[0], id=year, time=f"{year}-01-01T00:00:00Z") for year in ("0001", "1969", "9999")]
    (desk.folder / "odd.jsonl").write_text("\n".join(map(json.dumps, odd)), encoding="utf-8")
    assert desk.says("ledger", "ingest", desk.folder / "odd.jsonl", "--out", desk.ledger)[0] == 0

    days = [one.day for one in records(desk.ledger, 20)]
    assert days[:2] == [0, 0]
    assert days[2] == datetime.now(UTC).timestamp() // 86_400


def test_a_changed_byte_of_the_journal_is_found(desk: Desk) -> None:
    desk.says("ledger", "seal", desk.ledger, "--key", desk.key)
    (segment,) = (desk.ledger / "journal").glob("*.jnl")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)

    status, said = desk.says("ledger", "verify", desk.ledger)
    assert status == 1
    assert "at byte" in said


def test_what_cannot_be_done_is_said_in_one_line(desk: Desk) -> None:
    for words, why in (
        (["ledger", "verify", desk.folder], "holds no ledger"),
        (["ledger", "verify", desk.ledger], "no signed head"),
        (["ledger", "seal", desk.ledger, "--key", desk.folder / "events.jsonl"], "no private key"),
        (["ledger", "seal", desk.ledger, "--key", desk.key, "--authority", "http://127.0.0.1:1/"], "root"),
        (["ledger", "verify", desk.folder / "events.jsonl"], "no receipt"),
        (
            ["ledger", "ingest", desk.folder / "events.jsonl", "--out", desk.ledger, "--scan", desk.folder],
            "scan",
        ),
    ):
        status, said = desk.says(*words)
        assert status in {1, 2}
        assert why in said
        assert said.count("\n") == 1
    desk.says("ledger", "seal", desk.ledger, "--key", desk.key)
    status, said = desk.says("ledger", "prove", desk.ledger, 20, "--out", desk.folder / "r")
    assert (status, "has no record 20" in said) == (2, True)
