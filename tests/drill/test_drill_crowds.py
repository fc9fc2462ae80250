"""What many people do at once: each kind is there, and has the mark that makes it look like spim."""

from __future__ import annotations

from collections import Counter

import pytest

from nospim.drill import RANGE_CONTROLS, Plan, World, generate
from nospim.drill.people import NEW_CLIENT
from nospim.drill.truth import LookAlike
from nospim.events import MessageReported, MessageSent, SessionOpened, SessionResumed


@pytest.fixture(scope="module")
def world() -> World:
    return generate(Plan(seed=23, accounts=300, days=12, tactics=(), controls=RANGE_CONTROLS, encrypted=0.0))


def messages(world: World, kind: str) -> list[MessageSent]:
    marked = {row.id for row in world.truth if isinstance(row, LookAlike) and row.control == kind}
    return [e for e in world.events if isinstance(e, MessageSent) and e.id in marked]


@pytest.mark.parametrize("kind", RANGE_CONTROLS)
def test_each_kind_is_there_only_where_it_is_named(world: World, kind: str) -> None:
    assert len(messages(world, kind)) >= 10
    without = generate(Plan(seed=23, accounts=60, days=5, tactics=(), controls=()))
    assert not [row for row in without.truth if isinstance(row, LookAlike)]


def test_a_chain_letter_goes_on_word_for_word_from_those_who_got_it(world: World) -> None:
    letters = messages(world, "chain")
    assert len({m.data.text for m in letters}) == 1
    got: set[str] = {letters[0].subject}
    for letter in letters:
        assert letter.subject in got
        got.update(str(to) for to in letter.data.to)
    assert len({m.subject for m in letters}) >= 5


def test_news_is_shared_within_hours_by_many_in_their_own_words(world: World) -> None:
    shared = messages(world, "news")
    assert len({m.subject for m in shared}) >= 40
    links = Counter(next(w for w in (m.data.text or "").split() if "://" in w) for m in shared)
    assert len(links) <= 3
    assert len({m.data.text for m in shared}) > 6
    times = sorted(m.at for m in shared)
    assert times[len(times) // 2] - times[0] < 6 * 3600


@pytest.mark.parametrize("kind", ["emergency", "election"])
def test_an_alarm_is_one_text_that_most_pass_on_to_few_and_some_to_many(world: World, kind: str) -> None:
    alarms = messages(world, kind)
    assert len({m.data.text for m in alarms}) == 1
    widths = sorted(Counter(m.subject for m in alarms if m.data.kind == "direct").values())
    assert len(widths) >= 40
    assert widths[len(widths) // 2] <= 3
    assert widths[-1] >= 10


def test_some_forward_an_alarm_by_button_some_by_hand_and_some_into_a_room(world: World) -> None:
    gaps: list[float] = []
    last: dict[str, float] = {}
    for message in messages(world, "emergency"):
        if message.subject in last:
            gaps.append(message.at - last[message.subject])
        last[message.subject] = message.at
    assert any(gap < 0.5 for gap in gaps)
    assert any(4 < gap < 40 for gap in gaps)
    assert any(m.data.kind == "group" for m in messages(world, "emergency"))


def test_an_alarm_is_heard_elsewhere_by_some_and_had_from_a_friend_by_others(world: World) -> None:
    got: set[str] = set()
    starters: set[str] = set()
    followers: set[str] = set()
    for message in messages(world, "emergency"):
        (followers if message.subject in got else starters).add(message.subject)
        got.update(str(to) for to in message.data.to)
    assert len(starters) >= 10
    assert followers


def test_many_move_to_a_client_that_nobody_had_within_a_week(world: World) -> None:
    moved = [e for e in world.events if isinstance(e, SessionOpened) and e.data.client == NEW_CLIENT]
    assert len({e.subject for e in moved}) >= 20
    first = {e.subject: e.at for e in reversed(moved)}
    assert max(first.values()) - min(first.values()) < 10 * 86_400


def test_a_carrier_puts_many_behind_a_handful_of_addresses(world: World) -> None:
    named = {m.subject for m in messages(world, "carrier")}
    assert len(named) >= 15
    seen = [e for e in world.events if isinstance(e, SessionOpened | SessionResumed) and e.subject in named]
    users: dict[str | None, set[str]] = {}
    for event in seen:
        users.setdefault(event.data.ip, set()).add(event.subject)
    assert max(len(accounts) for accounts in users.values()) >= 4


def test_a_mob_reports_one_person_who_only_answered(world: World) -> None:
    said = messages(world, "brigaded")
    assert len({m.subject for m in said}) == 1
    victim = said[0].subject
    reports = [e for e in world.events if isinstance(e, MessageReported) and e.data.accused == victim]
    assert len({e.subject for e in reports}) >= 2
    got = {m.id: m.data.to for m in said}
    mob = [e for e in reports if e.data.message in got and e.subject in got[str(e.data.message)]]
    assert len(mob) >= 6
