"""XMPP archives as events: who said what to whom, what it corrects, and what hostile archives come to."""

from __future__ import annotations

import io
import random
from pathlib import Path

import msgspec
import pytest

from nospim.adapters.interface import AdapterError, Item, Refusal, Skipped
from nospim.adapters.mam import MessageArchive
from nospim.adapters.mam_lua import parse
from nospim.adapters.order import in_order, ordered
from nospim.adapters.placed import COPY, Placed, joined, unseen
from nospim.events import (
    AnyEvent,
    MessageDelivered,
    MessageEdited,
    MessageRetracted,
    MessageSent,
    OtherEvent,
)

CAPTURED = Path(__file__).resolve().parents[1] / "captured" / "mam"
ANN = CAPTURED / "localhost" / "archive" / "ann.list"
BOB = CAPTURED / "localhost" / "archive" / "bob.list"


def archive(*messages: str, user: str = "ann", stamp: str = "2026-03-01T10:00:00Z") -> bytes:
    """An XEP-0227 file of one user's archive."""
    results = "".join(
        f"<result xmlns='urn:xmpp:mam:2' id='u{n}'><forwarded xmlns='urn:xmpp:forward:0'>"
        f"<delay xmlns='urn:xmpp:delay' stamp='{stamp}'/>{message}</forwarded></result>\n"
        for n, message in enumerate(messages)
    )
    return (
        f"<server-data xmlns='urn:xmpp:pie:0'><host jid='a.example'><user name='{user}'>"
        f"<archive xmlns='urn:xmpp:pie:0#mam'>\n{results}</archive></user></host></server-data>"
    ).encode()


def chat(inside: str, *, source: str = "bob@a.example/x", to: str = "ann@a.example", ident: str = "1") -> str:
    who = f"id='{ident}' from='{source}' to='{to}'"
    return f"<message xmlns='jabber:client' type='chat' {who}>{inside}</message>"


def read(content: bytes, name: str = "x.xml", **options: str) -> list[Item]:
    return list(MessageArchive(**options).read(name, io.BytesIO(content)))


def events(items: list[Item]) -> list[AnyEvent]:
    return [item for item in items if not isinstance(item, Refusal | Skipped)]


def texts(items: list[Item]) -> list[str | None]:
    return [e.data.text for e in events(items) if isinstance(e, MessageSent)]


def test_an_archive_of_prosody_says_who_wrote_corrected_and_took_back_what() -> None:
    found = events(read(ANN.read_bytes(), str(ANN)))
    sent = {e.id: e for e in found if isinstance(e, MessageSent)}
    first, twins, picture, secret = sent.values()
    assert (first.subject, first.data.to) == ("ann@localhost", ("bob@localhost",))
    assert first.data.text == 'are you "coming" on Friday?\nI\'ll bring tea ☕'
    assert secret.data.encrypted is True
    assert secret.data.text is None  # what stands there is the program's sentence
    [edit] = [e for e in found if isinstance(e, MessageEdited)]
    assert (edit.data.message, edit.data.text) == (twins.id, "yes, and the twins too")
    [gone] = [e for e in found if isinstance(e, MessageRetracted)]
    assert gone.data.message == picture.id
    [there] = [e for e in found if isinstance(e, MessageDelivered)]
    assert (there.subject, there.data.message) == ("bob@localhost", first.id)


def test_two_archives_copies_of_a_message_are_one_message() -> None:
    items = list(joined(ordered(MessageArchive(), [ANN, BOB])))
    found = [item for item in items if item.event]
    assert len(found) == 7  # as in Ann's alone
    assert [item.skipped.reason for item in items if item.skipped] == [COPY, COPY]
    assert [item.at for item in found] == sorted(item.at for item in found)


def test_the_same_words_sent_twice_are_two_messages() -> None:
    twice = [chat("<body>hi</body>", ident="n"), chat("<body>hi</body>", ident="n")]
    one, other = archive(*twice), archive(*twice, user="bob")
    placed = [
        *MessageArchive().placed("1", io.BytesIO(one)),
        *MessageArchive().placed("2", io.BytesIO(other)),
    ]
    assert len([item for item in joined(in_order(placed)) if item.event]) == 2


def test_a_room_says_who_its_occupants_are_only_in_its_own_archive() -> None:
    claim = (
        "<x xmlns='http://jabber.org/protocol/muc#user'><item jid='victim@a.example/x'/></x><body>hi</body>"
    )
    said = (
        "<message xmlns='jabber:client' type='groupchat' from='room@muc.a.example/Eve' "
        f"to='ann@a.example'>{claim}</message>"
    )
    [event] = events(read(archive(said)))
    assert event.subject == "room@muc.a.example/Eve"
    room = CAPTURED / "conference.localhost" / "muc_log" / "garden.list"
    found = events(read(room.read_bytes(), str(room)))
    assert [e.subject for e in found] == ["ann@localhost", "rob@localhost", "garden@conference.localhost/Ann"]
    assert isinstance(found[2], MessageRetracted)
    assert found[2].data.message == found[1].id


def test_nobody_corrects_or_takes_back_the_words_of_another() -> None:
    items = read(
        archive(
            chat("<body>see you at six</body>", ident="m1"),
            chat(
                "<replace xmlns='urn:xmpp:message-correct:0' id='m1'/><body>send me money</body>",
                source="eve@a.example/x",
                ident="m2",
            ),
            chat("<retract xmlns='urn:xmpp:message-retract:1' id='m1'/>", source="eve@a.example/x"),
        )
    )
    sent, edit, gone = events(items)
    assert isinstance(edit, MessageEdited)
    assert isinstance(gone, MessageRetracted)
    assert (
        edit.data.message
        == gone.data.message
        == unseen("by\0eve@a.example\0ann@a.example\0eve@a.example\0m1")
    )
    assert sent.id not in (edit.data.message, gone.data.message)


def test_a_stanza_without_an_archives_stamp_is_refused_and_its_own_stamp_is_not_believed() -> None:
    [item] = read(chat("<body>hi</body>").encode())
    assert isinstance(item, Refusal)
    assert "no time of the archive" in item.reason
    [event] = events(
        read(archive(chat("<body>hi</body><delay xmlns='urn:xmpp:delay' stamp='2001-01-01T00:00:00Z'/>")))
    )
    assert event.time.year == 2026


def test_whose_archive_a_plain_file_of_results_is_says_the_envelope_or_the_option() -> None:
    answers = (CAPTURED / "answers.xml").read_bytes()
    assert texts(read(answers)) == ["one", "came while you were away"]
    placed = list(MessageArchive(account="ann@localhost").placed("x", io.BytesIO(answers)))
    assert {item.keeper for item in placed} == {"ann@localhost"}


def test_ejabberds_rows_are_read_in_both_ways_of_quoting() -> None:
    standard = (CAPTURED / "ejabberd.sql").read_bytes()
    [first, group, last] = events(read(standard))
    assert first.time.microsecond == 123456
    assert (group.subject, last.subject) == ("court@rooms.localhost/Lou", "kit@localhost")
    mysql = standard.replace(b"''", b"\\'").replace(b", \\')", b", '')")
    assert texts(read(mysql)) == texts(read(standard)) == ["it's done (really); ok?", "to all", "thanks"]
    stanza = rb"<message from=\'l@h\' to=\'kit@h\' xmlns=\'jabber:client\'><body>\\o/</body></message>"
    row = b"'kit',1772359200123456,'l@h','l@h','" + stanza + b"',NULL,7,'chat','','2026-03-01 10:00:00'"
    bare = b"INSERT INTO `archive` VALUES (" + row + b");"
    assert texts(read(bare, host="h")) == ["\\o/"]


def test_a_broken_record_is_refused_and_its_neighbours_are_kept() -> None:
    content = archive(*(chat(f"<body>{n}</body>", ident=str(n)) for n in range(5)))
    broken = content.replace(b"<body>2</body>", b"<body>2<oops</body>")
    items = read(broken)
    assert texts(items) == ["0", "1", "3", "4"]
    [bad] = [item for item in items if isinstance(item, Refusal)]
    assert bad.line == 4
    assert b"id='u2'" in bad.raw
    kept = list(MessageArchive().placed("x", io.BytesIO(broken)))
    assert {item.keeper for item in kept if item.event} == {"ann@a.example"}


def test_a_place_leads_back_to_the_bytes() -> None:
    for path in sorted(CAPTURED.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        for item in MessageArchive().placed(str(path), io.BytesIO(content)):
            record = content[item.offset : item.offset + item.length]
            assert record.startswith((b"<", b"item(", b"(")), path
            assert record.endswith((b">", b");", b")")), path
            assert content.count(b"\n", 0, item.offset) + 1 == item.line


def test_a_file_that_is_cut_short_keeps_what_came_before() -> None:
    content = archive(*(chat(f"<body>{n}</body>", ident=str(n)) for n in range(3)))
    items = read(content[: content.index(b"<body>2")])
    assert texts(items) == ["0", "1"]
    reason = next(item.reason for item in items if isinstance(item, Refusal))
    assert reason.startswith("the file is cut short")


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><server-data>&a;</server-data>",
        b"<?xml version='1.0'?><!DOCTYPE x SYSTEM 'file:///etc/passwd'><server-data/>",
        b"<?xml version='1.0' encoding='utf-16'?><server-data/>",
        b"<a>" * 100_000,
        b"<a " + b"b='c' " * 500_000,
        archive(chat("<body>" + "x" * (1 << 21) + "</body>")),
        archive(chat("<a>" * 2000 + "</a>" * 2000)),
        b"item({" + b"{" * 100_000,
        b'item({["name"]="message";["attr"]=os.execute("id")});\n',
        b"INSERT INTO archive VALUES (" + b"'x'," * 800_000,
        b"INSERT INTO archive VALUES " + b"(" * 3_000_000,
        b"neither one nor the other",
    ],
    ids=[
        *("entity", "external", "utf-16", "deep", "long tag", "long record", "deep record", "deep table"),
        *("code", "long row", "rows", "other"),
    ],
)
def test_hostile_archives_are_refused(content: bytes) -> None:
    items = read(content)
    assert not events(items)
    assert any(isinstance(item, Refusal) for item in items)


def test_a_string_of_prosodys_cannot_pretend_to_be_another_item() -> None:
    raw = b'item({ "a\\nitem({}", "\\226\\152\\149\\x41"; ["when"] = -1.5e3; [3] = true });'
    assert parse(raw) == {1: "a\nitem({}", 2: "☕A", "when": -1500.0, 3: True}


def test_long_archives_are_sorted_on_disk() -> None:
    chance = random.Random(7)
    items = [
        Placed(file="x", line=n, offset=0, length=0, event=b"{}", at=float(chance.randrange(40)))
        for n in range(1000)
    ]
    assert list(in_order(items, run=64)) == sorted(items, key=lambda item: item.at)


def test_an_event_of_a_name_that_is_too_long_is_refused() -> None:
    items = read(archive(chat("<body>hi</body>", source="b" * 2000 + "@a.example")))
    assert not events(items)
    assert "longer than" in next(item.reason for item in items if isinstance(item, Refusal))


def test_options_are_checked() -> None:
    with pytest.raises(AdapterError, match="--account"):
        MessageArchive(account="ann")
    with pytest.raises(AdapterError, match="--source"):
        MessageArchive(source="a b")


def test_ids_are_nobodys_to_choose() -> None:
    found = events(read(archive(chat("<body>a</body>", ident="same"), chat("<body>b</body>", ident="same"))))
    assert len({e.id for e in found}) == 2
    assert not any(isinstance(e, OtherEvent) for e in found)
    assert msgspec.json.encode([e.id for e in found]).count(b"same") == 0
