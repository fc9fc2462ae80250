"""A reader written from the page docs/reference/ledger-files.md alone reads what the journal wrote."""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
import zlib
from base64 import b64decode
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from ledger_rooms import DAY, written

from nospim.ledger.holds import Holds

CLASSES = {1: "content", 2: "risk", 3: "kept"}


def content_keys(folder: Path) -> dict[str, bytes]:
    """The keys of a ring by scope, by the page's section on `ring.json`."""
    master = bytes.fromhex((folder / "master.key").read_text())
    ring: dict[str, Any] = json.loads((folder / "ring.json").read_text())
    assert ring["master"] == hashlib.sha256(b"nospim master name" + master).hexdigest()[:16]
    keys = {}
    for scope, text in ring["keys"].items():
        wrapped = b64decode(text)
        keys[scope] = AESGCM(master).decrypt(wrapped[:12], wrapped[12:], scope.encode())
    told = ring.pop("mac")
    plain = json.dumps({**ring, "mac": ""}, sort_keys=True, separators=(",", ":")).encode()
    assert hmac.new(keys["mac"], plain, "sha256").hexdigest() == told
    return keys


def read(data: bytes, keys: dict[str, bytes]) -> list[tuple[int, str, int, bytes]]:
    """The records of a segment: sequence, kind, day, body."""
    magic, version, emptied, crc = struct.unpack(">8sHHI", data[:16])
    assert (magic, version, emptied) == (b"nospim-j", 1, 0)
    assert crc == zlib.crc32(data[:12] + bytes(4) + data[16:40])
    at, found = 40, []
    while at < len(data):
        word, crc = struct.unpack(">4sI", data[at : at + 8])
        if word != b"rec\n":
            assert word in {b"bat\n", b"end\n"}
            assert crc == zlib.crc32(data[at + 8 : at + 24])
            at += 24
            continue
        length, seq, day, group, kind, leaf = struct.unpack(">IQIB3x16s32s", data[at + 8 : at + 76])
        assert crc == zlib.crc32(data[at + 8 : at + 76 + length])
        key = keys[f"{CLASSES[group]}/{0 if group == 3 else day}"]
        own = hashlib.blake2b(
            struct.pack(">Q", seq) + leaf, digest_size=32, key=key, person=b"nospim record v1"
        )
        sealed, bound = data[at + 76 : at + 76 + length], data[at + 12 : at + 76]
        plain = AESGCM(own.digest()).decrypt(seq.to_bytes(12, "big"), sealed, bound)
        assert hashlib.sha256(b"\0" + plain).digest() == leaf
        found.append((seq, kind.rstrip(b"\0").decode(), day, plain[16:]))
        at += 76 + length
    return found


def test_the_page_says_enough_to_read_a_journal(tmp_path: Path) -> None:
    journal = written(tmp_path, b"hello", b"")
    journal.append("verdict", b"allow", day=DAY + 1)
    journal.append("erasure", b"{}", day=DAY + 2)
    Holds(journal.keys).hold("case", list(journal.read())[:1])
    journal.close()
    (segment,) = (tmp_path / "journal").glob("*.jnl")
    assert read(segment.read_bytes(), content_keys(tmp_path / "keys")) == [
        (0, "event", DAY, b"hello"),
        (1, "event", DAY, b""),
        (2, "verdict", DAY + 1, b"allow"),
        (3, "erasure", DAY + 2, b"{}"),
    ]
