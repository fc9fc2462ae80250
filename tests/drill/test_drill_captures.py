"""An operator who looks behind links in a drill, and gives decoys: what he finds is what a guard is told."""

from __future__ import annotations

from msgspec.structs import replace

from nospim.drill import CONTROLS, RANGE_CONTROLS, Plan, Rehearsal, World, generate, rehearse
from nospim.drill.truth import Entry, Lure, ThiefLine
from nospim.engine import Engine
from nospim.events import MessageSent, PageCaptured, SignInFailed
from nospim.policy import Policy
from nospim.policy.settings import ActionSettings
from nospim.signals.decoy import fingerprint

PLAN = Plan(
    seed=31, accounts=150, days=8, tactics=("classic", "rotating"), captures=0.8, decoys=1.0, encrypted=0.0
)


def captured(world: World) -> list[PageCaptured]:
    return [e for e in world.events if isinstance(e, PageCaptured)]


def test_nobody_looks_unless_the_plan_says_so() -> None:
    assert not captured(generate(Plan(seed=31, accounts=60, days=4)))


def test_each_new_place_is_looked_at_once_some_seconds_after_it_was_sent() -> None:
    world = generate(PLAN)
    looks = [e for e in captured(world) if e.data.decoy is None]
    hosts = [e.data.url.split("/")[2] for e in looks]
    assert len(hosts) > 20
    assert len(set(hosts)) == len(hosts)
    first: dict[str, float] = {}
    for event in world.events:
        if isinstance(event, MessageSent):
            for word in (event.data.text or "").split():
                if "://" in word:
                    first.setdefault(word.split("/")[2], event.at)
    assert all(0 < e.at - first[host] < 300 for e, host in zip(looks, hosts, strict=True))


def test_thieves_pages_pass_for_the_services_own_but_for_those_that_cloak() -> None:
    world = generate(PLAN)
    lures = {r.id for r in world.truth if isinstance(r, Lure)}
    bad = {
        word.split("/")[2]
        for e in world.events
        if isinstance(e, MessageSent) and e.id in lures
        for word in (e.data.text or "").split()
        if "://" in word
    }
    looks = [e for e in captured(world) if e.data.decoy is None]
    faces = {e.data.own_brand for e in looks if e.data.url.split("/")[2] in bad}
    assert faces >= {True}
    assert {e.data.own_brand for e in looks if e.data.url.split("/")[2] not in bad} == {None}


def test_a_decoy_is_tried_after_it_was_given() -> None:
    world = generate(PLAN)
    given = {e.data.decoy: e.at for e in captured(world) if e.data.decoy is not None}
    tried = {fingerprint(e.subject): e.at for e in world.events if isinstance(e, SignInFailed)}
    assert given
    assert given.keys() & tried.keys()
    assert all(tried[name] > at for name, at in given.items() if name in tried)


def test_a_guard_that_is_told_stops_more_and_says_why() -> None:
    blind = rehearse(replace(PLAN, captures=0.0, decoys=0.0), Engine())
    told = rehearse(PLAN, Engine())

    def delivered(played: Rehearsal) -> int:
        return sum(t.delivered for t in played.takings)

    reasons = {r.signal for v in told.verdicts.values() for r in v.reasons}
    assert {"page", "decoy"} & reasons
    assert delivered(told) <= delivered(blind)


def test_a_world_without_attackers_holds_no_thief_and_every_look_alike() -> None:
    world = generate(Plan(seed=601, accounts=400, days=8, tactics=(), controls=(*CONTROLS, *RANGE_CONTROLS)))

    assert not [row for row in world.truth if isinstance(row, Lure | ThiefLine | Entry)]
    kinds = {getattr(row, "control", "") for row in world.truth}
    assert kinds >= {*CONTROLS, *RANGE_CONTROLS} - {"apology", "quoting"}


def test_a_guard_that_asks_is_told_in_time_and_holds_end_by_what_was_found() -> None:
    asking = Policy(actions=ActionSettings(capture=True))
    plan = Plan(seed=31, accounts=150, days=8, tactics=("rotating", "spun", "unique"))
    played = rehearse(plan, Engine(asking))

    assert played.asked.get("capture", 0) >= 3
    assert len(captured(played.world)) >= 3
    held = [i for i, v in played.verdicts.items() if v.action == "hold"]
    assert any(played.waits[i] < 24 for i in held if i in played.waits)
