"""Multiplying a world: copies follow one another and share no name."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from benchmarks.concatenate import concatenated, span

HISTORY = {
    "id": "e0",
    "type": "im.account.created",
    "time": "2023-01-01T00:00:00Z",
    "subject": "ann",
    "data": {},
}
MESSAGE = {
    "id": "e1",
    "type": "im.message.sent",
    "time": "2026-03-01T00:00:00.500Z",
    "subject": "ann",
    "data": {
        "to": ["bob", {"source": "x", "id": "eve"}],
        "session": "s",
        "text": "see https://www.a.example/x now",
    },
}
CLICK = {
    "id": "e2",
    "type": "im.link.clicked",
    "time": "2026-03-02T00:00:00Z",
    "subject": "bob",
    "data": {"url": "https://a.example", "message": "e1"},
}


def put(folder: Path, *events: dict[str, Any]) -> Path:
    body = "".join(json.dumps(event) + "\n" for event in events).encode()
    (folder / "events.jsonl.gz").write_bytes(gzip.compress(body))
    return folder


def test_one_copy_is_the_world_itself(tmp_path: Path) -> None:
    world = put(tmp_path, HISTORY, MESSAGE, CLICK)
    assert [json.loads(line) for line in concatenated(world, 1)] == [HISTORY, MESSAGE, CLICK]


def test_a_copy_has_its_own_names_and_points_at_its_own(tmp_path: Path) -> None:
    made = [json.loads(line) for line in concatenated(put(tmp_path, HISTORY, MESSAGE, CLICK), 3)]
    assert [event["id"] for event in made[6:]] == ["c2-e0", "c2-e1", "c2-e2"]
    message, click = made[4], made[5]
    assert message["subject"] == "c1-ann"
    assert message["data"]["to"] == ["c1-bob", {"source": "x", "id": "c1-eve"}]
    assert message["data"]["session"] == "c1-s"
    assert message["data"]["text"] == "see https://www.a-c1.example/x now"
    assert click["data"] == {"url": "https://a-c1.example", "message": "c1-e1"}


def test_time_goes_on_and_years_before_the_first_message_become_a_week(tmp_path: Path) -> None:
    made = [json.loads(line) for line in concatenated(put(tmp_path, HISTORY, MESSAGE, CLICK), 3)]
    times = [datetime.fromisoformat(event["time"]) for event in made]
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert [event["time"] for event in made[3:6]] == [
        "2026-03-02T00:00:00.000Z",
        "2026-03-09T00:00:00.000Z",
        "2026-03-09T23:59:59.500Z",
    ]


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("0qt[.]uhyoq[.]com", "0qt[.]uhyoq-c1[.]com"),
        ("hxxp://0qt\u200b.uhyoq\u200b.com/a", "hxxp://0qt\u200b.uhyoq-c1\u200b.com/a"),
        ("When is the class? sms me back", "When is the class? sms me back"),
        ("at 5.30 then", "at 5.30 then"),
    ],
)
def test_hosts_are_renamed_also_where_they_are_disguised(tmp_path: Path, text: str, there: str) -> None:
    world = put(tmp_path, MESSAGE | {"data": {"to": ["bob"], "text": text}})
    assert json.loads(list(concatenated(world, 2))[1])["data"]["text"] == there


def test_a_world_without_messages_cannot_be_multiplied(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no message"):
        span(put(tmp_path, HISTORY))
