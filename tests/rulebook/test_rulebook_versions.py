"""Rule books: every version is kept, the one in force changes at once, and what is broken changes nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nospim import cli
from nospim.rulebook import RulesError, Watcher, deploy, history, load, load_sound, record_demotions, rollback
from nospim.rules import Alarm

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULE = """
[[rule]]
id = "links"
title = "Has links"
author = "Ann Lee"
state = "live"
effect = { add_bits = 1 }
expression = "links.count > 0"
test = [{ expect = true, given = { links.count = 9 } }, { expect = false }]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "written"
    place.mkdir()
    (place / "links.toml").write_text(RULE, encoding="utf-8")
    return place


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "book"


def write(folder: Path, before: str, after: str) -> None:
    path = folder / "links.toml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def in_force(book: Path) -> str:
    return next(iter(load_sound(book).rules)).expression


def test_a_deployment_a_change_and_a_way_back(folder: Path, book: Path) -> None:
    deploy(folder, book, by="bob", at=NOON, why="first")
    write(folder, "count > 0", "count > 1")
    deploy(folder, book, by="bob", at=NOON)
    assert in_force(book) == "links.count > 1"
    rollback(book, by="eve", at=NOON, why="too wide")
    assert in_force(book) == "links.count > 0"
    write(folder, "count > 1", "count > 2")
    deploy(folder, book, by="bob", at=NOON)

    assert in_force(book) == "links.count > 2"
    assert [(s.did, s.version, s.before, s.by, s.why) for s in history(book)] == [
        ("deploy", "0001", "", "bob", "first"),
        ("deploy", "0002", "0001", "bob", ""),
        ("rollback", "0001", "0002", "eve", "too wide"),
        ("deploy", "0003", "0001", "bob", ""),
    ]
    rollback(book, by="eve", at=NOON, to="0002")
    assert load(book).version == "0002"


def test_what_is_wrong_or_no_news_is_not_deployed(folder: Path, book: Path) -> None:
    deploy(folder, book, by="bob", at=NOON)
    with pytest.raises(RulesError, match="nothing has changed since version 0001"):
        deploy(folder, book, by="bob", at=NOON)
    write(folder, "links.count > 0", "links.cuont > 0")
    with pytest.raises(RulesError, match=r"links\.toml:8: rule links: undeclared"):
        deploy(folder, book, by="bob", at=NOON)

    assert load(book).version == "0001"
    assert len(history(book)) == 1


def test_the_author_does_not_deploy_where_the_policy_says_so(folder: Path, book: Path) -> None:
    with pytest.raises(RulesError, match="was written by Ann Lee"):
        deploy(folder, book, by="ann  lee", at=NOON, author_may_deploy=False)
    deploy(folder, book, by="bob", at=NOON, author_may_deploy=False)
    (folder / "more.toml").write_text(
        RULE.replace('"links"', '"more"').replace("Ann Lee", "bob"), encoding="utf-8"
    )
    with pytest.raises(RulesError, match="rule more was written by bob"):
        deploy(folder, book, by="bob", at=NOON, author_may_deploy=False)
    deploy(folder, book, by="Ann Lee", at=NOON, author_may_deploy=False)

    assert load(book).version == "0002"  # Ann's own rule had been in force already


def test_a_shadow_that_goes_live_needs_the_second_person_too(folder: Path, book: Path) -> None:
    write(folder, '"live"', '"shadow"')
    deploy(folder, book, by="Ann Lee", at=NOON, author_may_deploy=False)
    write(folder, '"shadow"', '"live"')

    with pytest.raises(RulesError, match="somebody else"):
        deploy(folder, book, by="Ann Lee", at=NOON, author_may_deploy=False)


def test_a_version_that_was_changed_by_hand_is_refused(folder: Path, book: Path) -> None:
    deploy(folder, book, by="bob", at=NOON)
    write(book / "versions" / "0001", "count > 0", "count > 7")

    assert "is not what was deployed" in load(book).problems[0].reason
    (book / "versions" / "0001" / "links.toml").unlink()
    assert "was deployed and is not there" in load(book).problems[0].reason


def test_there_is_no_way_back_from_the_first_version(folder: Path, book: Path) -> None:
    with pytest.raises(RulesError, match="is no rule book"):
        rollback(book, by="eve", at=NOON)
    deploy(folder, book, by="bob", at=NOON)
    with pytest.raises(RulesError, match="no version before 0001; there are 0001"):
        rollback(book, by="eve", at=NOON)


def test_a_torn_last_line_of_history_hides_nothing_else(folder: Path, book: Path) -> None:
    deploy(folder, book, by="bob", at=NOON)
    with (book / "history.jsonl").open("ab") as file:
        file.write(b'{"at":"2026-03-')

    assert [step.version for step in history(book)] == ["0001"]


def test_a_watcher_follows_a_book_and_keeps_the_last_good_set(folder: Path, book: Path) -> None:
    deploy(folder, book, by="bob", at=NOON)
    watcher = Watcher(book)
    first = watcher.rules
    assert not watcher.poll()
    write(folder, "count > 0", "count > 1")
    deploy(folder, book, by="bob", at=NOON)
    assert watcher.poll()
    assert watcher.version == "0002"
    assert watcher.rules is not first
    rollback(book, by="bob", at=NOON)
    assert watcher.poll()
    assert list(watcher.rules) == list(first)
    (book / "current").write_text("nonsense", encoding="ascii")
    assert not watcher.poll()
    assert "does not name a version" in watcher.problems[0].reason
    assert list(watcher.rules) == list(first)


def test_a_watcher_of_a_plain_folder_waits_until_a_file_is_good(folder: Path) -> None:
    watcher = Watcher(folder)
    write(folder, "links.count > 0", "links.count >")
    assert not watcher.poll()
    assert watcher.problems[0].rule == "links"
    assert next(iter(watcher.rules)).expression == "links.count > 0"
    write(folder, "links.count >", "links.count > 5")
    assert watcher.poll()
    assert not watcher.problems
    assert next(iter(watcher.rules)).expression == "links.count > 5"


def test_an_alarm_keeps_a_rule_in_shadow_until_it_is_another_rule(folder: Path, book: Path) -> None:
    deploy(folder, book, by="bob", at=NOON)
    watcher = Watcher(book)
    alarm = Alarm(rule="links", kind="maximum", rate=0.5, why="hit 50 of 100 messages")
    gone = Alarm(rule="gone", kind="high", rate=0.5, why="hit 50 of 100 messages")
    record_demotions(book, watcher.rules, (alarm, gone))

    assert watcher.poll()
    assert watcher.rules.demoted == {"links"}
    write(folder, "links.count > 0", "links.count > 3")
    deploy(folder, book, by="bob", at=NOON)
    assert watcher.poll()
    assert not watcher.rules.demoted


def test_the_commands_deploy_and_roll_back(
    folder: Path, book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("[rules]\nauthor_may_deploy = false\n", encoding="utf-8")
    asked = ["rules", "deploy", str(folder), str(book), "--policy", str(policy)]

    assert cli.run([*asked, "--by", "Ann Lee"]) == 1
    assert "was written by Ann Lee" in capsys.readouterr().err
    assert cli.run([*asked, "--by", "bob", "--why", "seen since Monday"]) == 0
    assert "version 0001 is in force, 1 rules, 1 of them live" in capsys.readouterr().out
    write(folder, "count > 0", "count > 1")
    assert cli.run([*asked, "--by", "bob"]) == 0
    assert cli.run(["rules", "rollback", str(book), "--by", "eve"]) == 0
    assert "version 0001 is in force again instead of 0002" in capsys.readouterr().out
    assert cli.run(["rules", "history", str(book)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("rollback  0001 instead of 0002  by eve")
    assert (
        json.loads((book / "versions" / "0001" / "deployed.json").read_text())["why"] == "seen since Monday"
    )
