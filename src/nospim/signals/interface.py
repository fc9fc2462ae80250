"""What a signal is: a pure look at one message and the memory of its keys, in bits of log-odds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from nospim.listings import Hit
from nospim.memory import Account, Cluster, Run, Session
from nospim.signals.reading import Reading

BIT: Final = 1000
"""One bit, in the thousandths that all evidence is counted in."""


class Evidence(Struct, frozen=True, gc=False):
    """What one signal saw: thousandths of a bit for (or against) spim, and a plain sentence."""

    millibits: int
    detail: str


class View(Struct, kw_only=True, gc=False):
    """One message and the memory of its keys; a signal sees this and nothing else.

    at: event time in seconds.  recipients: the accounts written to.  destinations: join key and memory
    of each link's destination, before this message; hosts: of hosts beside them.  wording: name and memory
    of the wording group.
    run_any, run_wording, run_links: this account's counts of recipients of anything, of this wording, of
    links that are not everybody's; this message included.
    encrypted: the text is not to be seen.  attached: a file came along.
    replying: the first recipient wrote to the sender within the last hour.
    strange: thousandths of a bit of the session's sign-in, 0 without one.  same: distinct recipients of one
    wording or of fresh links, in this sitting or, at half weight, over days.
    odd_share: share (0..1) of this service's harmless messages that come from strange sessions.
    disguise: thousandths of a bit of disguised letters, by how usual they are with this account and here.
    at_home: the session is known, on a service that tells of sign-ins, so that what is strange would show.
    fresh: the session is on a device that the account began to use of late; fresh_share: the share (0..1) of
    this service's harmless messages of which that is true.
    listed: the entries of list feeds that the message meets.
    burnt: thousandths of a bit from decoys that were used where the session comes from.
    """

    at: float
    key: str
    sender: Account
    session: Session | None
    recipients: tuple[Account, ...]
    reading: Reading
    destinations: tuple[tuple[str, Cluster], ...]
    hosts: tuple[Cluster, ...]
    wording: tuple[str, Cluster] | None
    run_any: Run
    run_wording: Run | None
    run_links: Run | None
    replying: bool
    canary: bool
    encrypted: bool
    attached: bool
    group: bool
    odd_share: float
    strange: int
    same: int
    disguise: int = 0
    at_home: bool = False
    fresh: bool = False
    fresh_share: float = 0.05
    listed: tuple[Hit, ...] = ()
    burnt: int = 0

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs of this message's wording and destination."""
        return tuple(r for r in (self.run_links, self.run_wording) if r is not None)


Judge = Callable[[View], Evidence | None]


class Signal(Struct, frozen=True, kw_only=True):
    """One detector.  needs: what the log must hold for it to see anything; source: its science."""

    name: str
    judge: Judge
    needs: str
    source: str


_LOG2: Final = tuple(round(BIT * math.log2(n)) if n else 0 for n in range(4097))


def log2(n: int) -> int:
    """log2(n) in thousandths of a bit, for n from 1 to 4096 (more counts as 4096), 0 for 0."""
    return _LOG2[n] if n < 4097 else _LOG2[4096]


def clamp(value: int, low: int, high: int) -> int:
    """`value` held between `low` and `high`."""
    return low if value < low else high if value > high else value
