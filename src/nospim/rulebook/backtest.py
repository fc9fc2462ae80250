"""Rules tried on history: what they would have hit, missed and changed, with examples, all of it in shadow.

The guard reads the events as it did when they happened, with the rules in shadow beside it.  What a rule
would have changed is told for each message by itself: that a message which it had stopped would have led to
others is not played through.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct, field
from xxhash import xxh3_64_intdigest

from nospim.engine import Engine
from nospim.events import AnyEvent, MessageSent
from nospim.listings import FeedIndex
from nospim.policy import DEFAULT_POLICY, Policy
from nospim.rules import Alarm, RateMeter, RuleHit, RuleSet
from nospim.verdicts import Verdict

SAMPLE: Final = 5
"""Examples of hits, and of misses, that are shown of each rule."""
Judgement = Literal["spim", "benign", "neither"]


class Case(Struct, frozen=True, kw_only=True):
    """One message as an example.  kind: by the truth, or by its shape.  text: only if asked for."""

    id: str
    account: str
    kind: str
    before: str
    alone: str
    score: float
    text: str | None = None


class RuleReport(Struct, kw_only=True):
    """What one rule did in a back-test.

    changed: messages by rung before and rung with this rule alone.  kinds: hits and messages by kind.
    right, wrong: hits on spim and on others; missed: spim that it did not hit; all three None without truth.
    unstopped: how many of `right` the guard had not stopped.  overlap: hits shared with other rules.
    misses: examples of spim that neither the rule nor the guard stopped; mistakes: of benign messages hit.
    """

    rule: str
    version: str
    hits: int = 0
    senders: int = 0
    changed: dict[str, int] = {}
    kinds: dict[str, tuple[int, int]] = {}
    right: int | None = None
    wrong: int | None = None
    missed: int | None = None
    unstopped: int | None = None
    overlap: dict[str, int] = {}
    alarms: tuple[Alarm, ...] = ()
    examples: tuple[Case, ...] = ()
    misses: tuple[Case, ...] = ()
    mistakes: tuple[Case, ...] = ()


class _Few(Struct):
    """A sample that is the same each time: the messages whose ids hash lowest."""

    kept: list[tuple[int, str, Case]] = field(default_factory=list)

    def offer(self, case: Case) -> None:
        key = (-xxh3_64_intdigest(case.id.encode()), case.id, case)
        if len(self.kept) < SAMPLE:
            heapq.heappush(self.kept, key)
        elif key[:2] > self.kept[0][:2]:
            heapq.heapreplace(self.kept, key)

    @property
    def cases(self) -> tuple[Case, ...]:
        return tuple(case for _, _, case in sorted(self.kept, key=lambda k: k[:2], reverse=True))


class _Sums(Struct):
    hits: int = 0
    senders: set[str] = field(default_factory=set)
    changed: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    right: int = 0
    wrong: int = 0
    unstopped: int = 0
    overlap: Counter[str] = field(default_factory=Counter)
    alarms: dict[str, Alarm] = field(default_factory=dict)
    examples: _Few = field(default_factory=_Few)
    misses: _Few = field(default_factory=_Few)
    mistakes: _Few = field(default_factory=_Few)


class Backtest:
    """One back-test: feed it events in order, then ask for the reports.

    rules: all are tried, drafts too.  truth: for each message id whether it is spim, and of what kind;
    ids that are not in it are benign.  with_text: whether examples quote messages.
    """

    def __init__(
        self,
        rules: RuleSet,
        policy: Policy = DEFAULT_POLICY,
        *,
        feeds: FeedIndex | None = None,
        truth: Mapping[str, tuple[Judgement, str]] | None = None,
        with_text: bool = False,
    ) -> None:
        self._rules = rules.shadowed()
        self._engine = Engine(policy, feeds=feeds, rules=self._rules)
        self._meter = RateMeter(self._rules)
        self._truth = truth
        self._with_text = with_text
        self._sums = {rule.id: _Sums() for rule in self._rules}
        self._kinds: Counter[str] = Counter()
        self._spim = 0
        self.messages = 0

    def step(self, event: AnyEvent) -> None:
        """Let one event in."""
        outcome = self._engine.step(event)
        if not isinstance(event, MessageSent) or outcome.verdict is None:
            return
        judged, kind = self._judged(event)
        self.messages += 1
        self._kinds[kind] += 1
        self._spim += judged == "spim"
        hits = {hit.rule: hit for hit in outcome.rule_hits}
        for one in self._meter.note(event.at, hits):
            self._sums[one.rule].alarms.setdefault(one.kind, one)
        for name, sums in self._sums.items():
            hit = hits.get(name)
            if hit is not None:
                self._hit(sums, event, hit, outcome.verdict, judged, kind)
                sums.overlap.update(other for other in hits if other != name)
            elif judged == "spim" and outcome.verdict.action in ("allow", "warn"):
                sums.misses.offer(self._case(event, outcome.verdict, kind))

    def reports(self) -> tuple[RuleReport, ...]:
        """What each rule did, in the order of their ids."""
        return tuple(self._report(rule.id, rule.version) for rule in self._rules)

    @property
    def failed(self) -> dict[str, int]:
        """Rules whose expression failed, and how often."""
        return {k.removeprefix("rule:"): n for k, n in self._engine.broken.items() if k.startswith("rule:")}

    def _judged(self, event: MessageSent) -> tuple[Judgement, str]:
        if self._truth is not None:
            return self._truth.get(event.id, ("benign", "benign"))
        data = event.data
        return "neither", "encrypted" if data.text is None else (data.kind or "direct")

    def _hit(
        self, sums: _Sums, event: MessageSent, hit: RuleHit, verdict: Verdict, judged: Judgement, kind: str
    ) -> None:
        sums.hits += 1
        sums.senders.add(f"{event.source} {event.subject}")
        sums.kinds[kind] += 1
        if hit.before != hit.alone:
            sums.changed[f"{hit.before} to {hit.alone}"] += 1
        case = self._case(event, verdict, kind, hit)
        sums.examples.offer(case)
        if self._truth is None:
            return
        if judged == "spim":
            sums.right += 1
            sums.unstopped += hit.before in ("allow", "warn")
        elif judged == "benign":
            sums.wrong += 1
            sums.mistakes.offer(case)

    def _case(self, event: MessageSent, verdict: Verdict, kind: str, hit: RuleHit | None = None) -> Case:
        return Case(
            id=event.id,
            account=event.subject,
            kind=kind,
            before=verdict.action,
            alone=verdict.action if hit is None else hit.alone,
            score=round(verdict.score, 4),
            text=event.data.text if self._with_text else None,
        )

    def _report(self, rule: str, version: str) -> RuleReport:
        sums, known = self._sums[rule], self._truth is not None
        return RuleReport(
            rule=rule,
            version=version,
            hits=sums.hits,
            senders=len(sums.senders),
            changed=dict(sorted(sums.changed.items())),
            kinds={kind: (sums.kinds[kind], total) for kind, total in sorted(self._kinds.items())},
            right=sums.right if known else None,
            wrong=sums.wrong if known else None,
            missed=self._spim - sums.right if known else None,
            unstopped=sums.unstopped if known else None,
            overlap=dict(sorted(sums.overlap.items())),
            alarms=tuple(sums.alarms.values()),
            examples=sums.examples.cases,
            misses=sums.misses.cases,
            mistakes=sums.mistakes.cases,
        )
