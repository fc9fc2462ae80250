"""What is left out of an address before it is fetched, and what stays."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.capture import stripped

MAIL = "ann.berg@mail.example"
DROPPED = {
    "a mail address": (f"http://lure.example/p?email={MAIL}", "http://lure.example/p", ("query email",)),
    "one under another name": (f"http://lure.example/p?x={MAIL}", "http://lure.example/p", ("query x",)),
    "one in Base64": (
        f"http://lure.example/p?q={base64.b64encode(MAIL.encode()).decode()}",
        "http://lure.example/p",
        ("query q",),
    ),
    "one in hex": (
        f"http://lure.example/p?q={MAIL.encode().hex()}&a=1",
        "http://lure.example/p?a=1",
        ("query q",),
    ),
    "one in the path": (f"http://lure.example/u/{MAIL}/go", "http://lure.example/u/go", ("path 2",)),
    "one in the fragment": (f"http://lure.example/p#{MAIL}", "http://lure.example/p", ("fragment",)),
    "a lone one": (f"http://lure.example/?{MAIL}", "http://lure.example/", ("query",)),
    "a lone one in Base64": (
        "http://lure.example/?" + base64.b64encode(MAIL.encode()).decode().rstrip("="),
        "http://lure.example/",
        ("query",),
    ),
    "a UUID": (
        "http://lure.example/8f14e45f-ceea-467f-a9d5-1b2c3d4e5f60",
        "http://lure.example/",
        ("path 1",),
    ),
    "a hash": (
        "http://lure.example/t/d41d8cd98f00b204e9800998ecf8427e",
        "http://lure.example/t",
        ("path 2",),
    ),
    "a token": ("http://lure.example/?k=aB3dE5fG7hJ9kL1m", "http://lure.example/", ("query k",)),
    "a signed token": (
        "http://lure.example/?a=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2ln",
        "http://lure.example/",
        ("query a",),
    ),
    "a telephone number": ("http://lure.example/?n=%2B49+170+1234567", "http://lure.example/", ("query n",)),
    "campaign marks": (
        "http://lure.example/a?utm_source=im&id=7&fbclid=x",
        "http://lure.example/a?id=7",
        ("query utm_source", "query fbclid"),
    ),
    "a user's name": (
        "http://lure.example/?User=ann&lang=de",
        "http://lure.example/?lang=de",
        ("query User",),
    ),
    "credentials": ("http://ann:secret@lure.example/a", "http://lure.example/a", ("user name",)),
}


@pytest.mark.parametrize("what", DROPPED)
def test_what_tells_one_copy_from_another_is_left_out(what: str) -> None:
    url, left, dropped = DROPPED[what]
    made = stripped(url)

    assert (made.url.rstrip("/"), made.dropped) == (left.rstrip("/"), dropped)
    assert "ann" not in made.url


KEPT = [
    "http://lure.example/",
    "http://lure.example/login.php?step=2&lang=en",
    "http://lure.example/how-to-win-a-thousand-pounds-in-2026/part-2",
    "http://lure.example/2026/11/24/news.html",
    "http://lure.example/article?id=1234567",
    "http://bit.ly/3xYzAb9",
    "https://t.co/AbCdEf1234",
    "https://docs.google.com/forms/d/e/1FAIpQLSdA1b2C3d4E5f6G7h8I9j0KlMnOpQrStUvWxYz/viewform",
    "http://lure.example/search?q=internationalisation",
]


@pytest.mark.parametrize("url", KEPT)
def test_what_names_the_page_stays(url: str) -> None:
    assert stripped(url) == type(stripped(url))(url, ())


@given(st.text(max_size=60))
def test_stripping_twice_is_stripping_once(text: str) -> None:
    once = stripped("http://lure.example/" + text)

    assert stripped(once.url).url == once.url


@given(
    st.emails(), st.sampled_from(["http://l.example/?a={}", "http://l.example/{}", "http://l.example/#{}"])
)
def test_no_mail_address_is_left(mail: str, form: str) -> None:
    from urllib.parse import quote

    assert quote(mail, safe="") not in stripped(form.format(quote(mail, safe=""))).url


@pytest.mark.parametrize("text", ["", "no address", "mailto:ann@mail.example", "http://"])
def test_what_is_no_web_address_comes_back_as_it_is(text: str) -> None:
    assert stripped(text).dropped == ()
