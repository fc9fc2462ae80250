"""The key ring: a content key for each class and day of retention, wrapped by the master key.

Destroying a day's key erases all that was written under it, in the journal, in snapshots and in
copies alike.  The folder of the ring can lie outside backups.  Several processes may share a ring: its
file is read again, under a lock, before each change.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NamedTuple

from nospim.ledger.disk import make_folder
from nospim.ledger.errors import ErasedError, KeysError
from nospim.ledger.master import KEY, Master, find_master, keep_master, new_master, settle_master
from nospim.ledger.record import MAX_DAY, Retention
from nospim.ledger.ring_file import (
    FILE,
    CaseKey,
    RingFile,
    locked,
    read_ring,
    read_unchecked,
    unwrapped,
    use,
    wrapped,
    write_ring,
)

_CASE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Scope(NamedTuple):
    """What one content key covers: a class of retention, and a UTC day number."""

    retention: Retention
    day: int

    def __str__(self) -> str:
        return f"{self.retention.name.lower()}/{self.day}"

    @staticmethod
    def parse(text: str) -> Scope:
        """The scope that `str` wrote.  Raises KeysError for anything else."""
        word, _, day = text.partition("/")
        try:
            return Scope(Retention[word.upper()], int(day))
        except (KeyError, ValueError):
            raise KeysError(f"{text!r} is no scope of a key") from None


def scope_of(retention: Retention, day: int) -> Scope:
    """The scope that a record is written under.

    What is kept for ever has one key for all days: even an old backup of the keys opens what tells of
    erasures, so none is undone by it.
    """
    return Scope(retention, 0 if retention is Retention.KEPT else day)


def check_case(case: str) -> None:
    """Raises ValueError for a name that cannot be a case's: it names a file, too."""
    if not _CASE.fullmatch(case):
        raise ValueError(f"{case!r} cannot name a case: letters, digits, dot, hyphen, underscore; 64 at most")


class KeyRing:
    """The content keys of one ledger.  Make it with `KeyRing.open`."""

    def __init__(self, folder: Path, master: Master, file: RingFile) -> None:
        self.folder = folder
        self.master = master
        self._load(file)

    @staticmethod
    def open(folder: Path, master: Master | None = None) -> KeyRing:
        """Open the ring in a folder, or make one there.

        master: None looks where `find_master` does.  Raises KeysError where the ring is damaged, of
        another version, or wrapped by another master key.
        """
        make_folder(folder)
        with locked(folder):
            there = (folder / FILE).exists()
            settle_master(folder, read_unchecked(folder).master if there else "")
            if master is None:
                master = find_master(folder, ring=there)
            if not there:
                write_ring(folder, master, RingFile.fresh(master))
            return KeyRing(folder, master, read_ring(folder, master))

    @property
    def name(self) -> bytes:
        """The ring's 16 bytes, which every segment written under it carries."""
        return bytes.fromhex(self._file.ring)

    def key(self, scope: Scope) -> bytes:
        """The content key to write under; made, and durable, when it is asked for the first time.

        Raises ErasedError where it was destroyed, RefusedError where a new one cannot be written down.
        """
        found = self._keys.get(scope)
        if found is not None:
            return found
        if not 0 <= scope.day <= MAX_DAY:
            raise ValueError(f"{scope}: a day is a whole number of days since 1970, up to {MAX_DAY}")
        fresh = secrets.token_bytes(KEY)

        def add(file: RingFile) -> None:
            name = str(scope)
            if name in file.destroyed:
                raise ErasedError(f"the key of {name} was destroyed; nothing can be written for that day")
            if name not in file.keys:
                file.keys[name] = wrapped(self.master, fresh, name)

        self._change(add)
        return self._keys[scope]

    def find(self, scope: Scope) -> bytes | None:
        """The content key to read under, or None where it was destroyed.

        Raises KeysError where it is neither here nor recorded as destroyed: this is a wrong or old ring.
        """
        for again in (True, False):
            found = self._keys.get(scope)
            if found is not None or str(scope) in self._file.destroyed:
                return found
            if again:
                self.refresh()
        raise KeysError(
            f"{self.folder}: the key of {scope} is neither here nor recorded as destroyed; "
            "restore the newest backup of the keys"
        )

    def destroy(self, scopes: Iterable[Scope], *, on: int) -> tuple[Scope, ...]:
        """Destroy content keys for ever, and remember on which day; returns those that still were there.

        scopes: the ones that never had a key are only remembered, so that none is ever made.
        on: the day number of doing it.
        """
        wanted, done = sorted(set(scopes)), list[Scope]()

        def remove(file: RingFile) -> None:
            done.clear()
            for scope in wanted:
                name = str(scope)
                if file.keys.pop(name, None) is not None:
                    done.append(scope)
                    file.untold.append(name)
                file.destroyed.setdefault(name, on)

        if wanted:
            self._change(remove)
        return tuple(done)

    def told(self, scopes: Iterable[Scope]) -> None:
        """Take note that the journal tells of the destruction of these keys."""
        names = {str(scope) for scope in scopes}

        def note(file: RingFile) -> None:
            file.untold = [name for name in file.untold if name not in names]

        if names:
            self._change(note)

    def scopes(self) -> tuple[Scope, ...]:
        """What there are keys for, in order."""
        return tuple(sorted(self._keys))

    def destroyed(self) -> dict[Scope, int]:
        """What was destroyed, with the day number it was done."""
        return {Scope.parse(name): day for name, day in sorted(self._file.destroyed.items())}

    def untold(self) -> tuple[Scope, ...]:
        """What was destroyed and is not told of in the journal yet."""
        return tuple(sorted(Scope.parse(name) for name in self._file.untold))

    def cases(self) -> dict[str, int | None]:
        """The cases that hold records, with the last day number of each hold; None has no end."""
        return {name: case.until for name, case in sorted(self._file.cases.items())}

    def case_key(self, case: str, *, until: int | None = None, make: bool = False) -> bytes:
        """The key of a case's hold.

        make: make it where there is none, and set the hold's end to `until`.
        Raises KeysError where there is none, ValueError for a name that cannot be a case's.
        """
        check_case(case)
        use_of = f"case/{case}"
        if make:
            fresh = secrets.token_bytes(KEY)

            def add(file: RingFile) -> None:
                old = file.cases.get(case)
                key = wrapped(self.master, fresh, use_of) if old is None else old.key
                file.cases[case] = CaseKey(key=key, until=until)

            self._change(add)
        found = self._file.cases.get(case)
        if found is None:
            raise KeysError(f"{self.folder}: no hold for case {case}")
        return unwrapped(self.master, found.key, use_of)

    def drop_case(self, case: str) -> bool:
        """Destroy the key of a case's hold; False where there is none."""
        done = False

        def drop(file: RingFile) -> None:
            nonlocal done
            done = file.cases.pop(case, None) is not None

        self._change(drop)
        return done

    def rotate(self, new: Master | None = None) -> None:
        """Wrap every key by a new master key.

        Once the old master key is forgotten, so are old copies of this folder, and whatever a disk may
        have kept of destroyed keys.
        new: a key that the caller keeps; None makes one and keeps it in the ring's own file, which must
        then be where the present one is kept.
        Raises LockedError while a journal is written under the ring, KeysError where the present key is
        kept elsewhere and none is given.
        """
        handle = use(self.folder, alone=True)
        try:
            old = self.master
            if new is None and old.path is None:
                raise KeysError("the master key is kept elsewhere; make a new one there and give it here")
            with locked(self.folder):
                file = read_ring(self.folder, old)
                master = keep_master(self.folder, new_master()) if new is None else new
                file.keys = {name: _again(old, master, key, name) for name, key in file.keys.items()}
                file.cases = {
                    name: CaseKey(key=_again(old, master, case.key, f"case/{name}"), until=case.until)
                    for name, case in file.cases.items()
                }
                file.master = master.name
                write_ring(self.folder, master, file)
                settle_master(self.folder, master.name)
            self.master = master
            self._load(file)
        finally:
            os.close(handle)

    def refresh(self) -> None:
        """Read the ring again: another process may have destroyed keys, or made some."""
        with locked(self.folder):
            self._load(read_ring(self.folder, self.master))

    def _change(self, change: Callable[[RingFile], None]) -> None:
        with locked(self.folder):
            file = read_ring(self.folder, self.master)
            change(file)
            write_ring(self.folder, self.master, file)
            self._load(file)

    def _load(self, file: RingFile) -> None:
        self._keys = {
            Scope.parse(name): unwrapped(self.master, key, name) for name, key in file.content_keys().items()
        }
        self._file = file


def _again(old: Master, new: Master, key: str, use_of: str) -> str:
    return wrapped(new, unwrapped(old, key, use_of), use_of)
