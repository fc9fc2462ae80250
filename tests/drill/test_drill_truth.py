"""What a drill says is true agrees with what happens in it."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from nospim.drill import CONTROLS, Plan, World, generate
from nospim.drill.truth import Entry, LookAlike, Lure, ThiefLine
from nospim.events import (
    AccountCreated,
    AccountRecovered,
    Event,
    LinkClicked,
    MessageEdited,
    MessageReported,
    MessageSent,
    SessionOpened,
    SessionResumed,
)


@pytest.fixture(scope="module")
def world() -> World:
    return generate(Plan(seed=11, accounts=300, days=14, edited_lures=0.1))


@pytest.fixture(scope="module")
def sent(world: World) -> dict[str, MessageSent]:
    return {e.id: e for e in world.events if isinstance(e, MessageSent)}


def entries(world: World) -> list[Entry]:
    return [row for row in world.truth if isinstance(row, Entry)]


def test_events_are_in_order_of_time_and_ids_are_each_of_one_event(world: World) -> None:
    times = [e.time for e in world.events]

    assert times == sorted(times)
    assert len({e.id for e in world.events}) == len(world.events)


def test_ids_tell_nothing_of_order_or_kind(world: World) -> None:
    ids = [e.id for e in world.events]
    rises = sum(a < b for a, b in itertools.pairwise(ids))

    assert 0.4 < rises / len(ids) < 0.6
    assert {len(i) for i in ids} == {10}


def test_every_lure_was_sent_as_the_truth_says(world: World, sent: dict[str, MessageSent]) -> None:
    lures = [row for row in world.truth if isinstance(row, Lure)]

    assert len(lures) > 1000
    for row in lures:
        message = sent[row.id]
        assert message.subject == row.account
        assert message.data.to == (row.to,)
        assert message.time.isoformat(timespec="milliseconds").replace("+00:00", "Z") == row.time


def test_no_message_has_two_labels(world: World) -> None:
    labelled = Counter(row.id for row in world.truth if not isinstance(row, Entry))

    assert labelled
    assert max(labelled.values()) == 1


def test_lures_are_sent_only_from_entered_accounts_and_after_the_entry(world: World) -> None:
    first: dict[tuple[str, str], str] = {}
    for entry in entries(world):
        first.setdefault((entry.account, entry.campaign), entry.time)
    for row in world.truth:
        if isinstance(row, Lure):
            assert first[row.account, row.campaign] <= row.time


def test_who_was_infected_had_been_sent_the_lure_before(world: World, sent: dict[str, MessageSent]) -> None:
    infected = [entry for entry in entries(world) if entry.infected_by is not None]

    assert len(infected) > 60
    for entry in infected:
        lure = sent[entry.via or ""]
        assert lure.subject == entry.infected_by
        assert entry.account in lure.data.to
        assert lure.time.isoformat() < entry.time


def test_who_was_infected_by_a_link_had_opened_a_link_of_the_campaign(world: World) -> None:
    clicks: dict[str, list[LinkClicked]] = {}
    for event in world.events:
        if isinstance(event, LinkClicked):
            clicks.setdefault(event.subject, []).append(event)
    for entry in entries(world):
        if entry.infected_by is not None and entry.tactic != "nolink":
            before = [c for c in clicks[entry.account] if c.time.isoformat() < entry.time]
            assert [c for c in before if c.data.message in {entry.via, None}]


def test_every_session_of_the_truth_is_in_the_events(world: World) -> None:
    opened: dict[str, list[Event]] = {}
    for event in world.events:
        if isinstance(event, SessionOpened | SessionResumed):
            opened.setdefault(event.data.session, []).append(event)
    for entry in entries(world):
        assert entry.session is not None
        assert {e.subject for e in opened[entry.session]} == {entry.account}


def test_a_lure_comes_from_the_session_of_its_entry(world: World, sent: dict[str, MessageSent]) -> None:
    sessions: dict[tuple[str, str], set[str | None]] = {}
    for entry in entries(world):
        sessions.setdefault((entry.account, entry.campaign), set()).add(entry.session)
    for row in world.truth:
        if isinstance(row, Lure) and row.tactic != "worm":
            assert sent[row.id].data.session in sessions[row.account, row.campaign]


def test_accounts_are_entered_more_than_once_but_not_by_the_same_campaign(world: World) -> None:
    by_account = Counter(entry.account for entry in entries(world))
    by_campaign = Counter((entry.account, entry.campaign) for entry in entries(world))

    assert max(by_account.values()) >= 2
    assert max(by_campaign.values()) == 1


def test_nothing_is_sent_by_the_thief_after_the_owner_is_back(
    world: World, sent: dict[str, MessageSent]
) -> None:
    until = {(e.account, e.campaign): e.until for e in entries(world) if e.until is not None}

    assert until
    for row in world.truth:
        if isinstance(row, Lure | ThiefLine) and (row.account, row.campaign) in until:
            assert sent[row.id].time.isoformat() < until[row.account, row.campaign]
    recovered = {e.subject for e in world.events if isinstance(e, AccountRecovered)}
    assert recovered == {account for account, _ in until}


def test_an_edit_that_makes_a_lure_is_in_the_events_and_its_message_is_no_lure(
    world: World, sent: dict[str, MessageSent]
) -> None:
    edits = {e.id: e for e in world.events if isinstance(e, MessageEdited)}
    lines = [row for row in world.truth if isinstance(row, ThiefLine) and row.edited_by is not None]
    played = [row for row in lines if row.edited_by in edits]

    assert len(played) > 20
    for row in played:
        edit = edits[row.edited_by or ""]
        assert edit.data.message == row.id
        assert edit.subject == row.account
        assert len(edit.data.text or "") > len(sent[row.id].data.text or "")


def test_every_look_alike_is_there(world: World) -> None:
    seen = {row.control for row in world.truth if isinstance(row, LookAlike)}

    assert seen == set(CONTROLS)


def test_look_alikes_that_are_not_wanted_are_not_there() -> None:
    plain = generate(Plan(seed=11, accounts=80, days=5, controls=("holiday",)))

    assert {row.control for row in plain.truth if isinstance(row, LookAlike)} == {"holiday"}


def test_a_world_without_tactics_holds_no_thief() -> None:
    peace = generate(Plan(seed=3, accounts=80, days=4, tactics=()))

    assert {type(row) for row in peace.truth} == {LookAlike}


def test_nobody_does_anything_before_the_account_is_made(world: World) -> None:
    made = {e.subject: e.time for e in world.events if isinstance(e, AccountCreated)}
    for event in world.events:
        if event.subject in made and not isinstance(event, AccountCreated):
            assert made[event.subject] <= event.time
        if isinstance(event, MessageSent):
            assert all(made[str(to)] <= event.time for to in event.data.to)


def test_reports_are_mostly_of_lures_some_mistaken_and_some_forged(
    sent: dict[str, MessageSent], world: World
) -> None:
    bad = {row.id for row in world.truth if isinstance(row, Lure | ThiefLine)}
    many = generate(Plan(seed=12, accounts=600, days=10, hijacked_per_campaign=4))
    reports = [e for w in (world, many) for e in w.events if isinstance(e, MessageReported)]
    right = [e for e in world.events if isinstance(e, MessageReported) and e.data.message in bad]
    every = {**sent, **{e.id: e for e in many.events if isinstance(e, MessageSent)}}
    forged = [e for e in reports if e.subject not in every[str(e.data.message)].data.to]

    assert len(right) > 30
    assert 0 < len(forged) < len(reports) / 5
    assert len(reports) > len(right)
