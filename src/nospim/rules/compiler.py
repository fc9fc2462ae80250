"""Rules into a `RuleSet`: each expression parsed, checked against the fields, bounded, and tested.

The library, the reference implementation of the Common Expression Language in C++ (extra ``rules``), is
imported here, when the first rule is compiled, and nowhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from nospim.errors import NospimError
from nospim.rules.cost import MOST_TOGETHER, TooDearError, judge
from nospim.rules.definition import MAX_RULES, Example, Problem, Written
from nospim.rules.fields import BY_NAME, FIELDS, MAX_ITEMS, MAX_TEXT, Kind
from nospim.rules.ruleset import Compiled, RuleSet, whole

_PLACE: Final = re.compile(r"<input>:(\d+):\d+: (.*)")
_KNOWN: Final = frozenset(BY_NAME)
_PYTHON: Final[dict[Kind, tuple[type, ...]]] = {
    "bool": (bool,),
    "int": (int,),
    "double": (float, int),
    "string": (str,),
    "list(string)": (list,),
}


class RulesExtraError(NospimError):
    """Rules were asked for, and the library that reads them is not installed."""


def compile_rules(written: Iterable[Written]) -> tuple[RuleSet, tuple[Problem, ...]]:
    """Compile rules.

    Returns the set of those that are good, in the order of their ids, and what is wrong with the others:
    syntax, types, cost, tests that fail, a shadow or live rule without tests, an id used twice.
    Raises RulesExtraError without the extra ``rules``.
    """
    workshop = _Workshop()
    good: dict[str, Compiled] = {}
    problems: list[Problem] = []
    units = 0
    for one in written:
        if one.rule.id in good:
            problems.append(_problem(one, one.line, "an earlier rule has this id; give it another"))
        elif len(good) == MAX_RULES:
            problems.append(_problem(one, one.line, f"more than {MAX_RULES} rules; remove some"))
        else:
            compiled, found = workshop.make(one)
            if compiled is not None and units + compiled.cost > MOST_TOGETHER:
                found = [
                    _problem(one, one.line, "with the rules before it, the set is too dear; simplify some")
                ]
            problems += found
            if compiled is not None and not found:
                good[one.rule.id] = compiled
                units += compiled.cost
    ordered = tuple(good[name] for name in sorted(good))
    return RuleSet(ordered, workshop.together), tuple(problems)


class _Workshop:
    """The library, set up with the fields."""

    def __init__(self) -> None:
        try:
            from cel_expr_python import cel  # noqa: PLC0415 - 50 MB that only those who use rules wait for
        except ImportError as error:
            raise RulesExtraError(
                f"rules need the extra 'rules' ({error.name} is missing): pip install 'nospim[rules]'"
            ) from None
        types = cel.Type
        kinds = {
            "bool": types.BOOL,
            "int": types.INT,
            "double": types.DOUBLE,
            "string": types.STRING,
            "list(string)": types.List(types.STRING),
        }
        self._bool = types.BOOL
        self._error = types.ERROR
        self._env = cel.NewEnv(variables={field.name: kinds[field.kind] for field in FIELDS})
        self._pattern = cel.NewEnv(variables={"p": types.STRING}).compile("''.matches(p)")

    def make(self, written: Written) -> tuple[Compiled | None, list[Problem]]:
        """Compile one rule and run its tests."""
        rule = written.rule
        try:
            expression = self._env.compile(rule.expression)
        except Exception as error:  # noqa: BLE001 - the library raises RuntimeError and what it wraps
            return None, [_syntax(written, str(error))]
        if expression.return_type() != self._bool:
            why = f"the expression is of type {expression.return_type().name().lower()}, and must be bool"
            return None, [_problem(written, written.body, why)]
        try:
            judged = judge(expression.serialize(), _KNOWN)
        except TooDearError as error:
            return None, [_problem(written, written.body, str(error))]
        for pattern in judged.patterns:
            if (wrong := self._wrong_pattern(pattern)) is not None:
                return None, [_problem(written, written.body, wrong)]
        compiled = Compiled(written, expression, judged.cost, judged.fields)
        return compiled, self._tested(compiled)

    def together(self, rules: tuple[Compiled, ...]) -> Any:
        """One expression for the whole set, a list of answers: half as dear as asking one by one."""
        asked = ", ".join(f"({one.rule.expression}\n)" for one in rules)
        try:
            return self._env.compile(f"[{asked}]") if len(rules) > 1 else None
        except Exception:  # noqa: BLE001 - such as a comment that hides a bracket: they are then asked singly
            return None

    def _wrong_pattern(self, pattern: str) -> str | None:
        answer = self._pattern.eval(data={"p": pattern})
        if answer.type() == self._bool and isinstance(answer.value(), bool):
            return None
        return f"the pattern {json.dumps(pattern)} cannot be used: {answer.value()}"

    def _tested(self, compiled: Compiled) -> list[Problem]:
        written = compiled.written
        rule = written.rule
        found = []
        for number, example in enumerate(rule.test, 1):
            called = example.name or f"number {number}"
            values = given(example)
            if isinstance(values, str):
                found.append(_problem(written, written.line, f"test {called}: {values}"))
                continue
            answer = compiled.ask({name: whole(values[name]) for name in compiled.fields})
            if isinstance(answer, str):
                found.append(_problem(written, written.line, f"test {called}: {answer}"))
            elif answer != example.expect:
                said = "hit" if answer else "did not hit"
                found.append(_problem(written, written.line, f"test {called}: the rule {said}, against it"))
        if rule.state != "draft" and {example.expect for example in rule.test} != {True, False}:
            why = f"a rule in state {rule.state} needs a test that it hits and one that it does not"
            found.append(_problem(written, written.line, why))
        return found


def given(example: Example) -> dict[str, Any] | str:
    """The value of every field in an example, silent where it says nothing; a sentence if one is wrong."""
    values = {field.name: field.silent for field in FIELDS}
    for name, value in _flat("", example.given):
        field = BY_NAME.get(name)
        if field is None:
            return f"there is no field {name}; docs/reference/rules.md lists them"
        wanted = _PYTHON[field.kind]
        wrong = not isinstance(value, wanted) or (isinstance(value, bool) and field.kind != "bool")
        if field.kind == "list(string)" and not wrong:
            wrong = len(value) > MAX_ITEMS or not all(isinstance(item, str) for item in value)
        if wrong:
            return f"{name} is of type {field.kind}, and {json.dumps(value, default=str)[:60]} is not"
        values[name] = value[:MAX_TEXT] if isinstance(value, str) else value
        if field.kind == "double":
            values[name] = float(value)
    return values


def _flat(before: str, values: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{before}{key}.", value)
        else:
            yield f"{before}{key}", value


def _problem(written: Written, line: int, reason: str) -> Problem:
    return Problem(file=written.file, line=line, rule=written.rule.id, reason=reason)


def _syntax(written: Written, said: str) -> Problem:
    """The library's first complaint, in the file's lines instead of the expression's."""
    place = _PLACE.search(said)
    if place is None:
        return _problem(written, written.body, " ".join(said.split())[:300])
    reason = place[2].removesuffix(" (in container '')")
    return _problem(written, written.body + int(place[1]) - 1, reason)
