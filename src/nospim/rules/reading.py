"""A file of rules, read: TOML with one ``[[rule]]`` table a rule; what is wrong is said with its line."""

from __future__ import annotations

import re
import tomllib
from typing import Final

import msgspec

from nospim.rules.definition import Problem, Rule, Written

MAX_BYTES: Final = 1 << 20
"""Largest file of rules: a thousand rules with their tests."""
_TABLE: Final = re.compile(r"^\s*\[\[\s*rule\s*\]\]")
_EXPRESSION: Final = re.compile(r"^\s*expression\s*=\s*(?P<quotes>'''|\"\"\")?(?P<rest>.*)$")
_LINE: Final = re.compile(r"line (\d+)")


def read_rules(content: bytes, file: str) -> tuple[tuple[Written, ...], tuple[Problem, ...]]:
    """The rules in a file.

    content: its bytes.  file: what to call it.  Returns the rules that have their shape, with their places,
    and what is wrong with the rest; nothing is raised.
    """
    if len(content) > MAX_BYTES:
        return (), (_problem(file, 0, "", f"larger than {MAX_BYTES} bytes; split it"),)
    try:
        text = content.decode("utf-8")
        tables = tomllib.loads(text)
    except UnicodeDecodeError as error:
        return (), (_problem(file, 0, "", f"not UTF-8 (byte {error.start}); save it as UTF-8"),)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        said = _LINE.search(str(error))
        return (), (_problem(file, int(said[1]) if said else 0, "", f"not TOML: {error}"),)
    rows = tables.get("rule")
    if not isinstance(rows, list) or set(tables) != {"rule"}:
        return (), (_problem(file, 0, "", "a file of rules has [[rule]] tables and nothing else"),)
    places = _places(text)
    good: list[Written] = []
    wrong: list[Problem] = []
    for number, row in enumerate(rows):
        line, body = places[number] if number < len(places) else (0, 0)
        try:
            rule = msgspec.convert(row, Rule)
        except (msgspec.ValidationError, ValueError) as error:
            named = row.get("id") if isinstance(row, dict) else None
            wrong.append(_problem(file, line, named if isinstance(named, str) else "", str(error)))
        else:
            good.append(Written(rule=rule, file=file, line=line, body=body or line))
    return tuple(good), tuple(wrong)


def _places(text: str) -> list[tuple[int, int]]:
    """For each rule the line of its table, and the line that its expression begins in (0 if not found)."""
    places: list[tuple[int, int]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if _TABLE.match(line):
            places.append((number, 0))
        elif places and not places[-1][1] and (found := _EXPRESSION.match(line)):
            below = found["quotes"] is not None and not found["rest"].strip()
            places[-1] = (
                places[-1][0],
                number + below,
            )  # a line end right behind the quotes is not part of it
    return places


def _problem(file: str, line: int, rule: str, reason: str) -> Problem:
    return Problem(file=file, line=line, rule=rule[:64], reason=reason)
