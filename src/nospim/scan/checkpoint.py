"""A stopped scan, saved so that the same command can go on with it and end with the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from nospim import __version__
from nospim.adapters.repeats import RepeatsState
from nospim.errors import UsageError
from nospim.scan.tally import Tally

NAME: Final = "checkpoint.msgpack"
"""The file's name in the scan's folder; it is gone when the scan is done."""


class Checkpoint(Struct, frozen=True, kw_only=True):
    """Everything that a scan knows between two lines.

    version, configuration, names: what must be the same to go on.  memory: the guard's, as the engine
    saves it.  sizes, spool: bytes written so far, to which the files are cut back.  recorded: how many
    records the ledger had, where what was read went into one.
    """

    version: str
    configuration: str
    names: tuple[str, ...]
    tally: Tally
    repeats: RepeatsState
    memory: bytes
    sizes: dict[str, int]
    spool: int
    recorded: int | None = None


def write(folder: Path, checkpoint: Checkpoint) -> None:
    """Save a checkpoint; the old one is replaced only when the new one is whole."""
    new = folder / f"{NAME}.new"
    new.write_bytes(msgspec.msgpack.encode(checkpoint))
    new.replace(folder / NAME)


def read(folder: Path, configuration: str, names: tuple[str, ...]) -> Checkpoint:
    """The checkpoint in a folder.

    Raises UsageError where there is none, where it cannot be read, or where the version, the policy
    or the input differs from the stopped scan's.
    """
    path = folder / NAME
    try:
        checkpoint = msgspec.msgpack.decode(path.read_bytes(), type=Checkpoint)
    except FileNotFoundError:
        raise UsageError(f"{folder}: no stopped scan to go on with; leave out --resume") from None
    except msgspec.DecodeError as error:
        raise UsageError(f"{path}: not a checkpoint ({error}); scan again without --resume") from None
    for what, was, now in (
        ("version of nospim", checkpoint.version, __version__),
        ("policy", checkpoint.configuration, configuration),
        ("input", checkpoint.names, names),
    ):
        if was != now:
            raise UsageError(
                f"{path}: the {what} differs from the stopped scan's; scan again without --resume"
            )
    return checkpoint


def remove(folder: Path) -> None:
    """Forget the checkpoint of a folder, if there is one."""
    (folder / NAME).unlink(missing_ok=True)


def exists(folder: Path) -> bool:
    """Whether a folder holds a stopped scan."""
    return (folder / NAME).exists()
