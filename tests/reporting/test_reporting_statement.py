"""Statements of reasons: every field of Article 17(3), in every language, of nobody in particular."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from nospim.actions import ActionKind
from nospim.cli import run
from nospim.reporting.statement import (
    EFFECTS,
    LANGUAGES,
    WORDS,
    Restricting,
    Terms,
    Told,
    needs_statement,
    read_terms,
    statement,
)
from nospim.service.notices import LANGUAGES as NOTICES
from report_words import DAY, NOON

CANARY = "canary-victim@chat.example"
TERMS = Terms(
    service="Chat Example", ground="terms of use, 4.2", explanation="no unasked bulk messages",
    complaint="https://chat.example/complaints", dispute="the Arbitration Office", languages=LANGUAGES,
)  # fmt: skip
FILE = """
service = "Chat Example"
ground = "terms of use, 4.2"
explanation = "no unasked bulk messages"
complaint = "https://chat.example/complaints"
languages = ["de", "en"]
"""


def action(kind: str = "limit", **more: Any) -> Restricting:
    told: dict[str, Any] = {
        "expires": NOON + DAY,
        "reasons": (Told(signal="sign_in"), Told(signal="prior")),
        **more,
    }
    return Restricting(action="a-1", source="xmpp://chat.example", kind=kind, at=NOON, **told)


def test_the_languages_are_those_of_the_notices_and_each_says_everything() -> None:
    assert set(LANGUAGES) == set(NOTICES)
    for language, words in WORDS.items():
        assert set(words) == set(WORDS["en"]), language
        for part, text in words.items():
            assert re.findall(r"\{\w+\}", text) == re.findall(r"\{\w+\}", WORDS["en"][part]), (language, part)


@pytest.mark.parametrize("kind", sorted(EFFECTS))
def test_a_statement_holds_what_article_17_asks_for(kind: str) -> None:
    made = statement(action(kind), TERMS)

    assert made.reasons["decision"] == kind  # (a) what it is, where and how long
    assert made.reasons["territorial_scope"] == ["EU"]
    assert (made.reasons["from"], made.reasons["until"]) == ("2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z")
    assert made.reasons["signals"] == ["sign_in"]  # (b) facts, and whether by notice
    assert made.reasons["notice"] is False
    assert made.reasons["automated_decision"] is True  # (c) automated means
    assert made.reasons["ground"] == "terms of use, 4.2"  # (d), (e) the ground, and why
    assert made.reasons["redress"]["complaint"] == "https://chat.example/complaints"  # (f)
    for text in made.texts.values():
        for part in (
            "terms of use, 4.2",
            "no unasked",
            "/complaints",
            "Arbitration Office",
            made.number,
            "2026-03-02",
        ):
            assert part in text


def test_a_persons_decision_and_others_reports_are_said() -> None:
    made = statement(action(actor="mia", reasons=(Told(signal="reports"),)), TERMS)

    assert made.transparency["automated_decision"] == "AUTOMATED_DECISION_PARTIALLY"
    assert made.transparency["source_type"] == "SOURCE_TYPE_OTHER_NOTIFICATION"
    assert "a person decided" in made.texts["en"]
    assert "reports were part" in made.texts["en"]
    assert "mia" not in json.dumps([made.texts, made.reasons, made.transparency])


def test_the_database_gets_the_fields_that_it_asks_for() -> None:
    made = statement(action("suspend"), TERMS).transparency

    required = {
        "decision_ground", "category", "content_type", "content_date", "application_date", "decision_facts",
        "source_type", "automated_detection", "automated_decision", "territorial_scope", "puid",
        "incompatible_content_ground", "incompatible_content_explanation",
    }  # fmt: skip
    assert required <= set(made)
    assert made["decision_account"] == "DECISION_ACCOUNT_SUSPENDED"
    assert made["end_date_account_restriction"] == "2026-03-02"
    assert made["decision_ground"] == "DECISION_GROUND_INCOMPATIBLE_CONTENT"


def test_every_kind_of_action_either_restricts_or_does_not() -> None:
    free = {"notify_owner", "notify_recipients", "capture"}
    assert set(ActionKind.__args__) | {"drop"} == set(EFFECTS) | free  # type: ignore[attr-defined]
    assert not needs_statement(action("notify_owner"))
    assert not needs_statement(action(state="undone"))
    assert needs_statement(action(state="done"))


def test_the_command_writes_a_statement_for_each_action_and_names_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {
            "action": f"a-{number}", "source": "xmpp://chat.example", "kind": kind, "target": CANARY,
            "account": CANARY, "at": "2026-03-01T12:00:00Z", "cause": "m1", "expires": None,
            "reasons": [{"signal": "chain", "bits": 3.0, "detail": f"clicked a lure from {CANARY}"}],
        }
        for number, kind in enumerate(("limit", "notify_owner", "recall"))
    ]  # fmt: skip
    (tmp_path / "actions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "answer.json").write_text(json.dumps({"actions": rows, "cursor": "3"}))
    (tmp_path / "terms.toml").write_text(FILE)
    for source in ("actions.jsonl", "answer.json"):
        out = tmp_path / f"out-{source}"
        status = run(
            ["statement", str(tmp_path / source), "--terms", str(tmp_path / "terms.toml"), "--out", str(out)]
        )
        assert (status, capsys.readouterr().out) == (0, f"{out}: 2 statements; 1 actions restrict nobody\n")
        assert len(list(out.iterdir())) == 6
        assert not [path for path in out.iterdir() if "canary" in path.read_text()]


@pytest.mark.parametrize("change", ['languages = ["xx"]', 'scope = ["Europe"]', 'colour = "red"'])
def test_terms_that_are_wrong_are_refused(change: str) -> None:
    text = FILE.replace('languages = ["de", "en"]\n', "") + change
    with pytest.raises(Exception, match=r"terms\.toml"):
        read_terms(text, "terms.toml")
