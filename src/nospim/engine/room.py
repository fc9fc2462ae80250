"""What the guard's parts share while one event is handled: policy, memory, reader and the outcome."""

from __future__ import annotations

import math
from typing import Final

from msgspec import Struct

from nospim.engine.outcome import Outcome
from nospim.links import Brands, LinkLists
from nospim.listings import FeedIndex
from nospim.memory import Memory
from nospim.policy.calibration import Calibration
from nospim.policy.settings import Policy, millibits
from nospim.rules import RuleSet
from nospim.signals.interface import BIT, Signal
from nospim.signals.reading import Reader
from nospim.verdicts import Reason

MAX_OWN: Final = 256
"""Domains of accounts whose names are kept ready to be looked for; a federation's log holds many."""


class Room:
    """The guard's desk.  `out` is the outcome of the event in hand.

    soonest, newest: no hold ends before the one, in seconds, and none was placed after the other.
    """

    out: Outcome

    def __init__(
        self,
        *,
        policy: Policy,
        memory: Memory,
        reader: Reader,
        lists: LinkLists,
        signals: tuple[Signal, ...],
        calibration: Calibration,
        feeds: FeedIndex | None = None,
        rules: RuleSet | None = None,
    ) -> None:
        self.policy = policy
        self.memory = memory
        self.reader = reader
        self.lists = lists
        self.signals = signals
        self.calibration = calibration
        self.feeds = feeds
        self.rules = rules or None
        self.canaries = frozenset(policy.lists.canaries)
        self.allow_accounts = frozenset(policy.lists.allow_accounts)
        self.deny_accounts = frozenset(policy.lists.deny_accounts)
        self.allow_destinations = frozenset(policy.lists.allow_destinations) | frozenset(
            policy.lists.own_names
        )
        self.deny_destinations = frozenset(policy.lists.deny_destinations)
        self.decoys = frozenset(policy.lists.decoys)
        self.rungs = Rungs.of(policy)
        self.prior = policy.prior_millibits
        self.prior_reason = Reason("prior", self.prior / BIT, "share of spim that the policy assumes")
        decided = (self.allow_accounts, self.deny_accounts, self.allow_destinations, self.deny_destinations)
        self.decides = any(decided)
        self._own: dict[str, Brands | None] = {}
        self.soonest, self.newest = -math.inf, math.inf

    def own_names(self, domain: str) -> Brands | None:
        """The names of the service whose accounts are at a domain; None for no domain."""
        if not domain:
            return None
        if domain not in self._own:
            if len(self._own) >= MAX_OWN:
                self._own.clear()
            self._own[domain] = Brands.of((), (domain,), self.lists)
        return self._own[domain]


class Rungs(Struct, frozen=True):
    """The ladder's thresholds as log-odds in thousandths of a bit."""

    warn: int
    hold: int
    block: int

    @staticmethod
    def of(policy: Policy) -> Rungs:
        """The thresholds of a policy."""
        t = policy.thresholds
        return Rungs(millibits(t.warn), millibits(t.hold), millibits(t.block))
