"""Plans: which can be made, and that every one that can be made gives a world that holds together."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nospim.drill import CONTROLS, RANGE_CONTROLS, RANGE_TACTICS, TACTICS, Plan, demo_plan, generate
from nospim.drill.parameters import TACTIC
from nospim.drill.truth import Entry, Lure
from nospim.events import LinkClicked, MessageSent


def test_every_tactic_has_its_row_of_parameters() -> None:
    assert tuple(TACTIC) == (*TACTICS, *RANGE_TACTICS)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"accounts": 10}, "accounts is 10"),
        ({"days": 1}, "days is 1"),
        ({"operators": 0}, "operators is 0"),
        ({"canaries": -1}, "canaries is -1"),
        ({"fakes_per_campaign": 0}, "fakes per campaign is 0"),
        ({"late": -0.1}, "late is -0.1"),
        ({"repeats": 2.0}, "repeats is 2.0"),
        ({"warm_up": 1.01}, "warm up is 1.01"),
        ({"service": "two words"}, "service"),
        ({"start": datetime(2026, 1, 1)}, "no time zone"),  # noqa: DTZ001
        ({"tactics": ("classic", "")}, "no tactic ''"),
    ],
)
def test_a_plan_that_makes_no_sense_cannot_be_made(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Plan(**wrong)  # type: ignore[arg-type]


plans = st.builds(
    Plan,
    seed=st.integers(-(2**40), 2**70),
    accounts=st.integers(40, 90),
    days=st.integers(3, 6),
    tactics=st.lists(st.sampled_from((*TACTICS, *RANGE_TACTICS)), max_size=4).map(tuple),
    controls=st.lists(st.sampled_from((*CONTROLS, *RANGE_CONTROLS)), max_size=5, unique=True).map(tuple),
    hijacked_per_campaign=st.integers(1, 12),
    fakes_per_campaign=st.integers(1, 4),
    operators=st.integers(1, 9),
    canaries=st.integers(0, 3),
    chat_per_day=st.sampled_from((0.05, 1.0, 6.0)),
    warm_up=st.sampled_from((0.0, 0.5, 1.0)),
    groups=st.sampled_from((0.0, 1.0)),
    edits=st.sampled_from((0.0, 1.0)),
    edited_lures=st.sampled_from((0.0, 1.0)),
    encrypted=st.sampled_from((0.0, 1.0)),
    receipts=st.sampled_from((0.0, 1.0)),
    failed_sign_ins=st.sampled_from((0.0, 1.0)),
    recovered=st.sampled_from((0.0, 1.0)),
)


@given(plans)
@example(Plan(accounts=40, days=3, chat_per_day=0.05, warm_up=1.0))
@settings(max_examples=25)
def test_any_plan_gives_a_world_that_holds_together(plan: Plan) -> None:
    world = generate(plan)

    sent = {e.id: e for e in world.events if isinstance(e, MessageSent)}
    entered = {(row.account, row.campaign) for row in world.truth if isinstance(row, Entry)}
    assert len({e.id for e in world.events}) == len(world.events)
    assert [e.time for e in world.events] == sorted(e.time for e in world.events)
    for row in world.truth:
        if isinstance(row, Entry):
            assert row.via is None or row.via in sent
        else:
            assert row.id in sent
        if isinstance(row, Lure):
            assert (row.account, row.campaign) in entered
    for event in world.events:
        if isinstance(event, LinkClicked) and event.data.message is not None:
            assert event.data.message in sent


def test_with_everything_encrypted_only_strangers_programs_write_in_the_clear() -> None:
    world = generate(
        Plan(seed=4, accounts=60, days=4, encrypted=1.0, tactics=("classic", "worm"), groups=0.0)
    )
    tactic = {row.id: row.tactic for row in world.truth if isinstance(row, Lure)}

    classic = [e for e in world.events if isinstance(e, MessageSent) and tactic.get(e.id) == "classic"]
    worm = [e for e in world.events if isinstance(e, MessageSent) and tactic.get(e.id) == "worm"]
    assert classic
    assert all(e.data.text for e in classic)
    sealed = [e for e in worm if e.data.encrypted]
    assert len(sealed) > 0.9 * len(worm)
    assert not [e for e in sealed if e.data.text is not None]


def test_the_start_may_be_told_in_any_zone() -> None:
    here = datetime(2026, 1, 12, 2, tzinfo=timezone(timedelta(hours=2)))
    one = generate(Plan(accounts=40, days=3, start=here))
    other = generate(Plan(accounts=40, days=3, start=datetime(2026, 1, 12, tzinfo=UTC)))

    assert one.events == other.events


def test_the_demonstration_is_small_and_has_what_it_shows() -> None:
    plan = demo_plan()
    world = generate(plan)
    entries = [row for row in world.truth if isinstance(row, Entry)]

    assert 15_000 < len(world.events) < 60_000
    assert {row.tactic for row in entries} == set(plan.tactics)
    for campaign in {row.campaign for row in entries if row.state == "hijacked"}:
        infected = [row for row in entries if row.campaign == campaign and row.infected_by]
        assert len(infected) >= 5, campaign
    assert plan == demo_plan()
    assert time.gmtime(plan.start_ms / 1000).tm_wday == 0
