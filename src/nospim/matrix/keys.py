"""The keys of a policy server: one signs what it says to other servers, the other signs events.

They are kept apart because a room names the second in `m.room.policy`: so a room can drop the policy server
without its help, and whoever takes the first key cannot approve events (MSC4284, considerations).
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from nospim.errors import UsageError
from nospim.matrix.canonical import padded, unpadded

POLICY_KEY: Final = "ed25519:policy_server"
"""The id that the specification gives the key that signs events."""


class KeyFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file holds: seeds of 32 bytes in unpadded base64, and the server key's id."""

    server_key_id: str
    server_key: str
    policy_key: str


class Keys:
    """Both keys, ready for use."""

    def __init__(self, file: KeyFile) -> None:
        self.server_key_id = file.server_key_id
        self.server = Ed25519PrivateKey.from_private_bytes(padded(file.server_key))
        self.policy = Ed25519PrivateKey.from_private_bytes(padded(file.policy_key))

    @property
    def policy_public(self) -> str:
        """What rooms write into `m.room.policy` (unpadded base64)."""
        return unpadded(self.policy.public_key().public_bytes_raw())

    @property
    def server_public(self) -> str:
        """What other servers check our requests with (unpadded base64)."""
        return unpadded(self.server.public_key().public_bytes_raw())


def read_keys(path: Path) -> Keys:
    """The keys in a file.  Raises UsageError where it cannot be used."""
    try:
        return Keys(msgspec.json.decode(path.read_bytes(), type=KeyFile))
    except FileNotFoundError:
        raise UsageError(f"there is no key file {path}; make one with: nospim matrix keys {path}") from None
    except OSError as error:
        raise UsageError(f"the key file {path} cannot be read: {error.strerror}") from None
    except (msgspec.MsgspecError, ValueError):
        raise UsageError(f"{path} is no key file of nospim matrix keys") from None


def make_keys(path: Path) -> Keys:
    """Make new keys in a new file that only its owner can read.  Raises UsageError where it exists."""
    file = KeyFile(
        server_key_id=f"ed25519:n{secrets.token_hex(3)}",
        server_key=unpadded(secrets.token_bytes(32)),
        policy_key=unpadded(secrets.token_bytes(32)),
    )
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(f"{path} exists; rooms know its public key, so it is not replaced") from None
    with os.fdopen(handle, "wb") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(file)) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    return Keys(file)
