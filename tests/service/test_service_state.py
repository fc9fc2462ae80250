"""The service as a pure machine: the same records give the same state and answers, wherever it is cut."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.engine.times import moment
from nospim.events import decode
from nospim.policy import DEFAULT_POLICY, Policy, parse_policy
from nospim.service.remembered import Remembered
from nospim.service.state import (
    Control,
    SavedStateError,
    State,
    encode_control,
    encode_start,
    restore,
    start_of,
)

NOW = 1_790_000_000.0
Record = tuple[str, bytes]

HOLDS = parse_policy(
    """
    [thresholds]
    warn = 1e-12
    hold = 1e-12
    block = 0.999
    [lists]
    deny_accounts = ["thief"]
    [enforcement]
    per_minute = 6
    share = 0.01
    """
)


def happened(ident: str, kind: str, subject: str, at: float, data: dict[str, Any]) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "source": "im.example",
            "id": ident,
            "type": f"im.{kind}",
            "time": moment(at).isoformat(),
            "subject": subject,
            "data": data,
        }
    ).encode()


def fresh(policy: Policy = HOLDS) -> State:
    state = State(start_of("test", policy, None))
    state.position = 0
    return state


def fed(state: State, records: list[Record], begin: int = 1) -> State:
    for place, (kind, body) in enumerate(records, begin):
        if kind == "event" and state.known(decode(body), body) is not None:
            continue
        state.apply(kind, body, place)
    return state


people = st.sampled_from(["ann", "bob", "thief"])
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("message"), people, st.sampled_from(["hi", "win at http://lure.example/x", "lunch?"])
        ),
        st.tuples(st.just("wait"), st.floats(0.0, 40.0), st.just("")),
        st.tuples(st.just("label"), people, st.sampled_from(["benign", "spim"])),
        st.tuples(st.just("done"), st.integers(0, 5), st.just("")),
        st.tuples(st.just("reset"), st.just(""), st.just("")),
        st.tuples(st.just("policy"), st.sampled_from([HOLDS, DEFAULT_POLICY]), st.just("")),
    ),
    min_size=1,
    max_size=30,
)


def records(script: list[tuple[Any, ...]]) -> list[Record]:
    """The journal that a script makes; results name actions that a first run of it asks for."""
    state, made, now = fresh(), [("tick", b"%.3f" % NOW)], NOW
    fed(state, made)
    for place, (what, who, more) in enumerate(script):
        ident = f"e{place}"
        if what == "wait":
            now += who
            record = ("tick", b"%.3f" % now)
        elif what == "message":
            record = ("event", happened(ident, "message.sent", who, now, {"to": ["eve"], "text": more}))
        elif what == "label":
            record = ("event", happened(ident, "label", "mod", now, {"target": who, "label": more}))
        elif what == "reset":
            record = ("control", encode_control(Control(reset=True)))
        elif what == "policy":
            record = ("start", encode_start(start_of("test", who, None)))
        else:
            open_now = list(state.desk.items)
            action = open_now[who % len(open_now)] if open_now else "a-0"
            record = ("event", happened(ident, "action.done", "adapter", now, {"action": action}))
        fed(state, [record], len(made) + 1)
        made.append(record)
    return made


def known(state: State) -> bytes:
    """Everything that a state knows, as bytes."""
    return state.save(0)


@given(steps, st.integers(0, 40))
def test_a_state_that_was_saved_and_restored_anywhere_goes_on_the_same(
    script: list[tuple[Any, ...]], cut: int
) -> None:
    journal = records(script)
    cut = min(cut, len(journal))
    whole = fed(fresh(), journal)
    first = fed(fresh(), journal[:cut])
    second, _ = restore(first.save(0))
    fed(second, journal[cut:], cut + 1)

    assert known(second) == known(whole)
    assert second.desk.items == whole.desk.items


@given(steps)
def test_no_cause_is_asked_for_twice_and_every_end_of_a_hold_is_one(script: list[tuple[Any, ...]]) -> None:
    state = fed(fresh(), records(script))

    asked = [(i.kind, i.target, i.cause) for i in state.desk.items.values()]
    assert len(set(asked)) == len(asked)
    held = [i for i in state.desk.items.values() if i.kind in ("release", "drop")]
    assert len({i.target for i in held}) == len(held)
    assert set(state.desk.open) == {i.action for i in state.desk.items.values() if i.state == "open"}


def test_a_damaged_or_foreign_state_is_refused_with_a_reason() -> None:
    with pytest.raises(SavedStateError, match="cannot be read"):
        restore(known(fresh())[:-20])


def test_the_time_of_an_event_far_from_the_clock_is_the_clocks() -> None:
    state = fresh()
    state.tick(NOW)
    late = happened("m1", "message.sent", "ann", NOW - 86400.0, {"to": ["bob"], "text": "hi"})
    early = happened("m2", "message.sent", "ann", NOW + 86400.0, {"to": ["bob"], "text": "hi"})

    for raw in (late, early):
        taken = state.take(decode(raw), raw)
        assert taken.verdict is not None
        assert taken.verdict.time.timestamp() == NOW
    assert state.counts["clamped"] == 2


def test_a_policy_may_refuse_such_an_event_or_trust_it() -> None:
    old = decode(happened("m1", "message.sent", "ann", NOW - 86400.0, {"to": ["bob"], "text": "hi"}))
    refuse = fresh(parse_policy('[service]\nevent_time = "refuse"'))
    trust = fresh(parse_policy('[service]\nevent_time = "trust"'))
    for state in (refuse, trust):
        state.tick(NOW)

    assert refuse.too_far(old)
    assert not trust.too_far(old)
    taken = trust.take(old, b"{}")
    assert taken.verdict is not None
    assert taken.verdict.time == old.time


def test_a_server_whose_clock_is_slow_has_its_holds_ended_in_time_all_the_same() -> None:
    state = fresh()
    for place in range(20):
        now = NOW + place * 10.0
        state.tick(now)
        raw = happened(f"m{place}", "message.sent", "ann", now - 20.0, {"to": ["bob"], "text": "hi"})
        state.take(decode(raw), raw)
        ended = [i.target for i in state.desk.items.values()]
        assert len(ended) == max(0, place - 2), f"after {now - NOW} s"


def test_events_are_remembered_within_bounds() -> None:
    memory = Remembered(cap=16)
    for name in range(1, 100):
        memory.put(name, name, b"answer")

    assert len(memory.recent) + len(memory.older) <= 32
    assert all(memory.get(name) == (name, b"answer") for name in range(84, 100))
    assert memory.get(1) is None


def test_an_action_lasts_by_the_services_clock_also_where_events_are_old() -> None:
    state = fresh(parse_policy('[service]\nevent_time = "trust"\n[lists]\ndeny_accounts = ["thief"]'))
    state.tick(NOW)
    raw = happened("m1", "message.sent", "thief", NOW - 400 * 86400.0, {"to": ["bob"], "text": "hi"})
    state.take(decode(raw), raw)
    state.tick(NOW + 60.0)

    limit = next(i for i in state.desk.items.values() if i.kind == "limit")
    assert limit.state == "open"
    assert limit.expires is not None
    assert limit.expires.timestamp() == NOW + state.policy.actions.lasts
