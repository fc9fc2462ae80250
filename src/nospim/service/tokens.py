"""Who may call: bearer tokens (RFC 6750) with scopes, of which only hashes are kept.

A token is 256 random bits, so its plain SHA-256 cannot be guessed back, and none of the slow hashes that
passwords need is needed.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from nospim.errors import NospimError

NAME: Final = "tokens.json"
PREFIX: Final = "nospim_"
"""What every token begins with, so that a token that leaked can be searched for."""
RELOAD: Final = 1.0
"""Seconds between two looks whether the file has changed."""
MAX_CACHED: Final = 1024
"""Headers whose scopes are remembered, so that they are not hashed for every request."""
MAX_HEADER: Final = 256
"""Longest Authorization header that can hold a token of ours."""

Scope = Literal["check", "report", "admin"]
SCOPES: Final[tuple[Scope, ...]] = ("check", "report", "admin")


class Token(Struct, frozen=True, kw_only=True):
    """One token: its name, what it allows, the SHA-256 of it in hex, and when it was made."""

    name: str
    scopes: tuple[Scope, ...]
    sha256: str
    created: datetime


class TokenFile:
    """The tokens of a data folder.  Raises NospimError for a file that cannot be read."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._seen = (0, 0)
        self._looked = 0.0
        self._by_hash: dict[str, Token] = {}
        self._cache: dict[bytes, frozenset[str]] = {}
        self._load()

    def __len__(self) -> int:
        return len(self._by_hash)

    def scopes(self, header: bytes | None) -> frozenset[str] | None:
        """What the bearer of an Authorization header may do; None for no token, or one that is not ours."""
        now = time.monotonic()
        if now - self._looked > RELOAD:
            self._looked = now
            self._reload()
        if header is None or len(header) > MAX_HEADER:
            return None
        known = self._cache.get(header)
        if known is not None:
            return known
        kind, _, token = header.partition(b" ")
        if kind.lower() != b"bearer":
            return None
        found = self._by_hash.get(hash_of(token.strip()))
        if found is None:
            return None
        if len(self._cache) >= MAX_CACHED:
            self._cache.clear()
        scopes = frozenset(SCOPES if "admin" in found.scopes else found.scopes)
        self._cache[header] = scopes
        return scopes

    def add(self, name: str, scopes: tuple[Scope, ...]) -> str:
        """Make a token and write down its hash; the token itself is returned and nowhere kept."""
        token = PREFIX + secrets.token_urlsafe(32)
        made = Token(name=name, scopes=scopes, sha256=hash_of(token.encode()), created=datetime.now(UTC))
        self._write([*self._by_hash.values(), made])
        return token

    def remove(self, name: str) -> int:
        """Make every token of a name worthless; returns how many there were."""
        kept = [token for token in self._by_hash.values() if token.name != name]
        gone = len(self._by_hash) - len(kept)
        if gone:
            self._write(kept)
        return gone

    def all(self) -> list[Token]:
        """The tokens, oldest first."""
        return sorted(self._by_hash.values(), key=lambda token: token.created)

    def _write(self, tokens: list[Token]) -> None:
        text = msgspec.json.format(msgspec.json.encode(tokens), indent=1) + b"\n"
        write_private(self.path, text)
        self._load()

    def _reload(self) -> None:
        try:
            there = self.path.stat()
            if (there.st_mtime_ns, there.st_size) != self._seen:
                self._load()
        except (OSError, NospimError):
            self._by_hash, self._cache, self._seen = {}, {}, (0, 0)  # no file, no entry

    def _load(self) -> None:
        self._cache = {}
        if not self.path.exists():
            self._by_hash = {}
            return
        there = self.path.stat()
        try:
            tokens = msgspec.json.decode(self.path.read_bytes(), type=list[Token])
        except msgspec.DecodeError as error:
            raise NospimError(
                f"{self.path}: not a file of tokens ({error}); restore it or remove it"
            ) from None
        self._by_hash = {token.sha256: token for token in tokens}
        self._seen = (there.st_mtime_ns, there.st_size)


def hash_of(token: bytes) -> str:
    """The SHA-256 of a token in hex."""
    return hashlib.sha256(token).hexdigest()


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read; the old one is replaced only when the new one is whole."""
    new = path.with_name(path.name + ".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
