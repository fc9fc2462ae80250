"""How a record's body is hidden and what its leaf is: the cryptography of one record, and nothing else.

Every record has a key of its own, derived from the content key of its day: so one record can be held
for a case by keeping 32 bytes, and a sequence that is used again after a torn tail was cut never meets
the same key and nonce with other words.
"""

from __future__ import annotations

from hashlib import blake2b, sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SALT: Final = 16
"""Random bytes in front of each body: short messages could be guessed from plain hashes."""
TAG: Final = 16
KEY: Final = 32
_PERSON: Final = b"nospim record v1"


def leaf_of(salt: bytes, body: bytes) -> bytes:
    """SHA-256(0x00 || salt || body): a leaf hash as RFC 9162 section 2.1.1 has it, over salt and body."""
    return sha256(b"\0" + salt + body).digest()


def record_key(content_key: bytes, seq: int, leaf: bytes) -> bytes:
    """The 32-byte key of one record: keyed BLAKE2b (RFC 7693) over its sequence and leaf.

    The leaf covers a random salt, so two records never share a key, even where both had one sequence.
    """
    return blake2b(seq.to_bytes(8, "big") + leaf, digest_size=KEY, key=content_key, person=_PERSON).digest()


def seal(key: bytes, seq: int, open_part: bytes, plain: bytes) -> bytes:
    """AES-256-GCM of salt and body under the record's key; open_part: what is bound to it unhidden."""
    return AESGCM(key).encrypt(seq.to_bytes(12, "big"), plain, open_part)


def unseal(key: bytes, seq: int, open_part: bytes, sealed: bytes, leaf: bytes) -> tuple[bytes, bytes]:
    """Salt and body of a record.  Raises ValueError where key, ciphertext or leaf is not the right one."""
    try:
        plain = AESGCM(key).decrypt(seq.to_bytes(12, "big"), sealed, open_part)
    except (InvalidTag, ValueError):
        raise ValueError("the record does not open under its day's key") from None
    salt, body = plain[:SALT], plain[SALT:]
    if len(salt) != SALT or leaf_of(salt, body) != leaf:
        raise ValueError("the record's leaf hash does not match its body")
    return salt, body
