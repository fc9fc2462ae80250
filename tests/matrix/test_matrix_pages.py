"""The pages about Matrix: their examples are read by the program, and every setting stands in a table."""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from nospim.cli import application
from nospim.matrix.settings import (
    GuardSettings,
    ListenSettings,
    MatrixSettings,
    PolicyServerSettings,
    SynapseSettings,
    read_settings,
)

ROOT = Path(__file__).resolve().parents[2]
HOW_TO = ROOT / "docs" / "how-to"
POLICY = (HOW_TO / "run-a-matrix-policy-server.md").read_text(encoding="utf-8")
SYNAPSE = (HOW_TO / "protect-synapse.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def module_settings() -> ModuleType:
    path = ROOT / "integrations" / "synapse" / "nospim_synapse" / "settings.py"
    spec = importlib.util.spec_from_file_location("nospim_synapse_settings", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


MODULE = module_settings()


@pytest.mark.parametrize("example", [*blocks(POLICY, "toml"), *blocks(SYNAPSE, "toml")])
def test_an_example_of_a_configuration_is_one(example: str, tmp_path: Path) -> None:
    (tmp_path / "matrix.toml").write_text(example)
    assert isinstance(read_settings(tmp_path / "matrix.toml"), MatrixSettings)


@pytest.mark.parametrize("page", [POLICY, SYNAPSE])
def test_a_command_that_is_shown_is_understood(page: str) -> None:
    commands = re.findall(r"^(?:\S*/)?nospim (.*)$", "\n".join(blocks(page, "console")), re.M)
    assert commands
    for command in commands:
        application().parse_args(shlex.split(command), exit_on_error=False, print_error=False)


@pytest.mark.parametrize(
    ("table", "kind"),
    [("guard", GuardSettings), ("listen", ListenSettings), ("policy_server", PolicyServerSettings)],
)
def test_every_setting_of_the_policy_server_is_in_the_table(table: str, kind: type[msgspec.Struct]) -> None:
    rows = [row for row in POLICY.splitlines() if row.startswith(f"| `{table}.")]
    told = set(re.findall(r"`(?:\w+\.)?(\w+)`", " ".join(row.split("|")[1] for row in rows)))
    assert told == {field.name for field in msgspec.structs.fields(kind)}


def test_every_setting_of_synapse_s_side_is_told_of() -> None:
    part = SYNAPSE.partition("## All settings of `[synapse]`")[2].partition("\n## ")[0]
    rows = [row.split("|")[1] for row in part.splitlines() if row.startswith("| `")]
    told = set(re.findall(r"`(\w+)`", " ".join(rows)))
    assert told == {field.name for field in msgspec.structs.fields(SynapseSettings)}


def test_every_setting_of_the_module_is_in_its_table() -> None:
    part = SYNAPSE.partition("## All settings of the module\n")[2].partition("\n## ")[0]
    rows = [row.split("|")[1] for row in part.splitlines() if row.startswith("| `")]
    told = set(re.findall(r"`(\w+)`", " ".join(rows)))
    assert told - {"token_file"} == {field.name for field in fields(MODULE.Settings)}


def test_the_module_reads_its_configuration_and_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t\n")
    read = MODULE.parse({"token_file": str(tmp_path / "token"), "timeout": 1})
    assert (read.token, read.timeout, read.url) == ("t", 1, "http://127.0.0.1:8420")

    for config, words in (
        ({}, "token_file"),
        ({"token": "t", "tiemout": 1}, "no setting 'tiemout'"),
        ({"token": "t", "on_hold": "wait"}, "on_hold must be one of"),
        ({"token": "t", "url": "guard"}, "must begin with http"),
        ({"token": "t", "timeout": 60}, "at most 30"),
    ):
        with pytest.raises(ValueError, match=words):
            MODULE.parse(config)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nothing to do"),
        ("[synapse]\n", "name"),
        ("[policy_server]\nname = 'a b'\nkeys = 'k'\n", "no Matrix server name"),
        (
            "[policy_server]\nname = 'a.example'\nkeys = 'k'\nallowed_networks = ['x']\n",
            "does not appear to be",
        ),
        ("[synapse]\nname = 'a'\nnotices = 'loud'\n", "loud"),
        ("[[", "matrix.toml"),
    ],
)
def test_a_wrong_configuration_says_what_is_wrong(text: str, words: str, tmp_path: Path) -> None:
    from nospim.errors import UsageError

    (tmp_path / "matrix.toml").write_text(text)
    with pytest.raises(UsageError, match=re.escape(words)):
        read_settings(tmp_path / "matrix.toml")
