"""Writing a bag: a folder of files with a manifest of their hashes (BagIt, RFC 8493)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from nospim.errors import UsageError

DECLARATION: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST: Final = "manifest-sha256.txt"
TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
INFO: Final = "bag-info.txt"
PAYLOAD: Final = "data"


def require_new(folder: Path) -> None:
    """Raise UsageError where something is in the folder already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already; a bundle is never written over, name another folder")


class Bag:
    """A bag under way in a new folder; nothing in it is written twice."""

    def __init__(self, folder: Path) -> None:
        """Makes the folder, for its owner only; raises UsageError where something is in it."""
        require_new(folder)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self._hashes: dict[str, str] = {}
        self._bytes = 0

    def add(self, path: str, data: bytes) -> str:
        """Put a file into the payload; path: below ``data/``.  Returns its SHA-256."""
        return self.stream(path, [data])

    def stream(self, path: str, chunks: Iterable[bytes]) -> str:
        """Put a file into the payload in pieces; returns its SHA-256."""
        target = self.folder / PAYLOAD / path
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest = hashlib.sha256()
        with target.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            for chunk in chunks:
                digest.update(chunk)
                self._bytes += len(chunk)
                file.write(chunk)
        self._hashes[f"{PAYLOAD}/{path}"] = digest.hexdigest()
        return digest.hexdigest()

    def path(self, path: str) -> Path:
        """Where a file of the payload lies."""
        return self.folder / PAYLOAD / path

    def close(self, info: Mapping[str, str]) -> bytes:
        """Write the manifests; info: labels of ``bag-info.txt``.  Returns the SHA-256 of the tag manifest."""
        sizes = {"Payload-Oxum": f"{self._bytes}.{len(self._hashes)}"}
        tags = {
            INFO: "".join(f"{name}: {value}\n" for name, value in {**info, **sizes}.items()).encode(),
            "bagit.txt": DECLARATION,
            MANIFEST: _lines(self._hashes),
        }
        for name, data in tags.items():
            self._tag(name, data)
        listing = _lines({name: hashlib.sha256(data).hexdigest() for name, data in tags.items()})
        self._tag(TAG_MANIFEST, listing)
        return hashlib.sha256(listing).digest()

    def seal(self, name: str, data: bytes) -> None:
        """Write a file beside the payload that the manifests do not list, since it is made from them."""
        self._tag(name, data)

    def _tag(self, name: str, data: bytes) -> None:
        path = self.folder / name
        with path.open("xb") as file:
            file.write(data)
        path.chmod(0o600)


def _lines(hashes: Mapping[str, str]) -> bytes:
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(hashes.items())).encode()
