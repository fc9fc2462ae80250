"""Policies that another version of the program wrote down: older ones, and those of the next one.

An older policy lacks settings, and they have their defaults.  One of a newer program has settings that
this one does not know; a person's file is refused for that, but what a program wrote into its own journal
must be read again after the program was replaced by its predecessor.
"""

from __future__ import annotations

from typing import Any

import msgspec

from nospim.policy.settings import DEFAULT_POLICY, FeedSettings, Policy, PolicyError, parse_policy


def parse_recorded(text: str, name: str = "policy") -> tuple[Policy, tuple[str, ...]]:
    """A policy that a program recorded, whatever its version.

    text: TOML as `render.as_toml` writes it.  name: what to call it in an error.
    Returns the policy, and the keys that were left out because this program does not know them.
    Raises PolicyError where what is left cannot be read either.
    """
    try:
        return parse_policy(text, name), ()
    except PolicyError:
        pass
    try:
        values = msgspec.toml.decode(text)
        left_out = tuple(_prune(values))
        return msgspec.convert(values, Policy, strict=True), left_out
    except (msgspec.DecodeError, ValueError, TypeError) as error:
        raise PolicyError(f"{name}: {error}") from None


def _prune(values: dict[str, Any]) -> list[str]:
    """Take out what no setting of ours is called; returns the names of what was taken out."""
    known = msgspec.structs.asdict(DEFAULT_POLICY)
    left_out = [key for key in values if key not in known]
    for key in left_out:
        del values[key]
    for section, value in values.items():
        if isinstance(value, dict) and isinstance(known[section], msgspec.Struct):
            left_out += [f"{section}.{key}" for key in _drop(value, known[section].__struct_fields__)]
    for feed in values.get("feeds", ()):
        left_out += [f"feeds.{key}" for key in _drop(feed, FeedSettings.__struct_fields__)]
    return left_out


def _drop(table: dict[str, Any], fields: tuple[str, ...]) -> list[str]:
    unknown = [key for key in table if key not in fields]
    for key in unknown:
        del table[key]
    return unknown
