"""Matrix exports as events: who was in the room, what was edited or redacted, and hostile files."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from nospim.adapters.interface import AdapterError, Item, Refusal, Skipped
from nospim.adapters.matrix import MatrixArchive
from nospim.adapters.matrix_json import MAX_OBJECT, pieces
from nospim.adapters.order import ordered
from nospim.adapters.placed import AGAIN, joined
from nospim.events import AnyEvent, MessageEdited, MessageReported, MessageRetracted, MessageSent

CAPTURED = Path(__file__).resolve().parents[1] / "captured" / "matrix"
ELEMENT = CAPTURED / "element.json"
ANN, BO, CY = "@ann:a.example", "@bo:b.example", "@cy:c.example"
TIME = 1_793_610_000_000


def said(n: int, sender: str, body: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "m.room.message",
        "room_id": "!r:a.example",
        "event_id": f"$e{n}",
        "sender": sender,
        "origin_server_ts": TIME + n * 1000,
        "content": {"msgtype": "m.text", "body": body},
        **more,
    }


def read(content: Any, name: str = "x.json", **options: str) -> list[Item]:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return list(MatrixArchive(**options).read(name, io.BytesIO(raw)))


def events(items: list[Item]) -> list[AnyEvent]:
    return [item for item in items if not isinstance(item, Refusal | Skipped)]


def sent(items: list[Item]) -> list[MessageSent]:
    return [event for event in events(items) if isinstance(event, MessageSent)]


def test_a_room_of_elements_export_with_edit_redaction_file_and_cipher() -> None:
    items = read(ELEMENT.read_bytes())
    hi, look, cat, cipher = sent(items)
    assert [m.data.kind for m in (hi, look, cat, cipher)] == ["direct"] * 4
    assert hi.data.to == (BO,)
    assert (
        look.data.text == "look http://pics.example/a\nhttp://other.example/b"
    )  # where the link really leads
    assert cipher.data.encrypted is True
    [edit] = [e for e in events(items) if isinstance(e, MessageEdited)]
    assert (edit.data.message, edit.data.text) == (look.id, "look here")
    [gone] = [e for e in events(items) if isinstance(e, MessageRetracted)]
    assert gone.data.message == cat.id


def test_a_report_of_synapse_means_the_message_of_the_export() -> None:
    items = list(joined(ordered(MatrixArchive(), [CAPTURED / "reports.json", ELEMENT])))
    found = [item.item() for item in items]
    [report] = [e for e in events(found) if isinstance(e, MessageReported)]
    assert (report.subject, report.data.accused) == (ANN, BO)
    assert report.data.message == sent(found)[1].id


def test_who_is_in_the_room_is_as_it_was_then_whatever_the_order_of_the_file() -> None:
    path = CAPTURED / "rooms" / "!walk:b.example" / "events"
    lines = path.read_bytes().splitlines(keepends=True)
    forwards = {e.id: (e.data.to, e.data.kind) for e in sent(read(b"".join(lines)))}
    backwards = {e.id: (e.data.to, e.data.kind) for e in sent(read(b"".join(reversed(lines))))}
    assert forwards == backwards
    assert next(iter(forwards.values())) == ((ANN, BO), "group")
    assert list(forwards.values())[-1] == ((CY,), "direct")  # Ann had left


def test_without_the_rooms_state_those_count_who_have_spoken_and_nothing_is_called_direct() -> None:
    one, two, three = sent(read([said(1, ANN, "a"), said(2, BO, "b"), said(3, CY, "c")]))
    assert [m.data.to for m in (one, two, three)] == [(), (ANN,), (ANN, BO)]
    assert [m.data.kind for m in (one, two, three)] == [None, None, "group"]


def test_the_same_event_in_two_exports_is_one(tmp_path: Path) -> None:
    again = tmp_path / "again.json"
    again.write_bytes(ELEMENT.read_bytes())
    items = list(joined(ordered(MatrixArchive(), [ELEMENT, again])))
    first = list(joined(ordered(MatrixArchive(), [ELEMENT])))
    assert [i.event for i in items if i.event] == [i.event for i in first if i.event]
    assert {i.skipped.reason for i in items if i.skipped} >= {AGAIN}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda rows: rows,
        lambda rows: {"chunk": rows, "start": "t1", "end": "t2"},
        lambda rows: {"rooms": {"join": {"!r:a.example": {"timeline": {"events": rows}}}}},
        lambda rows: b"\n".join(json.dumps(row).encode() for row in rows),
    ],
    ids=["list", "answer", "sync", "lines"],
)
def test_every_list_of_events_will_do(wrap: Any) -> None:
    rows = [said(1, ANN, 'one "]}'), said(2, BO, "two", nested=[{"a": [{"b": 1}]}])]
    assert [m.data.text for m in sent(read(wrap(rows)))] == ['one "]}', "two"]


def test_what_is_no_event_is_refused_and_its_neighbours_are_kept() -> None:
    rows: list[Any] = [
        said(1, ANN, "a"),
        {**said(2, ANN, "b"), "origin_server_ts": "soon"},
        {**said(3, ANN, "c"), "sender": 7},
        {"kind": "other"},
        {**said(4, ANN, "d"), "room_id": None},
        said(5, ANN, "e"),
    ]
    items = read(rows)
    assert [m.data.text for m in sent(items)] == ["a", "e"]
    assert [item.reason for item in items if isinstance(item, Refusal)] == [
        "its origin_server_ts is no time in milliseconds",
        "it has no sender",
        "it has no type: no Matrix event",
        "it does not say its room; give --room",
    ]
    assert len(sent(read(rows, room="!other:a.example"))) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'["' + b"x" * (MAX_OBJECT + 10),
        b'[{"a":' + b"1," * MAX_OBJECT,
        b'{"type":"m.room.message"}\n' + b"x" * (MAX_OBJECT + 10),
        b"[}",
        b"no JSON at all",
        b'{"messages": []}',
        b"",
    ],
    ids=["deep", "long string", "long object", "long line", "brackets", "text", "nothing in it", "empty"],
)
def test_hostile_files_are_refused(content: bytes) -> None:
    items = read(content)
    assert not events(items)
    assert any(isinstance(item, Refusal) for item in items)


def test_a_place_leads_back_to_the_bytes() -> None:
    for path in sorted(CAPTURED.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        cut = [content[start : start + 7] for start in range(0, len(content), 7)]
        for piece in pieces(iter(cut)):
            assert content[piece.offset : piece.offset + len(piece.raw)] == piece.raw
            assert content.count(b"\n", 0, piece.offset) + 1 == piece.line
            assert isinstance(json.loads(piece.raw), dict)


def test_options_are_checked() -> None:
    with pytest.raises(AdapterError, match="--room"):
        MatrixArchive(room="general")
    with pytest.raises(AdapterError, match="--source"):
        MatrixArchive(source="a b")
