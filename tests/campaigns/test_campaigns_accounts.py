"""Victims, fakes and abusers, told apart; a victim is never called abusive."""

from __future__ import annotations

from typing import Any

from nospim.campaigns.accounts import judge
from nospim.campaigns.assemble import assemble
from nospim.campaigns.times import moment
from nospim.casework import Settings
from nospim.findings import AccountFinding
from transcript import DAY, HOUR, MINUTE, START, Transcript, people

EVIL: dict[str, Any] = {"destinations": ("evil.example",), "wording": "w:1"}


def judged(story: Transcript) -> dict[str, AccountFinding]:
    settings = Settings()
    return {finding.account: finding for finding in judge(assemble(story.read, settings), settings)}


def test_a_hijacked_owner_is_found_with_reasons_and_since() -> None:
    story = Transcript()
    lures = story.burst("ann", [*people("a", 9), "bob"], 0, **EVIL, **story.thief("ann", -60))
    story.click("bob", lures[-1], 10 * MINUTE)
    more = story.burst("bob", people("b", 9), 20 * MINUTE, **EVIL, **story.thief("bob", 19 * MINUTE))
    story.report("b3", "bob", more[3], HOUR)
    bob = judged(story)["bob"]
    assert bob.state == "hijacked"
    assert bob.since == moment(START + 19 * MINUTE)
    assert [reason.signal for reason in bob.reasons] == [
        "prior",
        "verdicts",
        "sign_in",
        "burst",
        "campaign",
        "chain",
        "reports",
    ]
    assert bob.score > 0.99
    assert bob.episodes[0].sessions == ("thief-bob-1140",)


def test_an_account_hijacked_twice_has_two_episodes() -> None:
    story = Transcript()
    story.burst("ann", people("a", 9), 0, **EVIL, **story.thief("ann", -60))
    other: dict[str, Any] = {"destinations": ("other.example",), "wording": "w:2"}
    story.burst("ann", people("a", 9), 9 * DAY, **other, **story.thief("ann", 9 * DAY - 60, "203.0.113.0/24"))
    ann = judged(story)["ann"]
    assert len(ann.episodes) == 2
    assert len(ann.campaigns) == 2
    assert ann.since == moment(START - 60)


def test_a_new_account_without_friends_that_writes_to_strangers_is_fake() -> None:
    story = Transcript()
    young: dict[str, Any] = {"account_age": 600.0, "own_contacts": 0}
    for account in ("f1", "f2"):
        story.burst(account, people(account, 12), 0, **EVIL, **young)
    assert {finding.state for finding in judged(story).values()} == {"fake"}


def test_a_new_account_with_friends_was_hijacked() -> None:
    story = Transcript()
    for number, friend in enumerate(people("friend", 5)):
        story.send(friend, "ann", -8 * DAY + number, account_age=900 * DAY)
    story.burst(
        "ann", people("a", 12), 0, account_age=9 * DAY, own_contacts=1, **EVIL, **story.thief("ann", -60)
    )
    assert judged(story)["ann"].state == "hijacked"


def test_where_ages_are_unknown_a_long_log_tells_and_a_short_one_does_not() -> None:
    for watched, state in ((40 * DAY, "fake"), (2 * DAY, "hijacked")):
        story = Transcript()
        blind: dict[str, Any] = {"account_age": None, "own_contacts": 0, "session": None, "oddness": None}
        story.send("old", "friend", -watched, **blind)
        story.burst("new", people("n", 12), 0, **EVIL, **blind)
        story.burst("new2", people("m", 12), 0, **EVIL, **blind)
        assert {finding.state for finding in judged(story).values()} == {state}


def test_who_sends_bad_mail_for_days_from_his_own_home_is_abusive() -> None:
    story = Transcript()
    for day in range(6):
        story.burst("shop", people(f"d{day}-", 20), day * DAY, session="home-shop", **EVIL)
    assert judged(story)["shop"].state == "abusive"


def test_a_strange_sign_in_or_an_opened_lure_or_company_makes_him_a_victim() -> None:
    for doubt in ("sign-in", "oddness", "company"):
        story = Transcript()
        fields = dict(EVIL, session="home-shop")
        if doubt == "sign-in":
            fields = dict(EVIL, **story.thief("shop", -60))
        if doubt == "oddness":
            fields["oddness"] = 1500
        for day in range(6):
            story.burst("shop", people(f"d{day}-", 20), day * DAY, **fields)
        if doubt == "company":
            story.burst("ann", people("a", 9), DAY, **EVIL)
        assert judged(story)["shop"].state == "hijacked"


def test_who_forwards_a_lure_to_one_friend_is_not_judged() -> None:
    story = Transcript()
    story.burst("ann", people("a", 9), 0, **EVIL, **story.thief("ann", -60))
    story.send("a3", "mum", 300, "block", destinations=("evil.example",), wording="w:what is this")
    assert set(judged(story)) == {"ann"}


def test_an_eager_owner_who_was_stopped_alone_is_not_listed() -> None:
    story = Transcript()
    story.burst("shop", people("customer", 60), 0, session="home-shop", wording="w:sale")
    assert judged(story) == {}
