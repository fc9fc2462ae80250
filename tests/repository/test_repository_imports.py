"""The flow of imports is one way, and the architecture page draws the flow that is enforced."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from importlinter import cli

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "explanation" / "architecture.md"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
    "contracts"
]


def layers() -> list[list[str]]:
    """The enforced layers, edges first, each with its modules sorted."""
    contract = next(c for c in CONTRACTS if c["type"] == "layers")
    return [sorted(re.split(r"\s*\|\s*", layer)) for layer in contract["layers"]]


def test_no_import_points_against_the_flow(capsys: object) -> None:
    status = cli.lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True, is_debug_mode=True)

    assert status == cli.EXIT_STATUS_SUCCESS, "./dev lint says which import points the wrong way"


def test_every_module_of_the_package_is_in_a_layer() -> None:
    package = ROOT / "src" / "nospim"
    there = {p.stem for p in package.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}

    assert there - {"__init__", "__main__"} == {module for layer in layers() for module in layer}


def test_the_architecture_page_lists_the_layers_that_are_enforced() -> None:
    table = re.findall(r"^\| (`[^|]+`) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert [sorted(re.findall(r"`(\w+)`", row)) for row in table] == layers()


def test_the_architecture_page_names_the_two_rooms_that_never_meet() -> None:
    contract = next(c for c in CONTRACTS if c["type"] == "forbidden")
    page = PAGE.read_text(encoding="utf-8")

    for side, key in (("Casework", "source_modules"), ("Guard", "forbidden_modules")):
        line = next(line for line in page.splitlines() if line.startswith(f"- **{side}**"))
        assert {f"nospim.{name}" for name in re.findall(r"`(\w+)`", line)} == set(contract[key])
