"""What the files of the repository may say: no place, no person, no address of where they were made."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))


def tracked() -> list[Path]:
    """The files in git; without git (an unpacked archive) there is nothing to say."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached"]
    try:
        done = subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout, so there is no list of files to read")
    return [ROOT / name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return []


# Hosts are spelled in two parts, so that this file passes its own test.
FORBIDDEN = {
    "a package registry's host": r"(?:files\.pythonhosted|pypi|test\.pypi|registry\.npmjs)\.(?:org|python)",
    "a path of somebody's machine": r"(?<![\w.:/-])/(?:work|home/\w+|Users/\w+|root|tmp/\w)(?:/|\b)(?!\w)",
    "a person's mail address": r"[\w.+-]+@(?:gmail|outlook|hotmail|yahoo|proton(?:mail)?|icloud|qq)\.\w+",
}

# Made-up people whose mail host is the point: Messenger's folder names are computed from such addresses,
# and the adapter finds an address again by trying the hosts that were usual.
MADE_UP = {"anna.berg@hotmail.com", "ann@hotmail.com"}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names_where_it_was_made(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in tracked()
        if path != Path(__file__)
        for number, line in enumerate(lines(path), 1)
        for match in pattern.finditer(line)
        if match[0].lower() not in MADE_UP
    ]

    assert not found, f"{what}: " + "; ".join(found[:10])


@pytest.mark.parametrize("text", ["/work/main", "see /home/ann/x", "(/root/.cache)", "/Users/bo/"])
def test_the_search_finds_a_path_of_a_machine(text: str) -> None:
    assert re.search(FORBIDDEN["a path of somebody's machine"], text)


@pytest.mark.parametrize("text", ["https://a.example/work/x", "text/work", "homework", "./work", "a/root/b"])
def test_the_search_leaves_other_slashes_alone(text: str) -> None:
    assert not re.search(FORBIDDEN["a path of somebody's machine"], text)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT / "src")))
def test_every_module_opens_by_saying_what_lives_in_it(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))

    assert said, "the module has no docstring"
    first = said.split("\n\n")[0]
    assert first.endswith((".", ":")), f"the opening is not a sentence: {first!r}"


def test_no_built_or_private_file_is_kept() -> None:
    kept = {str(p.relative_to(ROOT)) for p in tracked()}

    assert not {
        name for name in kept if re.search(r"(^|/)(uv\.lock|\.env|\.venv|__pycache__|.*\.pickle)($|/)", name)
    }


def test_no_two_modules_of_the_tests_share_a_name() -> None:
    # The folders of tests are no packages, so two modules of one name would hide each other.
    names = Counter(path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py")

    assert not [name for name, times in names.items() if times > 1]
