"""What the guard's parts share while one event is handled: policy, memory, reader and the outcome."""

from __future__ import annotations

import math

from msgspec import Struct

from nospim.engine.outcome import Outcome
from nospim.listings import FeedIndex
from nospim.memory import Memory
from nospim.policy.calibration import Calibration
from nospim.policy.settings import Policy, millibits
from nospim.rules import RuleSet
from nospim.signals.interface import BIT, Signal
from nospim.signals.reading import Reader
from nospim.verdicts import Reason


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
        signals: tuple[Signal, ...],
        calibration: Calibration,
        feeds: FeedIndex | None = None,
        rules: RuleSet | None = None,
    ) -> None:
        self.policy = policy
        self.memory = memory
        self.reader = reader
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
        lists = (self.allow_accounts, self.deny_accounts, self.allow_destinations, self.deny_destinations)
        self.decides = any(lists)
        self.soonest, self.newest = -math.inf, math.inf


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
