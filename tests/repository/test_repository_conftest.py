"""The ground that all tests stand on: the network is out of reach, and nothing is skipped unseen in CI."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def outcome(tmp_path: Path, code: str, **variables: str) -> str:
    """The last line of pytest on one test module that stands on this project's conftest."""
    tests = tmp_path / "checkout" / "tests"
    tests.mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "conftest.py", tests)
    (tests / "test_it.py").write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(tests)]
    environment = {k: v for k, v in os.environ.items() if k != "NOSPIM_REQUIRE_ALL"} | variables
    done = subprocess.run(
        command, cwd=tests.parent, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "reach",
    [
        "socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 9))",
        "socket.getaddrinfo('im.example', 80)",
        "urllib.request.urlopen('http://im.example/', timeout=1)",
    ],
)
def test_reaching_for_the_network_fails_a_test_even_where_errors_are_caught(
    reach: str, tmp_path: Path
) -> None:
    code = f"""
import socket, urllib.request

def test_it():
    try:
        {reach}
    except Exception:
        pass
"""
    assert outcome(tmp_path, code).startswith("1 failed")


def test_this_machine_may_be_talked_to(tmp_path: Path) -> None:
    code = """
import socket

def test_it():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()
"""
    assert outcome(tmp_path, code).startswith("1 passed")


SKIPS = {
    "in a test": "import pytest\ndef test_it(): pytest.skip('no such server')",
    "for a module": "import pytest\npytest.importorskip('no_such_module')",
    "by a mark": "import pytest\n@pytest.mark.skip(reason='no such tool')\ndef test_it(): pass",
}


@pytest.mark.parametrize("where", SKIPS)
def test_a_skip_is_a_skip_until_everything_is_required(where: str, tmp_path: Path) -> None:
    assert outcome(tmp_path / "plain", SKIPS[where]).startswith("1 skipped")
    required = outcome(tmp_path / "strict", SKIPS[where], NOSPIM_REQUIRE_ALL="1")
    assert required.startswith(("1 failed", "1 error"))


def test_absent_data_sets_may_be_skipped_even_then(tmp_path: Path) -> None:
    code = "def test_it(shared_data): assert shared_data.is_dir()"

    assert outcome(tmp_path, code, NOSPIM_REQUIRE_ALL="1").startswith("1 skipped")


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    code = "import pytest\n@pytest.mark.xfail(reason='known')\ndef test_it(): assert False"

    assert outcome(tmp_path, code, NOSPIM_REQUIRE_ALL="1").startswith("1 xfailed")
