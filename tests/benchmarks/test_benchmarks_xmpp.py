"""The drill against a real Prosody, on a small scale."""

from __future__ import annotations

import shutil

import pytest
from benchmarks.xmpp import circle, play, row


def test_contacts_are_mutual_and_nobody_is_his_own() -> None:
    friends = circle(30)

    assert all(name in friends[other] for name, others in friends.items() for other in others)
    assert not any(name in others for name, others in friends.items())


def test_lures_spread_without_the_guard_and_do_not_with_it() -> None:
    if shutil.which("prosody") is None:
        pytest.skip("Prosody is not here (Debian: apt-get install prosody)")
    bare = play(people=24, submit=1.0, guarded=False, longest=8)
    guarded = play(people=24, submit=1.0, guarded=True, longest=8)

    assert sum(bare.delivered) > 40
    assert bare.reproduction > guarded.reproduction
    assert sum(guarded.delivered) < sum(bare.delivered) / 4
    assert bare.honest_lost == guarded.honest_lost == 0
    assert row(guarded)[0] == "with"
