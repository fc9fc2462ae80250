"""Which world is measured: one that is given, those beside the checkout, or a drill made on the spot."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from nospim.drill import Plan, generate, write_world

SEED: Final = 1
"""Seed of the drill that speed is measured on: the same world every time."""


def shared_worlds(root: Path) -> list[Path]:
    """The labelled worlds in the folder of data sets beside the checkout at `root`; none without it."""
    worlds = root.parent / "shared" / "spimbench" / "worlds"
    return sorted(path.parent for path in worlds.glob("*/events.jsonl*"))


def world_or_drill(world: Path | None, folder: Path) -> Path:
    """The world that was asked for, or a drill made in `folder`.

    Raises FileNotFoundError when the world asked for has no events.
    """
    if world is None:
        return drill(folder / "drill", Plan(seed=SEED))
    if not any((world / name).is_file() for name in ("events.jsonl", "events.jsonl.gz")):
        raise FileNotFoundError(f"{world} holds neither events.jsonl nor events.jsonl.gz")
    return world


def drill(folder: Path, plan: Plan) -> Path:
    """Make the drill of a plan in `folder`, which is returned."""
    write_world(generate(plan), folder)
    return folder
