"""Where a log went when it was rotated: the files beside it that bear its name and a number or a date.

Source: logrotate(8): ``events.jsonl.1``, ``events.jsonl-20261102``, and with `extension` set
``events-20261102.jsonl``.  Packed ones (``.gz``, ``.zst``) are not looked into: they are complete only
after logrotate has finished, and by then their lines were read unless we were not running.
"""

from __future__ import annotations

import os
import re
from pathlib import Path


def found_again(log: Path, device: int, inode: int) -> Path | None:
    """The file with this device and inode among the log and its rotated ones; None if it is not there."""
    for path in (log, *_rotated(log)):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        if (status.st_dev, status.st_ino) == (device, inode):
            return path
    return None


def next_after(log: Path, read: os.stat_result) -> Path:
    """The file that was begun after one that has been read to its end: the oldest rotated one that was
    written to later, else the log itself.
    """
    later = []
    for path in _rotated(log):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        if (status.st_dev, status.st_ino) != (
            read.st_dev,
            read.st_ino,
        ) and status.st_mtime_ns > read.st_mtime_ns:
            later.append((status.st_mtime_ns, path))
    return min(later)[1] if later else log


def _rotated(log: Path) -> list[Path]:
    mark = r"[.-]\d[\dTZ:_-]*"
    name, stem, suffix = (re.escape(part) for part in (log.name, log.stem, log.suffix))
    pattern = re.compile(f"{name}{mark}|{stem}{mark}{suffix}")
    try:
        return sorted(path for path in log.parent.iterdir() if pattern.fullmatch(path.name))
    except FileNotFoundError:
        return []
