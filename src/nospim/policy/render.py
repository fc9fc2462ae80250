"""A policy written out as TOML, every setting with its value: a file to start from."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import msgspec

from nospim.policy.settings import Policy


def as_toml(policy: Policy) -> str:
    """The policy as TOML that `parse_policy` reads back to an equal policy."""
    values: dict[str, Any] = msgspec.to_builtins(policy, builtin_types=(date,))
    feeds = values.pop("feeds")
    plain = [f"{name} = {_value(value)}" for name, value in values.items() if not isinstance(value, dict)]
    lines = [*plain, *([] if feeds else ["feeds = []"])]
    for name, table in values.items():
        if isinstance(table, dict):
            lines += ["", f"[{name}]", *(f"{_key(k)} = {_value(v)}" for k, v in table.items())]
    for feed in feeds:
        told = {k: v for k, v in feed.items() if v is not None}
        lines += ["", "[[feeds]]", *(f"{k} = {_value(v)}" for k, v in told.items())]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if name.replace("_", "").isalnum() and name.isascii() else json.dumps(name)


def _value(value: Any) -> str:
    """A TOML value; TOML's strings, numbers, booleans and arrays of them are written as JSON's are."""
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
