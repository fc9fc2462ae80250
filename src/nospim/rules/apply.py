"""What rules' hits do to a message: bits that are added, rungs that are reached, and what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

from nospim.rules.definition import Effect, Rule
from nospim.rules.fields import Facts
from nospim.rules.ruleset import RuleSet
from nospim.signals.interface import BIT
from nospim.verdicts import Reason, Rung

PREFIX: Final = "rule:"
"""Before a rule's id, the name of its reason."""
_ORDER: Final = ("add_bits", "at_least", "at_most", "label")
"""Bits first, then what lifts, then what lowers: of two rules that contradict each other the milder wins."""


class Bounds(Struct, frozen=True):
    """Log-odds in thousandths of a bit: where each rung begins, and the most that is ever reached."""

    warn: int
    hold: int
    block: int
    most: int

    def rung(self, bits: int) -> Rung:
        """The rung for log-odds."""
        if bits < self.warn:
            return "allow"
        if bits < self.hold:
            return "warn"
        return "hold" if bits < self.block else "block"


class RuleHit(Struct, frozen=True, kw_only=True):
    """One rule that hit one message: a line of rule_hits.jsonl.

    state: in which the rule was, "live" or "shadow".  bits: what it added to the log-odds; nothing in shadow.
    before: the rung without any rule; alone: the rung with this rule and no other.
    """

    rule: str
    version: str
    state: Literal["live", "shadow"]
    id: str
    source: str
    time: datetime
    account: str
    bits: float
    before: Rung
    alone: Rung


class Ruled(Struct, frozen=True):
    """What rules made of a message.  failed: ids of rules whose expression failed."""

    bits: int
    reasons: tuple[Reason, ...]
    hits: tuple[RuleHit, ...]
    failed: tuple[str, ...]


def apply(rules: RuleSet, facts: Facts, bounds: Bounds, *, decided: bool) -> Ruled:
    """Ask the rules about a message and let the live ones act.

    facts: the message, with its log-odds before any rule.  decided: a person decided on this account or
    destination beforehand, which no rule overrules.
    Returns the log-odds after, with one reason a live hit; the bits of the reasons are the difference.
    """
    reasons: list[Reason] = []
    hits: list[RuleHit] = []
    failed: list[str] = []
    asked = rules.ask(facts, facts.view.at)
    if not asked:
        return Ruled(facts.bits, (), (), ())
    bits = facts.bits
    for rule, wrong in sorted(asked, key=lambda one: _place(one[0])):
        if wrong is not None:
            failed.append(rule.id)
            reasons.append(Reason(PREFIX + rule.id, 0.0, f"this rule failed: {wrong}"))
            continue
        live = rules.state(rule) == "live" and rule.acts_on(facts.view.key)
        after = _MOVES[_kind(rule.effect)](rule.effect, bits, bounds) if live and not decided else bits
        if live:
            told = f"{rule.title} ({rule.effect.told}{', but a person decided' if decided else ''})"
            reasons.append(Reason(PREFIX + rule.id, (after - bits) / BIT, told))
        hits.append(_hit(rule, facts, bounds, (after - bits) / BIT, live=live))
        bits = after
    return Ruled(bits, tuple(reasons), tuple(hits), tuple(failed))


def _hit(rule: Rule, facts: Facts, bounds: Bounds, bits: float, *, live: bool) -> RuleHit:
    event = facts.event
    return RuleHit(
        rule=rule.id,
        version=rule.version,
        state="live" if live else "shadow",
        id=event.id,
        source=event.source,
        time=event.time,
        account=event.subject,
        bits=bits,
        before=facts.rung,
        alone=bounds.rung(_MOVES[_kind(rule.effect)](rule.effect, facts.bits, bounds)),
    )


def _place(rule: Rule) -> tuple[int, str]:
    return _ORDER.index(_kind(rule.effect)), rule.id


def _kind(effect: Effect) -> str:
    return next(name for name in _ORDER if getattr(effect, name) is not None)


def _add(effect: Effect, bits: int, bounds: Bounds) -> int:
    added = bits + round(BIT * (effect.add_bits or 0.0))
    return max(-bounds.most, min(bounds.most, added))


def _lift(effect: Effect, bits: int, bounds: Bounds) -> int:
    """Up to where a rung begins, so that score and rung still say the same."""
    return max(
        bits, {"warn": bounds.warn, "hold": bounds.hold, "block": bounds.block}[effect.at_least or "warn"]
    )


def _lower(effect: Effect, bits: int, bounds: Bounds) -> int:
    """Down to just below where the next rung begins."""
    above = {"allow": bounds.warn, "warn": bounds.hold, "hold": bounds.block}[effect.at_most or "allow"]
    return min(bits, above - 1)


def _stay(_effect: Effect, bits: int, _bounds: Bounds) -> int:
    return bits


_MOVES: Final[dict[str, Callable[[Effect, int, Bounds], int]]] = {
    "add_bits": _add,
    "at_least": _lift,
    "at_most": _lower,
    "label": _stay,
}
