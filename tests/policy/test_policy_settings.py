"""The policy file: defaults, bounds, and errors that name the key."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from nospim.policy import DEFAULT_POLICY, PolicyError, parse_policy
from nospim.policy.render import as_toml
from nospim.policy.settings import Policy, millibits
from nospim.signals import SIGNAL_NAMES


def test_an_empty_file_is_the_default_policy() -> None:
    assert parse_policy("") == DEFAULT_POLICY


def test_what_is_shown_can_be_read_back() -> None:
    policy = parse_policy('prior = 0.001\n[lists]\ncanaries = ["c@x"]\n[signals]\nreports = false\n')
    assert parse_policy(as_toml(policy)) == policy
    assert policy.fingerprint == parse_policy(as_toml(policy)).fingerprint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prior = 2.0", "$.prior"),
        ("prior = 'often'", "$.prior"),
        ("[thresholds]\nwarn = 0.9\nhold = 0.5", "warn <= hold <= block"),
        ("[thresholds]\nwarm = 0.9", "warm"),
        ("[hold]\nseconds = -1", "$.hold.seconds"),
        ("[signals]\nwordign = false", "wordign"),
        ("prior = ", "p.toml"),
    ],
)
def test_a_wrong_setting_is_named(text: str, says: str) -> None:
    with pytest.raises(PolicyError, match=r"^p\.toml: ") as caught:
        parse_policy(text, "p.toml", SIGNAL_NAMES)
    assert says in str(caught.value)


def test_the_prior_is_log_odds() -> None:
    assert millibits(0.5) == 0
    assert Policy(prior=0.0005).prior_millibits == -10965


def test_a_different_policy_has_a_different_fingerprint() -> None:
    assert Policy(prior=0.001).fingerprint != DEFAULT_POLICY.fingerprint


def test_every_setting_and_signal_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "policy.md").read_text(encoding="utf-8")
    for name, value in msgspec.to_builtins(DEFAULT_POLICY).items():
        assert f"`{name}`" in page or f"`[{name}]`" in page
        if isinstance(value, dict):
            section = page.partition(f"`[{name}]`")[2].partition("\n## ")[0]
            for key in value:
                assert f"`{key}`" in section, f"{name}.{key}"
    for signal in SIGNAL_NAMES:
        assert f"`{signal}`" in page


def test_the_casework_goes_by_the_policy() -> None:
    policy = parse_policy("[casework]\nmax_lures = 3\nbridge = 0.75\n")
    assert (policy.casework.max_lures, policy.casework.bridge) == (3, 0.75)
    assert policy.casework.odd == DEFAULT_POLICY.casework.odd
    for text in ("[casework]\nbridges = 1\n", "[casework]\nbridge = 1.5\n"):
        with pytest.raises(PolicyError, match=r"\$\.casework"):
            parse_policy(text)
