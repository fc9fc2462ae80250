"""Whatever bytes come in, the search ends, breaks nothing and gives the same answer again."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nospim.links import MAX_LINKS, find, key_of

SIZE = 100_000
"""Characters of an attack: with work that grows as the square it would run for minutes."""

BITS = [
    *(
        "a.",
        "a.a.a.a",
        "http://",
        "http://http://",
        "www.\n",
        "www . ",
        "a . ",
        "a dot ",
        "[.]",
        "a[.]",
        "-.-",
    ),
    *(
        "<a href=",
        "<a href=x>",
        "[a](http://",
        ".",
        ":/",
        "h:/ ",
        "http://a . ",
        "a@b.c.",
        "看.com",
        "。",
        "((((",
    ),
    *(
        "a\u200b.",
        "\\.",
        "http://a.com/(",
        "x.com/x ",
        "1.1.",
        "http://" + "[.]" * 9,
        "dot ",
        "[dot]",
        "a .",
        "%2e",
    ),
    *(
        "a" * 70 + ".",
        "http://a.com/http://",
        "xn--a.",
        "&#46;",
        "\ud800.",
        "a. com ",
        "evil .com.",
        "dot dot.com ",
    ),
]


@pytest.mark.parametrize("bit", BITS)
def test_a_long_text_of_one_thing_is_read_in_linear_time(bit: str) -> None:
    assert len(find(bit * (SIZE // len(bit)))) <= MAX_LINKS
    assert len(find("http://" + bit * (SIZE // len(bit)))) <= MAX_LINKS


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert find(text) == find(text)
    key_of(text)


ODD = st.sampled_from(
    [
        *BITS,
        "com",
        "evil",
        " ",
        "/",
        "?",
        "#",
        "@",
        ":",
        "https://",
        "\u202e",
        "ｗ",
        "．",
        "\x00",
        "[::",
        "]",
        "0x",
        "%",
    ]
)


@given(st.lists(ODD, max_size=30).map("".join))
@example("http://[.]")
@example("http://a@[.]com")
@example("[.][.]")
def test_any_mixture_of_odd_pieces_is_read(text: str) -> None:
    for link in find(text):
        assert link.host.isascii()
        assert link.host in link.url
        assert link.host.endswith(link.domain)
        assert link.key
        assert list(link.tricks) == sorted(set(link.tricks))
        assert not (link.popular and link.place != "own")


@given(st.text(max_size=40), st.text(max_size=40))
def test_what_stands_apart_from_an_address_does_not_hide_it(before: str, after: str) -> None:
    found = [link.key for link in find(f"{before}\n\n\n\nhttps://vaaveeasie.com/x \n\n\n\n{after}")]
    assert "vaaveeasie.com" in found or len(found) == MAX_LINKS


@pytest.mark.parametrize("scheme", ["http", "https"])
@given(st.text(alphabet="abcxyz019-._~/?&=%+#", max_size=60))
def test_what_was_found_is_found_again_by_its_own_address(scheme: str, rest: str) -> None:
    for link in find(f"{scheme}://vaaveeasie.com/{rest}"):
        again = key_of(link.url)
        assert again is not None
        assert again.key == link.key
