"""The story: what the figures say, in sentences that stay true at the edges."""

from __future__ import annotations

import msgspec
import pytest
import report_sample as sample
from hypothesis import given
from hypothesis import strategies as st

from nospim.findings import Findings, Summary
from nospim.reports import story
from nospim.reports.words import PERCENT


def summary(**counts: int) -> Summary:
    return msgspec.structs.replace(sample.empty_summary(1000), counts={"messages": 1000, **counts})


def only(*numbers: int) -> Findings:
    """The sample's findings with some of its campaigns and their accounts."""
    found = sample.findings()
    campaigns = tuple(found.campaigns[n] for n in numbers)
    ids = {campaign.id for campaign in campaigns}
    accounts = tuple(account for account in found.accounts if ids & set(account.campaigns))
    return Findings(campaigns=campaigns, accounts=accounts, operators=())


def test_one_campaign() -> None:
    told = story.paragraph(only(2), summary(hold=50, block=5, released=4))

    assert told == (
        f"nospim read 1,000 messages from 3 March 2026 and stopped 51 of them (5.1{PERCENT}). One campaign "
        "sent 80 messages from 5 accounts and began with lena7@im.example on 3 March 2026, 07:40 UTC. "
        "5 accounts were taken over. Their owners are victims and can be helped today. 2 fake and 1 abusive "
        f"accounts took part as well. 40 of the campaigns' messages (50.0{PERCENT}) reached people "
        "at once."
    )


def test_stopped_messages_without_a_campaign() -> None:
    told = story.paragraph(sample.empty_findings(), summary(hold=3))

    assert told == (
        "nospim read 1,000 messages from 3 March 2026 and stopped 3 of them. "
        "It found no campaign of spim among them."
    )


def test_nothing_read() -> None:
    told = story.paragraph(sample.empty_findings(), sample.empty_summary())

    assert told == "No message was read, so there is nothing to report."


def test_all_stopped() -> None:
    found = only(2)
    campaign = msgspec.structs.replace(found.campaigns[0], stopped=80, patient_zero=None)

    told = story.paragraph(msgspec.structs.replace(found, campaigns=(campaign,)), summary(block=80))

    assert "began with" not in told
    assert told.endswith("All of their messages were held or blocked.")


def test_what_was_let_go_is_not_called_stopped() -> None:
    assert story.stopped_in(summary(hold=10, block=2, released=9)) == 3
    assert story.stopped_in(summary(released=9)) == 0


def test_a_victim_is_one_owner() -> None:
    found = only(2)
    one = msgspec.structs.replace(found, accounts=found.accounts[:1])

    assert "1 account was taken over. Its owner is a victim" in story.paragraph(one, summary())


@pytest.mark.parametrize(
    ("reproduction", "word"),
    [
        (None, "spread not measured"),
        (0.0, "not spreading"),
        (0.3, "dying out"),
        (0.95, "holding steady"),
        (1.1, "holding steady"),
        (2.5, "growing"),
    ],
)
def test_what_a_reproduction_number_means(reproduction: float | None, word: str) -> None:
    assert story.meaning(reproduction)[0] == word


def test_how_a_campaign_was_joined() -> None:
    campaign = msgspec.structs.replace(sample.findings().campaigns[2], joined_by=("destination", "new kind"))

    assert story.joined(campaign) == "where their links lead and new kind"


@given(
    st.dictionaries(
        st.sampled_from(["messages", "warn", "hold", "block", "released", "dropped"]), st.integers(0, 10**9)
    )
)
def test_any_counts_can_be_told(counts: dict[str, int]) -> None:
    told = msgspec.structs.replace(sample.empty_summary(5), counts=counts)

    for findings in (sample.empty_findings(), only(2)):
        assert story.paragraph(findings, told)
        assert len(story.figures(findings, told)) == 5
        assert all(not figure.value.startswith("-") for figure in story.figures(findings, told))
