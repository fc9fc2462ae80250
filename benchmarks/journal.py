"""``./dev bench journal``: how many records a second a journal takes, and gives back."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from nospim.ledger import Journal, KeyRing

DAY = 20_000
SIZES = (100, 300, 2000)
"""Bytes of a body: a reaction, a message with its envelope, a long one."""


class Rates(Struct, frozen=True):
    """Records a second.  append: into the buffer only.  all: with commits.  read: opened and checked."""

    size: int
    append: float
    all: float
    read: float


def measure(folder: Path, size: int, count: int, each: int) -> Rates:
    """Append `count` bodies of `size` bytes, a commit after every `each`, then read all."""
    journal = Journal.open(folder / "journal", keys=KeyRing.open(folder / "keys"))
    body = b"x" * size
    journal.append("event", body, day=DAY)
    journal.commit()
    waited = 0.0
    began = time.perf_counter()
    for number in range(1, count + 1):
        journal.append("event", body, day=DAY)
        if number % each == 0:
            start = time.perf_counter()
            journal.commit()
            waited += time.perf_counter() - start
    journal.commit()
    took = time.perf_counter() - began
    began = time.perf_counter()
    found = sum(1 for _ in journal.read())
    read = time.perf_counter() - began
    journal.close()
    return Rates(size, count / (took - waited), count / took, found / read)


def main(*, count: int = 200_000, each: int = 2000) -> None:
    """Measure the journal: appends, commits, reads.

    Parameters
    ----------
    count
        Records to append.
    each
        Records between two commits, each of which forces them to the disk.
    """
    table = Table(title=f"Records a second, {each:,} to a commit", title_justify="left")
    for name in ("bytes", "append", "with commits", "read and checked"):
        table.add_column(name, justify="right")
    for size in SIZES:
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:  # /tmp may be memory
            rates = measure(Path(folder), size, count, each)
        table.add_row(f"{size:,}", f"{rates.append:,.0f}", f"{rates.all:,.0f}", f"{rates.read:,.0f}")
    Console().print(table)
