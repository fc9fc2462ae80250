"""The parts of the search, each on its own: letters, anchors, redirectors, lists in their written form."""

from __future__ import annotations

import pytest

from nospim.links import find
from nospim.links.anchors import Anchor, anchors
from nospim.links.letters import drop_invisible, fold, is_lookalike, plain_marks
from nospim.links.lists import PathRule, parse_publishing, parse_redirectors
from nospim.links.pieces import trimmed
from nospim.links.suffixes import parse, suffix_of


def test_invisible_characters_are_dropped_and_their_places_kept() -> None:
    assert drop_invisible("a\u200bb\u00ad\u200bc\ufeff") == ("abc", (1, 2, 3))
    assert drop_invisible("plain") == ("plain", ())


def test_marks_keep_the_length() -> None:
    text = "ｅｖｉｌ．ｃｏｍ／ｘ：好。b。"
    assert plain_marks(text) == "ｅｖｉｌ.ｃｏｍ/ｘ:好.b。"


@pytest.mark.parametrize(
    ("label", "made_to_pass"),
    [
        ("раураӏ", True),
        ("pаypal", True),
        ("ρaypal", True),
        ("привет", False),
        ("münchen", False),
        ("日本google", False),
        ("paypal", False),
    ],
)
def test_a_label_made_to_pass_for_latin_is_known(label: str, made_to_pass: bool) -> None:
    assert is_lookalike(label) is made_to_pass


def test_letters_are_folded_to_what_they_look_like() -> None:
    assert fold("𝐏аураӏ") == "paypal"


def test_anchors_show_one_thing_and_lead_to_another() -> None:
    text = (
        "[a.com](http://b.com) "
        "<A class=x HREF='http://c.com/?a=1&amp;b=2' id=y><i>d</i>.com</A> <a href=//e.com>"
    )
    assert anchors(text) == (
        Anchor("a.com", "http://b.com"),
        Anchor("d.com", "http://c.com/?a=1&b=2"),
        Anchor("", "//e.com"),
    )


@pytest.mark.parametrize(
    "address",
    [
        "https://www.google.co.uk/url?sa=t&q=https://evil.com/x",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fevil.com%2Fx&h=1",
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fevil.com%2Fx&data=1",
        "https://web.archive.org/web/2020/https://evil.com/x",
        "https://href.li/?https://evil.com/x",
        "https://vk.com/away.php?to=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%253A%252F%252Fevil.com%252Fx",
    ],
)
def test_a_redirector_is_looked_through(address: str) -> None:
    (link,) = find(address)
    assert (link.url, link.tricks) == ("https://evil.com/x", ("redirector",))


@pytest.mark.parametrize(
    "address", ["https://www.google.com/url?q=cats", "https://www.google.com/search?q=evil.com"]
)
def test_a_redirector_without_an_address_is_itself(address: str) -> None:
    (link,) = find(address)
    assert (link.domain, link.tricks) == ("google.com", ())


def test_hand_written_rules_are_read() -> None:
    shared, rules = parse_publishing("# note\n*.pages.example\nx.example/f 2\nx.example/f/g 0 id #\n")
    assert shared == ("pages.example",)
    assert rules == {"x.example": (PathRule("f/g", 0, ("id", "#")), PathRule("f", 2, ()))}
    assert parse_redirectors("y.example/go/ to u\n") == {"y.example": (PathRule("go", 0, ("to", "u")),)}


def test_suffix_rules_have_exceptions_wildcards_and_a_private_section() -> None:
    rules = parse("com\n*.ck\n!www.ck\n// ===END ICANN DOMAINS===\nblog.com // note\n公司.cn\n")
    found = {
        host: suffix_of(host.split("."), rules)
        for host in ("a.com", "a.b.ck", "www.ck", "x.blog.com", "a.lan")
    }
    assert {host: s.labels for host, s in found.items()} == {
        "a.com": 1,
        "a.b.ck": 2,
        "www.ck": 1,
        "x.blog.com": 2,
        "a.lan": 1,
    }
    assert [host for host, s in found.items() if s.private] == ["x.blog.com"]
    assert [host for host, s in found.items() if not s.known] == ["a.lan"]
    assert "xn--55qx5d.cn" in rules


@pytest.mark.parametrize(
    ("rest", "kept"),
    [
        ("/x.", "/x"),
        ("/x(y))", "/x(y)"),
        ("/x/", "/x/"),
        ("?", ""),
        ("/", "/"),
        ("/x]).", "/x"),
        ("/x?!", "/x"),
    ],
)
def test_a_sentence_ends_after_an_address(rest: str, kept: str) -> None:
    assert trimmed(rest) == kept
