"""What makes one campaign of several episodes, and what must not."""

from __future__ import annotations

from typing import Any

from nospim.campaigns.assemble import assemble
from nospim.casework import Settings
from nospim.events import Reference
from nospim.findings import Campaign
from transcript import DAY, HOUR, MINUTE, Transcript, people


def campaigns(story: Transcript) -> list[Campaign]:
    return [effort.row for effort in assemble(story.read, Settings()).efforts]


def accounts(story: Transcript) -> list[tuple[Reference, ...]]:
    return [row.accounts for row in campaigns(story)]


def hijack(
    story: Transcript, account: str, at: float, link: tuple[str, ...], wording: str | None, network: str
) -> None:
    session = story.thief(account, at, network)
    story.burst(
        account, people(f"{account}-friend", 6), at + MINUTE, destinations=link, wording=wording, **session
    )


def test_the_same_rare_destination_joins() -> None:
    story = Transcript()
    hijack(story, "ann", 0, ("evil.example",), "w:photo", "198.51.100.0/24")
    hijack(story, "bob", 5 * HOUR, ("evil.example",), "w:list", "203.0.113.0/24")
    assert accounts(story) == [("ann", "bob")]
    assert campaigns(story)[0].joined_by == ("destination",)


def test_a_popular_link_joins_nothing() -> None:
    story = Transcript()
    for number, other in enumerate(people("fan", 40)):
        story.send(other, "friend", number, destinations=("video.example",))
    hijack(story, "ann", HOUR, ("video.example",), "w:photo", "198.51.100.0/24")
    hijack(story, "bob", 2 * HOUR, ("video.example",), "w:list", "203.0.113.0/24")
    assert accounts(story) == [("ann",), ("bob",)]
    assert not any(row.joined_by for row in campaigns(story))


def test_a_destination_that_is_common_joins_nothing() -> None:
    story = Transcript()
    for account in ("ann", "bob"):
        session = story.thief(account, 0, None)
        story.burst(
            account, people(account, 5), 60, destinations=("big.example",), common=("big.example",), **session
        )
    assert accounts(story) == [("ann",), ("bob",)]


def test_a_greeting_stopped_by_mistake_pulls_in_nobody() -> None:
    story = Transcript()
    for number, other in enumerate(people("guest", 30)):
        story.send(other, "friend", number, wording="w:happy new year")
    story.send("ann", "bob", 50, "block", wording="w:happy new year")
    assert campaigns(story) == []


def test_a_bought_kit_does_not_join_two_gangs() -> None:
    story = Transcript()
    hijack(story, "ann", 0, ("evil.example",), "w:party photos", "198.51.100.0/24")
    hijack(story, "bob", HOUR, ("other.example",), "w:party photos", "203.0.113.0/24")
    for account in people("user", 9):  # the programme is an ordinary one
        story.chat(account, "friend", 0, client="Tool/1")
    assert accounts(story) == [("ann",), ("bob",)]


def test_wording_and_strange_network_join_within_a_night() -> None:
    story = Transcript()
    hijack(story, "ann", 0, ("evil.example",), "w:party photos", "198.51.100.0/24")
    hijack(story, "bob", 8 * HOUR, ("evil2.example",), "w:party photos", "198.51.100.0/24")
    hijack(story, "cas", 9 * DAY, ("evil3.example",), "w:party photos", "198.51.100.0/24")
    assert accounts(story) == [("ann", "bob"), ("cas",)]


def test_a_carrier_network_joins_nothing() -> None:
    story = Transcript()
    for account in people("user", 30):
        story.chat(account, "friend", 0, network="198.51.100.0/24", client="Tool/1")
    hijack(story, "ann", HOUR, (), "w:party photos", "198.51.100.0/24")
    hijack(story, "bob", 2 * HOUR, (), "w:party photos", "198.51.100.0/24")
    assert accounts(story) == [("ann",), ("bob",)]


def test_a_session_joins_the_domains_it_rotates() -> None:
    story = Transcript()
    for account, links in (("ann", ("a.example", "b.example")), ("bob", ("b.example", "c.example"))):
        session = story.thief(account, 0, None)
        for number, friend in enumerate(people(account, 6)):
            story.send(account, friend, 60 + number, "block", destinations=(links[number % 2],), **session)
    assert accounts(story) == [("ann", "bob")]


def test_opened_lure_and_takeover_join_what_shares_nothing_else() -> None:
    story = Transcript()
    session = story.thief("ann", 0, "198.51.100.0/24")
    lures = story.burst(
        "ann", ["x", "y", "z", "bob"], 60, destinations=("a.example",), wording="w:1", **session
    )
    story.click("bob", lures[3], 10 * MINUTE)
    hijack(story, "bob", 30 * MINUTE, ("b.example",), "w:2", "203.0.113.0/24")
    assert accounts(story) == [("ann", "bob")]


def test_one_person_who_met_both_does_not_bridge_two_campaigns() -> None:
    story = Transcript()
    for gang, network in (("a", "198.51.100.0/24"), ("b", "203.0.113.0/24")):
        for number, account in enumerate(people(gang, 4)):
            hijack(story, account, number * HOUR, (f"{gang}.example",), f"w:{gang}", network)
    lure = story.send(
        "a0", "b3", 100, "block", destinations=("a.example",), session="thief-a0-0", oddness=7000
    )
    story.click("b3", lure, 2 * HOUR + 50 * MINUTE)
    assert accounts(story) == [("a0", "a1", "a2", "a3"), ("b0", "b1", "b2", "b3")]


def test_without_sign_ins_the_same_wording_joins_by_time() -> None:
    story = Transcript()
    blind: dict[str, Any] = {"session": None, "oddness": None, "client": None, "wording": "w:gift card"}
    story.burst("ann", people("ann", 6), 0, **blind)
    story.burst("bob", people("bob", 6), 20 * MINUTE, **blind)
    story.burst("cas", people("cas", 6), 3 * DAY, **blind)
    assert accounts(story) == [("ann", "bob"), ("cas",)]


def test_one_account_in_two_campaigns_within_hours_without_sessions() -> None:
    story = Transcript()
    blind: dict[str, Any] = {"session": None, "oddness": None, "client": None}
    for number, account in enumerate(("ann", "bob")):
        story.burst(
            account, people(account, 6), number * HOUR, destinations=("a.example",), wording="w:1", **blind
        )
    for number, account in enumerate(("ann", "cas")):
        at = (3 + number) * HOUR
        story.burst(account, people(account, 6), at, destinations=("b.example",), wording="w:2", **blind)
    assert accounts(story) == [("ann", "bob"), ("ann", "cas")]


def test_hindsight_takes_in_what_was_allowed_and_nothing_honest() -> None:
    story = Transcript()
    session = story.thief("ann", 0)
    lures = story.burst("ann", people("f", 6), 60, destinations=("evil.example",), wording="w:1", **session)
    story.send(
        "f3", "mum", 200, destinations=("evil.example",), wording="w:what is this"
    )  # quotes it to somebody
    story.send("ann", "f1", -500)
    missed = story.burst(
        "bob", people("g", 4), 300, "allow", destinations=("evil.example",), wording="w:1", session="home-bob"
    )
    (campaign,) = campaigns(story)
    assert campaign.messages == (*lures, *missed)
    assert campaign.stopped == 5
    assert campaign.accounts == ("ann", "bob")
    assert campaign.recipients == 10


def test_one_stopped_message_is_no_campaign() -> None:
    story = Transcript()
    story.send("ann", "bob", 0, "block", destinations=("new.example",), wording="w:1")
    assert campaigns(story) == []
    assert campaigns(Transcript()) == []


def test_two_sources_keep_their_names() -> None:
    story = Transcript()
    hijack(story, "ann", 0, ("evil.example",), "w:1", "198.51.100.0/24")
    (campaign,) = campaigns(story)
    assert campaign.source == "xmpp://im.example"
    assert campaign.id.startswith("c-")
    assert campaign.links == ("https://evil.example/",)


def test_a_host_with_another_tenant_days_later_does_not_join() -> None:
    story = Transcript()
    hijack(story, "ann", 0, ("pages.example",), "w:photo", "198.51.100.0/24")
    hijack(story, "bob", 2 * DAY, ("pages.example",), "w:list", "203.0.113.0/24")
    assert accounts(story) == [("ann",), ("bob",)]
