"""Who writes whom and when: the CollegeMsg graph, copied as often as needed.

Panzarasa, Opsahl, Carley, "Patterns and dynamics of users' behavior and interaction" (JASIST 2009): 59,835
private messages of 1,899 students over 193 days.
"""

from __future__ import annotations

import gzip
from array import array
from collections.abc import Iterator
from heapq import merge
from pathlib import Path
from typing import Final

from nospim.errors import NospimError

FILE: Final = "graphs/collegemsg.txt.gz"
STEP: Final = 5 * 86400.0
"""Seconds between the starts of two copies: whole days, so that people keep their hours; about 39 copies
run at a time."""


class Graph:
    """One copy's worth of conversations.

    senders, recipients: numbers from 0; times: seconds from the first midnight.  peers: by account, everybody
    it exchanges messages with.  spans: by account that writes, first and last message's place in the lists.
    """

    def __init__(self, data: Path) -> None:
        try:
            with gzip.open(data / FILE, "rt", encoding="ascii") as lines:
                rows = [tuple(map(int, line.split())) for line in lines if line[:1].isdigit()]
        except (OSError, EOFError, ValueError) as error:
            raise NospimError(f"cannot read the graph {data / FILE}: {error}") from None
        start = min(row[2] for row in rows) // 86400 * 86400
        rows.sort(key=lambda row: row[2])
        self.senders = array("H", (row[0] - 1 for row in rows))
        self.recipients = array("H", (row[1] - 1 for row in rows))
        self.times = array("d", (row[2] - start for row in rows))
        self.size = 1 + max(*self.senders, *self.recipients)
        peers: list[dict[int, None]] = [{} for _ in range(self.size)]
        self.own: list[list[float]] = [[] for _ in range(self.size)]
        for a, b, at in zip(self.senders, self.recipients, self.times, strict=True):
            peers[a][b] = peers[b][a] = None
            self.own[a].append(at)
        self.peers = tuple(tuple(sorted(p)) for p in peers)

    def copy(self, number: int, start: float) -> Iterator[tuple[float, int, int, int]]:
        """One copy, shifted in time: when, number of the copy, who, to whom."""
        begin = start + number * STEP
        for at, a, b in zip(self.times, self.senders, self.recipients, strict=True):
            yield begin + at, number, a, b

    def stream(self, start: float, copies: int) -> Iterator[tuple[float, int, int, int]]:
        """All copies, merged by time."""
        return merge(*(self.copy(number, start) for number in range(copies)))
