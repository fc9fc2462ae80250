"""The guard on one screen: each event is let into memory, each message is judged first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from nospim import events as e
from nospim.engine import access, accounts, holds, messages, pages
from nospim.engine.outcome import Outcome
from nospim.engine.room import Room
from nospim.links import Brands, LinkLists
from nospim.listings import FeedIndex
from nospim.memory import Memory, restore, save
from nospim.policy.calibration import Calibration
from nospim.policy.settings import DEFAULT_POLICY, Policy
from nospim.rules import RuleSet
from nospim.signals import BUILT_IN
from nospim.signals.reading import Reader, Reading
from nospim.text import WordingModel

Handler = Callable[[Room, Any], None]

HANDLERS: Final[dict[type, Handler]] = {
    e.AccountCreated: accounts.created,
    e.AccountRecovered: accounts.recovered,
    e.PasswordChanged: accounts.password_changed,
    e.SessionOpened: accounts.session_opened,
    e.SessionResumed: accounts.session_resumed,
    e.SessionClosed: accounts.session_closed,
    e.SignInFailed: access.failed,
    e.AccountDisabled: access.disabled,
    e.AppGranted: access.app_granted,
    e.AppRevoked: access.app_revoked,
    e.ContactsRead: accounts.contacts_read,
    e.ContactAdded: accounts.contact_added,
    e.ContactRemoved: accounts.contact_removed,
    e.LinkClicked: accounts.link_clicked,
    e.PageCaptured: pages.captured,
    e.MessageReported: accounts.message_reported,
    e.Labelled: accounts.labelled,
    e.MessageEdited: messages.edited,
}
"""What each type of event does to memory; a type that is not here leaves no trace in it."""


class Engine:
    """One guard with its memory.  Synchronous and pure: the same events give the same outcomes.

    policy: what the operator decided.  lists, model, calibration: fixed data, shipped by default.
    feeds: list feeds of others, none by default.  rules: the operator's own, none by default.
    saved: memory from an earlier `save`, to go on exactly where it stopped.
    Raises memory.SavedMemoryError for saved memory that cannot be read.
    """

    def __init__(
        self,
        policy: Policy = DEFAULT_POLICY,
        *,
        lists: LinkLists | None = None,
        model: WordingModel | None = None,
        calibration: Calibration | None = None,
        feeds: FeedIndex | None = None,
        rules: RuleSet | None = None,
        saved: bytes | None = None,
    ) -> None:
        self._lists = LinkLists.shipped() if lists is None else lists
        self._model = WordingModel.load() if model is None else model
        self._calibration = Calibration.shipped() if calibration is None else calibration
        limits = msgspec.structs.asdict(policy.limits)
        self.model_version: str = self._model.version
        self.room = self._room(
            policy, Memory.empty(**limits) if saved is None else restore(saved), feeds, rules
        )

    def _room(self, policy: Policy, memory: Memory, feeds: FeedIndex | None, rules: RuleSet | None) -> Room:
        brands = Brands.of(policy.lists.brands, policy.lists.own_names, self._lists)
        return Room(
            policy=policy,
            memory=memory,
            reader=Reader(self._lists, self._model, brands),
            lists=self._lists,
            signals=tuple(s for s in BUILT_IN if policy.signals.get(s.name, True)),
            calibration=self._calibration,
            feeds=feeds,
            rules=rules,
        )

    def step(self, event: e.AnyEvent, reading: Reading | None = None) -> Outcome:
        """Let one event in.

        reading: the pure part of a message, if somebody has done it already (see `Reader.read`).
        Returns the verdict (for a message), and whatever else became due by this event.
        """
        room = self.room
        out = Outcome()
        room.out = out
        at = event.time.timestamp()
        now = room.memory.tick(at)
        if room.memory.holds:
            holds.settle(room, now)
        if type(event) is e.MessageSent:
            out.verdict = messages.sent(room, event, at, reading)
        else:
            handler = HANDLERS.get(type(event))
            if handler is not None:
                handler(room, event)
        return out

    def finish(self) -> Outcome:
        """End of input: every hold ends as time would have ended it."""
        out = Outcome()
        self.room.out = out
        holds.settle(self.room, float("inf"))
        return out

    def tick(self, at: float) -> Outcome:
        """Time passes without an event: holds that are due by `at`, seconds of event time, end.

        A live service calls it with its own clock, so that a hold ends even where nothing more happens.
        """
        out = Outcome()
        self.room.out = out
        holds.settle(self.room, at)
        return out

    def due(self, at: float) -> bool:
        """Whether a `tick` at this time would end a hold."""
        return holds.due(self.room, at)

    def use_policy(self, policy: Policy, feeds: FeedIndex | None = None) -> None:
        """From the next event on, judge by another policy and its feeds; the memory stays."""
        memory = self.room.memory
        memory.resize(**msgspec.structs.asdict(policy.limits))
        self.room = self._room(policy, memory, feeds, self.room.rules)

    def use_rules(self, rules: RuleSet | None) -> None:
        """From the next event on, ask these rules instead of those before."""
        self.room.rules = rules or None

    def save(self) -> bytes:
        """The memory as bytes; an engine made with them and the same policy goes on exactly."""
        return save(self.room.memory)

    @property
    def holding(self) -> int:
        """How many messages wait."""
        return len(self.room.memory.holds)

    @property
    def broken(self) -> dict[str, int]:
        """Signals that failed, by name, and how often: a fault to report, never silence."""
        return self.room.memory.broken
