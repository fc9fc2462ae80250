"""What one event led to: the guard's answer, filled while the event is handled."""

from __future__ import annotations

from msgspec import Struct, field

from nospim.actions import Action
from nospim.rules import RuleHit
from nospim.sightings import Sighting
from nospim.verdicts import Resolution, Verdict


class Outcome(Struct, kw_only=True, gc=False):
    """What one event led to."""

    verdict: Verdict | None = None
    resolutions: list[Resolution] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    rule_hits: list[RuleHit] = field(default_factory=list)
