"""The master key: where it comes from, and that nobody else can read it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nospim.ledger.disk import replace_file, wipe_file
from nospim.ledger.errors import KeysError

FILE: Final = "master.key"
NEXT: Final = "master.key.next"
VARIABLE: Final = "NOSPIM_MASTER_KEY"
CREDENTIAL: Final = "nospim-master-key"
"""Name of the systemd credential (LoadCredential=, LoadCredentialEncrypted=)."""
FOLDER_OF_CREDENTIALS: Final = "CREDENTIALS_DIRECTORY"
"""systemd tells a service by this variable where its credentials are (systemd.exec(5))."""
KEY: Final = 32
_NONCE: Final = 12


class Master:
    """The key that wraps all others.  It is never printed, and never part of a backup.

    key: 32 bytes.  path: the file it was read from, None where it came from elsewhere.
    """

    def __init__(self, key: bytes, path: Path | None = None) -> None:
        if len(key) != KEY:
            raise KeysError(f"a master key has {KEY} bytes; this one has {len(key)}")
        self.path = path
        self.name = sha256(b"nospim master name" + key).hexdigest()[:16]
        """Says which master key it is, without telling it."""
        self._key = key

    def __repr__(self) -> str:
        return f"Master({self.name})"

    def wrap(self, key: bytes, use: str) -> bytes:
        """A key wrapped for one use (AES-256-GCM, random nonce, the use bound to it)."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self._key).encrypt(nonce, key, use.encode())

    def unwrap(self, wrapped: bytes, use: str) -> bytes:
        """The key that `wrap` wrapped for the same use.  Raises KeysError for another master or use."""
        try:
            return AESGCM(self._key).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], use.encode())
        except (InvalidTag, ValueError):
            raise KeysError(f"the key of {use} is damaged, or wrapped by another master key") from None

    def keep(self, folder: Path) -> None:
        """Keep the key in a ring's folder, readable by its owner only."""
        replace_file(folder / FILE, self.written().encode(), mode=0o600, wipe=True)

    def written(self) -> str:
        """The key as its file holds it: 64 hexadecimal digits and a line end."""
        return self._key.hex() + "\n"


def new_master() -> Master:
    """A fresh random master key, not kept anywhere yet."""
    return Master(secrets.token_bytes(KEY))


def parse_master(text: str, where: str, path: Path | None = None) -> Master:
    """A master key from 64 hexadecimal digits.  Raises KeysError; the message never shows the text."""
    try:
        return Master(bytes.fromhex(text.strip()), path)
    except ValueError:
        raise KeysError(f"{where}: a master key is {2 * KEY} hexadecimal digits; this is not") from None


def read_master(path: Path) -> Master:
    """The master key in a file.  Raises KeysError where others may read it, or it is no key."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise KeysError(f"{path}: the master key cannot be read ({error.strerror})") from None
    if mode & 0o077:
        raise KeysError(f"{path}: others may read the master key (mode {mode & 0o777:o}); chmod 600 it")
    return parse_master(text, str(path), path)


def find_master(folder: Path, *, ring: bool, environment: Mapping[str, str] | None = None) -> Master:
    """The master key of a ring: the systemd credential, the variable, or the ring's own file, in this order.

    folder: the ring's.  ring: whether there is one already; where there is neither ring nor key, a key is
    made and kept in the folder's `master.key` with mode 0600.  environment: None for the process's.
    Raises KeysError where there is a ring and no key, or where the key cannot be used.
    """
    env = os.environ if environment is None else environment
    if credentials := env.get(FOLDER_OF_CREDENTIALS):
        path = Path(credentials) / CREDENTIAL
        if path.is_file():
            return parse_master(path.read_text(encoding="ascii", errors="replace"), str(path))
    if text := env.get(VARIABLE):
        return parse_master(text, VARIABLE)
    path = folder / FILE
    if path.exists():
        return read_master(path)
    if ring:
        raise KeysError(
            f"{folder}: there is a key ring but no master key; put it in {path}, "
            f"or give it as {VARIABLE} or as the systemd credential {CREDENTIAL}"
        )
    new_master().keep(folder)
    return read_master(path)


def keep_master(folder: Path, master: Master) -> Master:
    """Keep a new master key beside the present one, until `settle_master` decides which is right."""
    path = folder / NEXT
    replace_file(path, master.written().encode(), mode=0o600)
    return read_master(path)


def settle_master(folder: Path, used: str) -> None:
    """End a rotation, or undo one that a crash stopped: keep the master key that the ring uses.

    used: the name of that key.
    """
    path = folder / NEXT
    if not path.exists():
        return
    if read_master(path).name == used:
        replace_file(folder / FILE, path.read_bytes(), mode=0o600, wipe=True)
    wipe_file(path)
