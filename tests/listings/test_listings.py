"""What a listing is worth: where it matches, how it ages, and the traps that lists of bad hosts lay."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.feeds import FORMS
from nospim.links import find, key_of
from nospim.links.expressions import expressions, expressions_of
from nospim.listings import MOST, Entry, Feed, FeedIndex, by_chance, worth
from nospim.policy import FeedSettings

DAY = 86400.0
MADE = 1_790_000_000.0
FEED = Feed(name="bad", kind="bad", sha256="0" * 64, dated=MADE, expires=10 * DAY, millibits=2000)
GOOD = Feed(name="good", kind="good", sha256="1" * 64, dated=MADE, expires=10 * DAY, millibits=2000)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def index(*lines: str, form: str = "hosts", feed: Feed = FEED, own: tuple[str, ...] = ()) -> FeedIndex:
    extra: dict[str, Any] = {"column": "url"} if form == "csv" else {}
    content = "\n".join(["url", *lines] if form == "csv" else lines).encode()
    parsed = FORMS[form](content, FeedSettings(name="x", form=form, path="x", **extra))  # type: ignore[arg-type]
    assert parsed.refused == ()
    return FeedIndex.of([(feed, parsed.entries)], own)


def met(
    known: FeedIndex, url: str = "https://harmless.example/", sender: str = "ann@im.example"
) -> list[str]:
    link = key_of(url)
    assert link is not None
    return [hit.what for hit in known.hits(sender, (link,))]


# Where it matches


@pytest.mark.parametrize(
    "url", ["https://evil.example/x", "http://www.evil.example", "https://a.b.evil.example/"]
)
def test_a_host_stands_for_what_is_below_it(url: str) -> None:
    assert met(index("evil.example"), url) == ["place"]


@pytest.mark.parametrize(
    "url", ["https://evil.example.org/", "https://notevil.example/", "https://example.org/evil.example"]
)
def test_a_host_does_not_stand_for_its_neighbours(url: str) -> None:
    assert met(index("evil.example"), url) == []


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("github.com", "https://github.com/someone/page"),
        ("github.io", "https://innocent.github.io/"),
        ("sites.google.com", "https://sites.google.com/view/innocent"),
        ("docs.google.com", "https://docs.google.com/forms/d/e/innocent/viewform"),
        ("dropbox.com", "https://www.dropbox.com/s/abc/photo.jpg"),
        ("facebook.com", "https://www.facebook.com/innocent"),
        ("bit.ly", "https://bit.ly/innocent"),
        ("bit.ly", "https://bit.ly/"),
        ("telegra.ph", "https://telegra.ph/"),
    ],
)
def test_a_bare_host_accuses_nobody_where_anyone_may_publish(listed: str, url: str) -> None:
    assert met(index(listed), url) == []
    assert met(index(sha256(listed), form="hashes"), url) == []
    assert met(index(sha256(listed + "/"), form="hash_prefixes"), url) == []


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("https://sites.google.com/view/evil", "https://sites.google.com/view/evil/home"),
        ("https://bit.ly/evil", "http://bit.ly/evil"),
        ("https://evil.github.io/", "https://evil.github.io/login"),
        ("https://shop.example/wp/evil", "https://www.shop.example/wp/evil/index.php?x=1"),
    ],
)
def test_a_page_there_can_be_named(listed: str, url: str) -> None:
    assert met(index(listed, form="csv"), url) == ["place"]
    assert met(index(listed, form="csv"), url.replace("evil", "good")) == []


def test_hashes_meet_a_sender_his_server_and_a_links_host() -> None:
    assert met(index(sha256("eve@evil.example"), form="hashes"), sender="Eve@evil.example/phone") == [
        "sender"
    ]
    assert met(index(sha256("evil.example"), form="hashes"), sender="eve@evil.example") == ["server"]
    assert met(index(sha256("matrix.example"), form="hashes"), sender="@eve:matrix.example") == ["server"]
    assert met(index(sha256("evil.example"), form="hashes"), "https://www.evil.example/") == ["place"]


def test_a_list_cannot_turn_the_service_against_all_its_users() -> None:
    known = index(sha256("im.example"), form="hashes", own=("IM.example",))
    assert met(known, sender="ann@im.example") == []


def test_a_server_on_a_list_is_worth_half_a_sender() -> None:
    known = index(sha256("evil.example"), form="hashes", feed=FEED)
    hit = known.hits("eve@evil.example", ())[0]
    assert hit.most == MOST // 2


@pytest.mark.parametrize("size", [4, 5, 8, 32])
def test_hash_prefixes_meet_the_expressions_of_an_address(size: int) -> None:
    for written in ("evil.example/", "evil.example/a/", "evil.example/a/b?c=d"):
        known = index(sha256(written)[: 2 * size], form="hash_prefixes")
        assert met(known, "https://www.evil.example:8443/a/b?c=d#e") == ["place"]


# Expressions (the examples of the method's description)


def test_the_expressions_of_an_address_with_a_query() -> None:
    assert expressions_of("http://a.b.c/1/2.html?param=1") == (
        "a.b.c/1/2.html?param=1",
        "a.b.c/1/2.html",
        "a.b.c/",
        "a.b.c/1/",
        "b.c/1/2.html?param=1",
        "b.c/1/2.html",
        "b.c/",
        "b.c/1/",
    )


def test_the_expressions_of_a_long_host_leave_out_its_middle() -> None:
    hosts = [
        e.partition("/")[0] for e in expressions_of("http://a.b.c.d.e.f.g/1.html") if e.endswith("/1.html")
    ]
    assert hosts == ["a.b.c.d.e.f.g", "c.d.e.f.g", "d.e.f.g", "e.f.g", "f.g"]


def test_an_ip_address_has_no_suffixes() -> None:
    assert expressions_of("http://1.2.3.4/1/") == ("1.2.3.4/1/", "1.2.3.4/")


@pytest.mark.parametrize(
    ("url", "first"),
    [
        ("http://host/%25%32%35", "host/%25"),
        ("http://host/%2525252525252525", "host/%25"),
        ("http://host.com//twoslashes?more//slashes", "host.com/twoslashes?more//slashes"),
        ("http://www.evil.com/blah#frag", "www.evil.com/blah"),
        ("http://user:pw@evil.com:1234/a/../b", "evil.com/b"),
        ("http://3279880203/blah", "195.127.0.11/blah"),
    ],
)
def test_an_address_is_made_canonical(url: str, first: str) -> None:
    assert expressions_of(url)[0] == first


@given(st.text(max_size=80))
def test_any_address_has_at_most_thirty_expressions(text: str) -> None:
    assert len(expressions_of(text)) <= 30
    for link in find(f"https://evil.example/{text} {text}"):
        assert 1 <= len(expressions(link.url)) <= 30
        index("evil.example").hits(text, (link,))


# What it is worth


@pytest.mark.parametrize(
    ("days", "millibits"), [(-1, 0), (0, 2000), (5, 2000), (7.5, 1000), (9, 400), (10, 0), (400, 0)]
)
def test_a_listing_fades_with_its_age_and_says_nothing_before_its_day(days: float, millibits: int) -> None:
    link = key_of("https://evil.example/")
    assert link is not None
    hit = index("evil.example").hits("", (link,))[0]
    assert worth(hit, MADE + days * DAY) == millibits
    good = index("evil.example", feed=GOOD).hits("", (link,))[0]
    assert worth(good, MADE + days * DAY) == -millibits


def test_an_entry_with_a_day_of_its_own_ages_by_that() -> None:
    link = key_of("https://evil.example/")
    assert link is not None
    known = FeedIndex.of([(FEED, [Entry("host", "evil.example", 1, MADE - 9 * DAY)])])
    assert worth(known.hits("", (link,))[0], MADE) == 400


def test_a_short_hash_is_worth_less_the_longer_the_list() -> None:
    assert by_chance(1000, 4) == MOST
    assert 3000 < by_chance(1_000_000, 4) < MOST
    assert by_chance(100_000_000, 4) == 0
    assert by_chance(100_000_000, 8) == MOST


def test_a_harmless_address_meets_a_million_short_hashes_about_as_often_as_reckoned() -> None:
    known = FeedIndex.of([(FEED, [Entry("prefix", f"{n:04x}abcd"[:8], n) for n in range(65536)])])
    links = [link for n in range(300) if (link := key_of(f"https://site{n}.example/a/b/c?d={n}")) is not None]
    assert (
        sum(len(known.hits("", (link,))) for link in links) <= 3
    )  # expected: 300 * 9 * 65536 / 2**32 = 0.04


def test_a_feed_that_could_say_nothing_is_told_of() -> None:
    known = index("evil.example")
    assert known.silent(MADE, MADE + DAY) == ()
    assert "after the last message" in known.silent(MADE - 9 * DAY, MADE - DAY)[0]
    assert "expired" in known.silent(MADE + 10 * DAY, MADE + 11 * DAY)[0]
    assert known.silent(MADE - 9 * DAY, MADE + 99 * DAY) == ()


def test_the_configurations_hash_covers_the_feeds() -> None:
    prints = {
        index("evil.example").with_policy("p"),
        index("evil.example", feed=GOOD).with_policy("p"),
        index("evil.example").with_policy("q"),
    }
    assert len(prints) == 3
    assert index("evil.example").with_policy("p") in prints
