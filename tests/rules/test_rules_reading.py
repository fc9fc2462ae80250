"""Files of rules: what is good is read, what is wrong is named with its line, and nothing is raised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.rules.reading import read_rules

FILE = b"""# ours
[[rule]]
id = "one"
title = "One"
author = "ann"
expires = 2027-01-31
effect = { add_bits = -2.5 }
expression = '''
true
'''

[[rule]]
id = "two"
title = "Two"
author = "bob"
effect = { label = "x" }
expression = "true"
"""


def test_rules_are_read_with_their_places() -> None:
    rules, problems = read_rules(FILE, "a.toml")

    assert not problems
    assert [(w.rule.id, w.line, w.body) for w in rules] == [("one", 2, 9), ("two", 12, 17)]
    assert rules[0].rule.effect.told == "adds -2.5 bits"
    assert rules[0].rule.ends == 1801353600.0


@pytest.mark.parametrize(
    ("before", "after", "line", "named", "why"),
    [
        (b'id = "two"', b'id = "Two words"', 12, "Two words", "$.id"),
        (b'label = "x"', b'label = "x", add_bits = 1', 12, "two", "there are 2"),
        (b'label = "x"', b'shout = "x"', 12, "two", "shout"),
        (b"-2.5", b"99", 2, "one", "add_bits"),
        (b'author = "bob"', b"", 12, "two", "author"),
        (b'title = "Two"', b'title = "Two', 14, "", "not TOML"),
        (b'"two"', b'"\xff"', 0, "", "not UTF-8"),
        (b"# ours", b"ours = 1", 0, "", "[[rule]] tables and nothing else"),
        (b'author = "ann"', b'author = "ann"\nstate = "on"', 2, "one", "state"),
        (b'author = "ann"', b'author = "ann"\nmax_rate = 0', 2, "one", "max_rate"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    before: bytes, after: bytes, line: int, named: str, why: str
) -> None:
    assert before in FILE
    _, problems = read_rules(FILE.replace(before, after), "a.toml")

    assert [(p.file, p.line, p.rule) for p in problems] == [("a.toml", line, named)]
    assert why in problems[0].reason
    assert str(problems[0]).startswith(f"a.toml:{line}: " if line else "a.toml: ")


@given(st.binary(max_size=200) | st.text(alphabet="[rule]=\"{}\n,.idx#'", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    rules, problems = read_rules(content, "a.toml")

    assert rules or problems


def test_a_version_follows_what_decides_and_not_how_it_is_told() -> None:
    one = read_rules(FILE, "a.toml")[0][0].rule
    other_words = read_rules(FILE.replace(b'"One"', b'"Eins"'), "a.toml")[0][0].rule
    other_sense = read_rules(FILE.replace(b"-2.5", b"-2"), "a.toml")[0][0].rule

    assert one.version == other_words.version != other_sense.version
