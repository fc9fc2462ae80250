"""Complaints by mail as events: who complains of whom, which message is meant, and mails that mean harm."""

from __future__ import annotations

import io
from hashlib import sha256
from pathlib import Path

import pytest

from nospim.adapters.abuse import AbuseMails
from nospim.adapters.abuse_box import mails
from nospim.adapters.abuse_named import Named, in_uri, in_xml
from nospim.adapters.interface import AdapterError, Item, Refusal, Skipped
from nospim.adapters.matrix import event_id
from nospim.adapters.placed import minted
from nospim.events import AnyEvent, ComplaintReceived, MessageReported, Ref

BOX = Path(__file__).resolve().parents[1] / "captured" / "abuse" / "complaints.mbox"
HASH = "$e6xLOhnPQsb5x9q7Hk0hRrYyvGJFqWJYabcdefghijk"
PLAIN = b"From: a@b.example\nDate: Mon, 2 Nov 2026 09:00:00 +0000\nSubject: s\n\n"


def read(content: bytes, **options: object) -> list[Item]:
    return list(AbuseMails(**options).read("x", io.BytesIO(content)))  # type: ignore[arg-type]


def events(items: list[Item]) -> list[AnyEvent]:
    return [item for item in items if not isinstance(item, Refusal | Skipped)]


def complaints(items: list[Item]) -> list[ComplaintReceived]:
    return [event for event in events(items) if isinstance(event, ComplaintReceived)]


def reports(items: list[Item]) -> list[MessageReported]:
    return [event for event in events(items) if isinstance(event, MessageReported)]


def test_each_mail_is_a_complaint_and_a_named_message_is_a_report() -> None:
    items = read(BOX.read_bytes())
    arf, plain, xarf = complaints(items)
    assert arf.data.form == "arf"
    assert arf.data.kind == "abuse"
    assert arf.data.title == "Spam from your user – report"
    assert arf.data.links == ("http://coins.example/x",)
    assert arf.data.accused == plain.data.accused == ("rob@chat.example",)
    assert arf.time.minute == 0  # as the own server says, not the sender's 08:59
    assert (plain.subject, plain.data.form) == ("vera@home.example", "mail")
    assert "servus ä" in (plain.data.comment or "")
    assert (xarf.data.form, xarf.data.kind) == ("xarf", "spam")
    told = [(r.subject, r.data.accused, r.data.message, r.data.content) for r in reports(items)]
    assert told == [
        ("fbl@isp.example", "rob@chat.example", "arch-77", "is this you? http://coins.example/x"),
        ("soc@partner.example", "rob@chat.example", "arch-78", "win coins"),
        ("soc@partner.example", "@bo:b.example", minted("mx-", "!r:b.example", "$long"), "win"),
    ]


def test_the_mails_are_handed_out_as_they_stand() -> None:
    kept: dict[str, bytes] = {}
    found = complaints(read(BOX.read_bytes(), keep=kept.__setitem__))
    assert [event.data.mail for event in found] == list(kept)
    for digest, raw in kept.items():
        assert sha256(raw).hexdigest() == digest
        assert raw in BOX.read_bytes()
    assert b">From my side" in kept[found[1].data.mail]


def test_the_same_mail_in_two_boxes_is_one_complaint() -> None:
    assert len(events(read(BOX.read_bytes() * 2))) == len(events(read(BOX.read_bytes())))


def test_messages_and_accounts_may_be_of_another_source() -> None:
    found = reports(read(BOX.read_bytes(), service="xmpp:chat.example"))
    assert found[0].data.accused == Ref(source="xmpp:chat.example", id="rob@chat.example")
    assert found[0].data.message == Ref(source="xmpp:chat.example", id="arch-77")


@pytest.mark.parametrize(
    ("uri", "named"),
    [
        ("xmpp:Rob@Chat.example", Named("rob@chat.example")),
        ("xmpp:rob%26co@chat.example?message;id=a%20b", Named("rob&co@chat.example", "a b")),
        ("matrix:u/bo:b.example", Named("@bo:b.example")),
        ("https://matrix.to/#/@bo:b.example", Named("@bo:b.example")),
        (f"https://matrix.to/#/!r:b.example/{HASH}?via=b.example", Named(message=HASH)),
        (f"matrix:roomid/r:b.example/e/{HASH[1:]}", Named(message=HASH)),
        ("mailto:rob@chat.example", None),
    ],
)
def test_uris_that_mean_an_account_or_a_message(uri: str, named: Named | None) -> None:
    assert in_uri(uri) == named


def test_a_report_of_xep_0377_names_the_message_by_its_archive_id() -> None:
    block = (
        "<block xmlns='urn:xmpp:blocking'><item jid='rob@chat.example'>"
        "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'>"
        "<stanza-id xmlns='urn:xmpp:sid:0' by='vera@isp.example' id='a-1'/>"
        "<stanza-id xmlns='urn:xmpp:sid:0' by='vera@isp.example' id='a-2'/></report></item></block>"
    )
    assert in_xml(block.encode()) == [Named("rob@chat.example", "a-1"), Named("rob@chat.example", "a-2")]


def test_events_of_matrix_are_called_as_the_service_calls_them() -> None:
    assert event_id("!r:b.example", HASH) == HASH
    assert event_id("!r:b.example", "$1:b.example") == minted("mx-", "!r:b.example", "$1:b.example")


def test_a_place_leads_back_to_the_mail() -> None:
    content = BOX.read_bytes()
    cut = iter([content[start : start + 50] for start in range(0, len(content), 50)])
    found = list(mails(cut))
    assert len(found) == 3
    for mail in found:
        assert content[mail.offset : mail.offset + len(mail.raw)] == mail.raw
        assert content.count(b"\n", 0, mail.offset) + 1 == mail.line


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no mail",
        b"From nobody\n",
        PLAIN.replace(b"Date", b"X-Date"),
        BOX.read_bytes().partition(b"\nFrom vera")[0][:-60],
        b"From: a\n" + b"".join(
            b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(3000)
        ),
    ],
    ids=["empty", "text", "only a line", "no time", "cut short", "deep"],
)  # fmt: skip
def test_what_is_no_complaint_is_refused(content: bytes) -> None:
    items = read(content)
    assert not events(items)
    assert any(isinstance(item, Refusal) for item in items)


@pytest.mark.parametrize(
    "part",
    [
        b"Content-Type: text/plain; charset=nonsense\n\n\xff\xfe",
        b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!!",
        b"Content-Type: application/xml\n\n<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"Content-Type: application/xml\n\n<message xmlns='jabber:client' from='"
        + b"x" * 9000
        + b"' id='1'/>",
        b"Content-Type: application/json\n\n" + b"[" * 50_000,
        b'Content-Type: application/json\n\n{"event_id": 3, "sender": {}}',
        b"Content-Type: message/feedback-report\n\nReported-URI: xmpp:" + b"%ff" * 2000 + b"\nFeedback-Type:",
        b"Subject: =?utf-8?B?//79?= =?no?q?x?=\n\nx",
        b"Subject: \x00\xff\xfe\n\nx\x00",
    ],
)
def test_odd_mails_are_complaints_without_harm(part: bytes) -> None:
    head = PLAIN.rstrip(b"\n") + b"\n"
    items = read(head.replace(b"Subject: s\n", b"") + part if part.startswith(b"Subject") else head + part)
    assert len(complaints(items)) == 1 or any(isinstance(item, Refusal) for item in items)


def test_options_are_checked() -> None:
    with pytest.raises(AdapterError, match="--source"):
        AbuseMails(source="a b")
    with pytest.raises(AdapterError, match="--service"):
        AbuseMails(service="a b")
