"""Files that belong to a case: known by their SHA-256 since they were added, looked at again at export."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from nospim.cases.case import Case
from nospim.cases.decisions import FileAdded
from nospim.errors import NospimError, UsageError


def added(path: Path, home: Path, shows: str) -> FileAdded:
    """The decision that adds a file; its place is told relative to the home of cases."""
    if not path.is_file():
        raise UsageError(f"{path} is no file")
    digest, size = _digest(path)
    where = os.path.relpath(path.resolve(), home.resolve())
    return FileAdded(file=where, size=size, digest=digest, shows=shows)


def unchanged(home: Path, case: Case) -> dict[str, Path]:
    """The case's files by their SHA-256; raises NospimError where one is gone or is not what was added."""
    found = {}
    for one in case.files.values():
        path = home / one.file
        if not path.is_file():
            raise NospimError(f"{path} belongs to case {case.id} and is not there; put it back")
        if _digest(path)[0] != one.digest:
            raise NospimError(f"{path} is not the file that was added to case {case.id}")
        found[one.digest] = path
    return found


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest(), stream.tell()
