"""Holds end when their time is over, however many wait and whatever the order of times."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from nospim.engine import Engine
from nospim.engine.times import moment
from nospim.events import decode
from nospim.policy import parse_policy

NOW = 1_790_000_000.0
ALL_HELD = parse_policy(
    """
    [thresholds]
    warn = 1e-9
    hold = 1e-9
    block = 0.999
    [lists]
    deny_accounts = ["thief"]
    """
)


def sent(number: int, subject: str, at: float) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "source": "im.example",
            "id": f"m{number}",
            "type": "im.message.sent",
            "time": moment(at).isoformat(),
            "subject": subject,
            "data": {"to": ["bob"], "text": f"see http://site{number % 3}.example/x"},
        }
    ).encode()


steps = st.tuples(st.sampled_from(["ann", "eve", "thief"]), st.floats(-600.0, 60.0), st.booleans())


@given(st.lists(steps, max_size=40))
def test_nothing_waits_whose_time_is_over_or_to_come(script: list[tuple[str, float, bool]]) -> None:
    engine, at, ended = Engine(ALL_HELD), NOW, []
    for number, (subject, pause, tick) in enumerate(script):
        at += abs(pause) if pause > -500.0 else pause
        memory = engine.room.memory
        wait = engine.room.policy.hold.seconds
        outcome = engine.step(decode(sent(number, subject, at)))
        ended += [end.id for end in outcome.resolutions]
        before = {name for name, h in memory.holds.items() if h.message != f"m{number}"}
        latest = memory.clock.latest + 10 * wait
        for name in before:
            hold = memory.holds[name]
            assert hold.deadline > memory.clock.now
            assert hold.at <= latest
        if tick:
            ended += [end.id for end in engine.tick(at).resolutions]
            assert all(hold.deadline > at for hold in memory.holds.values())
    assert len(set(ended)) == len(ended)
