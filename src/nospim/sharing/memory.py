"""Who was ever a victim, kept apart from the list and never shared, so that later scans do not forget it.

The file is its owner's only.  It holds the SHA-256 of bare ids, so that those who are listed already are met,
and the servers that victims' accounts are on.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from nospim.errors import UsageError


class Victims(Struct, frozen=True, kw_only=True):
    """victims: SHA-256 (hex) of bare ids in lower case; servers: names."""

    victims: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()


FILE: Final = "victims.json"


def usual_place(out: Path) -> Path:
    """A list's private folder: in the user's state folder (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path("~/.local/state").expanduser())
    name = hashlib.sha256(os.fsencode(os.path.abspath(out))).hexdigest()[:16]  # noqa: PTH100 - not its target
    return Path(base) / "nospim" / f"list-{name}"


def read_victims(private: Path) -> Victims:
    """What is known from earlier; nothing where there is no file.  Raises UsageError for a damaged one."""
    path = private / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Victims)
    except FileNotFoundError:
        return Victims()
    except msgspec.DecodeError as error:
        raise UsageError(
            f"{path} cannot be read ({error}); bring it back from a backup, for without it "
            "a victim could be listed"
        ) from None


def write_victims(private: Path, known: Victims) -> None:
    """Keep what is known, for the owner only."""
    path = private / FILE
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.encode(known) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
