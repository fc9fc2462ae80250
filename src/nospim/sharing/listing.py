"""What is shared: entries with their conditions and their end, in a book of versions."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

from nospim.events import Reference

Kind = Literal["host", "address", "account"]
KINDS: Final[tuple[Kind, ...]] = ("host", "address", "account")
Why = Literal["appeal", "expiry", "victim", "shared", "person"]
FORMAT: Final = "nospim-list/1"


class Condition(Struct, frozen=True, kw_only=True):
    """Why an entry may be shared at all, beside what the guard thought: told without naming anybody.

    kind: a person's "label", a "capture" of the page, or two independent "campaigns".
    """

    kind: Literal["label", "capture", "campaigns"]
    at: datetime
    told: str


class Listing(Struct, frozen=True, kw_only=True):
    """One entry.

    value: the host or address; an account's is empty, for accounts are shared by hash only.  sha256: hex, of
    the value or of the account's bare id in lower case.  since: first listed; until: when it ends.
    weight_bits: what a reader may take it for.
    """

    kind: Kind
    value: str
    sha256: str
    reason: Literal["phishing", "spam"]
    since: datetime
    until: datetime
    weight_bits: float
    conditions: tuple[Condition, ...]


class Withdrawn(Struct, frozen=True, kw_only=True):
    """An entry that was taken back, so that whoever copied it learns that.  It stays for a year, and
    after an appeal for ever.

    A victim is told of once, to those who must take the entry back, and never in list.json.
    """

    kind: Kind
    value: str
    sha256: str
    at: datetime
    why: Why


class Book(Struct, frozen=True, kw_only=True):
    """One version of a list.  previous: SHA-256 (hex) of the version before, empty for the first."""

    format: str = FORMAT
    publisher: str = ""
    version: int = 0
    previous: str = ""
    issued: datetime
    entries: tuple[Listing, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()


class Refusal(Struct, frozen=True, kw_only=True):
    """A thing that was not shared, and why; it is told to the operator and never shared."""

    kind: Kind
    value: str
    why: str


def bare(account: Reference) -> str:
    """An account's id as it is hashed: without a resource, in lower case."""
    ident = account if isinstance(account, str) else account.id
    return ident.strip().partition("/")[0].lower()


def digest(value: str) -> str:
    """SHA-256 in hex, of UTF-8: how RTBL names a bare JID or a domain."""
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
