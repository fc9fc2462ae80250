"""What is shipped to run the service: systemd's unit and the container's file, against the program itself."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import zipfile
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


def test_what_the_container_copies_is_enough_to_build_the_program(tmp_path: Path) -> None:
    """The first stage's COPY and RUN, but for pip's downloads, in a folder that holds nothing else."""
    text = CONTAINER.read_text(encoding="utf-8")
    copied = [line.split() for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.M)]
    source = tmp_path / "source"
    source.mkdir()
    for *names, to in copied:
        assert to.startswith("/source")
        for name in names:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, tmp_path / to[1:], ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, tmp_path / to[1:])
    (wanted,) = re.findall(r"pip install [^\"]*\"/source\[(\w+)\]\"", text)
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)

    (built,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(built) as wheel:
        names = set(wheel.namelist())
        (info,) = {name.partition("/")[0] for name in names if ".dist-info/" in name}
        metadata = wheel.read(f"{info}/METADATA").decode()
        entries = wheel.read(f"{info}/entry_points.txt").decode()
    there = {str(path.relative_to(ROOT / "src")) for path in (ROOT / "src").rglob("*.py")}
    assert there <= names
    assert f"Provides-Extra: {wanted}" in metadata
    assert commands()[1][0].rpartition("/")[2] + " =" in entries


def test_the_container_s_health_check_asks_where_its_service_listens(tmp_path: Path) -> None:
    text = CONTAINER.read_text(encoding="utf-8")
    (asked,) = re.findall(r"^HEALTHCHECK .* CMD (\[.*\])$", text, re.M)
    (port,) = re.findall(r"^EXPOSE (\d+)$", text, re.M)
    python, *words = json.loads(asked)
    assert python.startswith(commands()[1][0].rpartition("/")[0])
    with socket.create_server(("127.0.0.1", 0)) as free:
        other = str(free.getsockname()[1])
    here = [word.replace(f":{port}/", f":{other}/") for word in words]
    assert here != words
    check = [sys.executable, *here]
    command = [sys.executable, "-m", "nospim", "serve", "--data", str(tmp_path / "data"), "--port", other]
    assert subprocess.run(check, check=False, capture_output=True).returncode != 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as service:
        assert service.stdout is not None
        assert any("nospim serves" in line for line in service.stdout)
        healthy = subprocess.run(check, check=False, capture_output=True).returncode
        service.terminate()
        service.communicate(timeout=30)
    assert healthy == 0


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
