"""Alarms over counts: what is too much, what is unusual, and what is only chance."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from nospim.rules import Alarm, Effect, RateMeter, Window, alarm, to_demote
from nospim.rules.rates import KEPT, LEARNED, WINDOW
from rule_words import live, sound

USUAL = [Window(1000, 20)] * LEARNED


def kind(past: list[Window], now: Window, most: float = 1.0) -> str | None:
    found = alarm("r", past, now, most)
    return None if found is None else found.kind


def test_the_declared_maximum_is_held_without_any_history() -> None:
    assert kind([], Window(100, 50), 0.01) == "maximum"
    assert kind([], Window(10_000, 99), 0.01) is None
    assert kind([], Window(10, 10), 0.01) is None  # fewer than sixteen are never too many
    assert kind([], Window(10_000, 120), 0.01) is None  # may be chance
    assert kind([], Window(10_000, 200), 0.01) == "maximum"


def test_its_own_usual_range_is_learned_first() -> None:
    assert kind(USUAL[:-1], Window(1000, 400)) is None
    assert kind(USUAL, Window(1000, 400)) == "high"
    assert kind(USUAL, Window(1000, 35)) is None
    assert kind([Window(1000, 200)] * LEARNED, Window(1000, 10)) == "low"
    assert kind(USUAL, Window(0, 0)) is None


def test_a_rule_that_always_came_in_waves_may_do_so_again() -> None:
    waves = [Window(1000, 0 if n % 6 else 120) for n in range(60)]

    assert kind(waves, Window(1000, 130)) is None
    assert kind(waves, Window(1000, 900)) == "high"


@given(st.integers(0, 2000), st.integers(0, 2000), st.floats(0.001, 1.0))
def test_more_hits_are_never_less_alarming(hits: int, more: int, most: float) -> None:
    low, high = Window(4000, hits), Window(4000, hits + more)

    assert alarm("r", [], low, most) is None or alarm("r", [], high, most) is not None


def test_a_steady_rate_raises_no_alarm_for_a_year() -> None:
    chance = random.Random(5)
    past: list[Window] = []
    for _ in range(24 * 365):
        now = Window(500, sum(chance.random() < 0.05 for _ in range(500)))
        assert kind(past, now, 0.1) is None
        past = [*past, now][-KEPT:]


def test_the_meter_sounds_within_the_window_and_only_the_loud_rule_goes_to_shadow() -> None:
    hit = {"links": {"count": 1}}
    effect = Effect(at_least="block")
    rules = sound(
        live("all", "links.count > 0", effect, hit),
        live("few", "links.count == 1", effect, hit),
        live("told", "links.count >= 1", effect, hit, on_alarm="tell"),
    )
    meter = RateMeter(rules)
    sounded = [a for n in range(20) for a in meter.note(float(n), ["all", "told"])]

    assert [(a.rule, a.kind) for a in sounded] == [("all", "maximum"), ("told", "maximum")]
    assert to_demote(rules, sounded) == {"all"}
    assert to_demote(rules.demote({"all"}), sounded) == frozenset()


def test_the_meter_learns_what_is_usual_and_keeps_it_while_the_rule_is_the_same() -> None:
    hit = {"links": {"count": 1}}
    rules = sound(live("r", "links.count > 0", Effect(add_bits=1), hit, max_rate=1.0))
    meter = RateMeter(rules)
    sounded: list[Alarm] = []
    for hour in range(60):
        many = 90 if hour == 50 else 1
        if hour == 40:
            meter.watch(rules)
        for n in range(100):
            sounded += meter.note(hour * WINDOW + n, ["r"] if n < many else [])

    assert {a.kind for a in sounded} == {"high"}
