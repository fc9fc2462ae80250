"""The operator's rules in the service: taken up without a restart, kept by a crash, refused when unsound."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from service_server import Served, message, serving

RULE = """
[[rule]]
id = "gift-cards"
title = "Asks for gift cards"
author = "ann"
state = "live"
expires = 2099-01-31
effect = { at_least = "block" }
expression = 'message.text.contains("gift card")'

[[rule.test]]
name = "the lure"
expect = true
given = { message.text = "a gift card" }

[[rule.test]]
name = "another thing"
expect = false
given = { message.text = "lunch" }
"""


def rung_when(service: Served, wanted: str) -> str:
    """The rung of such a message, once it is the wanted one, or the last one seen."""
    found = ""
    for n in range(40):
        found = service.check(message(f"try-{wanted}-{n}-{time.time()}", "buy a gift card")).json["action"]
        if found == wanted:
            break
        time.sleep(0.25)
    return found


def test_rules_are_taken_up_as_they_change_and_outlive_a_crash(tmp_path: Path) -> None:
    pytest.importorskip("cel_expr_python")
    rules = tmp_path / "rules"
    rules.mkdir()
    with serving(tmp_path / "data", "", "--rules", str(rules)) as service:
        assert rung_when(service, "allow") == "allow"
        (rules / "gift.toml").write_text(RULE, encoding="utf-8")
        assert rung_when(service, "block") == "block"
        blocked = service.check(message("m1", "one gift card please")).json
        (rules / "gift.toml").write_text(
            RULE.replace("message.text.contains", "message.txt.contains"), encoding="utf-8"
        )
        time.sleep(2.5)
        assert rung_when(service, "block") == "block"
        text = service.ask("GET", "/metrics").body.decode()
        service.kill()
    (rules / "gift.toml").unlink()
    with serving(tmp_path / "data", "", "--rules", str(rules)) as service:
        assert service.check(message("m2", "another gift card")).json["action"] == "allow"
        assert service.ask("GET", "/v1/verdicts?source=im.example&id=m1").json == blocked

    assert "rule:gift-cards" in {r["signal"] for r in blocked["reasons"]}
    assert 'nospim_rule_hits_total{rule="gift-cards",state="live"}' in text


def test_a_rule_that_hits_far_too_often_is_turned_to_shadow_and_told_of(tmp_path: Path) -> None:
    pytest.importorskip("cel_expr_python")
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "gift.toml").write_text(RULE, encoding="utf-8")
    with serving(tmp_path / "data", "", "--rules", str(rules)) as service:
        first = service.check(message("first", "a gift card")).json["action"]
        service.send(*(message(f"m{n}", "a gift card") for n in range(40)))
        shadowed = rung_when(service, "allow")
        text = service.ask("GET", "/metrics").body.decode()

    assert (first, shadowed) == ("block", "allow")
    assert 'nospim_rule_alarms_total{kind="maximum",rule="gift-cards"}' in text
    assert 'nospim_rule_hits_total{rule="gift-cards",state="shadow"}' in text
