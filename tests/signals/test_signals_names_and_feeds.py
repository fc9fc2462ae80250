"""The signals that speak only when the operator gives them something: names to protect, and list feeds."""

from __future__ import annotations

import hashlib

import pytest

from im_transcript import START, Heard, Transcript
from nospim.engine import Engine
from nospim.listings import Entry, Feed, FeedIndex, Kind
from nospim.policy import DEFAULT_POLICY, Policy, parse_policy
from nospim.policy.calibration import IDENTITY
from nospim.signals.feed import MORE
from nospim.verdicts import Verdict

ANN, BOB = "ann@im.example", "bob@im.example"
MADE = START.timestamp() - 86400
NAMED = parse_policy('[lists]\nown_names = ["chat-example.org"]\nbrands = ["paypal.com", "Example Bank"]\n')


def feed(name: str = "abuse", kind: Kind = "bad", millibits: int = 2000, days: float = 30) -> Feed:
    return Feed(
        name=name,
        kind=kind,
        sha256="0" * 64,
        dated=MADE,
        expires=days * 86400,
        millibits=millibits,
    )


def listed(*feeds: Feed, host: str = "evil.example") -> FeedIndex:
    return FeedIndex.of([(one, [Entry("host", host, 7)]) for one in feeds])


def hear(
    text: str, policy: Policy = DEFAULT_POLICY, feeds: FeedIndex | None = None, days: float = 0
) -> Verdict:
    told = Transcript()
    told.wait(days * 86400)
    message = told.say(ANN, BOB, text)
    return Heard(told, Engine(policy, feeds=feeds)).verdicts[message]


def said(verdict: Verdict, signal: str) -> tuple[float, str] | None:
    return next(((r.bits, r.detail) for r in verdict.reasons if r.signal == signal), None)


# lookalike


@pytest.mark.parametrize(
    ("url", "bits", "words"),
    [
        ("https://chat-example-login.top/", 5, "this service"),
        ("https://chatexample.chat.evil.ru/", 2, "this service"),
        ("https://paypal.com.evil.ru/x", 3, "paypal.com"),
        ("https://examplebank-verify.xyz/", 3, "Example Bank"),
        ("https://paypsl.com/", 2, "misspelt"),
    ],
)
def test_lookalike_names_the_brand_and_how(url: str, bits: float, words: str) -> None:
    found = said(hear(f"please sign in at {url}", NAMED), "lookalike")
    assert found is not None
    assert found[0] == bits
    assert words in found[1]


@pytest.mark.parametrize(
    "url", ["https://paypal.com/x", "https://shop.chat-example.org/", "https://elsewhere.example/"]
)
def test_lookalike_is_silent_of_the_names_owners_and_of_others(url: str) -> None:
    assert said(hear(f"please look at {url}", NAMED), "lookalike") is None


def test_lookalike_counts_the_strongest_of_several_links_once() -> None:
    several = hear("https://paypsl.com/ https://chat-example-login.top/ https://paypal-login.top/", NAMED)
    assert (said(several, "lookalike") or (0,))[0] == 5


def test_without_names_and_feeds_the_score_is_what_it_was() -> None:
    text = "log in at https://paypal.com.evil.ru/ or https://chat-example-login.top/"
    off = parse_policy("[signals]\nlookalike = false\nfeed = false\n")
    assert hear(text).reasons == hear(text, off).reasons
    assert hear(text).score == hear(text, off).score


def test_an_edit_into_a_lookalike_is_judged_with_it() -> None:
    told = Transcript()
    first = told.say(ANN, BOB, "see you")
    told.tell("message.edited", ANN, message=first, text="your password: https://chat-example-login.top/")
    under_attack = "prior = 0.05\n[thresholds]\nwarn = 0.5\nhold = 0.85\nblock = 0.99\n"
    named = parse_policy(under_attack + '[lists]\nown_names = ["chat-example.org"]\n')
    assert [a.kind for a in Heard(told, Engine(named, calibration=IDENTITY)).actions] == ["recall"]
    assert Heard(told, Engine(parse_policy(under_attack), calibration=IDENTITY)).actions == []


# feed


def test_feed_names_feed_line_and_age() -> None:
    found = said(hear("look https://evil.example/a", feeds=listed(feed())), "feed")
    assert found == (2.0, "a link is on the feed abuse (line 7, 1 day old)")


def test_feed_is_silent_of_what_is_not_listed_and_without_feeds() -> None:
    assert said(hear("look https://harmless.example/a", feeds=listed(feed())), "feed") is None
    assert said(hear("no link at all", feeds=listed(feed())), "feed") is None
    assert said(hear("look https://evil.example/a"), "feed") is None


def test_feed_fades_and_ends() -> None:
    def bits(days: float) -> float:
        found = said(hear("look https://evil.example/a", feeds=listed(feed(days=10)), days=days), "feed")
        return found[0] if found else 0.0

    assert [bits(d) for d in (0, 4, 6.5, 9)] == [2.0, 2.0, 1.0, 0.0]


def test_many_feeds_together_stay_below_their_bound_and_decide_nothing_alone() -> None:
    crowd = listed(*(feed(f"f{n}", millibits=4000) for n in range(40)))
    verdict = hear("look https://evil.example/a", parse_policy("prior = 0.0005\n"), crowd)
    assert (said(verdict, "feed") or (0,))[0] == 4.0
    assert verdict.action == "allow"


def test_a_second_feed_is_half_a_witness() -> None:
    two = said(hear("look https://evil.example/a", feeds=listed(feed("a"), feed("b"))), "feed")
    assert two is not None
    assert two[0] == 2.0 + MORE / 1000


def test_a_list_of_what_is_harmless_speaks_for_the_message_and_against_a_bad_one() -> None:
    good = said(hear("look https://evil.example/a", feeds=listed(feed("top", "good"))), "feed")
    both = said(hear("look https://evil.example/a", feeds=listed(feed(), feed("top", "good"))), "feed")
    assert good == (-2.0, "a link is on the feed top of what is known and harmless (line 7, 1 day old)")
    assert both is not None
    assert both[0] == 0.0


def test_a_listed_sender_is_named_as_such() -> None:
    digest = hashlib.sha256(ANN.encode()).hexdigest()
    known = FeedIndex.of([(feed("rtbl"), [Entry("digest", digest, 3)])])
    assert said(hear("hello", feeds=known), "feed") == (
        2.0,
        "the sender is on the feed rtbl (line 3, 1 day old)",
    )
