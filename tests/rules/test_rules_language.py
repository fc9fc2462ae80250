"""What an expression may say: types are checked, costs bounded, and nothing can be made to grow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.rules import FIELDS, Example
from nospim.rules.cost import MOST
from rule_words import compiled, rule

GOOD = [
    'message.text.contains("gift card")',
    "recipients.of_same > 10 && session.oddness > 3.0",
    'links.hosts.exists(h, h.endsWith(".example"))',
    "links.hosts.exists(h, links.domains.exists(d, d == h))",
    'message.text.matches("(?i)gift ?cards?")',
    "size(links.hosts.filter(h, h.contains('x'))) >= 2",
    '"lure" in message.cues // a comment',
    'sender.server in ["a.example", "b.example"]',
    "signals.sign_in + signals.links > 6.0",
    'guard.action == "warn" ? sender.sent < 3 : false',
]
BAD = {
    'message.txt == "a"': "undeclared reference to 'message.txt'",
    "signals.sign_on > 1.0": "undeclared reference",
    'recipients.count > "a"': "no matching overload",
    "recipients.count > 2.5": "no matching overload",
    "recipients.count + 1": "must be bool",
    "recipients.count >": "Syntax error",
    'message.text + message.text == "aa"': "cannot be joined",
    'dyn(message.text) + dyn("x") == "y"': "cannot be joined",
    "links.hosts + links.hosts == []": "cannot be joined",
    "links.hosts.map(h, h + h).map(h, h + h).size() > 9": "cannot be joined",
    "message.text.matches(session.client)": "written in the rule",
    'message.text.matches("(")': "cannot be used",
    '{"a": 1}["a"] == 1': "cannot be made in a rule",
    "links.hosts.all(a, links.hosts.all(b, links.hosts.all(c, a == b || b == c)))": "could cost",
    'message.text.matches("(a{1,200}b|c){1,9}")': "could cost",
    'links.hosts.exists(h, message.text.matches("a") || message.text.matches("b.*c") || h.matches("d"))': (
        "could cost"
    ),
    "(" * 200 + "true" + ")" * 200: "recursion",
}


@pytest.mark.parametrize("expression", GOOD)
def test_a_good_expression_compiles_within_its_bound(expression: str) -> None:
    made, problems = compiled(rule("r", expression))

    assert not problems
    assert 0 < made.rules[0].cost <= MOST


@pytest.mark.parametrize("expression", BAD)
def test_a_bad_expression_is_refused_with_its_place_and_reason(expression: str) -> None:
    made, problems = compiled(rule("r", expression))

    assert not made.rules
    (problem,) = problems
    assert (problem.file, problem.line, problem.rule) == ("t.toml", 2, "r")
    assert BAD[expression] in problem.reason


def test_the_line_of_an_error_is_that_of_the_file() -> None:
    _, (problem,) = compiled(rule("r", "recipients.count > 1\n&& message.txt == ''"))

    assert problem.line == 3


def test_a_list_that_is_written_out_counts_for_every_loop() -> None:
    long = "[" + ", ".join(f"'{n}'" for n in range(200)) + "]"

    assert not compiled(rule("r", f"sender.server in {long}"))[1]
    assert (
        "could cost" in compiled(rule("r", f"{long}.exists(a, links.hosts.exists(b, a == b))"))[1][0].reason
    )


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
def test_every_field_has_its_type_and_its_silent_value(field: object) -> None:
    name, kind, silent = field.name, field.kind, field.silent  # type: ignore[attr-defined]
    written = {
        "bool": f"{name} == {str(silent).lower()}",
        "int": f"{name} == {silent}",
        "double": f"{name} == {silent}",
        "string": f"{name} == '{silent}'",
        "list(string)": f"{name}.size() == 0",
    }[kind]

    assert not compiled(rule("r", written, test=(Example(expect=True),)))[1]


@given(st.text(max_size=60))
def test_any_text_is_compiled_or_refused_and_nothing_else(expression: str) -> None:
    if expression:
        made, problems = compiled(rule("r", expression))
        assert len(made.rules) + len(problems) == 1


def test_many_dear_rules_together_are_refused() -> None:
    dear = "links.hosts.exists(h, links.domains.exists(d, d == h))"
    made, problems = compiled(*(rule(f"r{n}", dear) for n in range(20)))

    assert 5 < len(made.rules) < 20
    assert {"the set is too dear" in p.reason for p in problems} == {True}


def test_an_id_is_used_once() -> None:
    made, problems = compiled(rule("r", "true"), rule("r", "false"))

    assert len(made.rules) == 1
    assert "another" in problems[0].reason


def test_a_rules_own_tests_are_held_to() -> None:
    tests = (
        Example(name="hits", expect=True, given={"links": {"count": 2}}),
        Example(name="does not", expect=True),
        Example(name="typo", expect=True, given={"links": {"cuont": 2}}),
        Example(name="kind", expect=True, given={"links": {"count": "2"}}),
        Example(name="zero", expect=True, given={"recipients": {"count": 0}, "links": {"count": 1}}),
    )
    _, problems = compiled(rule("r", "links.count > 0 && 4 / (links.count - 1) > 0", test=tests))

    told = [p.reason for p in problems]
    assert "test does not: the rule did not hit" in told[0]
    assert "test typo: there is no field links.cuont" in told[1]
    assert "test kind: links.count is of type int" in told[2]
    assert "test zero: the expression failed" in told[3]
    assert "divide by zero" in told[3]


@pytest.mark.parametrize("state", ["shadow", "live"])
def test_a_rule_that_is_asked_has_a_test_of_each_kind(state: str) -> None:
    _, problems = compiled(rule("r", "true", state=state, test=(Example(expect=True),)))

    assert "needs a test that it hits and one that it does not" in problems[0].reason
