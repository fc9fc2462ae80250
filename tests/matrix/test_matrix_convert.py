"""Matrix events into events of the contract: the forms of many clients, and what attackers put there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.adapters import matrix_convert as convert
from nospim.adapters.matrix_convert import MAX_TO, events_of, session_id, text_of, time_of
from nospim.events import MessageEdited, MessageSent, decode

ROOT = Path(__file__).resolve().parents[2]


def event(content: Any, kind: str = "m.room.message", **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "sender": "@ann:a.example",
        "room_id": "!r:a.example",
        "origin_server_ts": 1_793_610_000_123,
        "content": content,
        **more,
    }


def test_the_synapse_module_carries_the_same_file() -> None:
    copy = ROOT / "integrations" / "synapse" / "nospim_synapse" / "convert.py"
    assert copy.read_bytes() == Path(convert.__file__).read_bytes()


def test_a_message_between_two_people() -> None:
    told = event({"msgtype": "m.text", "body": "hello"})
    (made,) = events_of(told, "$e", "matrix:a.example", ["@ann:a.example", "@bo:b.example"], "PHONE")

    assert made == {
        "specversion": "1.0",
        "source": "matrix:a.example",
        "id": "$e",
        "type": "im.message.sent",
        "time": "2026-11-02T09:00:00.123Z",
        "subject": "@ann:a.example",
        "data": {
            "to": ["@bo:b.example"],
            "text": "hello",
            "conversation": "!r:a.example",
            "kind": "direct",
            "session": "@ann:a.example PHONE",
        },
    }
    assert isinstance(decode(json.dumps(made).encode()), MessageSent)


def test_a_large_room_is_named_instead_of_its_members() -> None:
    members = [f"@u{n}:a.example" for n in range(MAX_TO + 1)]
    (made,) = events_of(event({"body": "x"}), "$e", "s", members)
    assert (made["data"]["to"], made["data"]["kind"]) == ([], "group")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"body": "hello"}, "hello"),
        ({"body": "photos", "formatted_body": "<a href='https://l.example/x'>photos</a>"},
         "photos\nhttps://l.example/x"),
        ({"body": "hi", "formatted_body": "<p>look at <b>l.example</b></p>"}, "hi\n\nlook at l.example"),
        ({"body": "hi ann", "formatted_body": "hi <a href='https://matrix.to/#/@a:b'>ann</a>"}, "hi ann"),
        ({"body": "<3 &amp;", "formatted_body": "&lt;3 &amp;amp;"}, "<3 &amp;"),
        ({"body": "see", "formatted_body": "<img src='https://l.example/i.png'>see"},
         "see\nhttps://l.example/i.png"),
        ({"m.text": [{"body": "new form"}]}, "new form"),
        ({"org.matrix.msc3381.poll.start": {"question": {"body": "q?"}, "answers": [{"body": "l.example"}]}},
         "q?\nl.example"),
        ({"body": "caption", "filename": "cv.pdf", "url": "mxc://a/b"}, "caption\ncv.pdf"),
        ({}, None),
        ({"body": 3, "formatted_body": ["x"]}, None),
    ],
)  # fmt: skip
def test_all_words_that_people_see_are_read_and_what_links_hide(content: Any, text: str | None) -> None:
    assert text_of(content) == text


def test_a_file_is_told_of_by_what_it_is() -> None:
    info = {"mimetype": "application/pdf", "size": 12, "w": 1}
    content = {"msgtype": "m.file", "body": "cv.pdf", "info": info, "url": "mxc://a/b"}
    (made,) = events_of(event(content), "$e", "s")
    assert made["data"]["attachments"] == [
        {"name": "cv.pdf", "type": "application/pdf", "size": 12, "url": "mxc://a/b"}
    ]


def test_an_edit_is_asked_about_like_a_message_and_told_of_as_an_edit() -> None:
    relation = {"rel_type": "m.replace", "event_id": "$old"}
    content = {"body": "* the", "m.new_content": {"body": "the"}, "m.relates_to": relation}
    asked, told = events_of(event(content), "$e", "s", ["@ann:a.example", "@bo:b.example"])
    assert (asked["type"], asked["data"]["text"]) == ("im.message.sent", "the")
    assert (told["type"], told["id"]) == ("im.message.edited", "$e/edit")
    assert told["data"] == {"message": "$old", "text": "the", "to": ["@bo:b.example"]}
    assert isinstance(decode(json.dumps(told).encode()), MessageEdited)


def test_an_edit_that_says_two_things_is_asked_about_with_both() -> None:
    relation = {"rel_type": "m.replace", "event_id": "$old"}
    content = {"body": "* l.example", "m.new_content": {"body": "the"}, "m.relates_to": relation}
    assert events_of(event(content), "$e", "s")[0]["data"]["text"] == "the\n* l.example"


@pytest.mark.parametrize(
    "relation",
    [{"rel_type": "m.replace"}, {"rel_type": "m.replace", "event_id": 3}, "x", {"rel_type": "other"}],
)
def test_what_only_looks_like_an_edit_is_a_message(relation: Any) -> None:
    (made,) = events_of(event({"body": "lure", "m.relates_to": relation}), "$e", "s")
    assert (made["type"], made["data"]["text"]) == ("im.message.sent", "lure")


def test_an_invitation_asks_for_contact_and_one_that_is_taken_up_makes_contacts() -> None:
    invited = event({"membership": "invite", "reason": "hi!"}, "m.room.member", state_key="@bo:b.example")
    (made,) = events_of(invited, "$e", "s")
    assert (made["type"], made["subject"]) == ("im.contact.requested", "@ann:a.example")
    assert made["data"] == {"contact": "@bo:b.example", "text": "hi!"}

    before = {"prev_content": {"membership": "invite"}, "prev_sender": "@ann:a.example"}
    joined = event({"membership": "join"}, "m.room.member", state_key="@bo:b.example", unsigned=before)
    both = events_of(joined | {"sender": "@bo:b.example"}, "$e", "s")
    assert [(e["type"], e["subject"], e["data"]["contact"]) for e in both] == [
        ("im.contact.added", "@bo:b.example", "@ann:a.example"),
        ("im.contact.added", "@ann:a.example", "@bo:b.example"),
    ]
    assert len({e["id"] for e in both}) == 2


@pytest.mark.parametrize("redaction", [{"redacts": "$old"}, {"content": {"redacts": "$old"}}])
def test_a_redaction_retracts_whichever_way_the_rooms_version_writes_it(redaction: dict[str, Any]) -> None:
    told = event({}, "m.room.redaction") | redaction
    (made,) = events_of(told, "$e", "s")
    assert (made["type"], made["data"]) == ("im.message.retracted", {"message": "$old"})


@pytest.mark.parametrize(
    "told",
    [
        event({"topic": "x"}, "m.room.topic", state_key=""),
        event({"m.relates_to": {"key": "+"}}, "m.reaction"),
        event("x"),
        event({"membership": "leave"}, "m.room.member", state_key="@bo:b.example"),
        event({"body": "x"}) | {"sender": None},
        {},
    ],
)
def test_what_means_nothing_to_the_guard(told: dict[str, Any]) -> None:
    assert events_of(told, "$e", "s") == []


@pytest.mark.parametrize(
    ("milliseconds", "time"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (-5, "1970-01-01T00:00:00.000Z"),
        (10**30, "9999-12-31T23:59:59.000Z"),
        ("x", "1970-01-01T00:00:00.000Z"),
    ],
)
def test_senseless_times_are_moved_into_the_calendar(milliseconds: Any, time: str) -> None:
    assert time_of(milliseconds) == time


def test_devices_of_two_people_are_never_one_session() -> None:
    assert session_id("@a:b", "X") != session_id("@c:b", "X")
    assert session_id("@a:b", None) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=10,
)
NAMES = st.sampled_from(
    ["body", "formatted_body", "m.relates_to", "rel_type", "event_id", "m.new_content", "membership", "info",
     "url", "size", "mimetype", "m.poll", "question", "answers", "redacts", "reason", "file"]
)  # fmt: skip


@given(
    st.dictionaries(NAMES, JSON | st.dictionaries(NAMES, JSON, max_size=4), max_size=6),
    st.sampled_from(["m.room.message", "m.room.member", "m.room.redaction", "x"]),
    st.dictionaries(
        st.sampled_from(["state_key", "unsigned", "room_id", "origin_server_ts"]), JSON, max_size=4
    ),
)
def test_whatever_is_in_an_event_what_comes_out_is_of_the_contract(
    content: Any, kind: str, more: dict[str, Any]
) -> None:
    for made in events_of(event(content, kind) | more, "$e", "s", ["@ann:a.example"], "D"):
        try:
            raw = json.dumps(made, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            continue  # half a surrogate pair, which JSON of Matrix cannot carry
        decode(raw)
