"""How often rules hit: when a rate has left its declared maximum or its own usual range, from counts alone.

A rule that suddenly hits what it never hit is mostly a rule that went wrong (or a service that changed), so
its alarm turns it to shadow until a person looks, unless the rule says ``on_alarm = "tell"``.  Attacks make
rates rise as well: a rule that is meant for waves says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from msgspec import Struct

from nospim.rules.ruleset import RuleSet

WINDOW: Final = 3600.0
"""Seconds of event time that are counted together."""
KEPT: Final = 24 * 7
"""Windows kept for each rule: a week, so that nights and weekends are part of what is usual."""
LEARNED: Final = 24
"""Windows with messages in them that must be known before anything is called unusual."""
FEWEST: Final = 16
"""Hits in a window below which nothing is called too many: small counts jump."""
CHANCE: Final = 1e-6
"""Chance of so many hits under the declared maximum from which it counts as passed."""
FAR: Final = 6.0
"""Standard deviations from the usual count, as it scattered so far, that are out of its range."""


class Window(Struct, array_like=True):
    """Messages in one stretch of time, and how many of them a rule hit."""

    messages: int
    hits: int


class Alarm(Struct, frozen=True, kw_only=True):
    """A rule whose rate is not what it should be.

    kind: "maximum" for the declared one, "high" and "low" for its own usual range.  rate: hits per message in
    this window.  why: a plain sentence.
    """

    rule: str
    kind: Literal["maximum", "high", "low"]
    rate: float
    why: str


def alarm(rule: str, past: Sequence[Window], now: Window, max_rate: float) -> Alarm | None:
    """Whether a rule's hits in a window are an alarm.

    past: earlier windows, this one left out.  max_rate: the declared maximum (0..1).
    The maximum: the upper tail of the binomial distribution, by Chernoff's bound (Mitzenmacher and Upfal,
    "Probability and Computing", chapter 4).  The usual range: a Poisson count whose variance is multiplied by
    the dispersion seen so far (McCullagh and Nelder, "Generalized Linear Models", 4.5).
    """
    if not now.messages:
        return None
    rate = now.hits / now.messages
    if now.hits >= FEWEST and rate > max_rate and _chance(now, max_rate) < CHANCE:
        why = f"hit {now.hits} of {now.messages} messages, above its maximum of {max_rate:g}"
        return Alarm(rule=rule, kind="maximum", rate=rate, why=why)
    known = [w for w in past if w.messages]
    if len(known) < LEARNED:
        return None
    usual = sum(w.hits for w in known) / sum(w.messages for w in known)
    expected = usual * now.messages
    spread = FAR * math.sqrt(_dispersion(known, usual) * max(1.0, expected))
    if now.hits >= FEWEST and now.hits > 2 * expected and now.hits > expected + spread:
        why = f"hit {now.hits} of {now.messages} messages where {expected:.0f} were usual"
        return Alarm(rule=rule, kind="high", rate=rate, why=why)
    if expected >= FEWEST and now.hits < expected / 2 and now.hits < expected - spread:
        why = f"hit only {now.hits} of {now.messages} messages where {expected:.0f} were usual"
        return Alarm(rule=rule, kind="low", rate=rate, why=why)
    return None


def _chance(now: Window, p: float) -> float:
    """At most the chance of so many hits or more at rate p: exp(-n KL(hits/n || p))."""
    q = now.hits / now.messages
    if p >= 1.0:
        return 1.0
    rest = 0.0 if q >= 1.0 else (1 - q) * math.log((1 - q) / (1 - p))
    return math.exp(-now.messages * (q * math.log(q / p) + rest))


def _dispersion(known: Sequence[Window], usual: float) -> float:
    """How much more counts scattered than Poisson's: Pearson's statistic over its freedom, at least 1."""
    squares = sum((w.hits - usual * w.messages) ** 2 / (usual * w.messages) for w in known) if usual else 0.0
    return max(1.0, squares / max(1, len(known) - 1))


class RateMeter:
    """Counts hits by window of event time, and says when a rule's rate is an alarm.

    It holds at most `KEPT` windows a rule and nothing of any message.
    """

    def __init__(self, rules: RuleSet) -> None:
        self._past: dict[str, list[Window]] = {}
        self._start: float | None = None
        self._messages = 0
        self.watch(rules)

    def watch(self, rules: RuleSet) -> None:
        """From now on watch these rules; what is known of a rule stays while its version does."""
        limits = {f"{r.id} {r.version}": r for r in rules if r.state != "draft"}
        self._rules = {r.id: (key, r.max_rate) for key, r in limits.items()}
        self._past = {key: self._past.get(key, []) for key in limits}
        self._hits = dict.fromkeys(self._rules, 0)
        self._messages = 0

    def note(self, at: float, hit: Iterable[str]) -> tuple[Alarm, ...]:
        """Count one message.

        at: its time in seconds.  hit: ids of the rules that hit it.  Returns the alarms that it brought: of
        the window that it closed, and of rules that are far out already within theirs.
        """
        closed: tuple[Alarm, ...] = ()
        if self._start is None or at < self._start:
            self._start = at if self._start is None else self._start
        elif at - self._start >= WINDOW:
            closed = self._close(at)
        self._messages += 1
        early = []
        for rule in hit:
            if rule in self._hits:
                self._hits[rule] += 1
                count = self._hits[rule]
                if count >= FEWEST and count & (count - 1) == 0:  # at 16, 32, 64...: seldom, and soon enough
                    early.append(self._judged(rule))
        return (*closed, *(a for a in early if a is not None and a.kind != "low"))

    def _close(self, at: float) -> tuple[Alarm, ...]:
        found = [self._judged(rule) for rule in self._rules]
        for rule, (key, _) in self._rules.items():
            self._past[key].append(Window(self._messages, self._hits[rule]))
            del self._past[key][:-KEPT]
        self._hits = dict.fromkeys(self._rules, 0)
        self._messages, self._start = 0, at
        return tuple(a for a in found if a is not None)

    def _judged(self, rule: str) -> Alarm | None:
        key, most = self._rules[rule]
        return alarm(rule, self._past[key], Window(self._messages, self._hits[rule]), most)


def to_demote(rules: RuleSet, alarms: Iterable[Alarm]) -> frozenset[str]:
    """The live rules that these alarms turn to shadow: of those that hit too much and say no other."""
    loud = {a.rule for a in alarms if a.kind != "low"}
    return frozenset(
        r.id for r in rules if r.id in loud and r.on_alarm == "shadow" and rules.state(r) == "live"
    )
