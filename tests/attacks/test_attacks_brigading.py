"""Brigading: a crowd that colludes reports one person, in a drill of 400 accounts that lives its own life."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any, cast

import pytest

from nospim.drill import Plan, generate
from nospim.engine import Engine
from nospim.events import AnyEvent, MessageReported, MessageSent, decode, encode
from nospim.signals.reports import HIGHEST
from nospim.verdicts import STOPPED, Verdict

PLAN = Plan(seed=11, accounts=400, days=6, tactics=(), controls=())
HALF = PLAN.start + timedelta(days=PLAN.days / 2)
MOB = {"one in a hundred": 4, "one in twenty": 20}
EACH = 25
"""Reports by each of the mob: more than it takes to count as a serial reporter."""


def tell(ident: str, kind: str, who: str, at: datetime, **data: Any) -> AnyEvent:
    """An event of the drill's service."""
    when = at.isoformat().replace("+00:00", "Z")
    event = {"specversion": "1.0", "id": ident, "source": f"xmpp://{PLAN.service}", "type": f"im.{kind}"}
    return decode(json.dumps({**event, "time": when, "subject": who, "data": data}).encode())


def sent_by(who: str, told: tuple[AnyEvent, ...]) -> list[MessageSent]:
    return [e for e in told if isinstance(e, MessageSent) and e.subject == who]


@cache
def village() -> tuple[str, tuple[AnyEvent, ...]]:
    """Who will be accused, and how all live without it: the mob says hello to him, and he answers."""
    told = [decode(encode(cast("AnyEvent", event))) for event in generate(PLAN).events]
    writers = [e.subject for e in told if isinstance(e, MessageSent) and e.time < HALF]
    accused = max(sorted(set(writers)), key=writers.count)
    for n, who in enumerate(mob(MOB["one in twenty"], accused, tuple(told))):
        at = HALF - timedelta(hours=1 + n)
        told.append(tell(f"hello{n}", "message.sent", who, at, to=[accused], text="hi, it is me"))
        answer = f"oh hello, how did number {n} go in the end?"
        later = at + timedelta(seconds=40)
        told.append(tell(f"answer{n}", "message.sent", accused, later, to=[who], text=answer))
    return accused, tuple(sorted(told, key=lambda event: event.time))


def mob(size: int, accused: str, told: tuple[AnyEvent, ...]) -> list[str]:
    """Accounts of the village that will collude."""
    people = sorted({e.subject for e in told if isinstance(e, MessageSent)} - {accused})
    return Random(3).sample(people, size)


def reports(who: str, message: str, accused: str) -> list[AnyEvent]:
    """One of the mob reports a message again and again, for six hours."""
    rng = Random(who)
    found = []
    for n in range(EACH):
        at = HALF + timedelta(seconds=60 + rng.uniform(0, 6 * 3600))
        data = {"message": message, "accused": accused, "reason": rng.choice(("spim", "phishing"))}
        found.append(tell(f"r-{who}-{n}", "message.reported", who, at, **data))
    return found


def reported_from_within(size: int) -> list[AnyEvent]:
    """The village, and a mob who really got a message each."""
    accused, told = village()
    answers = [e for e in sent_by(accused, told) if e.id.startswith("answer")][-size:]
    extra = [r for e in answers for r in reports(str(e.data.to[0]), e.id, accused)]
    return sorted([*told, *extra], key=lambda event: event.time)


def reported_by_new_accounts(size: int) -> list[AnyEvent]:
    """The village, and accounts made for it that report what others got."""
    accused, told = village()
    sent = [e.id for e in sent_by(accused, told) if e.time < HALF]
    extra: list[AnyEvent] = []
    for n in range(size):
        who = f"sock{n}@{PLAN.service}"
        extra.append(tell(f"made{n}", "account.created", who, HALF))
        extra += reports(who, sent[n % len(sent)], accused)
    return sorted([*told, *extra], key=lambda event: event.time)


def judged(told: tuple[AnyEvent, ...] | list[AnyEvent]) -> tuple[dict[str, Verdict], list[str]]:
    """Verdicts by message, and every account that an action is about."""
    engine = Engine()
    outcomes = [*(engine.step(event) for event in told), engine.finish()]
    verdicts = {o.verdict.id: o.verdict for o in outcomes if o.verdict is not None}
    return verdicts, [action.account for o in outcomes for action in o.actions]


@cache
def in_peace() -> dict[str, Verdict]:
    """What the guard says when nobody reports anybody."""
    return judged(village()[1])[0]


def evidence(verdict: Verdict) -> float:
    """The sum of all signals, before the calibration."""
    return sum(r.bits for r in verdict.reasons if r.signal != "calibration")


@pytest.mark.parametrize("size", MOB.values(), ids=MOB.keys())
@pytest.mark.parametrize("attack", [reported_from_within, reported_by_new_accounts])
def test_a_mob_restricts_nobody(size: int, attack: Any) -> None:
    told = attack(size)
    assert sum(isinstance(event, MessageReported) for event in told) >= size * EACH
    verdicts, acted_on = judged(told)
    later = [e.id for e in sent_by(village()[0], village()[1]) if e.time > HALF]
    assert len(later) > 5
    assert not [ident for ident in later if verdicts[ident].action in STOPPED]
    assert not [v for ident, v in verdicts.items() if v.action in STOPPED and ident in in_peace()]
    assert acted_on == []


@pytest.mark.parametrize("size", MOB.values(), ids=MOB.keys())
def test_a_mob_moves_a_score_by_the_cap_of_reports_at_most(size: int) -> None:
    verdicts, _ = judged(reported_from_within(size))
    moved = [evidence(verdicts[ident]) - evidence(before) for ident, before in in_peace().items()]
    assert 0 < max(moved) <= HIGHEST / 1000
    assert min(moved) == 0


def test_who_got_no_message_reports_in_vain() -> None:
    verdicts, _ = judged(reported_by_new_accounts(MOB["one in twenty"]))
    assert verdicts == in_peace()


def test_one_reporter_counts_once_however_often_he_reports() -> None:
    accused, told = village()
    answers = [e for e in sent_by(accused, told) if e.id.startswith("answer")]
    once = answers[0]
    extra = reports(str(once.data.to[0]), once.id, accused)
    alone, _ = judged(sorted([*told, extra[0]], key=lambda event: event.time))
    often, _ = judged(sorted([*told, *extra], key=lambda event: event.time))
    late = [e.id for e in sent_by(accused, told) if e.time > max(e.time for e in extra)]
    assert late
    assert {i: alone[i].reasons for i in late} == {i: often[i].reasons for i in late}
