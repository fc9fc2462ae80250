"""Links are found in chat and judged; chat without links has none."""

from __future__ import annotations

import pytest

from nospim.links import MAX_LINKS, Link, find, key_of


def urls(text: str) -> list[str]:
    return [link.url for link in find(text)]


def only(text: str) -> Link:
    (link,) = find(text)
    return link


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("look at https://evil.com/x", ["https://evil.com/x"]),
        ("check vaaveeasie.com/x", ["http://vaaveeasie.com/x"]),
        ("two: http://a-shop.com/1, and www.b-shop.com!", ["http://a-shop.com/1", "http://www.b-shop.com/"]),
        ("(see https://en.wikipedia.org/wiki/Foo_(bar)).", ["https://en.wikipedia.org/wiki/Foo_(bar)"]),
        ("photos...evil.com/x", ["http://evil.com/x"]),
        ("http//www.gr8prizes.com 0871", ["http://www.gr8prizes.com/"]),
        ("Htpp://http://tinyurl.com/y", ["http://tinyurl.com/y"]),
        ("https://t.me/abchttps://t.me/abc", ["https://t.me/abc"]),
        ("客服t.me/sensen12联系", ["http://t.me/sensen12"]),
        ("大片网址www.example.com黄色", ["http://www.example.com/"]),
        ("see https://пример.рф/x", ["https://xn--e1afmkfd.xn--p1ai/x"]),
        ("tinyurl(dot)com(slash)mxh2y", ["http://tinyurl.com/mxh2y"]),
        ("deb http://[::1]:80/x", ["http://[::1]/x"]),
        ("https://sabo . co . 0ykovbqt . cc/", ["https://sabo.co.0ykovbqt.cc/"]),
        ("https://example.com. Next time", ["https://example.com/"]),
        ("https://example.com . me too", ["https://example.com/"]),
        ("http://evil.com*bold*", ["http://evil.com/"]),
        ("\ud800http://evil.com/x", ["http://evil.com/x"]),
    ],
)
def test_an_address_is_read_as_a_reader_would(text: str, found: list[str]) -> None:
    assert urls(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "ok.see you",
        "send you.my mother",
        "fine.lol",
        "e.g. this, i.e. that",
        "at 5 a.m. or 6 p.m.",
        "Node.js and ASP.NET",
        "the .NET framework, the .com boom",
        "file.txt setup.py main.cf script.pl /etc/init.d/foo.so ./run.sh",
        "version 1.2.3 costs 4.50/kg",
        "bye.im going",
        "write to me@evil.com or first.last@evil.com/home",
        "mailto:a@evil.com xmpp:room@muc.evil.com?join sip:evil.com",
        "javascript:alert(1) file:///etc/passwd data:text/html,x steam://run/evil.com",
        "http://localhost:8080/ and http://intranet",
        "polka dot dress, dot com",
        "https:// etc, www. in the sources",
        "...",
        "",
    ],
)
def test_chat_is_not_a_link(text: str) -> None:
    assert urls(text) == []


@pytest.mark.parametrize(
    ("text", "trick"),
    [
        ("hxxps://evil[.]com/", "defanged"),
        ("evil dot com", "defanged"),
        ("https://evil . com/", "split"),
        ("https://ev\u200bil.com/", "split"),
        ("https://\u0440aypal.com/", "homoglyph"),
        ("https://xn--80ak6aa92e.com/", "homoglyph"),
        ("https://ｅvil.com/", "homoglyph"),
        ("https://xn--e1afmkfd.xn--p1ai/", "punycode"),
        ("https://bank.example@evil.com/", "userinfo"),
        ("http://203.0.113.7/x", "ip_host"),
        ("http://0xcb007107/", "encoded_host"),
        ("http://%65vil.com/", "encoded_host"),
        ("http://a.b.c.evil.com/", "deep_subdomain"),
        ("http://www.paypal.com.evil-site.ru/", "domain_in_subdomain"),
        ("http://x.duckdns.org/", "dynamic_dns"),
        ("https://\u0440\u0430ypal.com/", "brand_lookalike"),
        ("[paypal.com](http://evil.example.net/)", "deceptive_text"),
        ("<a href='http://evil.com'>https://www.<b>paypal</b>.com/signin</a>", "deceptive_text"),
        ("https://www.google.de/url?sa=t&url=https%3A%2F%2Fevil.com%2Fx", "redirector"),
    ],
)
def test_a_trick_is_named(text: str, trick: str) -> None:
    assert trick in find("hey look " + text)[-1].tricks


@pytest.mark.parametrize(
    "text",
    [
        "https://www.evil.com/x?y#z",
        "http://evil.com",
        "see https://münchen.de/",
        "[click here](http://evil.com)",
        "[www.evil.com](http://evil.com)",
        "schön! http://evil.com/x",
    ],
)
def test_an_ordinary_address_has_no_trick(text: str) -> None:
    assert [link.tricks for link in find(text)] in ([()], [(), ()])


def test_a_foreign_letter_before_an_address_is_no_trick_of_the_address() -> None:
    assert only("раз https://evil.com/x").tricks == ()


def test_each_address_is_given_once_and_not_more_than_the_limit() -> None:
    assert urls("http://evil.com/ and HTTP://EVIL.COM") == ["http://evil.com/"]
    assert len(urls(" ".join(f"http://evil{i}.com" for i in range(2 * MAX_LINKS)))) == MAX_LINKS


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://EVIL.com/x", "evil.com"),
        ("evil.com", "evil.com"),
        ("evil.py", "evil.py"),
        ("  https://bit.ly/aBc/ ", "bit.ly/aBc"),
        ("hxxp://evil[.]com", "evil.com"),
        ("https://www.google.com/url?q=https://evil.com/x", "evil.com"),
        ("https://bank.example@evil.com:81/", "evil.com"),
    ],
)
def test_an_opened_address_has_the_key_it_had_in_the_message(address: str, key: str) -> None:
    opened = key_of(address)
    assert opened is not None
    assert opened.key == key


@pytest.mark.parametrize(
    "address", ["", " ", "evil", "mailto:a@b.com", "javascript:1", "localhost:80", "http://"]
)
def test_what_opens_no_host_has_no_key(address: str) -> None:
    assert key_of(address) is None
