"""Every setting and every signal is documented, with the default that is in force."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from nospim.policy import DEFAULT_POLICY
from nospim.policy.render import as_toml
from nospim.signals import SIGNAL_NAMES

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "reference" / "policy.md").read_text(encoding="utf-8")
POLICY: dict[str, Any] = tomllib.loads(as_toml(DEFAULT_POLICY))
SETTINGS = {("", key): value for key, value in POLICY.items() if not isinstance(value, dict)} | {
    (table, key): value
    for table, values in POLICY.items()
    if isinstance(values, dict) and table != "signals"
    for key, value in values.items()
}


def section(table: str) -> str:
    """The part of the page about one table of the policy; the settings outside any table for ''."""
    heading = f"## `[{table}]`" if table else "## Top level"
    _, found, rest = PAGE.partition(heading + "\n")
    assert found, f"docs/reference/policy.md has no part about {table or 'the top level'}"
    return rest.split("\n## ")[0]


@pytest.mark.parametrize(("table", "key"), SETTINGS, ids=lambda name: name or "top")
def test_every_setting_is_documented_with_its_default(table: str, key: str) -> None:
    row = re.search(rf"^\| `{key}` \| ([^|]*) \| .+ \|$", section(table), re.M)

    assert row, f"docs/reference/policy.md does not tell of {key}"
    default, told = SETTINGS[table, key], row[1].strip().replace(",", "")
    if isinstance(default, bool):
        assert told == str(default).lower()
    elif isinstance(default, str):
        assert told == (f'`"{default}"`' if default else "none")
    elif isinstance(default, list):
        assert (told, default) == ("none", [])
    else:
        assert float(told.split()[0]) == default


@pytest.mark.parametrize("table", [name for name, value in POLICY.items() if isinstance(value, dict)])
def test_the_page_tells_of_no_setting_that_is_not_there(table: str) -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", section(table), re.M))

    assert told <= set(POLICY[table])


@pytest.mark.parametrize("name", SIGNAL_NAMES)
def test_every_signal_has_its_switch_and_its_explanation(name: str) -> None:
    assert f"`{name}`" in section("signals")
    assert f"`{name}`" in (DOCS / "explanation" / "signals.md").read_text(encoding="utf-8")
