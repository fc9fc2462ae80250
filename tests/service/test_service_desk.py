"""The desk of actions and the circuit breaker, by themselves: ends, limits, and what is taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nospim.actions import Action, ActionKind
from nospim.engine.times import moment
from nospim.service import desk as limits
from nospim.service.breaker import Breaker
from nospim.service.desk import Desk

NOW = 1_790_000_000.0


def wanted(ident: str, kind: ActionKind = "limit", target: str = "ann", lasts: float = 60.0) -> Action:
    return Action(
        action=ident,
        source="im.example",
        kind=kind,
        target=target,
        account="ann",
        at=moment(NOW),
        cause=f"cause of {ident}",
        expires=moment(NOW) + timedelta(seconds=lasts),
        reasons=(),
    )


def kinds(desk: Desk) -> list[str]:
    return [item.kind for item in desk.waiting(0, desk.last, None, 100)]


def test_what_was_not_carried_out_in_time_is_no_longer_handed_out() -> None:
    desk = Desk()
    desk.ask(wanted("a"), NOW, shadow=False)
    desk.tick(NOW + 59.0)
    assert kinds(desk) == ["limit"]

    desk.tick(NOW + 60.0)

    assert kinds(desk) == []
    assert desk.items["a"].state == "expired"


def test_what_lasts_is_lifted_at_its_end_and_only_once() -> None:
    desk = Desk()
    desk.ask(wanted("a"), NOW, shadow=False)
    desk.answer("a", "done", NOW + 1.0, "adapter", "")
    desk.tick(NOW + 60.0)
    desk.tick(NOW + 61.0)

    (undo,) = desk.waiting(0, desk.last, None, 100)
    assert (undo.kind, undo.undoes, undo.was) == ("undo", "a", "limit")


def test_what_does_not_last_is_not_lifted() -> None:
    desk = Desk()
    desk.ask(wanted("a", "end_sessions"), NOW, shadow=False)
    desk.answer("a", "done", NOW + 1.0, "adapter", "")
    desk.tick(NOW + 99.0)

    assert kinds(desk) == []


def test_what_is_done_after_its_end_is_taken_back() -> None:
    desk = Desk()
    desk.ask(wanted("a"), NOW, shadow=False)
    desk.tick(NOW + 60.0)
    desk.answer("a", "done", NOW + 61.0, "adapter", "")

    assert kinds(desk) == ["undo"]


def test_the_same_thing_is_asked_for_once_while_it_waits() -> None:
    desk = Desk()
    desk.ask(wanted("a"), NOW, shadow=False)
    desk.ask(wanted("b"), NOW, shadow=False)
    assert desk.items["b"].state == "overruled"

    desk.answer("a", "done", NOW, "adapter", "")
    desk.ask(wanted("c"), NOW, shadow=False)

    assert [i.action for i in desk.waiting(0, desk.last, None, 100)] == ["c"]


def test_what_failed_may_still_be_said_to_be_done_but_not_the_other_way() -> None:
    desk = Desk()
    desk.ask(wanted("a"), NOW, shadow=False)
    desk.answer("a", "failed", NOW, "adapter", "busy")
    desk.answer("a", "done", NOW, "adapter", "")
    desk.answer("a", "failed", NOW, "adapter", "")

    assert desk.items["a"].state == "done"
    assert [s.state for s in desk.items["a"].trail] == ["open", "failed", "done"]


def test_a_word_for_an_account_ends_and_a_word_against_it_takes_it_back() -> None:
    desk = Desk()
    desk.decide("im.example", "ann", NOW + 10.0, NOW, "eve", good=True)
    desk.ask(wanted("a"), NOW + 5.0, shadow=False)
    desk.ask(wanted("b", target="session-1"), NOW + 15.0, shadow=False)
    assert (desk.items["a"].state, desk.items["b"].state) == ("overruled", "open")

    desk.decide("im.example", "bob", NOW + 1e6, NOW, "eve", good=True)
    desk.decide("im.example", "bob", 0.0, NOW, "eve", good=False)
    assert "im.example bob" not in desk.decided


def test_the_desk_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAX_OPEN", "MAX_CLOSED", "MAX_FORCE", "SLACK"):
        monkeypatch.setattr(limits, name, 10)
    desk = Desk()
    for n in range(100):
        desk.ask(wanted(f"a{n}", target=f"t{n}"), NOW, shadow=False)
        if n % 2:
            desk.answer(f"a{n}", "done", NOW, "adapter", "")
    desk.tick(NOW + 100.0)

    assert len(desk.open) <= 10
    assert len(desk.closed) <= 10
    assert len(desk.items) <= 30
    assert len(desk.asked) == len(desk.open)
    assert len(desk.ends) <= 60
    assert desk.tally["limit given_up"] > 0


def test_the_breaker_counts_a_minute_and_stays_tripped() -> None:
    breaker = Breaker()
    assert [breaker.enforce(NOW + n, 3, 0.01) for n in range(5)] == [True, True, True, False, False]
    assert not breaker.enforce(NOW + 1000.0, 3, 0.01)
    breaker.reset()
    assert breaker.enforce(NOW + 1001.0, 3, 0.01)
    assert breaker.trips == 1


def test_what_is_a_minute_old_leaves_the_budget() -> None:
    breaker = Breaker()
    assert all(breaker.enforce(NOW + 30.0 * n, 3, 0.01) for n in range(100))


def test_a_busy_minute_has_a_larger_budget() -> None:
    breaker = Breaker()
    for _ in range(1000):
        breaker.message(NOW)

    assert sum(breaker.enforce(NOW, 3, 0.1) for _ in range(200)) == 100


def test_a_clock_that_is_set_back_does_not_wedge_the_breaker() -> None:
    breaker = Breaker()
    for n in range(3):
        breaker.enforce(NOW + n, 3, 0.01)

    assert breaker.enforce(NOW - 3600.0, 3, 0.01)
