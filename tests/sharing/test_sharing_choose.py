"""What may be shared: two conditions for, any objection against, and a victim never."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.findings import AccountFinding, Campaign
from nospim.sharing import Found, Label, Seen, choose, digest, latest, render, renew
from share_words import DAY, NOON, account, campaign, infected, label

LURE = "http://evil-login.example/album/7"
CAPTURE = Seen(address=LURE, at=NOON, phishing=True)


def chosen(**found: Any) -> list[tuple[str, str]]:
    return [(one.kind, one.value) for one in choose(Found(**found), NOON + DAY).listings]


def why_not(**found: Any) -> dict[str, str]:
    return {one.value: one.why for one in choose(Found(**found), NOON + DAY).refused}


def test_a_destination_needs_a_second_condition() -> None:
    campaigns = (campaign("c1", LURE),)

    assert chosen(campaigns=campaigns) == []
    assert "no second condition" in why_not(campaigns=campaigns)["evil-login.example"]
    assert chosen(campaigns=campaigns, captures=(CAPTURE,)) == [("host", "evil-login.example")]
    assert chosen(campaigns=campaigns, labels=(label("evil-login.example", "lure"),)) == [
        ("host", "evil-login.example")
    ]


def test_a_second_condition_alone_is_not_enough_either() -> None:
    assert chosen(captures=(CAPTURE,), labels=(label("evil-login.example", "lure"),)) == []
    allowed = campaign("c1", LURE, stopped=2)
    assert chosen(campaigns=(allowed,), captures=(CAPTURE,)) == []


def test_a_capture_that_shows_no_phishing_or_another_page_is_none() -> None:
    campaigns = (campaign("c1", LURE),)

    assert chosen(campaigns=campaigns, captures=(Seen(address=LURE, at=NOON, phishing=False),)) == []
    other = Seen(address="http://evil-login.example/other", at=NOON, phishing=True)
    assert chosen(campaigns=campaigns, captures=(other,)) == []


def test_a_label_that_has_ended_or_was_overruled_is_none() -> None:
    campaigns = (campaign("c1", LURE),)

    assert chosen(campaigns=campaigns, labels=(label("evil-login.example", "lure", ends=0.5),)) == []
    overruled = (label("evil-login.example", "lure"), label("evil-login.example", "benign", 0.1))
    assert chosen(campaigns=campaigns, labels=overruled, captures=(CAPTURE,)) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://sites.google.com/view/lure",
        "https://someone.github.io/login",
        "https://bit.ly/3xyz",
        "https://evil.duckdns.org/x",
        "https://www.dropbox.com/s/abc/x",
        "https://docs.google.com/forms/d/e/1FAIpQ/viewform",
    ],
)
def test_a_host_where_anyone_may_publish_is_never_listed_as_a_whole(url: str) -> None:
    whole = {"google.com", "sites.google.com", "docs.google.com", "github.io", "bit.ly", "duckdns.org"}
    whole |= {"dropbox.com", "www.dropbox.com"}
    labels = tuple(label(name, "lure") for name in sorted(whole))
    found = chosen(
        campaigns=(campaign("c1", url),), labels=labels, captures=(Seen(address=url, at=NOON, phishing=True),)
    )

    assert not {value for _, value in found} & whole
    assert all(kind != "host" or value.count(".") >= 2 for kind, value in found)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://login.chat.example/x", "the service's own"),
        ("http://wikipedia.org/x", "popular"),
        ("http://203.0.113.7/x", "private address"),
        ("http://10.0.0.7/x", "private address"),
        ("http://9.9.9.9/x", "without a name"),
        ("http://victims.example/x", "victim's server"),
        ("http://3f9c1d2.evil.example/x", "host of its own"),
    ],
)
def test_some_hosts_are_not_listed_whatever_speaks_for_them(url: str, why: str) -> None:
    told = why_not(
        campaigns=(campaign("c1", url),),
        captures=(Seen(address=url, at=NOON, phishing=True),),
        accounts=(account("ann@victims.example", "hijacked"),),
        own=frozenset({"chat.example"}),
    )

    assert any(why in reason for reason in told.values()), told


def test_a_person_may_name_the_domain_of_hosts_that_are_made_for_one_each() -> None:
    campaigns = (campaign("c1", "http://3f9c1d2.evil.example/x"),)

    assert chosen(campaigns=campaigns, labels=(label("evil.example", "lure"),)) == [("host", "evil.example")]


def test_the_same_page_in_two_campaigns_apart_is_listed_as_a_page() -> None:
    one, other = (
        campaign("c1", LURE, accounts=("a@x.example",)),
        campaign("c2", LURE + "?u=9", accounts=("b@y.example",)),
    )

    assert chosen(campaigns=(one, other)) == [("address", "evil-login.example/album/7")]
    for joined in (
        {"accounts": ("a@x.example",)},
        {"networks": one.networks},
        {"networks": ()},
    ):
        told: dict[str, Any] = {"accounts": ("b@y.example",), **joined}
        assert chosen(campaigns=(one, campaign("c2", LURE, **told))) == []
    pair = [campaign(f"c{n}", LURE, accounts=(f"{n}@x.example",), operator="o1") for n in (1, 2)]
    assert chosen(campaigns=tuple(pair)) == []


def test_a_fake_account_needs_a_label_or_two_campaigns_and_a_sure_score() -> None:
    one = campaign("c1", accounts=("Fake@chat.example", "x@chat.example"))
    two = campaign("c2", accounts=("Fake@chat.example", "y@chat.example"))
    fake = account("Fake@chat.example", "fake", "c1", "c2")
    digest = hashlib.sha256(b"fake@chat.example").hexdigest()

    (listing,) = choose(Found(campaigns=(one, two), accounts=(fake,)), NOON + DAY).listings
    assert (listing.kind, listing.value, listing.sha256) == ("account", "", digest)
    assert chosen(campaigns=(one,), accounts=(fake,)) == []
    assert chosen(campaigns=(one,), accounts=(fake,), labels=(label("fake@chat.example", "fake"),)) != []
    unsure = account("fake@chat.example", "fake", "c1", "c2", score=0.9)
    assert chosen(campaigns=(one, two), accounts=(unsure,)) == []


@pytest.mark.parametrize(
    "said",
    [
        {"accounts": (account("ann@chat.example", "hijacked"),)},
        {"campaigns": (campaign("c9", infections=(infected("ann@chat.example"),)),)},
        {"labels": (label("ann@chat.example", "hijacked", -40),)},
        {"labels": (label("ANN@chat.example/phone", "victim", -40, ends=-30),)},
    ],
)
def test_once_a_victim_never_listed_whatever_is_said_later(said: dict[str, Any]) -> None:
    fake = account("Ann@chat.example", "fake", "c1", "c2")
    campaigns = tuple(campaign(f"c{n}", accounts=("Ann@chat.example", f"{n}@x.example")) for n in (1, 2))
    labels = (label("ann@chat.example", "fake"), *said.get("labels", ()))
    accounts = (fake, *said.get("accounts", ()))
    told = why_not(campaigns=(*campaigns, *said.get("campaigns", ())), accounts=accounts, labels=labels)

    assert told["ann@chat.example"] == "it was hijacked, so its owner is a victim"


def test_a_victim_of_an_earlier_scan_stays_one() -> None:
    fake = account("ann@chat.example", "fake", "c1")
    told = why_not(
        campaigns=(campaign("c1", LURE, accounts=("ann@chat.example",)),),
        accounts=(fake,),
        labels=(label("ann@chat.example", "fake"), label("evil-login.example", "lure")),
        victims=frozenset({digest("ann@chat.example")}),
        servers=frozenset({"evil-login.example"}),
    )

    assert told["ann@chat.example"] == "it was hijacked, so its owner is a victim"
    assert told["evil-login.example"] == "a victim's server"


# No hijacked account in any published byte, under any transform that needs no salt

LOCALS = ["ann", "bobby", "carol.k", "dora-the-5th", "ED"]
SERVERS = ["chat.example", "evil.example", "club.example"]
PEOPLE = [f"{name}@{place}" for name in LOCALS for place in SERVERS] + [
    "@ann:matrix.example",
    "@zed:evil.example",
]
PLACES = [
    "http://evil.example/album",
    "http://evil.example/for/bobby",
    "http://lures.example/{}",
    "https://sites.google.com/view/carol.k",
    "http://club.example/",
]


@st.composite
def worlds(draw: st.DrawFn) -> Found:
    """Any findings at all: states, campaigns, infections and labels that contradict each other."""
    ids = ["c1", "c2", "c3"]
    people = st.sampled_from(PEOPLE)
    campaigns: list[Campaign] = []
    for ident in ids:
        links = [one.format(draw(people)) for one in draw(st.lists(st.sampled_from(PLACES), max_size=3))]
        infections = tuple(infected(who) for who in draw(st.lists(people, max_size=2)))
        senders = tuple(draw(st.lists(people, min_size=1, max_size=4, unique=True)))
        campaigns.append(campaign(ident, *links, accounts=senders, infections=infections))
    states = st.sampled_from(["hijacked", "fake", "fake", "abusive"])
    accounts: list[AccountFinding] = [
        account(who, draw(states), *draw(st.lists(st.sampled_from(ids), max_size=3, unique=True)))
        for who in draw(st.lists(people, max_size=8))
    ]
    words = st.sampled_from(["fake", "lure", "abusive", "hijacked", "victim", "benign"])
    targets = st.one_of(people, st.sampled_from(["evil.example", "lures.example", "club.example"]))
    labels: list[Label] = [
        label(draw(targets), draw(words), draw(st.floats(-9, 0.9))) for _ in range(draw(st.integers(0, 8)))
    ]
    captures = tuple(
        Seen(address=one, at=NOON, phishing=True) for one in draw(st.lists(st.sampled_from(PLACES)))
    )
    return Found(
        campaigns=tuple(campaigns), accounts=tuple(accounts), labels=tuple(labels), captures=captures
    )


def guesses(victim: str) -> Iterator[str]:
    """What somebody would hash who wants to know whether a person is on a list."""
    low = victim.lower()
    server = low.rpartition(":" if low.startswith("@") else "@")[2]
    texts = [victim, low, low.upper(), f"xmpp:{low}", f"xmpp://{server} {low}", f"xmpp://chat.example {low}"]
    texts += [low.lstrip("@"), f"{low}/", f"{low}\n", server, quote(low, safe="")]
    for text in texts:
        for kind in ("sha256", "sha1", "md5", "sha512", "blake2b"):
            raw = hashlib.new(kind, text.encode()).digest()
            yield raw.hex()
            yield base64.b64encode(raw).decode().rstrip("=")


@given(worlds())
def test_no_hijacked_account_is_in_any_published_byte(found: Found) -> None:
    victims = {a.account for a in found.accounts if a.state == "hijacked"}
    victims |= {str(i.account) for c in found.campaigns for i in c.infections}
    victims |= {
        one.target for one in found.labels if one.label in ("hijacked", "victim") and "@" in one.target
    }
    at = NOON + DAY
    pick = choose(found, at)
    book = renew(None, pick, latest(found.labels, at), at)
    assert book is not None
    everything = b"\n".join(render(book).values()).decode().lower()

    for victim in victims:
        assert victim.lower() not in everything
        assert quote(victim.lower(), safe="") not in everything
        assert not [guess for guess in guesses(victim) if guess.lower() in everything], victim


def test_the_property_above_can_fail() -> None:
    fake = account("ann@chat.example", "fake", "c1", "c2")
    campaigns = tuple(campaign(f"c{n}", accounts=("ann@chat.example", f"{n}@x.example")) for n in (1, 2))
    pick = choose(Found(campaigns=campaigns, accounts=(fake,)), NOON + DAY)
    book = renew(None, pick, {}, NOON + DAY)
    assert book is not None
    everything = b"\n".join(render(book).values()).decode().lower()

    assert [guess for guess in guesses("ann@chat.example") if guess.lower() in everything]
    assert json.loads(render(book)["list.json"])["entries"][0]["value"] == ""
