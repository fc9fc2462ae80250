"""One person erased from a ledger: theirs cannot be read anywhere, everybody else's can, and it can be
proved."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from nospim.cli import run
from nospim.errors import NospimError
from nospim.ledger.folder import KEYS, records, writer
from nospim.ledger.holds import Holds
from nospim.ledger.keys import KeyRing
from nospim.ledger.migrate import Migrations
from nospim.ledger.persons import find, numbers_of, ranges_of
from nospim.ledger.retention import RetentionPolicy, expire
from nospim.ledger.snapshot import Snapshots

TODAY = int(time.time()) // 86400
HERE = "xmpp://chat.example"


def sent(name: str, who: str, to: str, source: str = HERE) -> bytes:
    return json.dumps(
        {"specversion": "1.0", "source": source, "id": name, "type": "im.message.sent",
         "time": "2026-03-01T08:00:00Z", "subject": who, "data": {"to": [to], "text": f"from {who}"}}
    ).encode()  # fmt: skip


RECORDS = [
    ("event", sent("m0", "ann", "bo"), 3),
    ("event", sent("m1", "bo", "ann"), 3),
    ("event", sent("m2", "bo", "cy"), 3),
    ("verdict", json.dumps({"source": HERE, "id": "m0", "account": "ann"}).encode(), 3),
    ("verdict", json.dumps({"source": HERE, "id": "m2", "account": "bo"}).encode(), 3),
    ("resolution", json.dumps({"source": HERE, "id": "m0", "outcome": "release"}).encode(), 3),
    ("event", sent("m3", "ann", "bo", "other"), 3),
    ("event", sent("m4", "ann", "cy"), 2),
    ("event", sent("m5", "cy", "bo"), 2),
    ("event", sent("m6", "ann", "bo"), 0),
    ("case", b'{"decision":{"accounts":["ann"]}}', 0),
]
OWN = {0, 3, 5, 7}


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    room = tmp_path / "ledger"
    journal = writer(room)
    for kind, body, ago in RECORDS:
        journal.append(kind, body, day=TODAY - ago)
    journal.commit()
    Snapshots(room / "snapshots", journal.keys, Migrations(current=1)).save(b"memory", seq=5, day=TODAY)
    journal.close()
    return room


def readable(ledger: Path) -> set[int]:
    """Which of the records above can be read; what came since tells of readings and erasures."""
    return {one.seq for one in records(ledger) if one.body is not None and one.seq < len(RECORDS)}


def erase(ledger: Path, *more: str) -> int:
    return run(["ledger", "erase", str(ledger), "--account", "ann", "--source", HERE, "--reason", "request 7",
                "--by", "lea", *more])  # fmt: skip


def test_whose_a_record_is(ledger: Path) -> None:
    found = find(records(ledger), "ann", HERE)
    assert (found.own, found.mentions, found.kept) == (OWN | {9}, {1}, {10})
    assert find(records(ledger), "ann").own == OWN | {6, 9}
    assert find(records(ledger), "an", HERE).own == set()


def test_a_name_that_is_written_with_escapes_is_found(tmp_path: Path) -> None:
    journal = writer(tmp_path / "ledger")
    body = sent("m0", "\u00e4nn", "bo")
    assert b"\\u00e4nn" in body
    journal.append("event", body, day=TODAY - 3)
    journal.commit()
    assert find(journal.read(), "\u00e4nn", HERE).own == {0}
    journal.close()


def test_a_person_is_erased_and_nobody_else(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaves = [one.leaf for one in records(ledger)]
    assert erase(ledger) == 3  # what is of today is left for tomorrow
    told = capsys.readouterr().out
    assert "1 are of today" in told
    assert "erased 4 records" in told

    assert readable(ledger) == set(range(11)) - OWN
    assert [one.leaf for one in records(ledger)][:11] == leaves
    assert list((ledger / "snapshots").iterdir()) == []
    tells = json.loads(next(one.body or b"" for one in records(ledger) if one.kind == "erasure"))
    assert b"ann" not in json.dumps(tells).encode()
    assert (tells["by"], tells["reason"]) == ("lea", "request 7")
    assert set(numbers_of(tells["records"])) == OWN
    assert all(len(name) == 32 for name in tells["ids"])


def test_another_person_is_erased_from_a_day_whose_key_is_gone(ledger: Path) -> None:
    erase(ledger)
    command = ["ledger", "erase", str(ledger), "--account", "bo", "--reason", "request 8", "--mentions"]
    assert run(command) == 3
    assert readable(ledger) == {9, 10}


def test_what_was_left_beside_an_erasure_still_ends_with_its_day(ledger: Path) -> None:
    erase(ledger)
    journal = writer(ledger)
    expire(journal, RetentionPolicy(content=3, risk=180), today=TODAY)
    journal.close()
    assert readable(ledger) == {4, 8, 9, 10}
    assert not any(name == f"rest.content.{TODAY - 3}" for name in KeyRing.open(ledger / KEYS).cases())


def test_a_legal_hold_refuses_and_says_so(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = writer(ledger)
    Holds(journal.keys).hold("K-1", [one for one in journal.read() if one.seq in {0, 2}])
    journal.close()
    before = readable(ledger)
    assert erase(ledger) == 1
    told = capsys.readouterr()
    assert "case K-1 holds 1 of them" in told.out
    assert "a legal hold forbids the erasure" in told.err
    assert readable(ledger) == before
    assert erase(ledger, "--dry-run") == 3
    assert readable(ledger) == before

    assert erase(ledger, "--except-held") == 3
    assert readable(ledger) == (set(range(11)) - OWN) | {0}


def test_what_a_policy_preserves_by_itself_gives_way_when_told_to(
    ledger: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = writer(ledger)
    Holds(journal.keys).hold("auto-c-1", [one for one in journal.read() if one.seq in {0, 2}])
    journal.close()
    assert erase(ledger) == 1
    assert "the policy preserves for campaign c-1 1 of them" in capsys.readouterr().out
    assert erase(ledger, "--preserved") == 3
    assert 0 not in readable(ledger)
    assert 2 in readable(ledger)

    journal = writer(ledger)
    Holds(journal.keys).hold("K-1", [one for one in journal.read() if one.seq in {2}])
    journal.close()
    command = ["ledger", "erase", str(ledger), "--account", "bo", "--reason", "request 8", "--preserved"]
    assert run(command) == 1


def test_no_case_may_be_called_like_what_is_left_beside_an_erasure(ledger: Path) -> None:
    assert run(["ledger", "hold", str(ledger), "rest.content.7", "1"]) == 2


def test_an_erasure_proves_itself_and_a_ledger_that_forgot_nothing_is_found(
    ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, key, out = tmp_path / "before", tmp_path / "key.pem", tmp_path / "erasure.json"
    shutil.copytree(ledger, before)
    run(["ledger", "new-key", str(key)])
    name = capsys.readouterr().out.split()[-1]
    erase(ledger)
    assert run(["ledger", "seal", str(ledger), "--key", str(key)]) == 0
    proving = ["ledger", "prove-erasure", str(ledger), "--out", str(out), "--key", str(key)]
    assert run([*proving, "--cases", str(tmp_path / "cases")]) == 0
    assert b"ann" not in out.read_bytes()
    assert run(["ledger", "verify", str(ledger), "--fingerprint", name]) == 0
    capsys.readouterr()

    checking = ["ledger", "check-erasure", str(out)]
    assert run([*checking, "--fingerprint", name]) == 0
    assert run([*checking, "--ledger", str(ledger)]) == 4
    told = capsys.readouterr().out
    assert "4 records were erased by lea: request 7" in told
    assert "ok: journal: 4 records, 0 can be read" in told
    assert told.count("destroyed, id ") == 6  # three keys, told twice
    assert run([*checking, "--ledger", str(before)]) == 1
    told = capsys.readouterr().out
    assert "THERE STILL: journal: 4 records, 4 can be read" in told
    assert "THERE STILL: snapshots: 1 hold what was before" in told

    bundle = tmp_path / "bundle" / "data" / "ledger"
    bundle.mkdir(parents=True)
    (bundle / "originals.jsonl").write_bytes(b'{"seq":3,"salt":"","body":""}\n')
    assert run([*checking, "--bundle", str(tmp_path / "bundle")]) == 1
    assert "1 originals" in capsys.readouterr().out


def test_a_proof_that_was_changed_is_none(ledger: Path, tmp_path: Path) -> None:
    from nospim.ledger import erasure_proof

    key, out = tmp_path / "key.pem", tmp_path / "erasure.json"
    run(["ledger", "new-key", str(key)])
    erase(ledger)
    run(["ledger", "seal", str(ledger), "--key", str(key)])
    run(["ledger", "prove-erasure", str(ledger), "--out", str(out), "--key", str(key),
         "--cases", str(tmp_path)])  # fmt: skip
    data = out.read_bytes()
    proof, proved = erasure_proof.read(data, [])
    assert (proof.by, proved) == ("lea", False)
    for at in range(0, len(data), 97):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(NospimError):
            erasure_proof.read(changed, [])


def test_an_old_backup_of_keys_brings_nobody_back_and_costs_nobody_else(
    ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, keys, new = tmp_path / "data", tmp_path / "keys", tmp_path / "new"
    assert run(["ledger", "backup", str(ledger), "--keys-to", str(keys)]) == 0
    erase(ledger)
    assert run(["ledger", "backup", str(ledger), "--data-to", str(data)]) == 0
    master = tmp_path / "master.key"
    shutil.copy(ledger / KEYS / "master.key", master)
    command = ["ledger", "restore", str(new), "--data-from", str(data), "--keys-from", str(keys)]
    assert run([*command, "--master", str(master)]) == 0
    assert "destroyed again" in capsys.readouterr().out
    assert readable(new) == set(range(11)) - OWN


def test_the_clocks_show_what_goes_next(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", "clocks", str(ledger)]) == 0
    told = capsys.readouterr().out
    event = next(line.split() for line in told.splitlines() if line.startswith("event"))
    assert event[:6] == ["event", "content", "30", "days", "7", "0"]
    assert any(line.split()[:3] == ["case", "kept", "always"] for line in told.splitlines())


def test_numbers_and_ranges_are_the_same() -> None:
    assert ranges_of({5, 3, 4, 9}) == ((3, 5), (9, 9))
    assert list(numbers_of(ranges_of({5, 3, 4, 9}))) == [3, 4, 5, 9]
