"""What disks do to a journal: torn tails, lost pages, turned bits, files made to harm."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_rooms import DAY, bodies, die, opened, written

from nospim.ledger import CorruptError, Fsync, Journal, KeyRing, KeysError
from nospim.ledger.record import CRC, HEAD, head
from nospim.ledger.recovery import ASIDE
from nospim.ledger.segment import frames, segment_path

ACKNOWLEDGED = (b"one", b"", b"three" * 9)
IN_FLIGHT = (b"four", b"five" * 5, b"six")
ALL = [*ACKNOWLEDGED, *IN_FLIGHT]
NAME = f"{0:020d}.jnl"


@pytest.fixture(autouse=True)
def _no_forcing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of small journals here; what is read again in the same run need not reach the disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(os, "fdatasync", lambda _: None)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A room with one unended segment of two commits, and the size the segment had after the first."""
    room = tmp_path_factory.mktemp("whole")
    journal = written(room, *ACKNOWLEDGED)
    first = (room / "journal" / NAME).stat().st_size
    for body in IN_FLIGHT:
        journal.append("event", body, day=DAY)
    journal.commit()
    die(journal)
    return room, first


class Rig:
    """A room under the keys of another one, whose journal can be given any one segment, over and over."""

    def __init__(self, room: Path, base: Path) -> None:
        shutil.copytree(base / "keys", room / "keys")
        self.keys = KeyRing.open(room / "keys")
        self.folder = room / "journal"
        self.folder.mkdir()

    def put(self, data: bytes) -> None:
        for path in self.folder.iterdir():
            path.unlink()
        (self.folder / NAME).write_bytes(data)

    def open(self) -> Journal:
        return Journal.open(self.folder, keys=self.keys, fsync=Fsync.NEVER)


def test_a_torn_tail_is_cut_at_every_byte(whole: tuple[Path, int], tmp_path: Path) -> None:
    base, first = whole
    data = (base / "journal" / NAME).read_bytes()
    rig = Rig(tmp_path / "room", base)
    for size in range(len(data) + 1):
        rig.put(data[:size])
        journal = rig.open()
        found, told = bodies(journal), journal.recovery
        assert found == ALL[: len(found)]
        if size >= first:
            assert len(found) >= len(ACKNOWLEDGED)  # what was acknowledged is there
        aside = list(rig.folder.glob(f"*{ASIDE}"))
        assert sum(path.stat().st_size for path in aside) == told.cut
        if told.cut:
            assert f"{told.cut} bytes at byte {told.offset}" in str(told)
            assert data[:size].endswith(aside[0].read_bytes())
        assert journal.append("event", b"next", day=DAY) == len(found)  # no hole
        journal.close()
        again = rig.open()
        assert bodies(again) == [*found, b"next"]
        assert again.recovery.cut == 0
        again.close()


@settings(max_examples=60)
@given(lost=st.sets(st.integers(0, 30)), size=st.integers(0, 10_000))
def test_pages_that_a_power_cut_lost_are_no_damage(
    lost: set[int], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Of what was never forced to the disk, any sector may be there or not."""
    room = tmp_path_factory.mktemp("power")
    journal = written(room, *ACKNOWLEDGED)
    path = room / "journal" / NAME
    first = path.stat().st_size
    for number in range(40):
        journal.append("event", b"%d" % number * 50, day=DAY)
    journal.commit()  # the acknowledgement of this one never came
    die(journal)
    data = bytearray(path.read_bytes())
    for sector in lost:
        low = first + sector * 512
        data[low : low + 512] = bytes(len(data[low : low + 512]))
    path.write_bytes(data[: first + size])

    journal = opened(room)
    found = bodies(journal)
    assert found[: len(ACKNOWLEDGED)] == list(ACKNOWLEDGED)
    assert found[3:] == [b"%d" % number * 50 for number in range(len(found) - 3)]
    journal.close()


def test_damage_in_front_of_what_was_acknowledged_is_refused(whole: tuple[Path, int], tmp_path: Path) -> None:
    base, first = whole
    data = (base / "journal" / NAME).read_bytes()
    rig = Rig(tmp_path / "room", base)
    for place in range(HEAD.size, first):
        turned = data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]
        rig.put(turned)
        with pytest.raises(CorruptError, match=r"\.jnl: at byte \d+: .*; take this file from a backup"):
            rig.open()
        assert (rig.folder / NAME).read_bytes() == turned  # nothing was cut


def test_every_turned_bit_of_an_ended_journal_is_noticed_or_harmless(tmp_path: Path) -> None:
    base = tmp_path / "base"
    written(base, *ALL).close()
    data = (base / "journal" / NAME).read_bytes()
    rig = Rig(tmp_path / "room", base)
    for place in range(len(data)):
        for bit in (1, 128):
            turned = data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]
            rig.put(turned)
            try:
                journal = rig.open()
            except CorruptError:
                continue
            assert bodies(journal) == ALL  # only the end itself was hit
            assert journal.recovery.cut == 24
            journal.close()


def test_a_record_may_not_be_moved_or_changed_with_its_crc_made_right(
    whole: tuple[Path, int], tmp_path: Path
) -> None:
    base, _ = whole
    data = (base / "journal" / NAME).read_bytes()
    rig = Rig(tmp_path / "room", base)
    with (base / "journal" / NAME).open("rb") as file:
        file.read(HEAD.size)
        records = [frame for frame in frames(base, file, 0) if frame.header is not None]
    for frame in records:
        for place in range(frame.at + 8, frame.end):
            part = bytearray(data[frame.at : frame.end])
            part[place - frame.at] ^= 1
            part[4:8] = CRC.pack(crc32(part[8:]))
            rig.put(data[: frame.at] + part + data[frame.end :])
            with pytest.raises((CorruptError, KeysError)):  # noqa: PT012
                journal = rig.open()
                try:
                    found = bodies(journal)
                finally:
                    journal.close()
                assert len(found) < len(ALL)  # a changed length or sequence ends the last batch
                raise CorruptError(rig.folder, 0, "told as a torn tail")


@settings(max_examples=40)
@given(lost=st.integers(0, 12), commits=st.lists(st.integers(1, 9), min_size=2, max_size=5))
def test_without_forcing_a_power_cut_may_cost_commits_and_never_the_journal(
    lost: int, commits: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A later commit may have reached the disk before an earlier one: that is a tail, not damage."""
    room = tmp_path_factory.mktemp("power")
    journal = written(room, *ACKNOWLEDGED, fsync=Fsync.NEVER)
    journal.sync()
    path = room / "journal" / NAME
    first = path.stat().st_size
    for count in commits:
        for _ in range(count):
            journal.append("event", b"x" * 200, day=DAY)
        journal.commit()
    die(journal)
    data = bytearray(path.read_bytes())
    low = first + lost * 512
    data[low : low + 512] = bytes(len(data[low : low + 512]))
    path.write_bytes(data)
    journal = opened(room)
    assert bodies(journal)[: len(ACKNOWLEDGED)] == list(ACKNOWLEDGED)
    assert journal.next <= len(ACKNOWLEDGED) + sum(commits)
    journal.close()


@settings(max_examples=300)
@given(
    rest=st.lists(
        st.one_of(
            st.binary(max_size=200),
            st.sampled_from([b"rec\n", b"bat\n", b"end\n", bytes(30), b"\xff" * 30]),
        )
    ).map(b"".join)
)
def test_whatever_follows_a_head_is_records_or_one_error(
    rest: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "segment"
    path.write_bytes(head(0, bytes(16)) + rest)
    with path.open("rb") as file:
        file.read(HEAD.size)
        offsets = [HEAD.size]
        with suppress(CorruptError):
            offsets += [frame.end for frame in frames(path, file, 0)]
    assert offsets == sorted(offsets)
    assert offsets[-1] <= HEAD.size + len(rest)


@pytest.mark.parametrize("data", [b"", b"nospim", bytes(40), bytes(5000)])
def test_a_segment_that_was_only_begun_is_no_segment(data: bytes, tmp_path: Path) -> None:
    journal = written(tmp_path, b"hello")
    journal.close()
    segment_path(journal.folder, 1).write_bytes(data)
    journal = opened(tmp_path)
    assert bodies(journal) == [b"hello"]
    assert journal.recovery.cut == len(data)
    assert journal.append("event", b"more", day=DAY) == 1
    journal.close()
    journal = opened(tmp_path)
    assert bodies(journal) == [b"hello", b"more"]
    journal.close()


@pytest.mark.parametrize("data", [b"x" * 40, b"{}" * 500])
def test_a_file_that_is_no_segment_is_not_touched(data: bytes, tmp_path: Path) -> None:
    journal = written(tmp_path, b"hello")
    journal.close()
    path = segment_path(journal.folder, 1)
    path.write_bytes(data)
    with pytest.raises(CorruptError, match="this is no segment of a journal"):
        opened(tmp_path)
    assert path.read_bytes() == data
    path.rename(path.with_name("notes.jnl"))
    with pytest.raises(CorruptError, match="no segment has such a name"):
        opened(tmp_path)


def test_a_later_format_is_refused_with_its_number(tmp_path: Path) -> None:
    journal = written(tmp_path, b"hello")
    journal.close()
    path = segment_path(journal.folder, 0)
    data = path.read_bytes()
    path.write_bytes(data[:8] + b"\0\7" + data[10:])
    with pytest.raises(CorruptError, match="the segment has format 7, this program reads 1"):
        opened(tmp_path)


def test_a_journal_of_another_room_is_refused(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    written(one, b"hello").close()
    with pytest.raises(CorruptError, match="written under another key ring; give the folder of its own keys"):
        Journal.open(one / "journal", keys=KeyRing.open(other))
