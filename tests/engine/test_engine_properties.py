"""What holds for any sequence of events: one verdict a message, bits that add up, exact restoring."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from im_transcript import SOURCE, Transcript
from nospim.engine import Engine, Outcome
from nospim.events import TYPE_OF, AnyEvent, MessageSent, decode
from nospim.verdicts import LADDER, logit2

PEOPLE = [f"p{n}" for n in range(6)]
TEXTS = [
    "hi",
    "see you at eight tonight ok",
    "is this you? http://lure.example/a",
    "give me the code you got by sms please",
    "look http://a\u200b.b\u200b.example/x",
    "",
    "\u202ehttp://x.example",
]
SESSIONS = ["s1", "s2", "s3"]


@st.composite
def an_event(draw: st.DrawFn, number: int) -> AnyEvent:
    kind = draw(st.sampled_from(sorted(TYPE_OF.values()) + ["im.message.sent"] * 30))
    person = st.sampled_from(PEOPLE)
    data: dict[str, Any] = {
        "session": draw(st.sampled_from(SESSIONS)),
        "contact": draw(person),
        "message": f"m{draw(st.integers(0, 60))}",
        "accused": draw(person),
        "url": draw(st.sampled_from(["http://lure.example/a", "not an address", "http://[::1"])),
        "app": "app",
        "action": "a1",
        "target": draw(st.sampled_from([*PEOPLE, "m3"])),
        "label": draw(st.sampled_from(["benign", "spim", "unheard of"])),
        "ip": draw(st.sampled_from(["198.51.100.7", "203.0.113.9", "2001:db8::1", "nonsense"])),
        "asn": draw(st.integers(0, 3)),
        "country": draw(st.sampled_from(["NL", "SC"])),
    }
    if kind == "im.message.sent":
        data = {"to": draw(st.lists(person, max_size=4))}
        text = draw(st.none() | st.sampled_from(TEXTS) | st.text(max_size=30))
        if text is not None:
            data["text"] = text
        if draw(st.booleans()):
            data["session"] = draw(st.sampled_from(SESSIONS))
    elif kind == "im.complaint.received":
        data = {"mail": "<1@mail.example>", "accused": draw(st.lists(person, max_size=3))}
    elif kind == "im.message.edited":
        data["text"] = draw(st.sampled_from(TEXTS))
    time = draw(
        st.sampled_from(
            [
                "2026-03-01T10:%02d:%02dZ",
                "2026-03-02T10:%02d:%02dZ",
                "1970-01-01T00:%02d:%02dZ",
                "2099-01-01T00:%02d:%02dZ",
                "9999-12-31T23:%02d:%02dZ",
                "0001-01-01T00:%02d:%02dZ",
            ]
        )
    ) % (number % 60, draw(st.integers(0, 59)))
    line = {"specversion": "1.0", "id": f"m{number}", "source": SOURCE, "type": kind, "time": time}
    return decode(json.dumps({**line, "subject": draw(person), "data": data}).encode())


@st.composite
def a_log(draw: st.DrawFn) -> list[AnyEvent]:
    return [draw(an_event(n)) for n in range(draw(st.integers(1, 60)))]


def written(outcomes: list[Outcome]) -> bytes:
    return msgspec.json.encode(outcomes)


@settings(max_examples=60)
@given(a_log())
def test_every_message_gets_one_verdict_and_its_bits_add_up(log: list[AnyEvent]) -> None:
    engine = Engine()
    outcomes = [engine.step(event) for event in log]
    held = set()
    for event, outcome in zip(log, outcomes, strict=True):
        assert (outcome.verdict is not None) == isinstance(event, MessageSent)
        verdict = outcome.verdict
        if verdict is None:
            continue
        assert verdict.id == event.id
        assert verdict.action in LADDER
        assert 0.0 < verdict.score < 1.0
        assert abs(sum(r.bits for r in verdict.reasons) - logit2(verdict.score)) < 0.01
        if verdict.action == "hold":
            held.add(verdict.id)
    ended = [r.id for o in [*outcomes, engine.finish()] for r in o.resolutions]
    assert sorted(ended) == sorted(held)
    assert engine.broken == {}


@settings(max_examples=40)
@given(a_log(), st.data())
def test_stopped_anywhere_and_restored_it_goes_on_byte_for_byte(
    log: list[AnyEvent], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(log)))
    straight = Engine()
    expected = written([*(straight.step(e) for e in log), straight.finish()])
    first = Engine()
    before = [first.step(e) for e in log[:cut]]
    second = Engine(saved=first.save())
    assert second.save() == first.save()
    after = [second.step(e) for e in log[cut:]]
    assert written([*before, *after, second.finish()]) == expected
    assert second.save() == straight.save()


def test_memory_is_bounded_by_its_limits() -> None:
    from nospim.policy import parse_policy

    caps = "accounts = 16\ndestinations = 16\nwordings = 16\nnetworks = 16\nmessages = 16"
    engine = Engine(parse_policy(f"[limits]\n{caps}"))
    told = Transcript()
    for n in range(400):
        told.tell("session.opened", f"p{n}", session=f"s{n}", ip=f"10.{n % 250}.{n // 250}.1", asn=n)
        told.say(f"p{n}", f"q{n}", f"word{n} and more words {n}x http://d{n}.example/", f"s{n}")
    for event in told.events:
        engine.step(event)
    memory = engine.room.memory
    assert len(memory.accounts) <= 32
    assert len(memory.destinations) <= 32
    assert len(memory.wordings) <= 32
    assert len(memory.messages) <= 32
    assert len(memory.networks) <= 32
