"""Every form of list feed: one suite that all pass, then each form's own lines."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.feeds import FORMS, Parsed
from nospim.policy import FeedSettings

WHO = hashlib.sha256(b"spammer@evil.example").hexdigest()
SAMPLES: dict[str, bytes] = {
    "hosts": b"# Last updated: 2026-11-20\n0.0.0.0 evil.example # phish\n\nbad host here\n*.Worse.example\n",
    "csv": b"# generated 2026-11-20\nid,url\n1,http://evil.example/a\n2,\n3,worse.example\n",
    "hashes": b"# updated 2026-11-20\n" + WHO.encode() + b" spam\n\nxyz\n" + WHO.upper().encode() + b"\n",
    "hash_prefixes": b"# date: 2026-11-20\nDEADBEEF\n\nabc\n" + WHO.encode() + b"\n",
    "rtbl": b"<!-- Updated: 2026-11-20 --><items><item id='" + WHO.encode() + b"'/>\n<item id='what'/>"
    b"<item id='evil.example'><report xmlns='urn:xmpp:reporting:1'/></item></items>",
    "matrix_policy": b'[{"type":"m.policy.rule.user","state_key":"a","origin_server_ts":1795132800000,'
    b'"content":{"entity":"@spammer:evil.example","recommendation":"m.ban"}},\n'
    b'{"type":"m.policy.rule.user","state_key":"b","content":{"entity":"@*:evil.example","recommendation":"m.ban"}},'
    b'{"type":"m.policy.rule.server","state_key":"c","content":{"entity":"evil.example",'
    b'"recommendation":"m.ban"}},{"type":"m.policy.rule.user","state_key":"d","content":{}}]',
    "nospim_list": b'{"format":"nospim-list/1","issued":"2026-11-20T00:00:00Z","entries":[\n'
    b'{"kind":"host","value":"evil.example","sha256":"","since":"2026-11-20T00:00:00Z",'
    b'"until":"2026-12-20T00:00:00Z","weight_bits":2.0},7,{"kind":"account","value":"","sha256":"'
    + WHO.encode()
    + b'","since":"2026-11-20T00:00:00Z","until":"2026-12-20T00:00:00Z","weight_bits":2.0}]}',
    "misp": b'{"name":"x","version":20261120,"type":"hostname","list":["evil.example",7,"worse.example"]}',
}
"""For each form two entries and one line that is none, dated 20 November 2026."""
DATED = datetime(2026, 11, 20, tzinfo=UTC).timestamp()


def parse(form: str, content: bytes, **more: str) -> Parsed:
    if form == "csv":
        more.setdefault("column", "url")
    settings = FeedSettings(name="test", form=form, path="x", **more)  # type: ignore[arg-type]
    return FORMS[form](content, settings)


def test_every_form_has_its_sample() -> None:
    assert SAMPLES.keys() == FORMS.keys()


# All forms


@pytest.mark.parametrize("form", FORMS)
def test_good_lines_are_entries_and_the_others_are_refused_with_line_and_reason(form: str) -> None:
    parsed = parse(form, SAMPLES[form])
    assert len(parsed.entries) == 2
    assert len(parsed.refused) == 1
    assert parsed.refused[0].reason
    assert parsed.entries[0].line < parsed.refused[0].line < parsed.entries[1].line


@pytest.mark.parametrize("form", FORMS)
def test_the_files_own_date_is_read(form: str) -> None:
    assert parse(form, SAMPLES[form]).dated == DATED


@pytest.mark.parametrize("form", FORMS)
def test_line_ends_and_a_byte_order_mark_change_nothing(form: str) -> None:
    plain = parse(form, SAMPLES[form])
    assert parse(form, SAMPLES[form].replace(b"\n", b"\r\n")) == plain
    if form not in {"misp", "matrix_policy", "nospim_list"}:  # JSON has no byte-order mark (RFC 8259, 8.1)
        assert parse(form, b"\xef\xbb\xbf" + SAMPLES[form]) == plain


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_file_has_no_entries(form: str) -> None:
    assert parse(form, b"").entries == ()


@pytest.mark.parametrize("form", FORMS)
@given(data=st.data())
def test_any_bytes_are_entries_or_refusals(form: str, data: st.DataObject) -> None:
    sample = SAMPLES[form]
    cut = data.draw(st.integers(0, len(sample)))
    content = data.draw(
        st.one_of(
            st.binary(max_size=200), st.binary(max_size=40).map(lambda b: sample[:cut] + b + sample[cut:])
        )
    )
    parsed = parse(form, content)
    lines = max(content.count(b"\n") + 1, content.count(b","))
    told = [e.line for e in parsed.entries] + [r.line for r in parsed.refused]
    assert all(1 <= line <= lines + 1 for line in told)
    assert all(one.reason and one.reason.isprintable() for one in parsed.refused)
    assert parse(form, content) == parsed


@pytest.mark.parametrize("form", FORMS)
@given(text=st.text(max_size=80))
def test_any_text_in_a_line_is_one_entry_or_one_refusal_at_most(form: str, text: str) -> None:
    line = text.replace("\n", " ").replace("\r", " ").encode("utf-8", "replace")
    parsed = parse(form, b"url\n" + line if form == "csv" else line)
    for entry in parsed.entries:
        assert entry.value.isascii()
        assert entry.target in {"host", "address", "digest", "prefix"}


# hosts


def test_a_hosts_file_names_hosts_behind_an_address_and_leaves_out_its_own_machine() -> None:
    parsed = parse(
        "hosts", b"127.0.0.1 localhost\n::1 ip6-localhost\n0.0.0.0 a.example b.example\nwww.c.example\n"
    )
    assert [(e.target, e.value, e.line) for e in parsed.entries] == [
        ("host", "a.example", 3),
        ("host", "b.example", 3),
        ("host", "c.example", 4),
    ]


@pytest.mark.parametrize(
    "line", [b"10.0.0.1 evil.example", b"evil", b"ev il.example", b"..", b"\xff\xfe", b"a..b"]
)
def test_what_is_no_host_is_refused(line: bytes) -> None:
    parsed = parse("hosts", line)
    assert (parsed.entries, [r.line for r in parsed.refused]) == ((), [1])


def test_an_international_host_is_read_as_browsers_do() -> None:
    assert [e.value for e in parse("hosts", "0.0.0.0 münchen.example".encode()).entries] == [
        "xn--mnchen-3ya.example"
    ]


# csv


def test_csv_names_its_column_and_each_entrys_day() -> None:
    content = b'when,"the url"\n2026-11-01 10:00,"http://EVIL.example:80/a?b=c,d"\n2026/11/02,evil.example/\n'
    parsed = parse("csv", content, column="the url", date_column="when")
    assert [(e.target, e.value, e.line) for e in parsed.entries] == [
        ("address", "evil.example/a?b=c,d", 2),
        ("host", "evil.example", 3),
    ]
    assert [e.dated for e in parsed.entries] == [
        datetime(2026, 11, day, tzinfo=UTC).timestamp() for day in (1, 2)
    ]


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"host\nevil.example\n", 1, "no column called 'url'"),
        (b"a,url\nevil.example\n", 2, "1 columns"),
        (b"url,when\nevil.example,soon\n", 2, "no date"),
        (b"url,when\nevil.example,2026-13-40\n", 2, "no date"),
        (b"url,when\nnothing,2026-11-20\n", 2, "no host"),
    ],
)
def test_csv_says_what_is_wrong_in_which_row(content: bytes, line: int, reason: str) -> None:
    dates = {"date_column": "when"} if b"when" in content else {}
    refused = parse("csv", content, **dates).refused
    assert [r.line for r in refused] == [line]
    assert reason in refused[0].reason


# misp


@pytest.mark.parametrize("kind", ["regex", "cidr", "substring"])
def test_a_warning_list_of_patterns_is_refused_whole(kind: str) -> None:
    parsed = parse("misp", b'{"type":"%s","list":["evil.example"]}' % kind.encode())
    assert parsed.entries == ()
    assert kind in parsed.refused[0].reason


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["m.ban", WHO]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
EVENTS = st.fixed_dictionaries(
    {"type": st.just("m.policy.rule.user") | ODD, "content": ODD},
    optional={"state_key": ODD, "origin_server_ts": ODD},
)
RULES = st.fixed_dictionaries(
    {"type": st.just("m.policy.rule.server"), "content": st.fixed_dictionaries({}, optional={
        "recommendation": ODD, "entity": ODD, "hashes": ODD | st.fixed_dictionaries({"sha256": ODD})})}
)  # fmt: skip
ENTRIES = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["host", "address", "account"]) | ODD,
        "value": st.text(max_size=12) | ODD,
        "sha256": st.just(WHO) | ODD,
        "since": st.just("2026-11-20T00:00:00Z") | ODD,
        "until": st.just("9999-12-31T23:59:59-14:00") | ODD,
        "weight_bits": st.floats() | ODD,
    }
)


@given(st.lists(EVENTS | RULES | ODD, max_size=4))
def test_any_events_are_rules_or_refused(events: list[object]) -> None:
    parsed = parse("matrix_policy", json.dumps(events).encode())

    assert len(parsed.entries) + len(parsed.refused) <= max(1, len(events))


@given(st.lists(ENTRIES | ODD, max_size=4))
def test_any_list_is_entries_and_refusals(entries: list[object]) -> None:
    told = {"format": "nospim-list/1", "issued": "2026-11-20T00:00:00Z", "entries": entries}
    parsed = parse("nospim_list", json.dumps(told).encode())

    assert len(parsed.entries) + len(parsed.refused) in {1, len(entries)}


def test_a_list_whose_times_have_no_zone_is_refused() -> None:
    content = SAMPLES["nospim_list"].replace(b"2026-11-20T00:00:00Z", b"2026-11-20T00:00:00")

    assert parse("nospim_list", content).entries == ()


def test_entities_that_grow_are_refused() -> None:
    bomb = b"<!DOCTYPE a [<!ENTITY x 'lol'><!ENTITY y '&x;&x;&x;'>]><items><item id='&y;.example'/></items>"
    parsed = parse("rtbl", bomb)

    assert parsed.entries == ()
    assert "no XML" in parsed.refused[0].reason
