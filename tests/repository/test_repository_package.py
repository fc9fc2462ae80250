"""What is installed is whole: the wheel holds every module and data file, the licence, and one command."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from nospim import __version__

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "nospim"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_holds_every_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    there = {
        path.relative_to(ROOT / "src").as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert there <= set(wheel.namelist())


def test_the_wheel_holds_nothing_but_the_package_and_what_describes_it(wheel: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}

    assert tops == {"nospim", f"nospim-{__version__}.dist-info"}


def test_the_wheel_brings_the_licence_the_notice_and_the_command(wheel: zipfile.ZipFile) -> None:
    described = f"nospim-{__version__}.dist-info"

    assert {f"{described}/licenses/LICENSE", f"{described}/licenses/NOTICE"} <= set(wheel.namelist())
    assert "nospim = nospim.cli:main" in wheel.read(f"{described}/entry_points.txt").decode()
