"""The key that the ledger is signed with, and signed statements in DSSE envelopes.

Ed25519 (RFC 8032) by the library cryptography; the envelope is DSSE v1 by securesystemslib.  An envelope is
written in one form only (keys sorted, no spaces), and any other form of the same content is refused, so
that no byte of it can change unnoticed.  A key's name is its *fingerprint*: SHA-256 of its 32 raw bytes.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from nospim.errors import NospimError, UsageError

try:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import VerificationError
    from securesystemslib.signer import CryptoSigner, SSlibKey
except ImportError as absent:
    raise UsageError(
        f"{absent.name} is not installed; signing a ledger needs the extra: pip install 'nospim[evidence]'"
    ) from None

FINGERPRINT_LENGTH: Final = 64
"""Characters of a fingerprint: SHA-256 in hex."""
MOST_ENVELOPE: Final = 1 << 16
"""Bytes of an envelope: a head takes about one kilobyte."""


class SealError(NospimError):
    """A signed statement, or the chain of them, is not what it claims to be."""


def fingerprint_of(public: bytes) -> str:
    """The name of a public key of 32 raw bytes."""
    return sha256(public).hexdigest()


class SigningKey:
    """A private Ed25519 key; it never shows its private part except when it is saved."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public: Final = key.public_key().public_bytes_raw()
        self.fingerprint: Final = fingerprint_of(self.public)

    def __repr__(self) -> str:
        return f"SigningKey({self.fingerprint})"

    @classmethod
    def generate(cls) -> SigningKey:
        """A new key from the system's randomness."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: Path, passphrase: str = "") -> SigningKey:
        """Read a PKCS #8 PEM file, encrypted where a passphrase is given.

        Raises OSError, or UsageError where the file holds no Ed25519 key that the passphrase opens.
        """
        try:
            key = load_pem_private_key(path.read_bytes(), passphrase.encode() or None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise UsageError(f"{path} holds no private key that this passphrase opens") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise UsageError(f"{path} holds a key of another kind than Ed25519")
        return cls(key)

    def save(self, path: Path, passphrase: str = "") -> None:
        """Write the key for its owner only; a file that is there already is never written over."""
        lock = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        data = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())

    def signer(self) -> CryptoSigner:
        """The key as securesystemslib wants it."""
        return CryptoSigner(self._key, _public_key(self.public))


def sign(payload: bytes, kind: str, keys: Sequence[SigningKey]) -> bytes:
    """A signed statement: its bytes in an envelope with one signature a key, in the one form that is read."""
    envelope = Envelope(payload, kind, {})
    for key in keys:
        envelope.sign(key.signer())
    return _written(envelope)


class Statement:
    """A signed statement whose envelope was read, and whose signatures were not yet checked."""

    def __init__(self, data: bytes) -> None:
        """Raises SealError where the bytes are no envelope in the one form."""
        self._envelope = _read(data)
        self.kind: str = self._envelope.payload_type
        self.payload: bytes = self._envelope.payload
        self.signers: tuple[str, ...] = tuple(self._envelope.signatures)

    def require(self, *publics: bytes) -> None:
        """Check that exactly the owners of these keys (32 raw bytes each) signed; raises SealError."""
        names = [fingerprint_of(public) for public in publics]
        if not names or sorted(names) != sorted(self.signers):
            raise SealError(f"signed by {_list(self.signers)}, and not by {_list(names)}")
        try:
            self._envelope.verify([_public_key(public) for public in publics], len(publics))
        except (VerificationError, ValueError):
            raise SealError(f"the signature of {_list(names)} does not fit the statement") from None


def _public_key(public: bytes) -> SSlibKey:
    return SSlibKey(fingerprint_of(public), "ed25519", "ed25519", {"public": public.hex()})


def _written(envelope: Envelope) -> bytes:
    return json.dumps(envelope.to_dict(), sort_keys=True, separators=(",", ":")).encode("ascii")


def _read(data: bytes) -> Envelope:
    if len(data) > MOST_ENVELOPE:
        raise SealError(f"an envelope has at most {MOST_ENVELOPE} bytes, and this one has {len(data)}")
    try:
        told: Any = json.loads(data)
        for signature in told["signatures"]:
            b64decode(signature["sig"], validate=True)
        envelope = Envelope.from_dict(told)
    except Exception:  # noqa: BLE001 - a hostile envelope may break the decoder in many ways
        raise SealError("these bytes are no DSSE envelope") from None
    if _written(envelope) != data:
        raise SealError("the envelope is not written in the one form: somebody changed its bytes")
    return envelope


def _list(names: Sequence[str]) -> str:
    return ", ".join(name[:16] for name in names) or "nobody"
