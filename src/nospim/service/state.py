"""Everything that the service knows, as one pure machine: a journal's record in, what follows out.

The same records give the same state, answers and actions, live and in replay: time is a record, too.  The
circle is closed by `State.save` and `State.restore`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from nospim.adapters.repeats import digest
from nospim.engine import Engine, Outcome
from nospim.engine.times import moment
from nospim.engine.weigh import BAD, GOOD
from nospim.events import (
    ActionDone,
    ActionFailed,
    ActionRequested,
    ActionUndone,
    AnyEvent,
    Labelled,
    Ref,
    Reference,
    decode,
)
from nospim.listings import FeedIndex
from nospim.policy import Policy
from nospim.policy.migrate import parse_recorded
from nospim.policy.render import as_toml
from nospim.rulebook import RulesError
from nospim.rules import RuleHit
from nospim.service.breaker import Breaker
from nospim.service.desk import Desk, Item
from nospim.service.faults import place_of
from nospim.service.remembered import Remembered, name_of
from nospim.service.rules import NONE, InForce, compiled, decode_rules
from nospim.service.told import Told
from nospim.sightings import Sighting
from nospim.verdicts import STOPPED, Rung, Verdict

FORMAT: Final = 1
LAGS: Final = 9
"""Events whose median lag behind the service's clock is taken; four of nine may lie."""
MAX_HELD: Final = 20_000
"""Held messages whose account is remembered: more than the guard ever holds at a time."""
PERSONS_KINDS: Final = frozenset(
    {"end_sessions", "require_password", "limit", "notify_owner", "recall", "suspend", "step_up"}
)
"""What a person may ask for with an im.action.requested event."""

Status = Literal["new", "repeat", "conflict", "late"]


class Decision(Verdict, frozen=True, kw_only=True, omit_defaults=True):
    """A verdict as the service answers it.

    shadow: the rung that it would have been; `action` is then `allow`.  expires: when a hold is to end.
    """

    shadow: Rung | None = None
    expires: datetime | None = None


class Start(Struct, frozen=True, kw_only=True):
    """The record that opens the journal and follows every change of what judges: version, policy, feeds."""

    nospim: str
    policy: str
    feeds: str


class Control(Struct, frozen=True, kw_only=True):
    """The record of what a person did to the service itself."""

    reset: bool = False
    by: str = ""
    reason: str = ""


class Taken(Struct, frozen=True, gc=False):
    """What became of one event: its status, and the answer (JSON), verdict and rules' hits of a message."""

    status: Status
    answer: bytes | None = None
    verdict: Verdict | None = None
    hits: tuple[RuleHit, ...] = ()
    fault: str = ""


class Saved(Struct, frozen=True, kw_only=True):
    """All of a `State` between two records; `position` is that of the last record in it."""

    format: int
    position: int
    start: Start
    engine: bytes
    remembered: Remembered
    desk: Desk
    breaker: Breaker
    held: dict[str, str]
    rules: InForce
    now: float
    lags: list[float]
    counts: dict[str, int]
    spool: int


_encode: Final = msgspec.json.Encoder().encode
_start: Final = msgspec.json.Decoder(Start)
_control: Final = msgspec.json.Decoder(Control)
_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(Saved)


class SavedStateError(ValueError):
    """A saved state that cannot be restored."""


class State:
    """The guard, the memory of answers, the desk and the breaker.

    now: the service's clock at the last tick, in seconds since the epoch.  counts: how many events, refusals
    and faults there were.  sightings: what the last record showed the casework, with its position; told: what
    followed from it, to be written down.  Whoever drives the state takes both away.
    """

    def __init__(self, start: Start, feeds: FeedIndex | None = None, saved: Saved | None = None) -> None:
        self.start = start
        self.policy = _policy(start)
        self.feeds = feeds
        kept = self.policy.service.remembered
        self.rules = NONE if saved is None else saved.rules
        self.engine = Engine(
            self.policy,
            feeds=feeds,
            rules=compiled(self.rules),
            saved=None if saved is None else saved.engine,
        )
        self.remembered = Remembered(cap=kept) if saved is None else saved.remembered
        self.desk = Desk() if saved is None else saved.desk
        self.breaker = Breaker() if saved is None else saved.breaker
        self.held: dict[str, str] = {} if saved is None else saved.held
        self.now = 0.0 if saved is None else saved.now
        self.lags: list[float] = [] if saved is None else saved.lags
        self.counts: dict[str, int] = {} if saved is None else saved.counts
        self.position = -1 if saved is None else saved.position
        self.sightings: list[tuple[int, Sighting]] = []
        self.told = Told()

    def apply(self, kind: str, body: bytes, position: int) -> None:
        """Let one record of the journal in, as replay does; other programs' kinds are passed over."""
        self.position = position
        if kind == "event":
            self.take(decode(body), body)
        elif kind == "tick":
            self.tick(float(body))
        elif kind == "start":
            self.switch(_start.decode(body))
        elif kind == "control":
            self.control(_control.decode(body))
        elif kind == "rules":
            self.use_rules(decode_rules(body))

    def switch(self, start: Start, feeds: FeedIndex | None = None) -> None:
        """From here on another policy, version or set of feeds judges; the memory stays."""
        self.start = start
        self.policy = _policy(start)
        self.feeds = feeds if feeds is not None else self.feeds
        self.engine.use_policy(self.policy, self.feeds)
        self.remembered.cap = self.policy.service.remembered

    def use_rules(self, rules: InForce) -> None:
        """From here on these rules are asked; they were found sound before they were written down."""
        try:
            self.engine.use_rules(compiled(rules))
        except RulesError:  # sound to the version that wrote them down; those before stay in force
            self._count("rules refused")
        else:
            self.rules = rules

    def control(self, what: Control) -> None:
        """A person did something to the service itself."""
        if what.reset:
            self.breaker.reset()

    def tick(self, at: float) -> None:
        """The service's clock says `at`: what waited for its time ends."""
        self.now = at
        place = self.desk.last
        if self.engine.holding:
            self._settle(self.engine.tick(at - self._lag()))
        self.desk.tick(at)
        if self.desk.last != place:
            self.told.actions(self.desk.since(place))

    def due(self, at: float) -> bool:
        """Whether a tick would change anything but the clock."""
        return self.engine.due(at - self._lag()) or self.desk.due(at)

    def known(self, event: AnyEvent, raw: bytes) -> Taken | None:
        """What an event that was taken in before gets as its answer; None for a new one."""
        known = self.remembered.get(name_of(event.source, event.id))
        if known is None:
            return None
        if known[0] != digest(raw):
            return Taken("conflict")
        return Taken("repeat", known[1])

    def too_far(self, event: AnyEvent) -> bool:
        """Whether the policy refuses an event for its time."""
        settings = self.policy.service
        return settings.event_time == "refuse" and abs(event.time.timestamp() - self.now) > settings.skew

    def take(self, event: AnyEvent, raw: bytes) -> Taken:
        """Let one new event in and judge it, if it is a message."""
        content = digest(raw)
        event = self._in_time(event)
        self._count("events")
        try:
            outcome = self.engine.step(event)
        except Exception as error:  # noqa: BLE001 - the same in replay; one bad event must not stop the others
            self._count("faults")
            self.remembered.put(name_of(event.source, event.id), content, None)
            return Taken("new", fault=place_of(error))
        answer, place = None, self.desk.last
        verdict = outcome.verdict
        if verdict is not None:
            answer = self._answer(verdict)
            (self.told.passed if verdict.action == "allow" else self.told.stopped).append(answer)
        self._settle(outcome)
        self._person(event)
        if self.desk.last != place:
            self.told.actions(self.desk.since(place))
        self.remembered.put(name_of(event.source, event.id), content, answer)
        return Taken("new", answer, verdict, tuple(outcome.rule_hits))

    def save(self, spool: int) -> bytes:
        """The state as bytes.  spool: bytes of sightings on disk that belong to it."""
        saved = Saved(
            format=FORMAT,
            position=self.position,
            start=self.start,
            engine=self.engine.save(),
            remembered=self.remembered,
            desk=self.desk,
            breaker=self.breaker,
            held=self.held,
            rules=self.rules,
            now=self.now,
            lags=self.lags,
            counts=self.counts,
            spool=spool,
        )
        return _pack(saved)

    @property
    def shadow(self) -> str:
        """Why nothing is enforced: `policy`, `breaker`, or empty where all is."""
        if self.policy.enforcement.shadow:
            return "policy"
        return "breaker" if self.breaker.tripped is not None else ""

    def _in_time(self, event: AnyEvent) -> AnyEvent:
        """The event with a time that the clock can bear."""
        settings = self.policy.service
        lag = self.now - event.time.timestamp()
        if settings.event_time != "trust" and abs(lag) > settings.skew:
            self._count("clamped")
            event = replace(event, time=moment(self.now))
            lag = 0.0
        self.lags.append(lag)
        if len(self.lags) > LAGS:
            del self.lags[0]
        return event

    def _lag(self) -> float:
        """How far the events' clock is behind the service's, in seconds: the median of the last ones."""
        return sorted(self.lags)[len(self.lags) // 2] if self.lags else 0.0

    def _answer(self, verdict: Verdict) -> bytes:
        """The answer to a message, weakened where nothing may be enforced."""
        self.breaker.message(self.now)
        if verdict.action in STOPPED and not self._may_enforce():
            self._count(f"shadowed {verdict.action}")
            fields: dict[str, Any] = msgspec.structs.asdict(verdict) | {"action": "allow"}
            return _encode(Decision(**fields, shadow=verdict.action))
        if verdict.action == "warn" and self.shadow:
            fields = msgspec.structs.asdict(verdict) | {"action": "allow"}
            return _encode(Decision(**fields, shadow="warn"))
        if verdict.action == "hold":
            while len(self.held) >= MAX_HELD:
                del self.held[next(iter(self.held))]
            self.held[f"{verdict.source} {verdict.id}"] = verdict.account
            ends = moment(verdict.time.timestamp() + self.policy.hold.seconds)
            return _encode(Decision(**msgspec.structs.asdict(verdict), expires=ends))
        return _encode(verdict)

    def _may_enforce(self) -> bool:
        settings = self.policy.enforcement
        return not settings.shadow and self.breaker.enforce(self.now, settings.per_minute, settings.share)

    def _settle(self, outcome: Outcome) -> None:
        """Put what follows from an event onto the desk."""
        for end in outcome.resolutions:
            account = self.held.pop(f"{end.source} {end.id}", None)
            if account is not None:  # otherwise it was never held: enforcement was in shadow
                self.desk.end_hold(end, account, self.now)
                self.told.resolutions.append(_encode(end))
        for action in outcome.actions:
            free = action.kind in ("notify_owner", "notify_recipients")
            allowed = not self.shadow if free else self._may_enforce()
            if (
                action.expires is not None
            ):  # it lasts as long by the service's clock, whatever the event's says
                lasts = (action.expires - action.at).total_seconds()
                action = replace(action, expires=moment(self.now + lasts))
            self.desk.ask(action, self.now, shadow=not allowed)
        if outcome.sightings:
            self.sightings += [(self.position, sighting) for sighting in outcome.sightings]

    def _person(self, event: AnyEvent) -> None:
        """What events say of actions, and what persons decide."""
        if isinstance(event, ActionDone | ActionFailed):
            state: Literal["done", "failed"] = "done" if isinstance(event, ActionDone) else "failed"
            actor = event.data.actor or event.subject
            self.desk.answer(event.data.action, state, self.now, actor, event.data.cause or "")
        elif isinstance(event, ActionUndone):
            actor = event.data.actor or event.subject
            self.desk.undo(event.data.action, self.now, actor, event.data.cause or "")
        elif isinstance(event, Labelled) and event.data.label in GOOD | BAD:
            until = 1e18 if event.data.expires is None else event.data.expires.timestamp()
            good = event.data.label in GOOD
            source, target = _place(event.source, event.data.target)
            self.desk.decide(source, target, until, self.now, event.data.by or event.subject, good=good)
        elif isinstance(event, ActionRequested):
            self._request(event)

    def _request(self, event: ActionRequested) -> None:
        data = event.data
        if data.kind not in PERSONS_KINDS or data.target is None:
            return
        source, target = _place(event.source, data.target)
        item = Item(
            action=data.action,
            source=source,
            kind=data.kind,  # type: ignore[arg-type]  # one of PERSONS_KINDS
            target=target,
            account=target,
            at=event.time,
            cause=event.id,
            expires=data.expires,
            reasons=(),
            place=0,
        )
        self.desk.request(item, self.now, data.actor or event.subject, data.cause or "")

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


def restore(saved: bytes, feeds: FeedIndex | None = None) -> tuple[State, int]:
    """The state that `State.save` wrote, and the bytes of sightings that belong to it.

    Raises SavedStateError where the bytes are damaged or of another format.
    """
    try:
        found = _unpack.decode(saved)
    except (msgspec.DecodeError, ValueError) as error:
        raise SavedStateError(f"it cannot be read: {error}") from None
    if found.format != FORMAT:
        raise SavedStateError(f"it has format {found.format}, this program reads {FORMAT}")
    return State(found.start, feeds, found), found.spool


def encode_control(what: Control) -> bytes:
    """The body of a `control` record."""
    return _encode(what)


def encode_start(start: Start) -> bytes:
    """The body of a `start` record."""
    return _encode(start)


def decode_start(body: bytes) -> Start:
    """What `encode_start` wrote.  Raises ValueError."""
    return _start.decode(body)


def start_of(version: str, policy: Policy, feeds: FeedIndex | None) -> Start:
    """What judges, as the journal's record of it."""
    return Start(nospim=version, policy=as_toml(policy), feeds="" if feeds is None else feeds.with_policy(""))


def _policy(start: Start) -> Policy:
    return parse_recorded(start.policy, "the journal's policy")[0]


def _place(source: str, ref: Reference) -> tuple[str, str]:
    return (ref.source, ref.id) if isinstance(ref, Ref) else (source, ref)
