"""Commitments to single fields of records, so that a redacted bundle can show some of them and prove each.

A record's leaf stands for all of it: to check one field against it, one must see the rest. So the ledger
also holds, in records of the kind ``fields``, for each record that a case rests on a hash over commitments
to its fields. A bundle shows the fields that it may, with their salts, and of the others the commitments
alone. Pure.

- A field is a path (RFC 6901) to a value that is no object, and the value as JSON with ASCII only.
- Its salt is HMAC-SHA-256 of ``nospim-field/1`` and the path under the record's salt, so that it goes with
that salt. - Its commitment is SHA-256(0x02, salt, path in UTF-8, 0x00, value).
- The record's hash is SHA-256(0x03, its number in eight bytes, the commitments in rising order).
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec
from msgspec import Struct

KIND: Final = "fields"
FORM: Final = "nospim-fields/1"
LABEL: Final = b"nospim-field/1"
A_RECORD: Final = 5_000
"""Records committed to in one record of the ledger: about 400 kilobytes."""


class Committed(Struct, frozen=True, kw_only=True):
    """A record of the kind ``fields``: numbers of records with the hash over the commitments of each."""

    form: str
    roots: tuple[tuple[int, str], ...]


class Shown(Struct, frozen=True, kw_only=True):
    """Of one record the fields that a bundle shows, and the commitments to the others.

    seq: its number.  at: the record that holds its hash.  opened: path, value and salt (hex) of each.
    """

    seq: int
    at: int
    opened: tuple[tuple[str, str, str], ...]
    rest: tuple[str, ...]


def fields(body: bytes) -> dict[str, str]:
    """The fields of a record by path; what is no object is one field at the empty path."""
    found: dict[str, str] = {}

    def walk(path: str, value: Any) -> None:
        if isinstance(value, dict) and value:
            for name, inner in value.items():
                walk(f"{path}/{name.replace('~', '~0').replace('/', '~1')}", inner)
        else:
            found[path] = json.dumps(value, ensure_ascii=True, separators=(",", ":"), sort_keys=True)

    walk("", json.loads(body))
    return found


def salt_of(salt: bytes, path: str) -> bytes:
    """The salt of a field; salt: the record's."""
    return hmac.digest(salt, LABEL + path.encode("utf-8", "surrogatepass"), "sha256")


def commitment(salt: bytes, path: str, value: str) -> bytes:
    """The commitment to a field; salt: the field's own."""
    name = path.encode("utf-8", "surrogatepass")
    return sha256(b"\x02" + salt + name + b"\0" + value.encode("ascii")).digest()


def root(seq: int, commitments: Iterable[bytes]) -> bytes:
    """The hash over a record's commitments."""
    return sha256(b"\x03" + seq.to_bytes(8, "big") + b"".join(sorted(commitments))).digest()


def root_of(seq: int, salt: bytes, body: bytes) -> bytes:
    """The hash over the commitments to a whole record's fields."""
    return root(seq, (commitment(salt_of(salt, path), path, value) for path, value in fields(body).items()))


def committed(roots: Mapping[int, bytes]) -> list[bytes]:
    """The records that commit to some records, each with no more than a record may hold."""
    rows = [(seq, digest.hex()) for seq, digest in sorted(roots.items())]
    return [
        msgspec.json.encode(Committed(form=FORM, roots=tuple(rows[first : first + A_RECORD])))
        for first in range(0, len(rows), A_RECORD)
    ]


def parse(body: bytes) -> Committed:
    """The content of a record of the kind ``fields``; raises msgspec.DecodeError."""
    return msgspec.json.decode(body, type=Committed)


def shown(seq: int, at: int, salt: bytes, body: bytes, paths: Iterable[str]) -> Shown:
    """A record with the fields at these paths opened, those of them that it has."""
    wanted, opened, rest = set(paths), [], []
    for path, value in sorted(fields(body).items()):
        own = salt_of(salt, path)
        if path in wanted:
            opened.append((path, value, own.hex()))
        else:
            rest.append(commitment(own, path, value).hex())
    return Shown(seq=seq, at=at, opened=tuple(opened), rest=tuple(sorted(rest)))
