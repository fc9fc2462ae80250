"""The rules that the pages show are sound, and the pages' commands and words are the program's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nospim.rules import compile_rules
from nospim.rules.reading import read_rules

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = [DOCS / "how-to" / "write-a-rule.md", DOCS / "reference" / "rules.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_the_rules_on_a_page_are_sound(page: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        written, problems = read_rules(block.encode(), page.name)
        made, more = compile_rules(written)
        assert len(made) == len(written) > 0
        assert [str(p) for p in (*problems, *more)] == []
        assert all(len(rule.test) >= 2 for rule in made)


def test_the_mistake_that_the_how_to_shows_is_told_as_it_says() -> None:
    page = PAGES[0].read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    written, _ = read_rules(
        block.replace("message.plain.matches", "message.pain.matches").encode(), "gift-cards.toml"
    )
    _, (problem,) = compile_rules(written)

    assert str(problem) in page


def test_the_version_that_the_how_to_shows_is_the_rules_own() -> None:
    page = PAGES[0].read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    ((one,), _) = read_rules(block.encode(), "gift-cards.toml")

    assert f"rule gift-cards (version {one.rule.version})" in page
