"""The drill of the handbook, from the command line: check, expire, back up, lose everything, restore."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from ledger_rooms import bodies, die, opened, written

from nospim.cli import run
from nospim.ledger import KeyRing
from nospim.ledger import journal as journal_module
from nospim.ledger.holds import Holds
from nospim.ledger.migrate import Migrations
from nospim.ledger.snapshot import Snapshots

TODAY = int(time.time()) // 86400


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A ledger of words from 40 days ago and from today, one of the old ones held, and a snapshot."""
    room = tmp_path / "ledger"
    journal = written(room, b"old words", b"old lure", day=TODAY - 40)
    journal.append("verdict", b"old verdict", day=TODAY - 40)
    journal.append("event", b"new words", day=TODAY)
    journal.commit()
    Holds(journal.keys).hold("case-1", [list(journal.read())[1]])
    Snapshots(room / "snapshots", journal.keys, Migrations(current=1)).save(b"memory", seq=4, day=TODAY)
    journal.close()
    return room


def words(folder: Path) -> list[bytes | None]:
    journal = opened(folder)
    found = [record.body for record in journal.read() if record.kind != "erasure"]
    journal.close()
    return found


def test_a_check_says_what_is_there(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", "check", str(ledger)]) == 0
    told = capsys.readouterr().out
    assert "4 records in 1 segments" in told
    assert "event: 3 records of " in told
    assert "keys: 5 there, 0 destroyed, 1 of cases" in told


def test_the_drill(ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", "expire", str(ledger), "--prove"]) == 0
    told = capsys.readouterr().out
    assert "proved: 4 leaves are unchanged" in told
    assert "records that cannot be opened: 0 before, 1 now" in told
    assert "destroyed 1 keys: content of " in told
    before = words(ledger)
    assert before == [None, b"old lure", b"old verdict", b"new words"]

    data, keys, safe = tmp_path / "data-backup", tmp_path / "keys-backup", tmp_path / "safe"
    assert run(["ledger", "backup", str(ledger), "--data-to", str(data), "--keys-to", str(keys)]) == 0
    safe.mkdir()
    shutil.copy(ledger / "keys" / "master.key", safe)  # by hand, once, to a place of its own
    assert not list(data.rglob("ring.json"))
    assert not list(keys.rglob("master.key"))
    shutil.rmtree(ledger)
    capsys.readouterr()

    new = tmp_path / "new"
    command = ["ledger", "restore", str(new), "--data-from", str(data), "--keys-from", str(keys)]
    assert run([*command, "--master", str(safe / "master.key")]) == 0
    assert f"restored to {new}" in capsys.readouterr().out
    assert words(new) == before
    assert (new / "keys" / "master.key").stat().st_mode & 0o777 == 0o600
    assert run(["ledger", "check", str(new)]) == 0
    found = Snapshots(new / "snapshots", KeyRing.open(new / "keys"), Migrations(current=1)).newest()
    assert found.snapshot is not None
    assert found.snapshot.state == b"memory"
    assert run(["ledger", "expire", str(new)]) == 0
    assert capsys.readouterr().out.endswith("nothing was due\n")


def test_an_old_backup_of_keys_brings_nothing_erased_back(
    ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, keys, master = tmp_path / "d", tmp_path / "k", ledger / "keys" / "master.key"
    run(["ledger", "backup", str(ledger), "--keys-to", str(keys)])
    run(["ledger", "expire", str(ledger)])
    run(["ledger", "backup", str(ledger), "--data-to", str(data)])
    capsys.readouterr()

    new = tmp_path / "new"
    command = ["ledger", "restore", str(new), "--data-from", str(data), "--keys-from", str(keys)]
    assert run([*command, "--master", str(master)]) == 0
    assert "destroyed again, as the ledger tells: content of" in capsys.readouterr().out
    assert words(new)[0] is None


def test_a_restore_with_what_does_not_belong_together_writes_nothing(
    ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, data, keys, others = (tmp_path / name for name in ("other", "d", "k", "o"))
    written(other, b"x").close()
    run(["ledger", "backup", str(ledger), "--data-to", str(data), "--keys-to", str(keys)])
    run(["ledger", "backup", str(other), "--keys-to", str(others)])
    new = ["ledger", "restore", str(tmp_path / "new"), "--data-from", str(data)]
    wrong, right = other / "keys" / "master.key", ledger / "keys" / "master.key"
    assert run([*new, "--keys-from", str(others), "--master", str(right)]) == 2
    assert "holds the keys of another ledger" in capsys.readouterr().err
    assert run([*new, "--keys-from", str(keys), "--master", str(wrong)]) == 1
    assert "the keys are wrapped by master key" in capsys.readouterr().err
    assert run([*new, "--keys-from", str(keys)]) == 1
    assert "there is a key ring but no master key" in capsys.readouterr().err
    assert run([*new, "--keys-from", str(data), "--master", str(right)]) == 2
    assert "a backup of the data, where one of the keys is asked for" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_restore_with_keys_that_are_too_old_says_so(
    ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, keys, master = tmp_path / "d", tmp_path / "k", ledger / "keys" / "master.key"
    run(["ledger", "backup", str(ledger), "--keys-to", str(keys)])
    journal = opened(ledger)
    journal.append("event", b"tomorrow", day=TODAY + 1)
    journal.close()
    run(["ledger", "backup", str(ledger), "--data-to", str(data)])
    command = ["ledger", "restore", str(tmp_path / "new"), "--data-from", str(data), "--keys-from", str(keys)]
    assert run([*command, "--master", str(master)]) == 1
    assert "is missing (1 records); restore a newer backup of the keys" in capsys.readouterr().err


def test_a_backup_is_taken_beside_a_running_writer_and_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "SEGMENT_BYTES", 1000)
    room, data, keys = tmp_path / "ledger", tmp_path / "d", tmp_path / "k"
    journal = written(room, *(b"%d" % number * 100 for number in range(40)), day=TODAY)
    segment = max((room / "journal").glob("*.jnl"))
    with segment.open("ab") as file:
        file.write(b"rec\n a write under way")
    command = ["ledger", "backup", str(room), "--data-to", str(data), "--keys-to", str(keys)]
    assert run(command) == 0
    whole = {path.name: path.stat().st_ino for path in (data / "journal").glob("*.jnl")}
    for number in range(40, 60):
        journal.append("event", b"%d" % number * 100, day=TODAY)
    journal.commit()
    assert run(command) == 0
    again = {path.name: path.stat().st_ino for path in (data / "journal").glob("*.jnl")}
    assert len(again) > len(whole) > 10
    kept = [name for name in whole if again[name] == whole[name]]
    assert len(kept) >= len(whole) - 1  # complete segments are copied once
    journal.close()

    command = ["ledger", "restore", str(tmp_path / "new"), "--data-from", str(data), "--keys-from", str(keys)]
    assert run([*command, "--master", str(room / "keys" / "master.key")]) == 0
    assert words(tmp_path / "new") == [b"%d" % number * 100 for number in range(60)]


def test_a_database_in_use_is_copied_whole_and_a_token_in_the_clear_is_not(
    ledger: Path, tmp_path: Path
) -> None:
    data = tmp_path / "d"
    (ledger / "first-token").write_text("secret")
    with closing(sqlite3.connect(ledger / "cases.sqlite")) as base:
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("CREATE TABLE cases (name TEXT)")
        base.execute("INSERT INTO cases VALUES ('one')")
        base.commit()  # it is in the write-ahead log only
        assert run(["ledger", "backup", str(ledger), "--data-to", str(data)]) == 0
    assert sorted(path.name for path in data.iterdir() if path.is_file()) == ["backup.json", "cases.sqlite"]
    with closing(sqlite3.connect(data / "cases.sqlite")) as copy:
        assert copy.execute("SELECT name FROM cases").fetchall() == [("one",)]


def test_a_backup_goes_over_nothing_but_an_earlier_one(
    ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    written(other, b"x").close()
    run(["ledger", "backup", str(other), "--data-to", str(tmp_path / "d")])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    capsys.readouterr()
    for target, why in ((tmp_path / "d", "another ledger"), (tmp_path / "mine", "no backup")):
        assert run(["ledger", "backup", str(ledger), "--data-to", str(target)]) == 2
        assert why in capsys.readouterr().err
    assert run(["ledger", "backup", str(ledger)]) == 2
    assert "say where to" in capsys.readouterr().err
    inside = ["--data-to", str(tmp_path / "e"), "--keys-to", str(tmp_path / "e" / "keys")]
    assert run(["ledger", "backup", str(ledger), *inside]) == 2
    assert "keep the two backups apart" in capsys.readouterr().err
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_a_backup_that_changed_is_refused(
    ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, keys = tmp_path / "d", tmp_path / "k"
    run(["ledger", "backup", str(ledger), "--data-to", str(data), "--keys-to", str(keys)])
    command = ["ledger", "restore", str(tmp_path / "new"), "--data-from", str(data), "--keys-from", str(keys)]
    command += ["--master", str(ledger / "keys" / "master.key")]
    segment = next((data / "journal").glob("*.jnl"))
    whole = segment.read_bytes()
    segment.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    assert run(command) == 1
    assert "the file is not as it was backed up" in capsys.readouterr().err
    segment.unlink()
    assert run(command) == 1
    assert "the file is missing" in capsys.readouterr().err
    segment.write_bytes(whole)
    assert run(command) == 0
    assert run(command) == 2
    assert "restore into a new folder" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../up", "/etc/passwd", "a/../../b", ""])
def test_a_backup_made_to_write_elsewhere_is_refused(
    ledger: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data, keys = tmp_path / "d", tmp_path / "k"
    run(["ledger", "backup", str(ledger), "--data-to", str(data), "--keys-to", str(keys)])
    made = json.loads((data / "backup.json").read_text())
    made["files"][name] = {"size": 0, "sha256": ""}
    (data / "backup.json").write_text(json.dumps(made))
    command = ["ledger", "restore", str(tmp_path / "new"), "--data-from", str(data), "--keys-from", str(keys)]
    assert run([*command, "--master", str(ledger / "keys" / "master.key")]) == 2
    assert "is no place within a backup" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_check_goes_on_behind_damage_and_tells_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(journal_module, "SEGMENT_BYTES", 1000)
    written(tmp_path, *(b"%d" % number * 100 for number in range(40)), day=TODAY).close()
    names = sorted((tmp_path / "journal").glob("*.jnl"))
    for path in (names[1], names[3]):
        data = path.read_bytes()
        path.write_bytes(data[:300] + bytes([data[300] ^ 1]) + data[301:])
    names[5].unlink()
    assert run(["ledger", "check", str(tmp_path)]) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 3
    assert names[1].name in told[0]
    assert names[3].name in told[1]
    assert "are missing" in told[2]


def test_a_check_beside_a_writer_tells_a_tail_and_no_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = written(tmp_path, b"hello")
    segment = next((tmp_path / "journal").glob("*.jnl"))
    with segment.open("ab") as file:
        file.write(b"rec\n half")
    assert run(["ledger", "check", str(tmp_path)]) == 0
    assert "9 bytes of a write that has not ended" in capsys.readouterr().out
    die(journal)


def test_expiry_leaves_a_ledger_alone_that_a_service_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = written(tmp_path, b"hello")
    assert run(["ledger", "expire", str(tmp_path)]) == 1
    assert "writes this journal; stop it first" in capsys.readouterr().err
    assert bodies(journal) == [b"hello"]
    journal.close()


def test_a_policy_decides_how_long(ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("[retention]\ncontent_days = 60\n")
    assert run(["ledger", "expire", str(ledger), "--policy", str(policy)]) == 0
    assert capsys.readouterr().out == "nothing was due\n"
    for wrong in ("content_days = 0", "risk_days = 10"):
        policy.write_text(f"[retention]\n{wrong}\n")
        assert run(["ledger", "expire", str(ledger), "--policy", str(policy)]) != 0
        assert "content_days" in capsys.readouterr().err
    policy.write_text("[retention]\ncontent_days = 10\nrisk_days = 20\n")
    assert run(["ledger", "expire", str(ledger), "--policy", str(policy)]) == 0
    assert words(ledger) == [None, b"old lure", None, b"new words"]


def test_a_hold_from_the_command_line(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hold = ["ledger", "hold", str(ledger), "case-2"]
    assert run([*hold, "0", "2-3", "--until", "2099-12-31"]) == 0
    assert "case case-2 holds 3 records; replace the backup of the keys now" in capsys.readouterr().out
    run(["ledger", "expire", str(ledger)])
    assert words(ledger)[0] == b"old words"
    assert run(["ledger", "compact", str(ledger)]) == 0
    assert words(ledger)[0] == b"old words"

    assert run(["ledger", "release", str(ledger / "keys"), "case-2"]) == 0
    assert run(["ledger", "release", str(ledger / "keys"), "case-2"]) == 1
    assert "no hold for case case-2" in capsys.readouterr().err
    assert words(ledger)[0] is None
    assert run(["ledger", "compact", str(ledger)]) == 0
    assert "emptied 1 records in 1 segments" in capsys.readouterr().out
    assert run(["ledger", "check", str(ledger)]) == 0

    assert run([*hold, "0", "1"]) == 3
    assert "1 records had been erased before: 0" in capsys.readouterr().err
    for wrong in ("x", "3-2", "1-", "99"):
        assert run([*hold, wrong]) == 2
    assert run(["ledger", "hold", str(ledger), "../case", "1"]) == 2
    assert "cannot name a case" in capsys.readouterr().err


def test_a_new_master_key(ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = words(ledger)
    assert run(["ledger", "change-master", str(ledger / "keys")]) == 0
    assert "back up the keys again" in capsys.readouterr().out
    assert words(ledger) == before
    new = tmp_path / "new.key"
    new.write_text("ab" * 32 + "\n")
    assert run(["ledger", "change-master", str(ledger / "keys"), "--new", str(new)]) == 1
    assert "others may read" in capsys.readouterr().err
    new.chmod(0o600)
    assert run(["ledger", "change-master", str(ledger / "keys"), "--new", str(new)]) == 0
    (ledger / "keys" / "master.key").unlink()
    shutil.copy(new, ledger / "keys" / "master.key")
    assert words(ledger) == before


def test_a_folder_that_is_no_ledger_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["check"], ["expire"], ["backup", "--keys-to", str(tmp_path / "k")]):
        assert run(["ledger", command[0], str(tmp_path / "absent"), *command[1:]]) == 1
        assert "no keys here; is the folder right?" in capsys.readouterr().err
    assert not (tmp_path / "absent").exists()
