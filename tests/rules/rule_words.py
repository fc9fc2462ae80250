"""Short ways to say rules in tests."""

from __future__ import annotations

from typing import Any

from nospim.rules import Effect, Example, Problem, Rule, RuleSet, Written, compile_rules


def rule(ident: str, expression: str, effect: Effect | None = None, **more: Any) -> Rule:
    """A draft rule that labels."""
    told = {"title": f"Finds {ident}", "author": "ann", **more}
    return Rule(id=ident, expression=expression, effect=effect or Effect(label="seen"), **told)


def compiled(*rules: Rule) -> tuple[RuleSet, tuple[Problem, ...]]:
    """Rules compiled as if they stood in one file."""
    return compile_rules(Written(rule=r, file="t.toml", line=1, body=2) for r in rules)


def live(ident: str, expression: str, effect: Effect, hit: dict[str, Any], **more: Any) -> Rule:
    """A live rule with the two tests that it needs."""
    tests = (Example(expect=True, given=hit), Example(expect=False))
    return rule(ident, expression, effect, **{"state": "live", "test": tests, **more})


def sound(*rules: Rule) -> RuleSet:
    """A set that has no problems."""
    made, problems = compiled(*rules)
    assert not problems, [str(p) for p in problems]
    return made
