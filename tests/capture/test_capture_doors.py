"""No option, setting or variable opens loopback: the exception for tests is reachable by tests alone."""

from __future__ import annotations

import ast
import contextlib
import io
import re
from pathlib import Path

import pytest

from nospim.capture import AddressRules, GuardedFetcher
from nospim.cli import run

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "nospim"
EXCEPTION = "unsafe_allow_loopback_for_tests"


def test_only_the_rules_themselves_know_the_exception() -> None:
    knowing = {
        path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py") if EXCEPTION in path.read_text()
    }

    assert knowing == {"capture/addresses.py"}


def test_it_is_off_by_default() -> None:
    assert AddressRules().unsafe_allow_loopback_for_tests == frozenset()


def test_no_code_of_the_capture_reads_the_environment() -> None:
    for path in [*(SOURCE / "capture").glob("*.py"), SOURCE / "cli" / "capture.py"]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not names & {"environ", "getenv", "environb"}, path.name


def test_no_option_of_the_command_speaks_of_it() -> None:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        run(["capture", "--help"])

    assert "--out" in said.getvalue()
    assert not re.search("loopback|unsafe|private|allow", said.getvalue(), re.IGNORECASE)


@pytest.mark.parametrize("variable", ["http_proxy", "HTTPS_PROXY", "ALL_PROXY", "SSL_CERT_FILE"])
def test_a_proxy_in_the_environment_changes_nothing(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:3128")
    from nospim.capture.interface import CaptureRefused, Request

    made = GuardedFetcher().fetch(Request(url="http://127.0.0.1/", headers=()))

    assert isinstance(made, CaptureRefused)
    assert made.why == "address"
