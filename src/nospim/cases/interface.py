"""What a home of cases offers; SQLite is the one for a single machine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from nospim.cases.case import CaseError


class ConflictError(CaseError):
    """Somebody else added an entry in between; read the case again and decide anew."""


class Access(Struct, frozen=True, kw_only=True):
    """Somebody looked at a case: when, who, which one and what for; previous: SHA-256 of the row before."""

    number: int
    at: datetime
    by: str
    case: str
    what: str
    previous: str


class CaseStore(Protocol):
    """A home of cases.  Entries and accesses can be added and read, never changed.

    home: the folder that paths in entries are relative to, so that no entry tells where somebody works.
    """

    @property
    def home(self) -> Path: ...

    def names(self) -> list[str]:
        """The ids of all cases, in the order in which they were opened."""

    def entries(self, case: str) -> list[bytes]:
        """The entries of a case in order; empty where there is no such case."""

    def append(self, case: str, number: int, entry: bytes) -> None:
        """Add entry number `number`, durably.  Raises ConflictError where there is one already."""

    def access(self, at: datetime, by: str, case: str, what: str) -> None:
        """Record, durably, that somebody looked."""

    def accesses(self) -> list[Access]:
        """Who looked at what; raises CaseError where a row was changed or taken out."""

    def unentered(self) -> Sequence[tuple[str, int, bytes]]:
        """Entries that are not in the ledger yet: case, number, bytes."""

    def entered(self, case: str, number: int, seq: int) -> None:
        """Note that an entry is in the ledger, as record `seq`."""

    def places(self, case: str) -> dict[int, int]:
        """For the entries of a case that are in the ledger, their record."""
