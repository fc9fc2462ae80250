"""Plain words: numbers that do not lie, names that cannot trick the eye, links that nothing opens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.reports import words
from nospim.reports.domains import domain_of, host_of
from nospim.reports.views import certainty

AT = datetime(2026, 3, 3, 7, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://evil.example/a.html?b=c.d", "hxxps://evil[.]example/a.html?b=c.d"),
        ("HTTP://Evil.Example", "hxxp://Evil[.]Example"),
        ("bit.example/x.y", "bit[.]example/x.y"),
        ("https://a.example/?u=http://b.example/c", "hxxps://a[.]example/?u=hxxp://b[.]example/c"),
        ("https://bank.example@evil.example:8080/", "hxxps://bank[.]example@evil[.]example:8080/"),
        ("xmpp://im.example", "xmpp://im[.]example"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("", ""),
    ],
)
def test_a_link_is_written_so_that_nothing_opens_it(link: str, shown: str) -> None:
    assert words.defang(link) == shown


@given(st.text(max_size=80) | st.from_regex(r"https?://[a-z.@:/?\[\]]{0,30}", fullmatch=True))
def test_defanging_twice_is_defanging_once(link: str) -> None:
    once = words.defang(link)

    assert words.defang(once) == once
    assert "http:" not in once.lower()
    assert "https:" not in once.lower()


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("https://User@Evil.Example:8443/path@x?y#z", "evil.example"),
        ("bit.example/x", "bit.example"),
        ("http://[2001:db8::1]:80/", "[2001:db8::1]"),
        ("https://evil.example.\\@good.example", "evil.example"),
        ("", ""),
    ],
)
def test_the_host_of_a_link(link: str, host: str) -> None:
    assert host_of(link) == host


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("a.b.evil.co.uk", "evil.co.uk"),
        ("login.evil.example", "evil.example"),
        ("publisher.github.io", "publisher.github.io"),
        ("co.uk", "co.uk"),
        ("203.0.113.7", "203.0.113.7"),
        ("[2001:db8::1]", "[2001:db8::1]"),
        ("böse.example", "böse.example"),
        ("a..b", "a..b"),
        ("", ""),
    ],
)
def test_the_domain_of_a_host(host: str, domain: str) -> None:
    assert domain_of(host) == domain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("anna\u202eexe.gpj", "anna[U+202E]exe.gpj"),
        ("two\r\n lines\tand\u2028more", "two lines and more"),
        ("\x1b[31mred", "[U+001B][31mred"),
        ("zero\u200bwidth", "zero[U+200B]width"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("pass\u200dword", "pass[U+200D]word"),
        ("z\u0301\u0302\u0303\u0304\u0305\u0306", "z\u0301\u0302\u0303"),
        ("lone \ud800", "lone [U+D800]"),
        ("see https://evil.example/a now", "see hxxps://evil[.]example/a now"),
        ("x" * 70, "x" * 63 + "…"),
    ],
)
def test_a_name_is_shown_as_one_honest_line(text: str, shown: str) -> None:
    assert words.plain(text) == shown


@given(st.text(max_size=300), st.integers(1, 80))
def test_no_name_leaves_its_place(text: str, limit: int) -> None:
    shown = words.plain(text, limit)

    assert len(shown) <= limit
    assert not any(char < " " or "\x7f" <= char < "\xa0" or "\u202a" <= char <= "\u202e" for char in shown)
    assert shown.encode("utf-8").decode("utf-8") == shown


def test_wide_letters_take_two_places() -> None:
    assert words.fit("漢字漢字漢字", 6) == "漢字…"
    assert words.fit("abcdef", 6) == "abcdef"
    assert words.fit("漢", 1) == "…"


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (0, 0, "0 %"),
        (0, 9, "0 %"),
        (9, 9, "100 %"),
        (1, 1_000_000, "under 0.01 %"),
        (999_999, 1_000_000, "over 99.9 %"),
        (1, 800, "0.12 %"),
        (1, 3, "33.3 %"),
    ],
)
def test_a_share_never_rounds_to_none_or_to_all(part: int, whole: int, said: str) -> None:
    assert words.share(part, whole) == said.replace(" %", words.PERCENT)


@pytest.mark.parametrize(
    ("score", "said"), [(1.0, "over 99.9 %"), (0.9953, "99.5 %"), (0.871, "87 %"), (-1, "0 %")]
)
def test_no_score_is_certainty(score: float, said: str) -> None:
    assert certainty(score) == said.replace(" %", words.PERCENT)


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (AT, AT + timedelta(hours=3), "3 March 2026"),
        (AT, AT + timedelta(days=3), "3 to 6 March 2026"),
        (AT, AT + timedelta(days=40), "3 March to 12 April 2026"),
        (AT, AT + timedelta(days=400), "3 March 2026 to 7 April 2027"),
    ],
)
def test_a_stretch_of_days(first: datetime, last: datetime, said: str) -> None:
    assert words.stretch(first, last) == said


def test_moments_are_told_in_utc() -> None:
    at = datetime(2026, 3, 4, 1, 5, tzinfo=timezone(timedelta(hours=5, minutes=30)))

    assert words.moment(at) == "3 March 2026, 19:35"
    assert words.short_moment(at) == "3 Mar 19:35"


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=-5), "under a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=9), "9 days"),
    ],
)
def test_how_long_it_lasted(span: timedelta, said: str) -> None:
    assert words.lasting(span) == said


def test_numbers_with_their_nouns() -> None:
    assert words.count(0, "campaign") == "no campaigns"
    assert words.count(1, "campaign") == "1 campaign"
    assert words.count(1234, "entry", "entries") == "1,234 entries"
    assert words.number(0.25) == "0.25"
    assert words.listing([]) == ""
    assert words.listing(["a"]) == "a"
    assert words.listing(["a", "b", "c"]) == "a, b and c"
    assert words.heading("own_brand") == "Own brand"
