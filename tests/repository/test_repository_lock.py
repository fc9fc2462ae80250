"""The lock pins everything that the project asks for, by hash, and says nothing of where it came from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENTRY = re.compile(
    r"^(?P<pin>[a-z0-9][\w.-]*==[^\\\n]*?)\s*\\\n(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64}.*\n)+)", re.M
)

PINS = [Requirement(match["pin"]) for match in ENTRY.finditer(LOCK)]


def asked_for() -> list[str]:
    groups = PROJECT["dependency-groups"]
    extras = PROJECT["project"]["optional-dependencies"]
    everything = [PROJECT["project"]["dependencies"], *groups.values(), *extras.values()]
    return sorted({text for each in everything for text in each})


@pytest.mark.parametrize("text", asked_for())
def test_what_the_project_asks_for_is_pinned_to_a_version_it_accepts(text: str) -> None:
    wish = Requirement(text)
    pins = [pin for pin in PINS if canonicalize_name(pin.name) == canonicalize_name(wish.name)]

    assert pins, f"{wish.name} is not in requirements.lock; docs/dependencies.md says how to make it again"
    for pin in pins:
        version = next(iter(pin.specifier)).version
        assert wish.specifier.contains(version, prereleases=True), f"{pin} does not satisfy {wish}"


def test_every_line_of_the_lock_is_a_pin_or_a_hash() -> None:
    rest = re.sub(r"^ +# .*\n", "", ENTRY.sub("", LOCK), flags=re.M)

    assert rest.strip() == ""


def test_the_lock_holds_no_address() -> None:
    assert not re.search(r"://|@ |--(?:extra-)?index|--find-links", LOCK)


def test_dependencies_are_each_explained() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    names = {Requirement(text).name for text in asked_for()}

    assert not {name for name in names if f"`{name}`" not in page}
