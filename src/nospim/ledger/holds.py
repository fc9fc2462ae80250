"""Holds: records that a case needs stay readable after the key of their day is destroyed.

A hold keeps no copy of a record.  It keeps the record's own key, derived from the day's, wrapped under
the key of the case: 32 bytes a record, in one file a case beside the key ring.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from nospim.ledger.disk import make_folder, replace_file, wipe_file
from nospim.ledger.errors import CorruptError, RefusedError
from nospim.ledger.keys import KeyRing, Scope, check_case, scope_of
from nospim.ledger.record import Record
from nospim.ledger.sealing import record_key

FOLDER: Final = "holds"
SUFFIX: Final = ".hold"
REST: Final = "rest."
"""How the holds are called that keep a day's other records when somebody's are erased; no case may be
called so."""
MAGIC: Final = b"nospim-hold 1\n"
_NONCE: Final = 12

_decoder = msgspec.msgpack.Decoder(dict[int, bytes])


def rest_of(scope: Scope) -> str:
    """The name of the hold that keeps the other records of a day."""
    return f"{REST}{scope.retention.name.lower()}.{scope.day}"


class Held(Struct, frozen=True, kw_only=True):
    """What a hold did.  held: records of the case from now on.  erased: too late, their keys were gone."""

    held: int
    erased: tuple[int, ...] = ()


class Holds:
    """The holds of one key ring."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys
        self._folder = keys.folder / FOLDER

    def hold(self, case: str, records: Iterable[Record], *, until: int | None = None) -> Held:
        """Hold records for a case, besides those that it holds already.

        A record whose day is erased can still be held where another case holds it.
        until: the last day number of the whole hold; None has no end.
        Raises ValueError for a name that cannot be a case's, RefusedError where the disk is full.
        """
        case_key = self._keys.case_key(case, until=until, make=True)
        kept = self.of(case)
        others: dict[int, bytes] | None = None
        erased = []
        for record in records:
            key = self._keys.find(scope_of(record.retention, record.day))
            if key is not None:
                kept[record.seq] = record_key(key, record.seq, record.leaf)
                continue
            others = self.all() if others is None else others
            if record.seq in others:
                kept[record.seq] = others[record.seq]
            else:
                erased.append(record.seq)
        self._write(case, case_key, kept)
        return Held(held=len(kept), erased=tuple(erased))

    def of(self, case: str) -> dict[int, bytes]:
        """The records that a case holds, by sequence, with their keys.  Raises CorruptError, KeysError."""
        path = self._path(case)
        key = self._keys.case_key(case)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return {}
        nonce, sealed = data[len(MAGIC) :][:_NONCE], data[len(MAGIC) + _NONCE :]
        try:
            if not data.startswith(MAGIC):
                raise ValueError("no hold")
            return _decoder.decode(AESGCM(key).decrypt(nonce, sealed, case.encode()))
        except (InvalidTag, ValueError, msgspec.DecodeError):
            advice = "take this file from the backup of the keys"
            raise CorruptError(path, 0, f"the hold of case {case} is damaged", advice) from None

    def let_go(self, case: str, records: Collection[int]) -> None:
        """Take records out of a hold, where there is one; the file is written anew and the old one wiped."""
        if case not in self._keys.cases():
            return
        kept = self.of(case)
        if any(seq in kept for seq in records):
            rest = {seq: key for seq, key in kept.items() if seq not in records}
            self._write(case, self._keys.case_key(case), rest)

    def all(self) -> dict[int, bytes]:
        """Every held record's key, by sequence, of all cases."""
        found: dict[int, bytes] = {}
        for case in self._keys.cases():
            found.update(self.of(case))
        return found

    def release(self, case: str) -> bool:
        """End a hold; records of days whose keys are gone are gone with it.  False where there is none."""
        check_case(case)
        done = self._keys.drop_case(case)
        wipe_file(self._path(case))
        return done

    def ended(self, today: int) -> tuple[str, ...]:
        """The cases whose hold has ended by a day."""
        return tuple(
            case for case, until in self._keys.cases().items() if until is not None and until < today
        )

    def _path(self, case: str) -> Path:
        return self._folder / f"{case}{SUFFIX}"

    def _write(self, case: str, key: bytes, kept: dict[int, bytes]) -> None:
        nonce = secrets.token_bytes(_NONCE)
        plain = msgspec.msgpack.encode(dict(sorted(kept.items())))
        data = MAGIC + nonce + AESGCM(key).encrypt(nonce, plain, case.encode())
        try:
            make_folder(self._folder)
            replace_file(self._path(case), data, wipe=True)
        except OSError as error:
            raise RefusedError(
                f"{self._path(case)}: the hold cannot be written ({error.strerror}); make room on the disk"
            ) from error
