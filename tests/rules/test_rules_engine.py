"""Rules in the guard: hits are reasons whose bits add up, shadows do nothing, a person's word stands."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from im_transcript import Transcript
from nospim.engine import Engine, Outcome
from nospim.policy import Lists, Policy
from nospim.rules import Effect, Example, RuleSet
from nospim.verdicts import LADDER, Reason, Verdict, logit2
from rule_words import live, sound

TEXT = {"message": {"text": "buy"}}
HIT: dict[str, Any] = {"expression": 'message.text.startsWith("buy")', "hit": TEXT}


def heard(rules: RuleSet | None, text: str = "buy this", policy: Policy | None = None) -> Outcome:
    """What one message from a quiet account comes to."""
    story = Transcript()
    story.life("ann", "bob", days=2)
    story.say("ann", "bob", text)
    engine = Engine(policy or Policy(), rules=rules)
    return [engine.step(event) for event in story.events][-1]


def verdict(out: Outcome) -> Verdict:
    assert out.verdict is not None
    return out.verdict


def of_rules(found: Verdict) -> list[Reason]:
    return [r for r in found.reasons if r.signal.startswith("rule:")]


def adds_up(found: Verdict) -> bool:
    return abs(sum(r.bits for r in found.reasons) - logit2(found.score)) < 1e-6


def test_bits_of_a_hit_are_a_reason_and_add_up() -> None:
    plain, ruled = (
        verdict(heard(None)),
        verdict(heard(sound(live("buy", effect=Effect(add_bits=2.5), **HIT)))),
    )

    assert of_rules(ruled) == [Reason("rule:buy", 2.5, "Finds buy (adds 2.5 bits)")]
    assert logit2(ruled.score) == pytest.approx(logit2(plain.score) + 2.5)
    assert adds_up(ruled)


@pytest.mark.parametrize("rung", ["warn", "hold", "block"])
def test_at_least_reaches_the_rung_and_no_more(rung: Any) -> None:
    found = verdict(heard(sound(live("buy", effect=Effect(at_least=rung), **HIT))))

    assert found.action == rung
    assert adds_up(found)
    assert found.score == pytest.approx(getattr(Policy().thresholds, rung), rel=1e-3)


@pytest.mark.parametrize("rung", ["allow", "warn", "hold"])
def test_at_most_wins_over_whatever_lifts(rung: Any) -> None:
    rules = sound(
        live("a", effect=Effect(add_bits=12), **HIT),
        live("b", effect=Effect(at_most=rung), **HIT),
        live("c", effect=Effect(at_least="block"), **HIT),
    )
    found = verdict(heard(rules))

    assert found.action == rung
    assert adds_up(found)
    assert [r.signal for r in of_rules(found)] == ["rule:a", "rule:c", "rule:b"]


def test_a_label_is_told_and_changes_nothing() -> None:
    plain, found = (
        verdict(heard(None)),
        verdict(heard(sound(live("buy", effect=Effect(label="shop"), **HIT)))),
    )

    assert found.score == plain.score
    assert of_rules(found) == [Reason("rule:buy", 0.0, "Finds buy (label shop)")]


def test_a_shadow_is_recorded_apart_and_its_verdict_is_as_without_it() -> None:
    shadow = sound(live("buy", effect=Effect(at_least="block"), state="shadow", **HIT))
    out = heard(shadow)

    assert verdict(out) == verdict(heard(None))
    (hit,) = out.rule_hits
    assert (hit.rule, hit.state, hit.bits, hit.before, hit.alone) == ("buy", "shadow", 0.0, "allow", "block")


def test_a_demoted_rule_is_a_shadow() -> None:
    rules = sound(live("buy", effect=Effect(at_least="block"), **HIT))

    assert verdict(heard(rules)).action == "block"
    out = heard(rules.demote(["buy"]))
    assert verdict(out).action == "allow"
    assert out.rule_hits[0].state == "shadow"
    assert rules.fingerprint != rules.demote(["buy"]).fingerprint


def test_a_share_of_accounts_is_the_same_each_time_and_about_as_large_as_said() -> None:
    rules = sound(live("buy", effect=Effect(at_least="block"), share=0.25, **HIT))
    story = Transcript()
    for n in range(400):
        story.say(f"p{n % 200}", "bob", "buy this")
    engine = Engine(rules=rules)
    states: dict[str, set[str]] = {}
    for event in story.events:
        (hit,) = engine.step(event).rule_hits
        states.setdefault(event.subject, set()).add(hit.state)

    assert all(len(seen) == 1 for seen in states.values())
    assert 30 < sum(seen == {"live"} for seen in states.values()) < 70


def test_what_a_person_decided_stands() -> None:
    policy = Policy(lists=Lists(allow_accounts=("ann",)))
    found = verdict(heard(sound(live("buy", effect=Effect(at_least="block"), **HIT)), policy=policy))

    assert found.action == "allow"
    assert of_rules(found) == [Reason("rule:buy", 0.0, "Finds buy (at least block, but a person decided)")]
    assert adds_up(found)


@pytest.mark.parametrize("text", ["x\0 gift", "\0gift", "gift\0", "é\u2028 gift", "😀gift"])
def test_no_character_hides_what_stands_behind_it(text: str) -> None:
    gift = live("gift", "message.text.contains('gift')", Effect(label="x"), {"message": {"text": "gift"}})

    assert len(heard(sound(gift), text).rule_hits) == 1


@pytest.mark.parametrize(
    "text", ["GIFT card", "g\u0456ft card", "gi\u200bft card", "g i f t card", "\U0001d420ift card"]
)
def test_a_rule_over_the_plain_words_is_not_fooled_by_a_disguise(text: str) -> None:
    gift = live("gift", "message.plain.contains('gift')", Effect(label="x"), {"message": {"plain": "gift"}})

    assert len(heard(sound(gift), text).rule_hits) == 1


def test_a_rule_ends_on_its_day() -> None:
    rules = sound(live("buy", effect=Effect(add_bits=1), expires=date(2026, 3, 2), **HIT))
    story = Transcript()
    story.say("ann", "bob", "buy")
    story.wait(86400)
    story.say("ann", "bob", "buy")
    engine = Engine(rules=rules)

    assert [len(engine.step(e).rule_hits) for e in story.events] == [1, 0]


def test_a_rule_that_fails_is_heard_of_and_the_others_still_act() -> None:
    one, two = ({"links": {"count": n}} for n in (1, 2))
    tests = (Example(expect=True, given=one), Example(expect=False, given=two))
    rules = sound(
        live("buy", effect=Effect(add_bits=1), **HIT),
        live("zero", "1 / links.count > 0", Effect(add_bits=5), one, test=tests),
    )
    story = Transcript()
    story.say("ann", "bob", "buy")
    engine = Engine(rules=rules)
    found = verdict(engine.step(story.events[0]))

    assert [(r.signal, r.bits) for r in of_rules(found)] == [("rule:buy", 1.0), ("rule:zero", 0.0)]
    assert "divide by zero" in of_rules(found)[1].detail
    assert engine.broken == {"rule:zero": 1}
    assert adds_up(found)


def test_rules_are_swapped_between_two_messages() -> None:
    story = Transcript()
    for _ in range(3):
        story.say("ann", "bob", "buy")
    engine = Engine()
    hits = []
    for event, rules in zip(
        story.events, [None, sound(live("buy", effect=Effect(label="x"), **HIT)), None], strict=True
    ):
        engine.use_rules(rules)
        hits.append(len(engine.step(event).rule_hits))

    assert hits == [0, 1, 0]


def test_an_edit_is_asked_about_too() -> None:
    story = Transcript()
    sent = story.say("ann", "bob", "hello there")
    story.tell("message.edited", "ann", message=sent, text="buy now")
    edits = sound(live("edits", "message.edited", Effect(at_least="block"), {"message": {"edited": True}}))
    engine = Engine(rules=edits)
    _, out = [engine.step(event) for event in story.events]

    assert [(a.kind, a.target) for a in out.actions] == [("recall", sent)]


def test_an_empty_set_is_no_set() -> None:
    assert Engine(rules=sound()).room.rules is None


LIFTS: list[Any] = ["warn", "hold", "block"]
LOWERS: list[Any] = ["allow", "warn", "hold"]
EFFECTS = st.one_of(
    st.floats(-12, 12).map(lambda n: Effect(add_bits=n)),
    st.sampled_from(LIFTS).map(lambda r: Effect(at_least=r)),
    st.sampled_from(LOWERS).map(lambda r: Effect(at_most=r)),
    st.just(Effect(label="x")),
)


@given(st.lists(st.tuples(EFFECTS, st.sampled_from(["live", "shadow"])), min_size=1, max_size=8))
@settings(max_examples=60)
def test_whatever_rules_hit_bits_add_up_and_the_milder_wins(drawn: list[tuple[Effect, Any]]) -> None:
    rules = sound(*(live(f"r{n}", effect=e, state=s, **HIT) for n, (e, s) in enumerate(drawn)))
    out = heard(rules)
    found = verdict(out)

    assert adds_up(found)
    assert len(out.rule_hits) == len(drawn)
    limits = [e.at_most for e, state in drawn if state == "live" and e.at_most]
    assert all(LADDER.index(found.action) <= LADDER.index(limit) for limit in limits)
    floors = [e.at_least for e, state in drawn if state == "live" and e.at_least]
    assert limits or all(LADDER.index(found.action) >= LADDER.index(floor) for floor in floors)
