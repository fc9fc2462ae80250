"""What goes into the ledger: events as received, and what a scan concluded, campaigns in parts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nospim.errors import NospimError
from nospim.facts import intake

CAMPAIGN = {
    "id": "c-1",
    "source": "xmpp://chat.example",
    "first_seen": "2026-03-01T00:00:00Z",
    "last_seen": "2026-03-02T23:59:59Z",
    "messages": [f"m{n}" for n in range(45_000)],
}


def test_a_campaign_longer_than_a_record_goes_in_in_parts(tmp_path: Path) -> None:
    (tmp_path / "campaigns.jsonl").write_text(json.dumps(CAMPAIGN) + "\n", encoding="utf-8")

    first, *parts = intake.of_scan(tmp_path)

    assert first.kind == "campaign"
    assert "messages" not in json.loads(first.body)
    assert [one.kind for one in parts] == ["members"] * 3
    assert [m for one in parts for m in json.loads(one.body)["messages"]] == CAMPAIGN["messages"]
    assert {one.day for one in [first, *parts]} == {20514}


def test_the_other_lines_go_in_as_they_are(tmp_path: Path) -> None:
    line = b'{"id":"m1","source":"xmpp://chat.example","time":"2026-03-01T00:00:00Z","action":"allow"}'
    (tmp_path / "verdicts.jsonl").write_bytes(line + b"\n")
    (tmp_path / "operators.jsonl").write_bytes(b'{"id":"o-1","source":"s"}\n')

    verdict, operator = intake.of_scan(tmp_path, otherwise=7)

    assert (verdict.kind, verdict.day, verdict.body) == ("verdict", 20513, line)
    assert (operator.kind, operator.day) == ("operator", 7)
    assert intake.missing(tmp_path) == [
        "resolutions.jsonl", "actions.jsonl", "accounts.jsonl", "campaigns.jsonl"
    ]  # fmt: skip


@pytest.mark.parametrize("line", [b"[]", b"{}", b"nothing", b'{"source":7}'])
def test_a_line_that_no_scan_wrote_is_refused_with_its_place(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "verdicts.jsonl").write_bytes(b'{"source":"s"}\n' + line + b"\n")

    with pytest.raises(NospimError, match=r"verdicts\.jsonl, line 2"):
        list(intake.of_scan(tmp_path))
