"""The memory of repeats, as a transcript: the same again counts once, other content is refused."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.adapters.repeats import Repeats, RepeatsState, digest
from nospim.events import decode


def told(memory: Repeats, raw: str | bytes) -> str:
    raw = raw.encode() if isinstance(raw, str) else raw
    return memory.check(decode(raw), raw)


def event(ident: str, text: str = "hi", source: str = "xmpp://im.example", **more: object) -> str:
    return json.dumps(
        {
            "specversion": "1.0",
            "source": source,
            "id": ident,
            "type": "im.message.sent",
            "time": "2026-01-02T03:04:05Z",
            "subject": "ann@im.example",
            "data": {"to": [], "text": text, **more},
        }
    )


def test_a_repeat_counts_once_and_other_content_is_a_conflict() -> None:
    memory = Repeats()
    assert told(memory, event("1")) == "new"
    assert told(memory, event("1")) == "repeat"
    assert told(memory, event("1", "other")) == "conflict"
    assert told(memory, event("1")) == "repeat"
    assert told(memory, event("1", source="xmpp://elsewhere.example")) == "new"


def test_order_and_spaces_are_no_content_and_unknown_fields_are() -> None:
    memory = Repeats()
    assert told(memory, event("1", more={"a": 1, "b": 2})) == "new"
    turned = json.dumps(dict(reversed(json.loads(event("1", more={"b": 2, "a": 1})).items())), indent=1)
    assert told(memory, turned) == "repeat"
    assert told(memory, event("1", more={"a": 1, "b": 3})) == "conflict"


def test_source_and_id_cannot_be_shifted_into_one_another() -> None:
    memory = Repeats()
    assert told(memory, event("b c", source="a")) == "new"
    assert told(memory, event("c", source="a_b")) == "new"


def test_content_without_a_canonical_form_is_only_the_same_as_itself() -> None:
    memory = Repeats()
    odd = event("1", more="N").replace('"N"', "1e999")
    assert told(memory, odd) == "new"
    assert told(memory, odd) == "repeat"
    assert told(memory, odd + " ") == "conflict"


def test_it_remembers_at_least_one_generation_and_at_most_two() -> None:
    memory = Repeats(remembered=3)
    for ident in "abcdef":
        assert told(memory, event(ident)) == "new"
    for ident in "abcdef":
        assert told(memory, event(ident)) == "repeat"
    assert told(memory, event("g")) == "new"
    assert told(memory, event("d")) == "repeat"
    assert told(memory, event("a")) == "new"
    with pytest.raises(ValueError, match="at least 1"):
        Repeats(0)


@given(st.lists(st.tuples(st.sampled_from("abcdefg"), st.sampled_from("xy"))), st.integers(0, 20))
def test_saved_and_restored_anywhere_it_answers_the_same(history: list[tuple[str, str]], cut: int) -> None:
    straight = Repeats(2)
    expected = [told(straight, event(*one)) for one in history]
    memory = Repeats(2)
    answers = [told(memory, event(*one)) for one in history[:cut]]
    saved = msgspec.json.encode(memory.save())
    again = Repeats.restore(msgspec.json.decode(saved, type=RepeatsState))
    answers += [told(again, event(*one)) for one in history[cut:]]
    assert answers == expected
    assert msgspec.json.encode(again.save()) == msgspec.json.encode(straight.save())


def test_the_saved_state_does_not_change_with_the_memory() -> None:
    memory = Repeats()
    state = memory.save()
    told(memory, event("1"))
    assert state.current == {}


@given(st.binary())
def test_any_bytes_have_a_digest(raw: bytes) -> None:
    assert digest(raw) == digest(bytes(raw))
