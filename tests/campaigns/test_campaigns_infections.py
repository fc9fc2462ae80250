"""Who infected whom, told from lures, clicks and takeovers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from nospim.campaigns.assemble import assemble
from nospim.campaigns.infections import Spread, patient_zero, reproduction
from nospim.campaigns.times import moment
from nospim.casework import Settings
from nospim.events import Reference
from nospim.findings import Campaign
from transcript import DAY, HOUR, MINUTE, START, Transcript, people

EVIL: dict[str, Any] = {"destinations": ("evil.example",), "wording": "w:1"}


def only(story: Transcript) -> Campaign:
    (effort,) = assemble(story.read, Settings()).efforts
    return effort.row


def causes(campaign: Campaign) -> dict[Reference, tuple[Reference | None, Reference | None]]:
    return {one.account: (one.infected_by, one.via) for one in campaign.infections}


def test_the_lure_opened_last_before_the_takeover_is_the_cause() -> None:
    story = Transcript()
    first = story.burst("ann", [*people("a", 4), "cas"], 0, **EVIL, **story.thief("ann", -60))
    second = story.burst("bob", [*people("b", 4), "cas"], HOUR, **EVIL, **story.thief("bob", HOUR - 60))
    story.click("cas", second[-1], 2 * HOUR)
    story.click("cas", first[-1], 2 * HOUR + 60)
    story.click("cas", second[-1], 3 * HOUR)  # after the takeover
    story.burst(
        "cas", people("c", 4), 2 * HOUR + 30 * MINUTE, **EVIL, **story.thief("cas", 2 * HOUR + 20 * MINUTE)
    )
    campaign = only(story)
    assert causes(campaign) == {"ann": (None, None), "bob": (None, None), "cas": ("ann", first[-1])}
    assert campaign.infections[2].at == moment(START) + timedelta(hours=2, minutes=20)
    assert campaign.patient_zero == "ann"


def test_a_click_without_a_message_is_the_last_such_lure_received() -> None:
    story = Transcript()
    lures = story.burst("ann", [*people("a", 4), "bob"], 0, **EVIL, **story.thief("ann", -60))
    story.click("bob", None, 10 * MINUTE, destinations=("evil.example",))
    story.burst("bob", people("b", 4), 20 * MINUTE, **EVIL, **story.thief("bob", 19 * MINUTE))
    assert causes(only(story))["bob"] == ("ann", lures[-1])


def test_who_never_opened_a_lure_was_not_infected_by_it_where_clicks_are_known() -> None:
    story = Transcript()
    lures = story.burst("ann", [*people("a", 4), "bob"], 0, **EVIL, **story.thief("ann", -60))
    story.click("a2", lures[2], MINUTE)
    story.burst("bob", people("b", 4), 20 * MINUTE, **EVIL, **story.thief("bob", 19 * MINUTE))
    assert causes(only(story))["bob"] == (None, None)


def test_without_clicks_it_is_the_last_lure_received_that_could_be_read() -> None:
    story = Transcript()
    lures = story.burst("ann", [*people("a", 4), "cas"], 0, **EVIL, **story.thief("ann", -60))
    story.burst("bob", [*people("b", 4), "cas"], 19 * MINUTE, **EVIL, **story.thief("bob", 18 * MINUTE))
    story.burst("cas", people("c", 4), 21 * MINUTE, **EVIL, **story.thief("cas", 20 * MINUTE))
    assert causes(only(story))["cas"] == ("ann", lures[-1])


def test_infection_never_runs_backwards_or_round() -> None:
    story = Transcript()
    story.burst("ann", [*people("a", 4), "bob"], 0, **EVIL, **story.thief("ann", -60))
    lures = story.burst("bob", [*people("b", 4), "ann"], HOUR, **EVIL, **story.thief("bob", HOUR - 60))
    story.click("ann", lures[-1], 2 * HOUR)
    infected = causes(only(story))
    assert infected["ann"] == (None, None)


def test_a_worm_in_the_owners_session_begins_with_its_first_lure() -> None:
    story = Transcript()
    story.chat("ann", "bob", -HOUR)
    lures = story.burst("ann", [*people("a", 4), "bob"], 0, **EVIL)
    campaign = only(story)
    assert campaign.messages == tuple(lures)
    assert campaign.infections[0].at == moment(START)


def spread(account: str, at: float, by: str | None = None) -> Spread:
    return Spread(account, at, by, "m" if by else None, by is not None)


def test_reproduction_counts_children_by_day_of_takeover() -> None:
    chain = (
        spread("a", 0.0),
        spread("b", HOUR, "a"),
        spread("c", HOUR, "a"),
        spread("d", DAY, "b"),
        spread("e", DAY + 60, "d"),
    )
    overall, days = reproduction(chain, 9 * DAY)
    assert overall == pytest.approx(4 / 5)
    assert days == {"1970-01-01": pytest.approx(3 / 3), "1970-01-02": pytest.approx(1 / 2)}
    assert patient_zero(chain) == "a"


def test_accounts_taken_just_before_the_end_are_not_counted_yet() -> None:
    chain = (spread("a", 0.0), spread("b", HOUR, "a"), spread("c", 2 * HOUR, "b"))
    overall, _ = reproduction(chain, 2 * HOUR + 60)
    assert overall == pytest.approx(2 / 2)
    assert reproduction((spread("a", 0.0),), 0.0)[0] == 0.0
    assert reproduction((), 0.0) == (None, {})
