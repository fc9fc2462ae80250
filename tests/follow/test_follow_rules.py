"""A followed log judged here: rules are taken up as their files change, without a restart."""

from __future__ import annotations

import io
import json
import threading
from contextlib import closing
from pathlib import Path

from im_transcript import Transcript
from nospim.follow.guarding import LOOK, Guarding
from nospim.follow.loop import GoodLine
from nospim.follow.state import StateFile
from nospim.policy import Policy
from nospim.rulebook import Watcher

RULE = """
[[rule]]
id = "buy"
title = "Buys"
author = "ann"
state = "live"
effect = { at_least = "block" }
expression = "message.text == '%s'"
test = [{ expect = true, given = { message.text = "%s" } }, { expect = false }]
"""


def test_a_changed_rule_acts_from_the_next_look_on(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "buy.toml").write_text(RULE % ("buy", "buy"), encoding="utf-8")
    told = Transcript()
    for _ in range(4):
        told.say("ann", "bob", "buy")
    lines = [GoodLine(n, raw, e) for n, (raw, e) in enumerate(zip(told.lines, told.events, strict=True), 1)]
    now = [0.0]
    out = io.BytesIO()

    with closing(StateFile(tmp_path / "state", tmp_path / "log")) as state:
        guard = Guarding(
            "log", state, Policy(), None, out, io.BytesIO(), clock=lambda: now[0], watcher=Watcher(rules)
        )
        guard.take(lines[:1], None, threading.Event())
        (rules / "buy.toml").write_text(RULE % ("other words", "other words"), encoding="utf-8")
        guard.take(lines[1:2], None, threading.Event())  # no look yet
        now[0] += LOOK
        guard.take(lines[2:3], None, threading.Event())
        (rules / "buy.toml").write_text(RULE % ("buy", "something else"), encoding="utf-8")  # its test fails
        now[0] += LOOK
        guard.take(lines[3:], None, threading.Event())

    written = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [row["action"] for row in written if "score" in row] == ["block", "block", "allow", "allow"]
    assert [row["rule"] for row in written if "rule" in row] == ["buy", "buy"]
