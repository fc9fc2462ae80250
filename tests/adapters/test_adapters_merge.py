"""Several histories as one stream in the order of time."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest

from nospim.adapters.files import JsonLines
from nospim.adapters.interface import AdapterError, Item, Refusal
from nospim.adapters.merge import merged


def write(path: Path, *lines: tuple[str, int] | str) -> Path:
    """A file of events (id, minute) and lines that are none."""
    path.write_text(
        "\n".join(
            line
            if isinstance(line, str)
            else json.dumps(
                {
                    "specversion": "1.0",
                    "source": "s",
                    "id": line[0],
                    "type": "im.message.sent",
                    "time": f"2026-01-02T03:{line[1]:02}:00Z",
                    "subject": "a",
                    "data": {"to": []},
                }
            )
            for line in lines
        )
    )
    return path


def told(item: Item) -> str:
    return f"refused {item.line}" if isinstance(item, Refusal) else getattr(item, "id", "?")


def test_events_come_in_the_order_of_time_and_refusals_where_their_file_had_got_to(tmp_path: Path) -> None:
    one = write(tmp_path / "1", ("a", 1), "bad", ("d", 4), ("f", 6))
    two = write(tmp_path / "2", "bad", ("b", 2), ("c", 3), ("e", 5))
    assert [told(item.item()) for item in merged(JsonLines(), [one, two])] == [
        "refused 1",
        "a",
        "refused 2",
        "b",
        "c",
        "d",
        "e",
        "f",
    ]


def test_a_clock_that_went_back_does_not_change_a_files_own_order(tmp_path: Path) -> None:
    one = write(tmp_path / "1", ("a", 5), ("b", 1), ("c", 6))
    two = write(tmp_path / "2", ("x", 5), ("y", 7))
    assert [told(item.item()) for item in merged(JsonLines(), [one, two])] == ["a", "b", "x", "c", "y"]


def test_more_files_than_may_be_open(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{i:03}", (f"{i:03}", i % 60)) for i in range(120)]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    try:
        found = [told(item.item()) for item in merged(JsonLines(), files)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert found == sorted(found, key=lambda ident: (int(ident) % 60, ident))
    assert len(found) == 120


def test_a_file_that_cannot_be_read_is_said_before_anything_else(tmp_path: Path) -> None:
    good = write(tmp_path / "1", ("a", 1))
    with pytest.raises(AdapterError, match="there is no file"):
        merged(JsonLines(), [good, tmp_path / "gone"])
    with pytest.raises(AdapterError, match="is a folder; name the files in it"):
        merged(JsonLines(), [good, tmp_path])
