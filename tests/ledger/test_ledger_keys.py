"""Keys: made once, wrapped, destroyed for good, held for cases, and moved to a new master key."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from ledger_rooms import DAY, bodies, opened, written

from nospim.ledger import CorruptError, ErasedError, KeyRing, KeysError, Retention, Scope
from nospim.ledger.holds import Holds
from nospim.ledger.master import find_master, new_master, parse_master

CONTENT = Scope(Retention.CONTENT, DAY)


def test_a_key_is_made_once(tmp_path: Path) -> None:
    ring = KeyRing.open(tmp_path)
    key = ring.key(CONTENT)
    assert ring.key(CONTENT) == key != ring.key(Scope(Retention.RISK, DAY))
    assert KeyRing.open(tmp_path).find(CONTENT) == key


def test_two_processes_agree_on_a_key(tmp_path: Path) -> None:
    one, other = KeyRing.open(tmp_path), KeyRing.open(tmp_path)
    assert one.key(CONTENT) == other.key(CONTENT) == one.find(CONTENT)


def test_the_files_are_for_their_owner_only_and_show_no_key(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    ring = KeyRing.open(folder)
    key = ring.key(CONTENT)
    assert folder.stat().st_mode & 0o777 == 0o700
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
        assert key not in path.read_bytes()
        assert key.hex() not in path.read_text()


def test_a_destroyed_key_stays_destroyed(tmp_path: Path) -> None:
    journal = written(tmp_path, b"words")
    assert journal.keys.destroy([CONTENT], on=DAY + 30) == (CONTENT,)
    assert journal.keys.destroy([CONTENT], on=DAY + 31) == ()
    assert journal.keys.destroyed() == {CONTENT: DAY + 30}
    with pytest.raises(ErasedError, match="was destroyed"):
        journal.append("event", b"late", day=DAY)
    (record,) = journal.read()
    assert record.body is None
    assert record.salt == b""
    assert len(record.leaf) == 32
    journal.close()


def test_what_another_process_destroyed_is_gone_here_too(tmp_path: Path) -> None:
    journal = written(tmp_path, b"words")
    KeyRing.open(tmp_path / "keys").destroy([CONTENT], on=DAY)
    journal.keys.refresh()
    assert bodies(journal) == [None]
    journal.close()


def test_a_hold_outlives_the_day(tmp_path: Path) -> None:
    journal = written(tmp_path, b"lure", b"private", b"lure again")
    lures = [record for record in journal.read() if record.body and record.body.startswith(b"lure")]
    done = Holds(journal.keys).hold("case-1", lures)
    assert (done.held, done.erased) == (2, ())
    journal.keys.destroy([CONTENT], on=DAY + 30)
    assert bodies(journal) == [b"lure", None, b"lure again"]

    late = Holds(journal.keys).hold("case-2", list(journal.read()))
    assert (late.held, late.erased) == (2, (1,))  # what one case holds, another can hold, too

    assert Holds(journal.keys).release("case-1")
    assert not Holds(journal.keys).release("case-1")
    assert bodies(journal) == [b"lure", None, b"lure again"]
    assert Holds(journal.keys).release("case-2")
    assert bodies(journal) == [None, None, None]
    journal.close()


def test_a_hold_grows_and_keeps_what_it_had(tmp_path: Path) -> None:
    journal = written(tmp_path, b"one", b"two")
    one, two = journal.read()
    holds = Holds(journal.keys)
    holds.hold("case", [one])
    assert holds.hold("case", [two], until=DAY + 180).held == 2
    assert journal.keys.cases() == {"case": DAY + 180}
    assert (holds.ended(DAY + 180), holds.ended(DAY + 181)) == ((), ("case",))
    journal.close()


def test_a_damaged_hold_is_told(tmp_path: Path) -> None:
    journal = written(tmp_path, b"one")
    holds = Holds(journal.keys)
    holds.hold("case", journal.read())
    path = tmp_path / "keys" / "holds" / "case.hold"
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(CorruptError, match="the hold of case case is damaged"):
            holds.of("case")
        path.write_bytes(whole[:place])
        with pytest.raises(CorruptError, match="the hold of case case is damaged"):
            holds.of("case")
    journal.close()


@pytest.mark.parametrize("case", ["", "../up", "a/b", ".hidden", "x" * 65, "a b"])
def test_a_case_has_a_plain_name(tmp_path: Path, case: str) -> None:
    with pytest.raises(ValueError, match="cannot name a case"):
        Holds(KeyRing.open(tmp_path)).hold(case, [])


def test_rotation_leaves_old_copies_of_the_ring_useless(tmp_path: Path) -> None:
    journal = written(tmp_path, b"words", b"held")
    Holds(journal.keys).hold("case", list(journal.read(1)))
    journal.close()
    old_copy = tmp_path / "copy"
    shutil.copytree(tmp_path / "keys", old_copy)
    old_master = (tmp_path / "keys" / "master.key").read_text()

    KeyRing.open(tmp_path / "keys").rotate()

    assert (tmp_path / "keys" / "master.key").read_text() != old_master
    (old_copy / "master.key").write_text((tmp_path / "keys" / "master.key").read_text())
    with pytest.raises(KeysError, match="wrapped by master key"):
        KeyRing.open(old_copy)
    journal = opened(tmp_path)
    assert bodies(journal) == [b"words", b"held"]
    journal.keys.destroy([CONTENT], on=DAY)
    assert bodies(journal) == [None, b"held"]
    journal.close()


@pytest.mark.parametrize("ring_written", [False, True])
def test_a_rotation_that_was_stopped_is_ended_or_undone(tmp_path: Path, ring_written: bool) -> None:
    key = KeyRing.open(tmp_path).key(CONTENT)
    before = {name: (tmp_path / name).read_bytes() for name in ("ring.json", "master.key")}
    KeyRing.open(tmp_path).rotate()
    after = {name: (tmp_path / name).read_bytes() for name in ("ring.json", "master.key")}
    # as if the machine had stopped between the three steps: new key kept, ring replaced, old key replaced
    (tmp_path / "master.key.next").write_bytes(after["master.key"])
    (tmp_path / "master.key.next").chmod(0o600)
    (tmp_path / "master.key").write_bytes(before["master.key"])
    (tmp_path / "ring.json").write_bytes(after["ring.json"] if ring_written else before["ring.json"])

    assert KeyRing.open(tmp_path).find(CONTENT) == key
    assert not (tmp_path / "master.key.next").exists()


def test_a_master_key_can_come_from_elsewhere(tmp_path: Path) -> None:
    master = new_master()
    ring = KeyRing.open(tmp_path / "keys", master)
    key = ring.key(CONTENT)
    assert not (tmp_path / "keys" / "master.key").exists()
    with pytest.raises(KeysError, match="no master key"):
        KeyRing.open(tmp_path / "keys")
    with pytest.raises(KeysError, match="kept elsewhere"):
        ring.rotate()

    given = {"NOSPIM_MASTER_KEY": master.written()}
    assert find_master(tmp_path / "keys", ring=True, environment=given).name == master.name
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "nospim-master-key").write_text(master.written())
    systemd = {"CREDENTIALS_DIRECTORY": str(credentials), "NOSPIM_MASTER_KEY": new_master().written()}
    assert find_master(tmp_path / "keys", ring=True, environment=systemd).name == master.name

    other = new_master()
    ring.rotate(other)
    assert KeyRing.open(tmp_path / "keys", other).find(CONTENT) == key


def test_a_master_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    KeyRing.open(tmp_path)
    (tmp_path / "master.key").chmod(0o640)
    with pytest.raises(KeysError, match="others may read"):
        KeyRing.open(tmp_path)


def test_a_wrong_master_key_is_never_shown() -> None:
    with pytest.raises(KeysError) as told:
        parse_master("deadbeef" * 7, "NOSPIM_MASTER_KEY")
    assert "deadbeef" not in str(told.value)
    master = new_master()
    assert master.written().strip() not in repr(master)


def test_a_changed_ring_is_refused(tmp_path: Path) -> None:
    ring = KeyRing.open(tmp_path)
    ring.key(CONTENT)
    path = tmp_path / "ring.json"
    whole = path.read_bytes()
    for place in range(0, len(whole), 11):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(KeysError, match=r"restore it from the backup|wrapped by|this program reads"):
            KeyRing.open(tmp_path)
        path.write_bytes(whole[:place])
        with pytest.raises(KeysError, match="restore it from the backup"):
            KeyRing.open(tmp_path)


def test_a_ring_from_an_old_backup_is_not_taken_for_an_erasure(tmp_path: Path) -> None:
    KeyRing.open(tmp_path / "keys")
    shutil.copytree(tmp_path / "keys", tmp_path / "old")
    written(tmp_path, b"words").close()
    shutil.rmtree(tmp_path / "keys")
    shutil.copytree(tmp_path / "old", tmp_path / "keys")
    journal = opened(tmp_path)
    with pytest.raises(KeysError, match="restore the newest backup of the keys"):
        list(journal.read())
    journal.close()
