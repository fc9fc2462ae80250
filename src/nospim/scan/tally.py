"""Counts of one scan, kept while events are read."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from nospim.actions import Action
from nospim.events import TYPE_OF, AnyEvent, MessageSent
from nospim.rules import RuleHit
from nospim.verdicts import Resolution, Verdict


class Tally(Struct, kw_only=True):
    """What was read and what came of it; can be saved with a checkpoint."""

    lines: int = 0
    events: int = 0
    refused: int = 0
    repeats: int = 0
    types: dict[str, int] = {}
    rungs: dict[str, int] = {}
    ends: dict[str, int] = {}
    actions: dict[str, int] = {}
    rule_hits: dict[str, int] = {}
    with_text: int = 0
    with_session: int = 0
    first: datetime | None = None
    last: datetime | None = None

    @property
    def messages(self) -> int:
        """Messages accepted."""
        return self.types.get(TYPE_OF[MessageSent], 0)

    def event(self, event: AnyEvent) -> None:
        """Count an accepted event."""
        self.events += 1
        kind = TYPE_OF.get(type(event), "other")
        self.types[kind] = self.types.get(kind, 0) + 1
        if type(event) is MessageSent:
            self.with_text += event.data.text is not None
            self.with_session += event.data.session is not None
            if self.first is None or event.time < self.first:
                self.first = event.time
            if self.last is None or event.time > self.last:
                self.last = event.time

    def verdict(self, verdict: Verdict) -> None:
        """Count a verdict."""
        self.rungs[verdict.action] = self.rungs.get(verdict.action, 0) + 1

    def end(self, resolution: Resolution) -> None:
        """Count the end of a hold."""
        self.ends[resolution.outcome] = self.ends.get(resolution.outcome, 0) + 1

    def action(self, action: Action) -> None:
        """Count something asked for."""
        self.actions[action.kind] = self.actions.get(action.kind, 0) + 1

    def rule_hit(self, hit: RuleHit) -> None:
        """Count a hit of a rule, by the state that the rule was in."""
        name = f"rule hits {hit.state}"
        self.rule_hits[name] = self.rule_hits.get(name, 0) + 1

    def seen(self) -> dict[str, int]:
        """Counts by event type and of what messages held, for `lacking`."""
        return {
            **self.types,
            "messages with text": self.with_text,
            "messages with session": self.with_session,
        }
