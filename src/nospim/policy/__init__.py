"""Thresholds, ladder, lists and switches: what the operator decides, as checked values."""

from nospim.policy.settings import (
    DEFAULT_POLICY,
    ActionSettings,
    FeedSettings,
    HoldSettings,
    Limits,
    Lists,
    Policy,
    PolicyError,
    Thresholds,
    parse_policy,
)

__all__ = [
    "DEFAULT_POLICY",
    "ActionSettings",
    "FeedSettings",
    "HoldSettings",
    "Limits",
    "Lists",
    "Policy",
    "PolicyError",
    "Thresholds",
    "parse_policy",
]
