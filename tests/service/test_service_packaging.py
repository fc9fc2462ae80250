"""What is shipped to run the service: systemd's unit and the container's file, against the program itself."""

from __future__ import annotations

import configparser
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "packaging" / "nospim.service"
CONTAINER = ROOT / "packaging" / "Containerfile"


def unit() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's keys have capitals
    parser.read(UNIT, encoding="utf-8")
    return parser["Service"]


def commands() -> list[list[str]]:
    entry = re.search(r"^ENTRYPOINT (.*)$", CONTAINER.read_text(encoding="utf-8"), re.M)
    assert entry is not None
    return [unit()["ExecStart"].split(), json.loads(entry[1])]


@pytest.mark.parametrize("command", commands(), ids=["unit", "container"])
def test_the_command_that_is_shipped_is_one(command: list[str]) -> None:
    assert command[0].endswith("/nospim")
    shown = subprocess.run(
        [sys.executable, "-m", "nospim", "serve", "--help"], capture_output=True, text=True, check=True
    ).stdout

    assert command[1] == "serve"
    for option in (word for word in command if word.startswith("--")):
        assert option in shown


def test_the_unit_gives_the_service_nothing_but_its_folder() -> None:
    service = unit()

    assert service["DynamicUser"] == "yes"
    assert service["StateDirectory"] in service["ExecStart"]
    assert service["CapabilityBoundingSet"] == ""
    for hardened in (
        "NoNewPrivileges",
        "ProtectHome",
        "PrivateTmp",
        "PrivateDevices",
        "MemoryDenyWriteExecute",
    ):
        assert service[hardened] == "yes", hardened
    assert service["ProtectSystem"] == "strict"


def test_the_container_does_not_run_as_root() -> None:
    user = re.findall(r"^USER (\S+)$", CONTAINER.read_text(encoding="utf-8"), re.M)

    assert user == ["65534:65534"]


def test_a_supervisor_hears_when_it_is_ready_and_when_it_stops(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(tmp_path / "notify"))
        supervisor.settimeout(30)
        command = [sys.executable, "-m", "nospim", "serve", "--data", str(tmp_path / "data"), "--port", "0"]
        environment = os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify")}
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as service:
            ready = supervisor.recv(100)
            service.terminate()
            stopping = supervisor.recv(100)
            service.communicate(timeout=30)

    assert (ready, stopping, service.returncode) == (b"READY=1", b"STOPPING=1", 0)
