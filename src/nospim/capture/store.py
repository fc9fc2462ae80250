"""A capture as files in a folder: what people look at, and apart from it what they should not."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from nospim import __version__
from nospim.capture.interface import Capture
from nospim.capture.run import Captured
from nospim.capture.warc import write_warc
from nospim.errors import UsageError

CAPTURE: Final = "capture.json"
EVENT: Final = "event.json"
ARCHIVE: Final = "page.warc.gz"
BLURRED: Final = "screenshot-blurred.png"
SEALED: Final = "sealed"
"""Folder for the original screenshot: kept as evidence, opened by who must, shown to nobody else."""
ORIGINAL: Final = f"{SEALED}/screenshot.png"
DECOY: Final = f"{SEALED}/decoy.json"


def prepare(out: Path) -> None:
    """Make the folder, for its owner only; raises UsageError where it holds a capture already."""
    if (out / CAPTURE).exists() or (out / ARCHIVE).exists():
        raise UsageError(f"{out} holds a capture, which is never written over; name another folder")
    out.mkdir(parents=True, exist_ok=True, mode=0o700)


def store(captured: Captured, out: Path) -> Capture:
    """Write a capture into a prepared folder; returns it with the names and hashes of its files.

    Where something was met that must not be stored, only capture.json is written, and it holds no content.
    """
    names: list[str] = []
    if not captured.capture.withheld:
        about = {"software": f"nospim {__version__}", "format": "WARC File Format 1.1"}
        recorder = captured.recorder
        write_warc(out / ARCHIVE, recorder.exchanges, recorder.refusals, captured.rendered, about)
        (out / ARCHIVE).chmod(0o600)
        names.append(ARCHIVE)
        if captured.rendered is not None:
            _write(out / BLURRED, captured.rendered.blurred)
            _write(out / ORIGINAL, captured.rendered.shot)
            names += [BLURRED, ORIGINAL]
    if captured.decoy is not None:
        _write(out / DECOY, msgspec.json.format(msgspec.json.encode(captured.decoy)) + b"\n")
        names.append(DECOY)
    files = tuple((name, hashlib.sha256((out / name).read_bytes()).hexdigest()) for name in names)
    made = replace(captured.capture, files=files)
    _write(out / CAPTURE, msgspec.json.format(msgspec.json.encode(made)) + b"\n")
    return made


def write_event(line: bytes, out: Path) -> None:
    """Write the capture's event, one line, beside the capture."""
    _write(out / EVENT, line + b"\n")


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with path.open("xb") as file:
        file.write(data)
    path.chmod(0o600)
