"""A full or failing disk: appends are refused with a reason, and once it writes again nothing is missing."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from ledger_rooms import DAY, bodies, die, opened, written

from nospim.ledger import Fsync, Journal, KeyRing, RefusedError
from nospim.ledger import journal as journal_module


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes, as on a disk that is full (setrlimit(2))."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [2000, 2020, 2039, 2040, 2041, 3000])
def test_a_full_disk_refuses_and_goes_on_without_a_hole(size: int, tmp_path: Path) -> None:
    journal = written(tmp_path, b"before" * 100)
    taken = 1
    with room_for(size):
        with pytest.raises(RefusedError, match="the disk is full"):  # noqa: PT012
            while True:
                journal.append("event", b"more" * 20, day=DAY)
                taken += 1
                journal.commit()
        with pytest.raises(RefusedError, match="nothing more is taken until there is room"):
            journal.append("event", b"refused", day=DAY)
        assert journal.next == taken
        durable = journal.durable
        assert durable < taken
        assert len(bodies(journal)) == durable  # reading goes on

    assert journal.append("event", b"after", day=DAY) == taken
    journal.close()
    journal = opened(tmp_path)
    assert bodies(journal) == [b"before" * 100, *[b"more" * 20] * (taken - 1), b"after"]
    assert journal.recovery.cut == 0
    journal.close()


def test_a_process_killed_on_a_full_disk_loses_only_what_was_refused(tmp_path: Path) -> None:
    journal = written(tmp_path, b"before" * 100)
    with room_for(2000):
        journal.append("event", b"x" * 5000, day=DAY)
        with pytest.raises(RefusedError):
            journal.commit()
        die(journal)
    journal = opened(tmp_path)
    assert bodies(journal) == [b"before" * 100]
    assert journal.recovery.cut > 0
    journal.close()


def test_a_full_disk_at_the_start_of_a_day_refuses_the_append(tmp_path: Path) -> None:
    journal = written(tmp_path, b"before")
    with room_for(10), pytest.raises(RefusedError, match="the key ring cannot be written"):
        journal.append("event", b"a new day", day=DAY + 1)
    assert journal.append("event", b"a new day", day=DAY + 1) == 1
    journal.close()


def test_a_torn_tail_that_cannot_be_kept_aside_is_not_cut(tmp_path: Path) -> None:
    journal = written(tmp_path, b"before")
    die(journal)
    path = next((tmp_path / "journal").glob("*.jnl"))
    path.write_bytes(path.read_bytes() + b"torn" * 100)
    with room_for(100), pytest.raises(Exception, match="cannot be kept aside and cut") as told:
        opened(tmp_path)
    assert "make room on the disk and start again" in str(told.value)
    assert path.read_bytes().endswith(b"torn")


class FailingDisk:
    """Stands before the two calls that reach the disk: writes come short or fail, forcing fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.plan: list[tuple[int, int]] = []
        real_write, real_sync = os.pwrite, os.fdatasync

        def pwrite(handle: int, data: Any, offset: int) -> int:
            code, share = self.plan.pop(0) if self.plan else (0, 100)
            if code and share == 0:
                raise OSError(code, os.strerror(code))
            return real_write(handle, data[: max(1, len(data) * share // 100)], offset)

        def fdatasync(handle: int) -> None:
            code, _ = self.plan.pop(0) if self.plan else (0, 0)
            if code:
                raise OSError(code, os.strerror(code))
            real_sync(handle)

        monkeypatch.setattr(os, "pwrite", pwrite)
        monkeypatch.setattr(os, "fdatasync", fdatasync)


FAULT = st.tuples(
    st.sampled_from([0, errno.ENOSPC, errno.EIO, errno.EDQUOT]), st.sampled_from([0, 1, 50, 99])
)


class Room(RuleBasedStateMachine):
    """Appends, commits, faults, crashes and restarts in any order.

    Held to: what a commit acknowledged is there for ever; what is there is what was appended, in order;
    a refused append leaves no trace.
    """

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()

    @initialize(segment=st.sampled_from([300, 2000, 1 << 20]))
    def begin(self, segment: int) -> None:
        self.patch.setattr(journal_module, "SEGMENT_BYTES", segment)
        self.disk = FailingDisk(self.patch)
        self.folder = Path(mkdtemp(dir=os.environ["NOSPIM_TEST_ROOM"]))
        self.appended: list[bytes] = []
        self.acknowledged = 0
        self.number = 0
        self._open()

    def _open(self) -> None:
        keys = KeyRing.open(self.folder / "keys")
        self.journal = Journal.open(self.folder / "journal", keys=keys, fsync=Fsync.EACH_COMMIT)

    @rule(faults=st.lists(FAULT, max_size=6))
    def trouble(self, faults: list[tuple[int, int]]) -> None:
        self.disk.plan = faults

    @rule(size=st.integers(0, 400))
    def append(self, size: int) -> None:
        self.number += 1
        body = b"%d " % self.number + b"x" * size
        try:
            seq = self.journal.append("event", body, day=DAY)
        except RefusedError:
            return
        assert seq == len(self.appended)
        self.appended.append(body)

    @rule()
    def commit(self) -> None:
        try:
            self.acknowledged = self.journal.commit() + 1
        except RefusedError:
            return
        assert self.acknowledged == len(self.appended)

    @rule(closes=st.booleans())
    def restart(self, closes: bool) -> None:
        if closes:
            try:
                self.journal.close()
            except RefusedError:
                pass
            else:
                self.acknowledged = len(self.appended)
        else:
            die(self.journal)
        self.disk.plan = []
        self._open()
        found = bodies(self.journal)
        assert self.acknowledged <= len(found) <= len(self.appended)
        self.appended = self.appended[: len(found)]
        self.acknowledged = len(found)

    @precondition(lambda self: self.acknowledged)
    @invariant()
    def acknowledged_is_there(self) -> None:
        assert bodies(self.journal)[: self.acknowledged] == self.appended[: self.acknowledged]

    def teardown(self) -> None:
        self.disk.plan = []
        self.journal.close()
        self.patch.undo()
        again = opened(self.folder)
        assert bodies(again) == self.appended
        again.close()


def test_whatever_fails_in_whatever_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOSPIM_TEST_ROOM", str(tmp_path))
    run_state_machine_as_test(Room, settings=settings(max_examples=60, stateful_step_count=30))
