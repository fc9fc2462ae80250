"""Lists on disk: what scans and captures left is read, versions are written, signed and put out at once.

OUT/list.json and the other forms of the version in force
OUT/manifest.json       who made which version, when, and the SHA-256 of every file
OUT/manifest.dsse       the same, signed (DSSE, Ed25519), where a key is given
PRIVATE/history/0001.json   every version's list.json; whoever was listed by mistake stands in it
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from nospim.errors import UsageError
from nospim.findings import AccountFinding, Campaign
from nospim.sharing.choose import Seen
from nospim.sharing.forms import render
from nospim.sharing.listing import Book

T = TypeVar("T")
LIKE: Final = 0.5
"""Share of another's looks from which a captured page passes for it (as `nospim capture` says)."""
HOSTILE: Final = 4000
"""Thousandths of a bit of findings from which a page that asks for a password is phishing without a brand."""
SIGNED: Final = "application/vnd.nospim.list+json"
MANIFEST: Final = "manifest.json"
HISTORY: Final = "history"
SEALED: Final = "manifest.dsse"


class _Likeness(Struct, frozen=True):
    share: float
    own: bool = False


class _Capture(Struct, frozen=True):
    asked: str
    at: datetime
    millibits: int
    asks_password: bool
    likeness: _Likeness | None = None
    rendered_url: str = ""


class Manifest(Struct, frozen=True, kw_only=True):
    """What is signed: a version, the SHA-256 of the version before, and the files' hashes."""

    publisher: str
    version: int
    previous: str
    issued: datetime
    files: dict[str, str]


def findings_in(folders: Iterable[Path]) -> tuple[tuple[Campaign, ...], tuple[AccountFinding, ...]]:
    """Campaigns and accounts of scans, by their folders.  Raises UsageError for one without them."""
    campaigns: list[Campaign] = []
    accounts: list[AccountFinding] = []
    for folder in folders:
        campaigns += _rows(folder / "campaigns.jsonl", Campaign)
        accounts += _rows(folder / "accounts.jsonl", AccountFinding)
    return tuple(campaigns), tuple(accounts)


def captures_in(folders: Iterable[Path]) -> tuple[Seen, ...]:
    """What the captures below some folders showed.  Raises UsageError for a capture.json that is none."""
    found = []
    for folder in folders:
        for path in sorted(folder.rglob("capture.json")):
            try:
                one = msgspec.json.decode(path.read_bytes(), type=_Capture)
            except msgspec.DecodeError as error:
                raise UsageError(f"{path} is no capture: {error}") from None
            passes = one.likeness is not None and one.likeness.share >= LIKE
            phishing = one.asks_password and (passes or one.millibits >= HOSTILE)
            found += [
                Seen(address=address, at=one.at, phishing=phishing)
                for address in (one.asked, one.rendered_url)
                if address
            ]
    return tuple(found)


def last_book(out: Path, private: Path) -> tuple[Book | None, str]:
    """The last version and the SHA-256 of its bytes; (None, "") where there is none.

    It comes from the private folder: whoever can write where lists are served from must not be able to have
    something signed.  Raises UsageError where that has no history of a list that is out.
    """
    versions = sorted((private / HISTORY).glob("[0-9]*.json"), key=lambda path: int(path.stem))
    if not versions:
        if (out / "list.json").exists():
            raise UsageError(f"{private} has no history of the list in {out}; name its folder with --private")
        return None, ""
    content = versions[-1].read_bytes()
    try:
        return msgspec.json.decode(content, type=Book), hashlib.sha256(content).hexdigest()
    except msgspec.DecodeError as error:
        raise UsageError(f"{versions[-1]} is no version of a list: {error}") from None


def put_out(book: Book, out: Path, private: Path, key: Path | None = None, passphrase: str = "") -> Manifest:
    """Write a version, each file at once, the manifest last; and keep it in the private folder's history.

    key: a PKCS #8 file with an Ed25519 key to sign with.  Raises UsageError where it holds none.
    """
    files = render(book)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    manifest = Manifest(
        publisher=book.publisher,
        version=book.version,
        previous=book.previous,
        issued=book.issued,
        files=hashes,
    )
    told = msgspec.json.encode(manifest)
    sealed = b"" if key is None else _signed(told, key, passphrase)
    _write(private / HISTORY / f"{book.version:04d}.json", files["list.json"])
    for name, content in files.items():
        _write(out / name, content)
    if sealed:
        _write(out / SEALED, sealed)
    else:
        (out / SEALED).unlink(missing_ok=True)  # that of an earlier version would not fit
    _write(out / MANIFEST, told + b"\n")
    return manifest


def _signed(payload: bytes, key: Path, passphrase: str) -> bytes:
    try:
        from nospim.ledger.signing import SigningKey, sign  # noqa: PLC0415 - needs an extra
    except ImportError as error:
        raise UsageError(
            f"signing needs the extra 'evidence' ({error.name} is missing): pip install 'nospim[evidence]'"
        ) from None
    return sign(payload, SIGNED, [SigningKey.load(key, passphrase)])


def _rows(path: Path, kind: type[T]) -> Iterator[T]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; name a folder that nospim scan wrote") from None
    for number, line in enumerate(lines, 1):
        try:
            yield msgspec.json.decode(line, type=kind)
        except msgspec.DecodeError as error:
            raise UsageError(f"{path}, line {number}: {error}") from None


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}")
    draft.write_bytes(content)
    draft.replace(path)
