"""The journal: the one store of the ledger that is acknowledged, append-only, in segments in a folder.

Appends go into a buffer; a commit writes all that were appended so far and brings them to the disk
together, so one fsync serves many.  Sequences have no hole, whatever failed in between.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from threading import Lock
from typing import Final

from nospim.ledger.disk import make_folder, sync_folder, write_all
from nospim.ledger.errors import LockedError, RefusedError
from nospim.ledger.keys import KeyRing, scope_of
from nospim.ledger.reading import read_records
from nospim.ledger.record import (
    BATCH_WORD,
    END_WORD,
    MAX_BODY,
    RECORD,
    Record,
    Retention,
    frame,
    head,
    kind_bytes,
    mark,
)
from nospim.ledger.recovery import Recovery, recover
from nospim.ledger.retention_classes import class_of
from nospim.ledger.ring_file import use
from nospim.ledger.sealing import SALT, leaf_of, record_key, seal
from nospim.ledger.segment import OPEN_FROM, segment_path

LOCK: Final = "lock"
SEGMENT_BYTES: Final = 64 * 1024 * 1024
"""A segment ends here: small enough to copy, check and read in a second or two."""
MAX_PENDING: Final = 64 * 1024 * 1024
"""Bytes that may wait for a commit; beyond, appends are refused and the caller slows down."""
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SALTS: Final = 4096
"""Random bytes drawn at once: a call to the system for each record would be a tenth of its cost."""


class Fsync(Enum):
    """When what was written is forced to the disk.

    EACH_COMMIT: before a commit returns, so what was acknowledged survives a power cut.
    NEVER: the system decides; a killed process loses nothing, a power cut may lose the last half minute.
    """

    EACH_COMMIT = "each-commit"
    NEVER = "never"


class _Part:
    """One segment that is being written: what is on disk of it, what is on its way, what waits."""

    def __init__(self, first: int, path: Path, ring: bytes) -> None:
        self.first = first
        self.path = path
        self.handle = -1
        self.size = 0  # bytes known to be on disk
        self.flight = head(first, ring)  # bytes being brought there; kept until they are
        self.waiting: list[bytes] = []
        self.planned = len(self.flight)  # bytes of the segment once all is written
        self.reaches = first  # next sequence behind what is in flight
        self.ended = False


class Journal:
    """An append-only journal with one writer.  Make it with `Journal.open`.

    `append` and `commit` may be called from different threads at once.
    """

    def __init__(self, folder: Path, keys: KeyRing, fsync: Fsync, locks: list[int], found: Recovery) -> None:
        self.folder = folder
        self.keys = keys
        self.recovery: Final = found
        self._fsync = fsync
        self._locks = locks
        self._next = found.next
        self._durable = found.next
        self._forced = found.next
        self._unended = found.unended
        self._parts = [_Part(found.next, segment_path(folder, found.next), keys.name)]
        self._pending = 0
        self._refusing = ""
        self._salts = b""
        self._closed = False
        self._appending = Lock()
        self._committing = Lock()

    @staticmethod
    def open(folder: Path, *, keys: KeyRing, fsync: Fsync = Fsync.EACH_COMMIT) -> Journal:
        """Open the journal in a folder, or begin one there; `recovery` tells what was found.

        Raises LockedError where another process writes it, CorruptError where it is damaged elsewhere
        than at its torn tail, KeysError where it belongs to another key ring.
        """
        make_folder(folder)
        lock = _take_lock(folder / LOCK)
        locks = [lock]
        try:
            locks.append(use(keys.folder))
            return Journal(folder, keys, fsync, locks, recover(folder, keys.name))
        except BaseException:
            for one in locks:
                os.close(one)
            raise

    @property
    def next(self) -> int:
        """The sequence that the next append gets."""
        return self._next

    @property
    def durable(self) -> int:
        """How many records are acknowledged: sequences below are on disk."""
        return self._durable

    def append(self, kind: str, body: bytes, *, day: int) -> int:
        """Take a record into the buffer; it is durable once a `commit` that began later has returned.

        kind: a word of at most 16 characters, which also tells how long the body may live (see
        `retention_classes`).  day: UTC day number that its retention counts from.
        Returns its sequence.  Raises RefusedError where the disk is full or fails or too much waits,
        ErasedError for a day whose key was destroyed, ValueError for a kind or body that cannot be.
        Whatever is raised, nothing was recorded.
        """
        word = kind_bytes(kind)
        if len(body) > MAX_BODY:
            raise ValueError(f"a record holds {MAX_BODY} bytes at most, and this has {len(body)}")
        if self._refusing:
            self._try_again()
        retention = class_of(kind)
        with self._appending:
            if self._closed:
                raise RefusedError(f"{self.folder}: the journal is closed")
            if self._pending > MAX_PENDING:
                raise RefusedError(f"{self.folder}: {self._pending} bytes wait to be written; slow down")
            content_key = self.keys.key(scope_of(retention, day))
            if len(self._salts) < SALT:
                self._salts = os.urandom(_SALTS)
            salt, self._salts = self._salts[:SALT], self._salts[SALT:]
            seq = self._next
            data = _frame(word, seq, day, retention, salt, body, content_key)
            part = self._parts[-1]
            if part.planned + len(data) > SEGMENT_BYTES and part.first < seq:
                part = _Part(seq, segment_path(self.folder, seq), self.keys.name)
                self._parts.append(part)
            part.waiting.append(data)
            part.planned += len(data)
            self._pending += len(data)
            self._next = seq + 1
        return seq

    def commit(self) -> int:
        """Bring all that was appended so far to the disk; blocks.  Returns the last durable sequence, or -1.

        Raises RefusedError where the disk is full or fails.  Then nothing more is taken until a later
        commit has brought everything that waits to the disk; what waits is not lost and leaves no hole.
        """
        with self._committing:
            self._commit()
            return self._durable - 1

    def sync(self) -> None:
        """Force what was committed to the disk, whatever the policy; blocks, and hinders no commit.

        Raises RefusedError where the disk fails.
        """
        with self._committing:
            if self._parts[0].handle < 0:
                return
            handle, reached = os.dup(self._parts[0].handle), self._durable
        try:
            os.fdatasync(handle)
            self._forced = max(self._forced, reached)
        except OSError as error:
            raise RefusedError(_describe(self.folder, error)) from error
        finally:
            os.close(handle)

    def read(self, start: int = 0) -> Iterator[Record]:
        """The acknowledged records from `start` on, as far as they go now.

        Raises CorruptError where a file is damaged, KeysError where a key is missing that was not destroyed.
        """
        return read_records(self.folder, self.keys, start, self._durable)

    def close(self) -> None:
        """Commit, end the segment, and let the next writer in.  Raises RefusedError as `commit` does."""
        with self._committing:
            if self._closed:
                return
            with self._appending:
                self._closed = True
            try:
                self._commit()
                part = self._parts[0]
                if part.first < part.reaches:
                    self._force(part)
                    self._end(part)
                    self._bring(part)
            finally:
                if self._parts[0].handle >= 0:
                    os.close(self._parts[0].handle)
                for lock in self._locks:
                    os.close(lock)

    def _try_again(self) -> None:
        """While the disk refuses, each append tries whether it still does."""
        if not self._committing.acquire(blocking=False):
            raise RefusedError(self._refusing)
        try:
            self._commit()
        finally:
            self._committing.release()

    def _commit(self) -> None:
        while True:
            with self._appending:
                part, more = self._parts[0], len(self._parts) > 1
                waiting, part.waiting = part.waiting, []
                reaches = self._parts[1].first if more else self._next
                self._pending -= sum(map(len, waiting))
            if waiting:
                part.flight += mark(BATCH_WORD, part.reaches, self._forced) + b"".join(waiting)
                part.reaches = reaches
            if more:
                self._end(part)
            if part.reaches > part.first and part.flight:
                self._bring(part)
            if not more:
                return
            self._force(part)  # a `sync` looks at the last segment only
            os.close(part.handle)
            with self._appending:
                self._parts.pop(0)

    def _force(self, part: _Part) -> None:
        """Force a segment to the disk, where its commits were not."""
        if self._forced < part.reaches:
            try:
                os.fdatasync(part.handle)
            except OSError as error:
                self._refusing = _describe(self.folder, error)
                raise RefusedError(self._refusing) from error
            self._forced = part.reaches

    def _end(self, part: _Part) -> None:
        if not part.ended:
            part.flight += mark(END_WORD, part.reaches, self._forced)
            part.ended = True

    def _bring(self, part: _Part) -> None:
        """Write what is in flight, all of it from the last durable byte on, however often it takes."""
        try:
            if self._unended is not None:
                self._end_old(*self._unended, part.first)
                self._unended = None
            if part.handle < 0:
                part.handle = os.open(part.path, os.O_RDWR | os.O_CREAT, 0o600)
                sync_folder(self.folder)
            write_all(part.handle, part.flight, part.size)
            if self._fsync is Fsync.EACH_COMMIT:
                os.fdatasync(part.handle)
        except OSError as error:
            self._refusing = _describe(self.folder, error)
            raise RefusedError(self._refusing) from error
        part.size += len(part.flight)
        part.flight = b""
        self._durable = part.reaches
        if self._fsync is Fsync.EACH_COMMIT:
            self._forced = part.reaches
        self._refusing = ""

    def _end_old(self, path: Path, size: int, following: int) -> None:
        """Write the end of the segment that the last writer left without one."""
        handle = os.open(path, os.O_RDWR)
        try:
            write_all(handle, mark(END_WORD, following, following), size)
            os.fsync(handle)
        finally:
            os.close(handle)


def _frame(
    kind: bytes, seq: int, day: int, retention: Retention, salt: bytes, body: bytes, content_key: bytes
) -> bytes:
    leaf = leaf_of(salt, body)
    open_part = RECORD.pack(b"", 0, 0, seq, day, retention, 0, 0, kind, leaf)[OPEN_FROM:]
    sealed = seal(record_key(content_key, seq, leaf), seq, open_part, salt + body)
    return frame(kind, seq, day, retention, leaf, sealed)


def _take_lock(path: Path) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        writer = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
        os.close(handle)
        raise LockedError(
            f"{path.parent}: process {writer or '(unknown)'} writes this journal; stop it first"
        ) from None
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    return handle


def _describe(folder: Path, error: OSError) -> str:
    if error.errno in _FULL:
        return f"{folder}: the disk is full ({error.strerror}); nothing more is taken until there is room"
    return f"{folder}: the disk fails ({error.strerror}); nothing more is taken until it writes again"
