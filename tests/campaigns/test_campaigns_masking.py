"""Lure examples must not name anybody."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nospim.campaigns.masking import MAX_EXAMPLE, example, mask


def test_links_numbers_addresses_and_names_are_masked() -> None:
    text = "Hey Anna, bob77 saw https://evil.example/p?u=anna or call +1 555 0100, mail eve@evil.example"
    masked = mask(text, ["bob77@im.example"])
    assert masked == "Hey [name], [name] saw [link] or call [number] mail [name]"


def test_a_link_in_pieces_is_one_link() -> None:
    assert mask("look https://0qt . evil . com now") == "look [link] now"
    assert mask("look hxxps://0qt[.]evil[.]com/x now") == "look [link] now"
    assert mask("look evil\u200b.example/x now") == "look [link] now"


def test_invisible_letters_are_dropped() -> None:
    assert mask("your p\u200bh\u200bo\u200bt\u200bo") == "your photo"


def test_what_only_one_recipient_got_is_masked() -> None:
    friends = ["Zoltan", "Marijke", "Oyelaran", "Siobhan", "Katarzyna"]
    assert example([f"{friend} why is your name on this list" for friend in friends]) == (
        "[...] why is your name on this list"
    )


def test_the_clearest_wording_is_the_example() -> None:
    texts = [
        "see wh\u0430t they write",
        "see what they wr\u0456te",
        "see what they write",
        "see what th\u0435y write",
        "se\u0435 what they write",
    ]
    assert example(texts) == "see what they write"


def test_no_text_gives_no_example() -> None:
    assert example([]) == ""
    assert example(["", "\u200b"]) == ""


@given(st.text())
def test_any_text_is_masked_and_short(text: str) -> None:
    masked = mask(text)
    assert len(masked) <= MAX_EXAMPLE
    assert not any(c.isdigit() for c in masked)


@given(st.lists(st.text(max_size=40), max_size=8))
def test_examples_do_not_depend_on_order(texts: list[str]) -> None:
    assert example(texts) == example(list(reversed(texts)))
