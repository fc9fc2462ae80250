"""A policy in a journal is read by the next version and by the one before."""

from __future__ import annotations

import pytest

from nospim.policy import DEFAULT_POLICY, PolicyError, parse_policy
from nospim.policy.migrate import parse_recorded
from nospim.policy.render import as_toml


def test_ones_own_is_read_as_it_is() -> None:
    assert parse_recorded(as_toml(DEFAULT_POLICY)) == (DEFAULT_POLICY, ())


def test_an_older_one_gets_the_defaults_of_what_it_lacks() -> None:
    older = "\n".join(line for line in as_toml(DEFAULT_POLICY).splitlines() if "snapshot_events" not in line)
    assert "snapshot_events" not in older
    assert parse_recorded(older) == (DEFAULT_POLICY, ())


def test_a_newer_one_is_read_without_what_is_new() -> None:
    newer = as_toml(DEFAULT_POLICY).replace("[service]", "[service]\nmoon_phase = true")
    newer = 'mood = "good"\n' + newer + "\n[telepathy]\nrange = 3\n"
    newer = newer.replace("feeds = []", '[[feeds]]\nname = "a"\nform = "hosts"\npath = "a"\ncolour = "red"\n')
    with pytest.raises(PolicyError):
        parse_policy(newer)  # a person's file is held to what this program knows
    policy, left_out = parse_recorded(newer)
    assert set(left_out) >= {"mood", "telepathy", "service.moon_phase"}
    assert policy.service == DEFAULT_POLICY.service


def test_signals_of_a_newer_one_may_be_named() -> None:
    text = as_toml(DEFAULT_POLICY) + "\n[new]\nx = 1\n"
    policy, _ = parse_recorded(text.replace("[signals]", "[signals]\ntelepathy = false"))
    assert policy.signals == {"telepathy": False}


@pytest.mark.parametrize("text", ["prior = 2.0", "prior = [", 'hold = "long"', "service = 3"])
def test_nonsense_stays_nonsense(text: str) -> None:
    with pytest.raises(PolicyError, match="the journal's policy"):
        parse_recorded(text, "the journal's policy")
