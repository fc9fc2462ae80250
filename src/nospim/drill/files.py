"""Writing a world to a folder, in the form that `nospim scan` and scoring read."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Final, cast

import msgspec

from nospim import __version__
from nospim.drill.broken import with_faults
from nospim.drill.truth import encode_row
from nospim.drill.world import World
from nospim.events import AnyEvent, encode

LEVEL: Final = 6
"""Compression level: 9 takes four times as long for 2 % less."""


def write_world(world: World, folder: Path) -> None:
    """Write `events.jsonl.gz`, `truth.jsonl.gz` and `drill.json` (the plan); makes the folder.

    The same world gives the same bytes: the compressed files carry no time and no name (RFC 1952).
    Raises OSError when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    received = (encode(cast("AnyEvent", event)) for event in world.received())
    _write_lines(folder / "events.jsonl.gz", with_faults(received, world.plan))
    _write_lines(folder / "truth.jsonl.gz", (encode_row(row) for row in world.truth))
    about = {
        "made_by": f"nospim {__version__}",
        "note": "Made up: people, texts, addresses, networks and hosts belong to nobody.",
        "events": len(world.events),
        "canaries": world.canaries,
        "plan": world.plan,
    }
    text = msgspec.json.format(msgspec.json.encode(about), indent=2)
    (folder / "drill.json").write_bytes(text + b"\n")


def _write_lines(path: Path, lines: Iterable[bytes]) -> None:
    path.write_bytes(gzip.compress(b"\n".join(lines) + b"\n", LEVEL, mtime=0))
