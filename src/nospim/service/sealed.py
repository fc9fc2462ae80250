"""What the service keeps beside the journal, under the same keys: to destroy a day's key erases it here, too.

A box is the day (4 bytes), the class of retention (1), a random nonce (12) and AES-256-GCM of the content,
with the first two bound to it (NIST SP 800-38D).
"""

from __future__ import annotations

import os
import struct
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nospim.ledger import KeyRing, Retention, Scope

_HEAD: Final = struct.Struct(">IB")
_NONCE: Final = 12


class UnreadableError(ValueError):
    """A box that does not open: damaged, or its key is not here."""


def seal(keys: KeyRing, retention: Retention, day: int, content: bytes) -> bytes:
    """Content in a box.  day: UTC day number that its retention counts from."""
    head = _HEAD.pack(day, retention)
    nonce = os.urandom(_NONCE)
    return head + nonce + AESGCM(keys.key(Scope(retention, day))).encrypt(nonce, content, head)


def unseal(keys: KeyRing, box: bytes) -> bytes | None:
    """The content of a box; None where its key was destroyed.  Raises UnreadableError."""
    head, nonce = box[: _HEAD.size], box[_HEAD.size : _HEAD.size + _NONCE]
    try:
        day, retention = _HEAD.unpack(head)
        key = keys.find(Scope(Retention(retention), day))
        if key is None:
            return None
        return AESGCM(key).decrypt(nonce, box[_HEAD.size + _NONCE :], head)
    except (struct.error, ValueError, InvalidTag):
        raise UnreadableError("it is damaged, or was written under other keys") from None
