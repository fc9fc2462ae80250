"""What passes for the service's own or a brand's name, and what only sounds like it."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.links import Brands, Lookalike, find, key_of, lookalike
from nospim.links.slips import slips

BRANDS = Brands.of(
    ("paypal.com", "steamcommunity.com", "amazon.co.jp", "apple.com"), own=("chat-example.org",)
)


def seen(url: str, brands: Brands | None = BRANDS) -> tuple[str, str, int] | None:
    link = key_of(url)
    assert link is not None
    assert brands is not None
    found = lookalike(link, brands)
    return None if found is None else (found.brand, found.how, found.strength)


@pytest.mark.parametrize(
    ("url", "brand", "how", "strength"),
    [
        ("https://paypa1.com/", "paypal.com", "letters", 3),
        ("https://stearncommunity.com/", "steamcommunity.com", "letters", 3),
        ("https://p\u0430ypal.com/", "paypal.com", "letters", 3),  # a Cyrillic letter
        ("https://xn--pypal-4ve.com/", "paypal.com", "letters", 3),  # the same in Punycode
        ("https://steamcomunity.ru/", "steamcommunity.com", "misspelt", 3),
        ("https://steamcommnuity.ru/", "steamcommunity.com", "misspelt", 3),
        ("https://paypsl.com/", "paypal.com", "misspelt", 2),
        ("https://chat-example.top/", "chat-example.org", "other_suffix", 3),
        ("https://chatexample.duckdns.org/", "chat-example.org", "other_suffix", 3),
        ("https://chat-example-login.top/", "chat-example.org", "glued", 3),
        ("https://secure-paypal.xyz/", "paypal.com", "glued", 3),
        ("https://paypalsupport24.net/", "paypal.com", "glued", 2),
        ("https://apple-id-verify.cc/", "apple.com", "glued", 2),
        ("https://paypal.com.evil.ru/login", "paypal.com", "in_front", 3),
        ("https://www.paypal-com.evil.ru/", "paypal.com", "in_front", 3),
        ("https://amazon.co.jp.kcxsad.top/", "amazon.co.jp", "in_front", 3),
        ("https://amazon.co-jp-login.gab.casa/", "amazon.co.jp", "in_front", 2),
        ("https://paypal.com@evil.ru/", "paypal.com", "user_name", 3),
        ("https://evil.ru/chat-example.org/login", "chat-example.org", "path", 1),
        ("https://sites.google.com/view/paypal-login", "paypal.com", "path", 2),
        ("https://paypal-login.pages.dev/", "paypal.com", "glued", 3),
    ],
)
def test_an_imitation_is_seen(url: str, brand: str, how: str, strength: int) -> None:
    assert seen(url) == (brand, how, strength)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.paypal.com/login",
        "https://shop.chat-example.org/login",
        "https://amazon.com/",  # popular, so somebody's who is known
        "https://www.amazon.de/gp",
        "https://pineapple-farm.net/",
        "https://apple-pie-recipes.net/",
        "https://applesandpears.example/",
        "https://github.com/paypal/sdk",
        "https://example.org/paypal-review",
        "https://bit.ly/paypal-login",
        "https://youtube.com/results?q=paypal.com",
        "https://community-steam.example/",
        "https://192.0.2.7/",
    ],
)
def test_what_only_sounds_like_a_brand_is_left_alone(url: str) -> None:
    assert seen(url) is None


@pytest.mark.parametrize("name", ["line", "visa", "im.example", "ab", "", ".", "x.com"])
def test_a_short_or_common_name_accuses_nobody_by_sound(name: str) -> None:
    brands = Brands.of((name,))
    for host in ("online.example", "lines-and-more.net", "advisa.org", "times.example", "abc.example"):
        assert seen(f"https://{host}/", brands) is None


def test_a_short_name_is_seen_as_a_whole_domain() -> None:
    assert seen("https://x.com.evil.ru/", Brands.of(("x.com",))) == ("x.com", "in_front", 3)
    assert seen("https://line-login.top/", Brands.of(("LINE",))) == ("LINE", "glued", 2)


def test_the_service_itself_comes_before_a_brand() -> None:
    brands = Brands.of(("examplebank.com",), own=("examplebank.org",))
    link = key_of("https://examplebank-login.top/")
    assert link is not None
    assert brands is not None
    assert lookalike(link, brands) == Lookalike("examplebank.org", own=True, how="glued", strength=3)


def test_a_name_without_a_domain_is_theirs_where_it_is_popular() -> None:
    brands = Brands.of(("PayPal",))
    assert seen("https://paypal.com/", brands) is None
    assert seen("https://paypal.top/", brands) == ("PayPal", "other_suffix", 3)


def test_nothing_is_looked_for_without_names() -> None:
    assert Brands.of(()) is None


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_link_and_any_name_is_judged_alike_twice(text: str, name: str) -> None:
    brands = Brands.of((name, "paypal.com"))
    assert brands is not None
    for link in find(f"https://{text} https://evil.ru/{text} {text}"):
        assert lookalike(link, brands) == lookalike(link, brands)


@pytest.mark.parametrize(
    ("meant", "typed", "halves"),
    [
        ("paypal", "paypal", 0),
        ("paypal", "paypsl", 1),  # neighbours on the keyboard
        ("paypal", "payapl", 1),  # swapped
        ("paypal", "payppal", 1),  # doubled
        ("paypal", "papal", 2),  # left out
        ("paypal", "paytal", 2),  # another letter
        ("paypal", "papayl", None),
        ("paypal", "facebook", None),
    ],
)
def test_slips_are_counted_in_halves(meant: str, typed: str, halves: int | None) -> None:
    assert slips(meant, typed, 2) == halves


@given(st.text("abcn-", max_size=12), st.text("abcn-", max_size=12))
def test_slips_are_the_same_both_ways_and_none_only_between_equals(a: str, b: str) -> None:
    assert slips(a, b, 40) == slips(b, a, 40)
    assert (slips(a, b, 40) == 0) == (a == b)


@pytest.mark.parametrize(
    ("url", "key", "via"),
    [
        ("https://medium.com/r/?url=https://evil.ru/a", "evil.ru", "medium.com"),
        ("https://vk.com/login?to=https%3A%2F%2Fevil.ru", "evil.ru", "vk.com"),
        ("https://vk.com/login?to=https%253A%252F%252Fevil.ru", "evil.ru", "vk.com"),
        ("https://vk.com/login?next=//evil.ru/", "evil.ru", "vk.com"),
        ("https://www.google.com/url?q=https://evil.ru", "evil.ru", "google.com"),
        (
            "https://vk.com/a?to=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%3A%2F%2Fevil.ru",
            "evil.ru",
            "vk.com",
        ),
    ],
)
def test_a_popular_places_redirector_is_looked_through(url: str, key: str, via: str) -> None:
    link = key_of(url)
    assert link is not None
    assert (link.key, link.via, link.tricks) == (key, via, ("redirector",))


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://evil.ru/?url=https://google.com/", "evil.ru"),  # nobody hides behind a good address
        ("https://vk.com/share?url=https://blog.example/", "vk.com"),
        ("https://vk.com/login?to=https://m.vk.com/feed", "vk.com"),
        ("https://vk.com/login?to=/feed", "vk.com"),
        ("https://vk.com/login?redirect_uri=https://blog.example/", "vk.com"),
        ("https://vk.com/search?q=https://blog.example/", "vk.com"),
    ],
)
def test_an_address_in_a_query_is_not_always_where_one_is_sent(url: str, key: str) -> None:
    link = key_of(url)
    assert link is not None
    assert (link.key, link.via, link.tricks) == (key, "", ())


def test_addresses_inside_each_other_are_followed_only_so_deep() -> None:
    url = "https://evil.ru"
    for _ in range(9):
        url = "https://medium.com/?to=" + url.replace("%", "%25").replace(":", "%3A").replace("?", "%3F")
    link = key_of(url)
    assert link is not None
    assert link.key == "medium.com"


def test_popular_hosts_are_no_imitations_and_few_benign_addresses_are(shared_data: Path) -> None:
    names = (
        "amazon.com",
        "apple.com",
        "paypal.com",
        "microsoft.com",
        "facebook.com",
        "rakuten.co.jp",
        "line.me",
    )
    brands = Brands.of(names)
    with gzip.open(shared_data / "data" / "links" / "tranco10k.txt.gz", "rt", encoding="utf-8") as hosts:
        assert [h for h in hosts if seen(f"http://{h.strip()}/", brands)] == []
    with gzip.open(shared_data / "data" / "links" / "labelled_urls.csv.gz", "rt", encoding="utf-8") as file:
        rows = [row["url"] for row in csv.DictReader(file) if row["label"] == "benign"][::4]
    links = [link for url in rows if (link := key_of(url)) is not None]
    assert brands is not None
    found = [f.strength for link in links if (f := lookalike(link, brands)) is not None]
    assert len(found) * 500 < len(links)
    assert sum(strength == 3 for strength in found) * 5000 < len(links)
