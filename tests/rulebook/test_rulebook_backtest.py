"""Back-tests: rules are tried on history in shadow, and their hits, misses and mistakes are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from im_transcript import Transcript
from nospim import cli
from nospim.rulebook import Backtest
from nospim.rulebook.backtest import Judgement
from nospim.rules import Effect, Rule, Written, compile_rules

LURE = "buy gift cards"


def rules(*written: Rule) -> Backtest:
    made, problems = compile_rules(Written(rule=r) for r in written)
    assert not problems
    return Backtest(made)


def rule(ident: str, expression: str, effect: Effect) -> Rule:
    return Rule(id=ident, title="T", author="ann", expression=expression, effect=effect)


GIFT = rule("gift", "message.text.contains('gift')", Effect(at_least="hold"))
LINKS = rule("links", "links.count > 0 || message.text.contains('cards')", Effect(label="x"))


def story() -> Transcript:
    told = Transcript()
    told.life("ann", "bob", days=2)
    told.say("ann", "bob", LURE)
    told.say("ann", "cid", LURE)
    told.say("bob", "ann", "a gift for you")
    told.say("bob", "ann", None)
    told.say("bob", "ann", "cards tonight?")
    return told


def test_hits_changes_kinds_and_overlap_are_counted() -> None:
    tried = rules(GIFT, LINKS)
    for event in story().events:
        tried.step(event)
    gift, links = tried.reports()

    assert tried.messages == 11
    assert (gift.hits, gift.senders, gift.changed) == (3, 2, {"allow to hold": 3})
    assert gift.kinds == {"direct": (3, 10), "encrypted": (0, 1)}
    assert gift.overlap == {"links": 2}
    assert (links.hits, links.changed) == (3, {})
    assert gift.right is None
    assert [case.text for case in gift.examples] == [None] * 3


def test_with_the_truth_hits_misses_and_mistakes_are_told() -> None:
    made, _ = compile_rules([Written(rule=GIFT)])
    told = story()
    *_, first, second, present, _, cards = told.events
    truth: dict[str, tuple[Judgement, str]] = {
        first.id: ("spim", "spim nolink"),
        second.id: ("neither", "thief"),
        cards.id: ("spim", "spim other"),
    }
    tried = Backtest(made, truth=truth, with_text=True)
    for event in told.events:
        tried.step(event)
    (gift,) = tried.reports()

    assert (gift.right, gift.wrong, gift.missed, gift.unstopped) == (1, 1, 1, 1)
    assert [(case.id, case.text) for case in gift.mistakes] == [(present.id, "a gift for you")]
    assert [case.id for case in gift.misses] == [cards.id]
    assert gift.kinds["spim nolink"] == (1, 1)


def test_a_rule_that_hits_everything_raises_its_alarm() -> None:
    tried = rules(rule("all", "true", Effect(at_least="block")))
    told = Transcript()
    for n in range(40):
        told.say("ann", "bob", f"message number {n}")
    for event in told.events:
        tried.step(event)
    (report,) = tried.reports()

    assert [a.kind for a in report.alarms] == ["maximum"]
    assert report.changed == {"allow to block": 40}


def test_examples_are_the_same_few_each_time() -> None:
    told = Transcript()
    for n in range(60):
        told.say("ann", "bob", f"gift {n}")
    seen = []
    for _ in range(2):
        tried = rules(GIFT)
        for event in told.events:
            tried.step(event)
        seen.append(tried.reports()[0].examples)

    assert seen[0] == seen[1]
    assert len(seen[0]) == 5


def test_the_command_tells_it_and_quotes_only_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, file = tmp_path / "e.jsonl", tmp_path / "gift.toml"
    lines = story().lines
    log.write_bytes(b"\n".join([*lines, lines[-1], b"no event"]) + b"\n")
    file.write_text(
        '[[rule]]\nid = "gift"\ntitle = "T"\nauthor = "ann"\neffect = { at_least = "hold" }\n'
        "expression = \"message.text.contains('gift')\"\n",
        encoding="utf-8",
    )

    assert cli.run(["rules", "backtest", str(file), str(log)]) == 3
    told = capsys.readouterr().out
    assert "3 hits in 11 messages (27.2727%), from 2 accounts" in told
    assert "alone it would have changed: 3 from allow to hold" in told
    assert "gift for you" not in told
    assert cli.run(["rules", "backtest", str(file), str(log), "--text"]) == 3
    assert '"a gift for you"' in capsys.readouterr().out
    assert cli.run(["rules", "backtest", str(file), str(log), "--as-json"]) == 3
    assert json.loads(capsys.readouterr().out)["hits"] == 3
