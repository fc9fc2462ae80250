"""Whose place a host is, what links to it are joined by, and which hosts are popular."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from publicsuffixlist import PublicSuffixList

from nospim.links import LinkLists, find, suffixes
from nospim.links.hosts import facts_of


@pytest.mark.parametrize(
    ("url", "domain", "key", "place", "popular"),
    [
        ("https://www.vaa.qpo.asso.ci/x", "qpo.asso.ci", "qpo.asso.ci", "own", False),
        ("https://www.wikipedia.org/x", "wikipedia.org", "wikipedia.org", "own", True),
        ("https://user.github.io/z", "user.github.io", "user.github.io", "publishing", False),
        ("https://x.duckdns.org/", "x.duckdns.org", "x.duckdns.org", "own", False),
        ("https://a.x.0x.no/a", "x.0x.no", "x.0x.no", "own", False),
        ("https://foo.uk.com/", "foo.uk.com", "foo.uk.com", "own", False),
        ("https://b.s3.amazonaws.com/x", "b.s3.amazonaws.com", "b.s3.amazonaws.com", "publishing", False),
        ("https://x.wordpress.com/", "x.wordpress.com", "x.wordpress.com", "publishing", False),
        ("https://bit.ly/aBc", "bit.ly", "bit.ly/aBc", "shortener", False),
        (
            "https://sites.google.com/view/x/home",
            "google.com",
            "sites.google.com/view/x",
            "publishing",
            False,
        ),
        (
            "https://docs.google.com/forms/d/e/1F/viewform",
            "google.com",
            "docs.google.com/forms/d/e/1F",
            "publishing",
            False,
        ),
        (
            "https://drive.google.com/open?id=7&usp=x",
            "google.com",
            "drive.google.com/open?id=7",
            "publishing",
            False,
        ),
        ("https://www.google.com/maps/x", "google.com", "google.com", "own", True),
        ("https://discord.com/invite/abc", "discord.com", "discord.com/invite/abc", "publishing", False),
        ("https://discord.com/channels/1", "discord.com", "discord.com", "own", True),
        ("https://github.com/a/b", "github.com", "github.com/a", "publishing", False),
        ("https://mega.nz/#F!abc", "mega.nz", "mega.nz?#=F!abc", "publishing", False),
        ("http://203.0.113.7/x", "203.0.113.7", "203.0.113.7", "own", False),
        ("http://printer.lan/x", "printer.lan", "printer.lan", "own", False),
    ],
)
def test_a_host_is_judged(url: str, domain: str, key: str, place: str, popular: bool) -> None:
    (link,) = find(url)
    assert (link.domain, link.key, link.place, link.popular) == (domain, key, place, popular)


@pytest.mark.parametrize(
    ("url", "empty"),
    [
        ("http://a.com", True),
        ("http://a.com/?x", False),
        ("http://a.com/x", False),
        ("http://a.com/#x", True),
    ],
)
def test_an_address_may_have_no_path(url: str, empty: bool) -> None:
    assert find(url)[0].path_empty is empty


RULES = suffixes.shipped()
SUFFIXES = sorted(rule.lstrip("!*.") for rule in RULES)
PSL = PublicSuffixList()


@given(st.lists(st.sampled_from(["a", "www", "city", "b-c", "com"]), max_size=3), st.sampled_from(SUFFIXES))
def test_suffixes_are_those_of_the_reference_implementation(front: list[str], suffix: str) -> None:
    labels = [*front, *suffix.split(".")]
    assert ".".join(labels[-suffixes.suffix_of(labels, RULES).labels :]) == PSL.publicsuffix(".".join(labels))


def test_every_suffix_alone_agrees_with_the_reference_implementation() -> None:
    for suffix in SUFFIXES:
        labels = ["x", *suffix.split(".")]
        assert ".".join(labels[-suffixes.suffix_of(labels, RULES).labels :]) == PSL.publicsuffix(
            ".".join(labels)
        )


def test_the_lists_do_not_contradict_each_other() -> None:
    lists = LinkLists.shipped()
    assert not lists.popular & lists.shorteners
    assert not lists.popular & lists.dynamic
    assert lists.bare_suffixes <= lists.tlds
    assert all(facts_of(domain, lists).popular for domain in lists.popular)
    assert all(lists.suffixes[suffix] for suffix in lists.registries)
