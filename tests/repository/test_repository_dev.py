"""The script `dev`: what it offers, what it refuses, and when it makes the environment again."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def dev(tmp_path: Path) -> ModuleType:
    """The script as a module, working on a copy of the files that it reads."""
    for name in ("dev", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    loader = SourceFileLoader("dev", str(tmp_path / "dev"))
    spec = spec_from_loader("dev", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "dev"), *arguments], capture_output=True, text=True, check=False
    )


def test_its_help_tells_of_every_task(dev: ModuleType) -> None:
    told = run("--help")

    assert told.returncode == 0
    assert {line.split()[0] for line in told.stdout.splitlines() if line.startswith("  ")} == set(dev.TASKS)


def test_an_unknown_task_is_wrong_usage() -> None:
    told = run("tset")

    assert told.returncode == 2
    assert told.stderr == "dev: there is no task 'tset'; ./dev --help lists them\n"


def test_a_task_that_takes_no_arguments_says_so() -> None:
    told = run("lint", "src")

    assert told.returncode == 2
    assert told.stderr == "dev: the task lint takes no arguments\n"


def test_an_old_python_is_told_in_one_line(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "OLDEST", (99, 0))

    assert dev.prepare({}) == f"Python 99.0 or newer is needed, and {sys.executable} is {dev.version()}"


def test_an_old_pip_is_told_in_one_line(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pip.py").write_text("__version__ = '9.0.1'\n")

    assert dev.without_pip({"PYTHONPATH": str(tmp_path)}) == "pip 22.3 or newer is needed, and this is 9.0.1"


def test_a_missing_pip_is_told_in_one_line(dev: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "pip.py").write_text("raise ImportError('no pip here')\n")

    assert str(dev.without_pip({"PYTHONPATH": str(tmp_path)})).startswith(
        f"{sys.executable} has no pip; install it"
    )


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_change_of_what_it_is_made_from_asks_for_a_new_environment(
    dev: ModuleType, tmp_path: Path, name: str
) -> None:
    before = dev.wanted()
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")

    assert dev.wanted() != before


def test_a_failed_filling_is_tried_again(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    failed: subprocess.CompletedProcess[str] = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(dev.venv, "create", lambda path, **_: path.mkdir())
    monkeypatch.setattr(dev.subprocess, "run", lambda *_, **__: failed)

    assert (
        dev.make({}, tmp_path / ".venv" / "made-from")
        == "pip could not fill .venv, for the reason it printed above"
    )
    assert not (tmp_path / ".venv" / "made-from").exists()
