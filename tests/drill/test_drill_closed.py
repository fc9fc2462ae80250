"""The closed loop, with guards that do one thing each: what a guard does changes what comes next."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from msgspec import Struct
from msgspec.structs import replace

from nospim.actions import Action, ActionKind
from nospim.drill import Conduct, Plan, Rehearsal, Unguarded, generate, rehearse
from nospim.drill.clock import Clock, Process
from nospim.drill.takings import Taking
from nospim.drill.truth import Lure
from nospim.engine import Engine
from nospim.events import (
    AccountRecovered,
    AnyEvent,
    LinkClicked,
    MessageSent,
    SessionClosed,
    SignInFailed,
)
from nospim.verdicts import Resolution, Rung, Verdict

PLAN = Plan(
    seed=31,
    accounts=200,
    days=8,
    tactics=("classic", "worm"),
    controls=("shop",),
    seeds=3,
    reseed=False,
    hijacked_per_campaign=15,
    recovered=0.0,
    encrypted=0.0,
    edited_lures=0.0,
    conduct=Conduct(submit=0.45, recall_honoured=1.0, owner_acts=1.0),
)


class Told(Struct):
    verdict: Verdict | None = None
    resolutions: list[Resolution] = []
    actions: list[Action] = []


class Oracle:
    """A guard that knows the lures of a world without a guard by their wording, and does one thing to them.

    asks: actions to ask for at each lure.  after: how many lures of an account pass before it acts.
    """

    def __init__(self, rung: Rung = "allow", *, asks: tuple[ActionKind, ...] = (), after: int = 0) -> None:
        self.rung: Rung = rung
        self.asks = asks
        self.after = after
        self.seen: list[AnyEvent] = []
        self.lures: dict[str, int] = {}
        self.resolutions: list[Resolution] = []
        open_loop = generate(PLAN)
        texts = {e.id: e.data.text for e in open_loop.events if isinstance(e, MessageSent)}
        marks = [texts[row.id] or "" for row in open_loop.truth if isinstance(row, Lure)]
        hosts = [word for text in marks for word in text.split() if "://" in word]
        self.hosts = {host.partition("://")[2].partition("/")[0] for host in hosts}

    def step(self, event: AnyEvent, /) -> Told:
        self.seen.append(event)
        told = Told(resolutions=self.resolutions, actions=[])
        self.resolutions = []
        if not isinstance(event, MessageSent):
            return told
        text = event.data.text or ""
        lure = any(host in text for host in self.hosts) and "://" in text
        count = self.lures.get(event.subject, 0) + lure
        self.lures[event.subject] = count
        acts = lure and count > self.after
        rung: Rung = self.rung if acts else "allow"
        told.verdict = Verdict(
            id=event.id,
            source=event.source,
            time=event.time,
            account=event.subject,
            action=rung,
            score=0.5,
            reasons=(),
            campaign=None,
        )
        if acts:
            told.actions = [self._ask(kind, event) for kind in self.asks]
        if rung == "hold":
            self._hold(event)
        return told

    def _hold(self, event: MessageSent) -> None:
        end = Resolution(
            id=event.id,
            source=event.source,
            at=event.time + timedelta(seconds=20),
            outcome="release",
            delay_s=20.0,
            cause="test",
        )
        self.resolutions.append(end)

    def _ask(self, kind: ActionKind, event: MessageSent) -> Action:
        target = {"end_sessions": event.data.session, "recall": event.id}.get(kind) or event.subject
        return Action(
            action=f"{kind}-{event.id}",
            source=event.source,
            kind=kind,
            target=target,
            account=event.subject,
            at=event.time,
            cause=event.id,
            expires=None,
            reasons=(),
        )


@pytest.fixture(scope="module")
def alone() -> Rehearsal:
    return rehearse(PLAN, Unguarded())


def of(rehearsal: Rehearsal, tactic: str) -> list[Taking]:
    return [taking for taking in rehearsal.takings if taking.draft.tactic == tactic]


def test_without_a_guard_an_attack_spreads(alone: Rehearsal) -> None:
    taken = of(alone, "classic")

    assert len(taken) == 15
    assert len([t for t in taken if t.draft.infected_by is not None]) >= 10
    assert all(t.delivered == len(t.lures) for t in taken if t.lures)


def test_a_guard_that_allows_everything_changes_nothing(alone: Rehearsal) -> None:
    allowed = rehearse(PLAN, Oracle())

    assert allowed.world == alone.world


def test_the_same_plan_and_guard_give_the_same_world() -> None:
    one, other = rehearse(PLAN, Oracle("block")), rehearse(PLAN, Oracle("block"))

    assert one.world == other.world


def test_what_is_blocked_reaches_nobody_and_takes_no_account(alone: Rehearsal) -> None:
    blocked = rehearse(PLAN, Oracle("block"))

    assert len(blocked.takings) == 2 * PLAN.seeds
    assert not any(taking.delivered or taking.fell for taking in blocked.takings)
    lures = {row.id for row in blocked.world.truth if isinstance(row, Lure)}
    assert not [e for e in blocked.world.events if isinstance(e, LinkClicked) and e.data.message in lures]


def test_the_bought_accounts_are_the_same_with_a_guard_and_without(alone: Rehearsal) -> None:
    blocked = rehearse(PLAN, Oracle("block"))

    bought = {t.draft.account for t in alone.takings if t.draft.infected_by is None}
    assert bought == {t.draft.account for t in blocked.takings}


def test_a_hold_that_is_released_comes_late_and_does_what_it_would_have_done() -> None:
    held = rehearse(PLAN, Oracle("hold"))

    lures = [lure for taking in held.takings for lure in taking.lures]
    waited = [(lure.arrived - lure.at) / 1000 for lure in lures if lure.arrived is not None]
    assert len(waited) > 0.9 * len(lures)
    assert min(waited) > 0
    assert sum(taking.fell for taking in held.takings) > 0


def test_people_who_are_warned_fall_less() -> None:
    heeding = Conduct(submit=0.45, warned_click=0.0)
    careful = replace(PLAN, conduct=heeding)

    warned = rehearse(careful, Oracle("warn"))

    assert all(t.delivered == len(t.lures) for t in warned.takings if t.lures)
    assert not [t for t in warned.takings if t.fell]


@pytest.mark.parametrize("delay", [5.0, 600.0])
def test_a_session_that_is_ended_sends_nothing_after_the_delay(delay: float) -> None:
    plan = replace(PLAN, conduct=Conduct(submit=0.45, lock_delay=delay, owner_acts=0.0))
    ended = rehearse(plan, Oracle(asks=("end_sessions",), after=2))

    closed = {e.data.session: e.at for e in ended.world.events if isinstance(e, SessionClosed)}
    put_out = [t for t in of(ended, "classic") if t.ended_by == "end_sessions"]
    assert put_out
    for taking in put_out:
        third = taking.lures[2]
        assert abs(closed[str(taking.session)] - third.at / 1000 - delay) < 2
        assert not [lure for lure in taking.lures if lure.at / 1000 > third.at / 1000 + delay + 1]


def test_a_worm_goes_on_in_the_owners_next_session_but_slowly_when_it_is_limited() -> None:
    free = rehearse(PLAN, Oracle(asks=("end_sessions",)))
    limited = rehearse(PLAN, Oracle(asks=("limit",), after=2))

    assert not [t for t in of(free, "worm") if t.ended_by == "end_sessions"]
    for taking in of(limited, "worm"):
        late = [lure for lure in taking.lures[2:] if lure.at > taking.lures[2].at + 120_000]
        gaps = [b.at - a.at for a, b in pairwise(late)]
        assert all(gap >= 3_600_000 for gap in gaps)


def test_a_suspended_account_is_silent(alone: Rehearsal) -> None:
    plan = replace(PLAN, conduct=Conduct(submit=0.45, lock_delay=0.0))
    suspended = rehearse(plan, Oracle(asks=("suspend",)))

    assert all(len(taking.lures) <= 1 for taking in suspended.takings)
    assert max(len(taking.lures) for taking in alone.takings) > 20


def test_a_recalled_lure_that_nobody_has_read_is_not_opened(alone: Rehearsal) -> None:
    recalled = rehearse(PLAN, Oracle(asks=("recall",)))

    gone = [lure for taking in recalled.takings for lure in taking.lures if lure.recalled]
    assert len(gone) > 20
    opened = {e.data.message for e in recalled.world.events if isinstance(e, LinkClicked)}
    assert not opened & {lure.message for lure in gone}
    assert sum(t.fell for t in recalled.takings) < sum(t.fell for t in alone.takings)


def test_a_notified_owner_takes_the_account_back() -> None:
    told = rehearse(PLAN, Oracle(asks=("notify_owner",), after=1))

    back = [e for e in told.world.events if isinstance(e, AccountRecovered)]
    assert back
    assert {e.subject for e in back} <= {t.draft.account for t in told.takings}
    assert all(
        t.draft.until is not None for t in told.takings if t.draft.account in {e.subject for e in back}
    )


def test_recipients_who_are_told_click_less() -> None:
    deaf = replace(PLAN, conduct=Conduct(submit=0.45, notified_click=1.0))
    alert = replace(PLAN, conduct=Conduct(submit=0.45, notified_click=0.0))

    fell = [
        sum(t.fell for t in rehearse(plan, Oracle(asks=("notify_recipients",))).takings)
        for plan in (deaf, alert)
    ]
    assert fell[1] < fell[0]


def test_a_stolen_password_is_not_enough_where_more_is_asked() -> None:
    class StepsUp(Oracle):
        """Asks everybody who clicks for more than a password."""

        def step(self, event: AnyEvent, /) -> Told:
            told = super().step(event)
            if isinstance(event, LinkClicked):
                told.actions = [
                    Action(
                        action=f"step-{event.id}",
                        source=event.source,
                        kind="step_up",
                        target=event.subject,
                        account=event.subject,
                        at=event.time,
                        cause=event.id,
                        expires=None,
                        reasons=(),
                    )
                ]
            return told

    plan = replace(PLAN, conduct=Conduct(submit=0.45, step_up_holds=1.0))
    asked = rehearse(plan, StepsUp())

    assert len(of(asked, "classic")) == plan.seeds
    refused = [e for e in asked.world.events if isinstance(e, SignInFailed) and e.data.reason == "step_up"]
    assert refused


def test_the_guard_sees_every_event_once_in_order_of_time() -> None:
    guard = Oracle("block")
    world = rehearse(PLAN, guard).world

    assert tuple(guard.seen) == world.events
    assert [e.time for e in guard.seen] == sorted(e.time for e in guard.seen)


def test_the_engine_can_stand_in_the_loop() -> None:
    guarded = rehearse(PLAN, Engine())

    assert len(guarded.takings) < 30
    assert len(guarded.verdicts) == len([e for e in guarded.world.events if isinstance(e, MessageSent)])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"submit": 1.5}, "submit is 1.5"),
        ({"warned_click": -0.1}, "warned click is -0.1"),
        ({"lock_delay": -1.0}, "lock delay is -1.0"),
    ],
)
def test_conduct_that_makes_no_sense_cannot_be_made(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Conduct(**wrong)  # type: ignore[arg-type]


def test_a_clock_goes_in_order_and_never_back() -> None:
    clock = Clock(0, 100)
    said: list[tuple[int, str]] = []

    def waits() -> Process:
        said.append((clock.now, "first"))
        yield 50
        said.append((clock.now, "woken"))
        yield 10
        said.append((clock.now, "past is now"))
        yield 200

    clock.start(waits(), 5)
    clock.at(50, lambda: said.append((clock.now, "later asked, same moment, asked first")))
    clock.run()

    assert said == [
        (5, "first"),
        (50, "later asked, same moment, asked first"),
        (50, "woken"),
        (50, "past is now"),
    ]
