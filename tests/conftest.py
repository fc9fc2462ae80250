"""What every test stands on: no network, the same examples each time, and no silent skip in CI."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings

ROOT: Final = Path(__file__).resolve().parent.parent
SHARED: Final = ROOT.parent / "shared"
NO_SHARED_DATA: Final = "the folder of public data sets, shared/ beside the checkout, is not here"
REQUIRE_ALL: Final = "NOSPIM_REQUIRE_ALL"
"""Environment variable: when it is set, a skip for anything but the data sets is a failure."""

settings.register_profile(
    "same-each-time",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("search", max_examples=2000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same-each-time"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets and labelled worlds beside the checkout; skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(NO_SHARED_DATA)
    return SHARED


def _is_here(host: object) -> bool:
    """Whether an address of `socket.connect` or a name of `socket.getaddrinfo` is this machine's own."""
    if host is None or host in {"", "localhost", b"", b"localhost"}:
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _forbid_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a path is a socket of this machine
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not _is_here(host):
        pytest.fail(f"a test reached for the network: {event} to {host!r}", pytrace=True)


sys.addaudithook(_forbid_network)


def _must_not_skip(reason: object) -> bool:
    return bool(os.environ.get(REQUIRE_ALL)) and NO_SHARED_DATA not in str(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and _must_not_skip(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"{REQUIRE_ALL} is set, so this may not be skipped: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped and _must_not_skip(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"{REQUIRE_ALL} is set, so this may not be skipped: {report.longrepr}"
    return report
