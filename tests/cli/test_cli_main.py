"""What a person meets at the command line: one clear line, a documented exit status, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nospim import __version__, cli
from nospim.cli import schema
from nospim.cli.commands import COMMANDS, Command
from nospim.errors import NospimError, UsageError


def nospim(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nospim", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_version() -> None:
    told = nospim("--version")

    assert (told.returncode, told.stdout) == (0, f"nospim {__version__}\n")


def test_help_tells_of_every_command() -> None:
    told = nospim("--help")

    assert told.returncode == 0
    for command in COMMANDS:
        assert (command.group or command.name) in told.stdout


def test_help_imports_no_command() -> None:
    code = "import sys, nospim.cli; nospim.cli.run(['--help']); print(*sys.modules)"
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, capture_output=True, text=True, check=True)

    imported = set(told.stdout.splitlines()[-1].split())
    assert "nospim.cli.commands" in imported
    assert not imported & {command.function.partition(":")[0] for command in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.function)
def test_every_command_has_help(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    words = [word for word in (command.group, command.name) if word]

    assert cli.run([*words, "--help"]) == 0
    assert capsys.readouterr().out.startswith(" ".join(["Usage: nospim", *words]))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shcema"], 'nospim: Unknown command "shcema".'),
        (
            ["schema"],
            'nospim: Command "schema" parameter FORM requires an argument; see: nospim schema --help',
        ),
        (["schema", "events", "--loud"], "nospim: Unknown option: --loud"),
    ],
)
def test_wrong_usage_is_one_line_that_says_where_help_is(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(said)
    assert told.err.rstrip().endswith("--help")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (UsageError("--seed and --no-seed exclude each other"), 2, "--seed and --no-seed exclude each other"),
        (NospimError("out/: the folder is not empty"), 1, "out/: the folder is not empty"),
        (NospimError("two\nlines \x1b[31mand colour"), 1, "two lines  [31mand colour"),
        (
            FileNotFoundError(2, "No such file or directory", "in.jsonl"),
            1,
            "in.jsonl: No such file or directory",
        ),
        (KeyboardInterrupt(), 130, None),
        (
            ZeroDivisionError("oh"),
            1,
            "a fault in nospim, please report it (ZeroDivisionError: oh); NOSPIM_TRACEBACK=1 shows where",
        ),
    ],
)
def test_what_a_command_raises_becomes_one_line_and_a_status(
    error: BaseException,
    status: int,
    said: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(form: str) -> str:
        raise error

    monkeypatch.setattr(schema, "render", fail)

    assert cli.run(["schema", "events"]) == status
    assert capsys.readouterr().err == (f"nospim: {said}\n" if said else "")


def test_a_fault_shows_where_when_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(form: str) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(schema, "render", fail)
    monkeypatch.setenv(cli.TRACEBACK, "1")

    with pytest.raises(ZeroDivisionError):
        cli.run(["schema", "events"])


@pytest.mark.parametrize(("result", "status"), [(None, 0), (0, 0), (3, 3), ("text", 1)])
def test_what_a_command_returns_is_its_status(
    result: object, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Returns:
        def __call__(self, *_: object, **__: object) -> object:
            return result

    monkeypatch.setattr(cli, "application", Returns)

    assert cli.run(["anything"]) == status


def test_a_reader_that_goes_away_is_no_fault() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "nospim", "schema", "events"]
    told = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)

    assert (told.returncode, told.stderr) == (141, "")


@pytest.mark.parametrize("form", schema.FORMS)
def test_schema_prints_the_schema_that_is_published(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["schema", form]) == 0
    assert capsys.readouterr().out == schema.render(form)
