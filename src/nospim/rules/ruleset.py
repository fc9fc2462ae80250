"""Compiled rules as one fixed value, and what they answer about a message."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from nospim.rules.definition import Rule, State, Written
from nospim.rules.fields import BY_NAME, Facts


class Compiled(Struct, frozen=True, eq=False):
    """A rule ready to be asked.  cost: its bound in units of `cost.MOST`.  fields: those it asks for."""

    written: Written
    expression: Any
    cost: int
    fields: frozenset[str]

    @property
    def rule(self) -> Rule:
        """The rule as written."""
        return self.written.rule

    def in_state(self, state: State) -> Compiled:
        """The same rule in another state."""
        written = replace(self.written, rule=replace(self.rule, state=state))
        return Compiled(written, self.expression, self.cost, self.fields)

    def ask(self, values: Any) -> bool | str:
        """Whether it hits; a sentence where the expression fails, such as a division by zero.

        values: of the fields that it asks for, as a mapping or as the library's activation.
        """
        try:
            answer = (
                self.expression.eval(data=values)
                if isinstance(values, dict)
                else self.expression.eval(values)
            )
            said = answer.value()
        except Exception as error:  # noqa: BLE001 - whatever the library raises, the message is still judged
            return f"the expression failed: {' '.join(str(error).split())[:200]}"
        return said if isinstance(said, bool) else f"the expression failed: {said}"


def whole(value: Any) -> Any:
    """A field's value as the library reads it to its end: it takes a NUL for the end of a string."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd") if "\0" in value else value
    return [whole(item) for item in value] if isinstance(value, list) else value


Together = Callable[[tuple[Compiled, ...]], Any]


class RuleSet:
    """Rules in the order of their ids; never changed once built, so that a new set can be swapped in whole.

    together: makes one expression of several, which answers with a list; None where it cannot.
    """

    def __init__(
        self, rules: tuple[Compiled, ...], together: Together, demoted: frozenset[str] = frozenset()
    ) -> None:
        self.rules = rules
        self.demoted = demoted
        self._combine = together
        self._active = tuple(one for one in rules if one.rule.state != "draft")
        self._together = together(self._active)
        asked = sorted(frozenset().union(*(one.fields for one in self._active)))
        self._getters = tuple((name, BY_NAME[name].get) for name in asked)
        told = [f"{one.rule.id} {one.rule.version} {self.state(one.rule)}" for one in self._active]
        self.fingerprint: str = hashlib.sha256("\n".join(told).encode()).hexdigest()

    def __bool__(self) -> bool:
        """Whether there is a rule to ask."""
        return bool(self._active)

    def __iter__(self) -> Iterator[Rule]:
        return iter([one.rule for one in self.rules])

    def __len__(self) -> int:
        return len(self.rules)

    def state(self, rule: Rule) -> str:
        """The state in force: a live rule that was demoted is a shadow."""
        return "shadow" if rule.state == "live" and rule.id in self.demoted else rule.state

    def demote(self, names: Iterable[str]) -> RuleSet:
        """The same set with these live rules in shadow, besides those that already are."""
        return RuleSet(self.rules, self._combine, self.demoted | frozenset(names))

    def shadowed(self) -> RuleSet:
        """The same rules, drafts included, all in shadow: to see what they would do."""
        return RuleSet(tuple(one.in_state("shadow") for one in self.rules), self._combine)

    def with_policy(self, fingerprint: str) -> str:
        """SHA-256 (hex) of a configuration's fingerprint and of the rules that are not drafts."""
        return hashlib.sha256(f"{fingerprint}\n{self.fingerprint}".encode()).hexdigest()

    def ask(self, facts: Facts, at: float) -> list[tuple[Rule, str | None]]:
        """The rules that hit, in order, each with None, and those that failed with a sentence.

        at: the time in seconds, against which a rule's end is held.
        """
        values = {name: whole(get(facts)) for name, get in self._getters}
        answers: Iterable[bool | str] | None = None
        if self._together is not None:
            answers = self._all(values)
        if answers is None:
            answers = [one.ask({n: values[n] for n in one.fields}) for one in self._active]
        found: list[tuple[Rule, str | None]] = []
        for one, answer in zip(self._active, answers, strict=True):
            if answer is False or at >= one.rule.ends:
                continue
            found.append((one.rule, None if answer is True else str(answer)))
        return found

    def _all(self, values: dict[str, Any]) -> list[bool | str] | None:
        """All answers at once; None where one of them failed."""
        try:
            answers = self._together.eval(data=values).plain_value()
        except Exception:  # noqa: BLE001 - asked one by one it shows which failed, and why
            return None
        return answers if isinstance(answers, list) else None
