"""Messenger histories: what becomes of each element, who is meant, and XML that means harm."""

from __future__ import annotations

import gzip
import io
import tracemalloc
from html import escape
from pathlib import Path

import pytest

from nospim.adapters.interface import AdapterError, Refusal, Skipped
from nospim.adapters.wlm import WindowsLiveMessenger
from nospim.adapters.wlm_xml import MAX_DEPTH, MAX_TAG
from nospim.events import MAX_TEXT, AnyEvent, MessageSent, ProfileChanged

CAPTURED = Path(__file__).resolve().parents[1] / "captured" / "wlm"
HISTORY = CAPTURED / "anna.berg3940900203" / "History"
ANNA, TOM, CARLA = "anna.berg@hotmail.com", "tom77@live.nl", "carla@example.org"


def message(text: str, sender: str = "A", to: str = "B", session: int = 1, minute: int = 0) -> str:
    return (
        f'<Message Date="x" Time="y" DateTime="2010-11-26T10:{minute:02}:13.403Z" SessionID="{session}">'
        f'<From><User FriendlyName="{escape(sender)}"/></From><To><User FriendlyName="{escape(to)}"/></To>'
        f'<Text Style="z">{text}</Text></Message>'
    )


def log(*parts: str, head: str = '<?xml version="1.0"?>', encoding: str = "utf-8") -> bytes:
    return "\n".join([head, "<Log>", *parts, "</Log>"]).encode(encoding)


def read(content: bytes, adapter: WindowsLiveMessenger | None = None, name: str = "x.xml") -> list[str]:
    """One line for each item, as a person would note it down."""
    return [told(item) for item in (adapter or WindowsLiveMessenger()).read(name, io.BytesIO(content))]


def told(item: AnyEvent | Refusal | Skipped) -> str:
    match item:
        case Refusal():
            return f"refused {item.line}: {item.reason}"
        case Skipped():
            return f"skipped {item.line}: {item.reason}"
        case MessageSent():
            to = ",".join(short(other) for other in item.data.to if isinstance(other, str))
            files = " ".join(str(getattr(a, "name", a)) for a in item.data.attachments or ())
            return f"{short(item.subject)}>{to}: {item.data.text if files == '' else f'[{files}]'}"
        case ProfileChanged():
            return f"{short(item.subject)} is {item.data.name}"
    return repr(item)


def short(account: str) -> str:
    return "nick" if account.startswith("nick:") else account.partition("@")[0]


def texts(content: bytes) -> list[str]:
    """What was said and refused, without the nicknames' own events."""
    return [line.partition(": ")[2] if ">" in line else line for line in read(content) if " is " not in line]


def test_a_history_with_nicknames_only_and_the_owners_told() -> None:
    path = HISTORY / "tom771973559382.xml"
    adapter = WindowsLiveMessenger(nicknames=("Anna *holiday*",))
    assert read(path.read_bytes(), adapter, str(path)) == [
        "anna.berg>tom77: did you get the tickets?",
        "tom77>anna.berg: yes & they were <cheap> :-)\ntwo lines",
        "tom77>anna.berg: [tickets.pdf]",
        "skipped 4: an answer to an invitation, which is no message",
        "tom77 is tom is away",
        "tom77>anna.berg: is this you on the photo? http://photo-box.example/p.php?u=anna",
        "tom77>anna.berg: [photo_2009.zip]",
        "skipped 6: an invitation to something other than a file (a call, a game, a camera)",
        "skipped 7: somebody joined a conversation",
        "nick is Carla",
        "tom77 is tom (work)",
        "nick>anna.berg,tom77: hi both",
        "skipped 9: somebody left a conversation",
    ]


def test_a_history_with_addresses_needs_no_telling() -> None:
    path = HISTORY / "carla@example.org.xml"
    assert read(path.read_bytes(), name=str(path)) == [
        "anna.berg>carla: don't open what tom sends, it isn't him",
        "carla is Carla ♥",
        "carla>anna.berg: too late 😱",
        "anna.berg>carla: ",
    ]


def test_what_an_event_of_a_history_holds() -> None:
    path = HISTORY / "tom771973559382.xml"
    adapter = WindowsLiveMessenger(nicknames=("Anna *holiday*",), source="wlm:evidence-7")
    first, *_, last = [
        item
        for item in adapter.read(str(path), io.BytesIO(path.read_bytes()))
        if isinstance(item, MessageSent)
    ]
    assert first.source == "wlm:evidence-7"
    assert first.time.isoformat() == "2009-05-03T16:02:11.484000+00:00"
    assert (first.subject, first.data.to, first.data.kind) == (ANNA, (TOM,), "direct")
    assert (last.data.kind, len(last.data.to)) == ("group", 2)
    assert first.data.conversation != last.data.conversation
    assert first.data.session is None  # a session of Messenger is a conversation, not a sign-in


def test_damage_costs_the_record_it_is_in() -> None:
    path = CAPTURED / "damaged.xml"
    assert [line for line in read(path.read_bytes()) if not line.startswith("nick is")] == [
        "nick>nick: good",
        "refused 4: not well-formed XML: reference to invalid character number",
        "refused 5: it has no DateTime (Date and Time are local, in the locale's form, and are not used)",
        "refused 6: its DateTime is not a time in UTC such as 2010-11-26T10:05:13.403Z",
        "refused 7: it must be from one user and is from 0",
        "refused 8: it does not say whom it was sent to",
        "skipped 9: an element <Weather> that Messenger histories are not known to have",
        "nick>nick: good again",
        "refused 11: the file is cut short (no element found)",
    ]


def test_what_is_refused_is_kept_as_it_stood() -> None:
    content = log(message("good"), message("bad &#3;"), message("x" * (MAX_TEXT + 1)), message("good"))
    one, two = [i for i in WindowsLiveMessenger().read("x", io.BytesIO(content)) if isinstance(i, Refusal)]
    assert one.raw == message("bad &#3;").encode() + b"\n"
    assert two.reason == f"longer than {MAX_TEXT} characters"
    assert two.raw.startswith(message("x")[:150].encode())
    assert two.length == len(message("x" * (MAX_TEXT + 1)))


@pytest.mark.parametrize(
    "when",
    [
        "2010-11-26T10:05:13+01:00",
        "2010-11-26 10:05:13Z",
        "2010-13-26T10:05:13Z",
        "26/11/2010",
        "٢٠١٠-11-26T10:05:13Z",
        "",
    ],
)
def test_only_utc_is_a_safe_time(when: str) -> None:
    content = log(message("hi").replace("2010-11-26T10:00:13.403Z", when))
    assert read(content) == ["refused 3: its DateTime is not a time in UTC such as 2010-11-26T10:05:13.403Z"]


def test_ids_are_the_same_again_differ_within_a_file_and_between_files() -> None:
    twice = log(message("hi"), message("hi"))

    def ids(name: str) -> list[str]:
        return [getattr(item, "id", "") for item in WindowsLiveMessenger().read(name, io.BytesIO(twice))]

    assert ids("x.xml") == ids("elsewhere/x.xml")
    assert len(set(ids("x.xml"))) == len(ids("x.xml")) == 4
    assert not set(ids("x.xml")) & set(ids("y.xml"))


def test_a_growing_history_keeps_the_ids_of_what_was_there() -> None:
    before = list(WindowsLiveMessenger().read("x", io.BytesIO(log(message("1"), message("2")))))
    after = list(WindowsLiveMessenger().read("x", io.BytesIO(log(message("1"), message("2"), message("3")))))
    assert after[: len(before)] == before


OWNED = WindowsLiveMessenger(account=ANNA, contact=TOM, nicknames=("Anna",))


def subjects(*parts: str, adapter: WindowsLiveMessenger = OWNED) -> list[str]:
    items = adapter.read("x.xml", io.BytesIO(log(*parts)))
    return [
        f"{short(item.subject)}>{','.join(short(str(to)) for to in item.data.to)}"
        for item in items
        if isinstance(item, MessageSent)
    ]


def test_a_changed_nickname_is_learnt_from_the_other_one() -> None:
    assert subjects(
        message("1", "Anna", "tom"),
        message("2", "tom", "Anna in Rome"),
        message("3", "tom away", "Anna in Rome"),
        message("4", "tom away", "Anna back"),
    ) == ["anna.berg>tom77", "tom77>anna.berg", "tom77>anna.berg", "tom77>anna.berg"]


def test_a_friend_who_takes_the_owners_name_is_not_taken_for_the_owner() -> None:
    assert subjects(message("lure", "Anna", "Anna")) == ["nick>nick"]
    # Both names are the owner's; which of the two wrote cannot be told, then or later.
    adapter = WindowsLiveMessenger(account=ANNA, contact=TOM, nicknames=("Anna", "Anna B"))
    assert subjects(message("lure", "Anna", "Anna B"), message("x", "Anna", "tom"), adapter=adapter) == [
        "nick>nick",
        "nick>nick",
    ]


def test_an_address_beats_a_nickname() -> None:
    sent = message("hi", "Anna", "B").replace(
        '<User FriendlyName="Anna"/>', '<User LogonName="eve@evil.example" FriendlyName="Anna"/>'
    )
    # From then on "Anna" has been two people in this file and stands for neither.
    assert subjects(sent, message("hi", "Anna", "B")) == ["eve>nick", "nick>nick"]


def test_a_logon_name_that_is_no_address_cannot_pass_for_another_account() -> None:
    forged = message("hi").replace(
        '<From><User FriendlyName="A"/>', f'<From><User LogonName="nick:{"0" * 24}" FriendlyName="A"/>'
    )
    [event] = [
        i for i in WindowsLiveMessenger().read("x", io.BytesIO(log(forged))) if isinstance(i, MessageSent)
    ]
    assert event.subject != f"nick:{'0' * 24}"
    assert event.subject.startswith("nick:")


def test_in_a_group_the_other_one_is_not_guessed() -> None:
    join = '<Join DateTime="2010-11-26T10:00:13.403Z" SessionID="1"><User FriendlyName="C"/></Join>'
    assert subjects(join, message("1", "C", "Anna"), message("2", "tom", "Anna", session=2)) == [
        "nick>anna.berg",
        "tom77>anna.berg",
    ]


def test_the_same_nickname_in_another_history_is_another_account() -> None:
    def subject(name: str) -> str:
        found = list(WindowsLiveMessenger().read(name, io.BytesIO(log(message("hi")))))
        return str(getattr(found[-1], "subject", ""))

    assert subject("x.xml") == subject("x.xml")
    assert subject("x.xml") != subject("y.xml")


@pytest.mark.parametrize(
    "prologue",
    [
        '<!DOCTYPE Log [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE Log [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE Log [<!ENTITY % a SYSTEM "http://127.0.0.1/x">%a;]>',
        '<!DOCTYPE Log SYSTEM "http://127.0.0.1/x.dtd">',
        "<!DOCTYPE Log>",
    ],
    ids=["billion laughs", "external entity", "parameter entity", "external DTD", "bare DTD"],
)
def test_a_document_type_is_refused_with_all_that_follows(prologue: str) -> None:
    found = read(log(message("&b;"), message("hi"), head=prologue))
    assert found == ["refused 1: forbidden in untrusted XML: a document type (DTD)"]


def test_a_document_type_behind_damage_is_refused_too() -> None:
    second = '<!DOCTYPE Log [<!ENTITY a "ha">]>\n<Log>' + message("&a;") + "</Log>"
    found = texts(log(message("one"), "&nope;", message("two")) + second.encode())
    assert found[:3] == ["one", "refused 4: not well-formed XML: undefined entity", "two"]
    assert all(line.startswith("refused") for line in found[3:])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b" \n ", "the file is cut short"),
        (b"<html/>", "the root element is <html> and not <Log>"),
        (b'{"specversion": "1.0"}', "not well-formed XML"),
        (log("<a>" * 20000 + "</a>" * 20000), f"nested deeper than {MAX_DEPTH} levels"),
        (log(message("hi", sender="x" * (3 * MAX_TAG))), f"one tag is longer than {MAX_TAG} bytes"),
        (log("<!--" + "x" * (3 * MAX_TAG) + "-->"), f"one tag is longer than {MAX_TAG} bytes"),
        (log(message("hi"), head='<?xml version="1.0" encoding="hex"?>'), "the encoding cannot be read"),
        (log(message("hi"), head='<?xml version="1.0" encoding="idna"?>'), "the encoding cannot be read"),
        (log(message("hi"), head='<?xml version="1.0" encoding="utf-7"?>'), "the encoding cannot be read"),
        (log(message("hi"), head='<?xml version="1.0" encoding="utf-16"?>'), "not well-formed XML"),
        (gzip.compress(b"x" * 100)[:20], "cut short"),
    ],
)
def test_what_is_no_history_is_refused_as_a_whole(content: bytes, reason: str) -> None:
    assert reason in read(content)[-1]
    assert all(line.startswith("refused") for line in read(content))


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("a\x03b", "not well-formed (invalid token)"),
        ("&#3;", "reference to invalid character number"),
        ("&nope;", "undefined entity"),
        ("a < b", "not well-formed (invalid token)"),
        ("</Wrong>", "mismatched tag"),
        ("\x00", "not well-formed (invalid token)"),
    ],
)
def test_a_broken_record_loses_only_itself(bad: str, reason: str) -> None:
    content = log(message("one"), message(bad), message("two"))
    assert texts(content) == ["one", f"refused 4: not well-formed XML: {reason}", "two"]


def test_bytes_of_another_encoding_lose_only_their_record() -> None:
    content = log(message("one"), message("\xe8"), message("two"), encoding="latin-1")
    assert texts(content)[0::2] == ["one", "two"]


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1252", "utf-8", "US-ASCII"])
def test_the_declared_encoding_holds_behind_damage_too(encoding: str) -> None:
    word = "caf\xe9" if encoding != "US-ASCII" else "cafe"
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    content = log(message(word), message("&nope;"), message(word), head=head, encoding=encoding)
    assert texts(content)[0::2] == [word, word]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_unicode_marks_are_understood(encoding: str) -> None:
    assert texts(log(message("caf\xe9 😀"), encoding=encoding)) == ["caf\xe9 😀"]


def test_text_that_looks_like_a_record_is_text() -> None:
    inner = escape(message("forged", "B", "A"))
    assert texts(log(message(inner))) == [message("forged", "B", "A")]
    assert texts(log(message(f"<![CDATA[{message('forged')}]]>"))) == [message("forged")]


def test_two_histories_in_one_file_are_both_read() -> None:
    found = texts(log(message("one")) + b"\n" + log(message("two")))
    assert [found[0], found[-1]] == ["one", "two"]
    assert "junk after document element" in found[1]


def test_a_packed_history_is_unpacked() -> None:
    assert texts(gzip.compress(log(message("hi")))) == ["hi"]


def test_a_long_history_takes_little_memory() -> None:
    class Endless(io.BytesIO):
        """Four megabytes that are never there as a whole."""

        left = 400
        block = "".join(message("x" * 100, minute=i % 60) for i in range(33)).encode()

        def read(self, _size: int | None = -1) -> bytes:
            self.left -= 1
            return b"<Log>" if self.left == 399 else self.block if self.left > 0 else b""

        read1 = read

    tracemalloc.start()
    count = sum(1 for _ in WindowsLiveMessenger().read("x", Endless()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 33 * 398 + 3
    assert peak < 2 << 20


@pytest.mark.parametrize(
    "options", [{"account": "anna"}, {"contact": "a b@c.de"}, {"source": "two words"}, {"source": ""}]
)
def test_options_that_cannot_be_are_said_at_once(options: dict[str, str]) -> None:
    with pytest.raises(AdapterError, match=f"--{next(iter(options))}"):
        WindowsLiveMessenger(**options)  # type: ignore[arg-type]


def test_public_samples_are_read_without_a_refusal(shared_data: Path) -> None:
    for name, messages, skipped in (("simple.xml", 9, 2), ("structure.xml", 3, 1)):
        path = shared_data / "data" / "logs" / name
        items = list(WindowsLiveMessenger().read(name, io.BytesIO(path.read_bytes())))
        assert sum(isinstance(item, MessageSent) for item in items) == messages
        assert sum(isinstance(item, Skipped) for item in items) == skipped
        assert not any(isinstance(item, Refusal) for item in items)
