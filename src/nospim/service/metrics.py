"""What the service counts, and how Prometheus reads it.

Counts are plain numbers on the event loop, because a counter with a lock costs more than what it counts;
they become metric families only when they are asked for.
"""

from __future__ import annotations

import resource
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from nospim.rules import RuleSet
from nospim.rules.rates import Alarm, RateMeter
from nospim.service.state import Taken
from nospim.signals import SIGNAL_NAMES

BUCKETS: Final = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
"""Upper bounds of the histograms' buckets in seconds, densest around the goal of five milliseconds."""
HELP: Final[dict[str, tuple[str, str]]] = {
    "nospim_verdicts": ("counter", "Verdicts on messages, by action."),
    "nospim_signals": ("counter", "Messages in which a signal saw something, by signal."),
    "nospim_rule_hits": ("counter", "Messages that an operator's rule met, by rule and its state."),
    "nospim_rule_alarms": (
        "counter",
        "Alarms of a rule that hits too often or too seldom, by rule and kind.",
    ),
    "nospim_events": (
        "counter",
        "Events by what became of them: new, repeat, conflict, late, and of the new ones clamped, faults.",
    ),
    "nospim_answer_seconds": ("histogram", "Time from an event's arrival to its durable answer."),
    "nospim_commit_seconds": ("histogram", "Time of one group commit of the journal, fsync included."),
    "nospim_committed_events": (
        "counter",
        "Events made durable; over nospim_commit_seconds_count, the group.",
    ),
    "nospim_queue": ("gauge", "Events that came and are not durable yet."),
    "nospim_turned_away": ("counter", "Events turned away because too many were waiting."),
    "nospim_journal_stuck": ("counter", "Commits that the disk refused."),
    "nospim_held": ("gauge", "Messages that wait."),
    "nospim_actions": ("counter", "Actions by kind and by what became of them."),
    "nospim_actions_open": ("gauge", "Actions that wait to be carried out."),
    "nospim_enforcing": ("gauge", "1 while verdicts and actions are enforced, 0 in shadow."),
    "nospim_breaker_trips": ("counter", "How often the circuit breaker turned enforcement into shadow."),
    "nospim_shadowed": ("counter", "Messages that would have been stopped, by action."),
    "nospim_remembered": ("gauge", "Entries of the guard's memory, by kind."),
    "nospim_broken_signals": ("counter", "Failures of a signal, by signal: a fault to report."),
    "nospim_requests": ("counter", "Requests by route and status."),
    "nospim_clock_jumps": ("counter", "Times that the machine's clock was set by more than a minute."),
    "nospim_resident_bytes": ("gauge", "Memory of the process."),
    "nospim_build": ("gauge", "Always 1; the label says which version runs."),
}
"""Every metric: its kind and its meaning.  The reference page is made from this table."""


class Spread:
    """A histogram of seconds over `BUCKETS`."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds

    def family(self, name: str) -> HistogramMetricFamily:
        """The histogram as Prometheus reads it."""
        running, buckets = 0, []
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), self.counts, strict=True):
            running += count
            buckets.append((bound, float(running)))
        return HistogramMetricFamily(name, HELP[name][1], buckets=buckets, sum_value=self.total)


class Meters:
    """The service's counts."""

    def __init__(self) -> None:
        self.verdicts: dict[str, int] = dict.fromkeys(("allow", "warn", "hold", "block"), 0)
        self.signals: dict[str, int] = {}
        self.rules: dict[tuple[str, ...], int] = {}
        self.rule_alarms: dict[tuple[str, ...], int] = {}
        self.rates: RateMeter | None = None
        self.alarms: list[Alarm] = []
        self.statuses: dict[str, int] = {}
        self.requests: dict[tuple[str, int], int] = {}
        self.answer = Spread()
        self.commit = Spread()
        self.committed_events = 0
        self.turned_away = 0
        self.stuck = 0

    def took(self, taken: Taken) -> None:
        """One event was let in, or was not."""
        self.statuses[taken.status] = self.statuses.get(taken.status, 0) + 1
        verdict = taken.verdict
        if verdict is not None:
            self.verdicts[verdict.action] += 1
            signals = self.signals
            for reason in verdict.reasons:
                signals[reason.signal] = signals.get(reason.signal, 0) + 1
            if self.rates is not None:
                self._count_rules(verdict.time.timestamp(), taken)

    def watch(self, rules: RuleSet | None) -> None:
        """From now on count how often these rules hit."""
        if rules is None:
            self.rates = None
        elif self.rates is None:
            self.rates = RateMeter(rules)
        else:
            self.rates.watch(rules)

    def _count_rules(self, at: float, taken: Taken) -> None:
        for hit in taken.hits:
            rule = (hit.rule, hit.state)
            self.rules[rule] = self.rules.get(rule, 0) + 1
        if self.rates is not None:
            alarms = self.rates.note(at, [hit.rule for hit in taken.hits])
            if alarms:
                self.alarms.extend(alarms)
                for alarm in alarms:
                    key = (alarm.rule, alarm.kind)
                    self.rule_alarms[key] = self.rule_alarms.get(key, 0) + 1

    def answered(self, seconds: float) -> None:
        """One event was answered, so long after it came."""
        self.answer.add(seconds)

    def committed(self, seconds: float, events: int) -> None:
        """One commit of so many events took so long."""
        self.commit.add(seconds)
        self.committed_events += events

    def request(self, route: str, status: int) -> None:
        """One request was answered."""
        key = (route, status)
        self.requests[key] = self.requests.get(key, 0) + 1


class Live(Collector):
    """Turns the counts, and what `gauges` says of the moment, into metric families."""

    def __init__(self, meters: Meters, gauges: Callable[[], Gauges]) -> None:
        self.meters, self.gauges = meters, gauges

    def collect(self) -> Iterator[Metric]:
        """The families, in the order of the table."""
        meters, now = self.meters, self.gauges()
        yield _labelled("nospim_verdicts", ("action",), meters.verdicts)
        named = {k: v for k, v in meters.signals.items() if k in SIGNAL_NAMES}
        yield _labelled("nospim_signals", ("signal",), named)
        yield _labelled("nospim_rule_hits", ("rule", "state"), meters.rules)
        yield _labelled("nospim_rule_alarms", ("rule", "kind"), meters.rule_alarms)
        yield _labelled("nospim_events", ("outcome",), meters.statuses | now.events)
        yield meters.answer.family("nospim_answer_seconds")
        yield meters.commit.family("nospim_commit_seconds")
        for name, value in (
            ("nospim_committed_events", meters.committed_events),
            ("nospim_queue", now.queue),
            ("nospim_turned_away", meters.turned_away),
            ("nospim_journal_stuck", meters.stuck),
            ("nospim_held", now.held),
            ("nospim_actions_open", now.actions_open),
            ("nospim_enforcing", now.enforcing),
            ("nospim_breaker_trips", now.trips),
            ("nospim_clock_jumps", now.clock_jumps),
            ("nospim_resident_bytes", resident()),
        ):
            yield _plain(name, value)
        actions: dict[tuple[str, ...], int] = {tuple(k.split(" ", 1)): v for k, v in now.actions.items()}
        yield _labelled("nospim_actions", ("kind", "outcome"), actions)
        yield _labelled("nospim_shadowed", ("action",), now.shadowed)
        yield _labelled("nospim_remembered", ("what",), now.remembered)
        yield _labelled("nospim_broken_signals", ("signal",), now.broken)
        requests: dict[tuple[str, ...], int] = {(r, str(s)): v for (r, s), v in meters.requests.items()}
        yield _labelled("nospim_requests", ("route", "status"), requests)
        yield _labelled("nospim_build", ("version",), {now.version: 1})


class Gauges:
    """What is true at this moment; filled by whoever knows."""

    queue = 0
    held = 0
    actions_open = 0
    enforcing = 1
    trips = 0
    clock_jumps = 0
    version = ""

    def __init__(self) -> None:
        self.events: dict[str, int] = {}
        self.actions: dict[str, int] = {}
        self.shadowed: dict[str, int] = {}
        self.remembered: dict[str, int] = {}
        self.broken: dict[str, int] = {}


def exposition(meters: Meters, gauges: Callable[[], Gauges]) -> bytes:
    """The metrics in Prometheus' text form."""
    registry = CollectorRegistry()
    registry.register(Live(meters, gauges))
    return generate_latest(registry)


def resident() -> int:
    """Bytes of memory that the process has in use; the most it ever had where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - read often, must be cheap
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def _plain(name: str, value: float) -> Metric:
    kind, text = HELP[name]
    if kind == "gauge":
        return GaugeMetricFamily(name, text, value=value)
    return CounterMetricFamily(name, text, value=value)


def _labelled(
    name: str, labels: tuple[str, ...], values: dict[str, int] | dict[tuple[str, ...], int]
) -> Metric:
    kind, text = HELP[name]
    family = (GaugeMetricFamily if kind == "gauge" else CounterMetricFamily)(name, text, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric([key] if isinstance(key, str) else list(key), value)
    return family
