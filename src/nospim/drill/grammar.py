"""A small grammar of sentences: `{name}` takes a rule or a given word, `[a|b|]` one of several."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

Part = str | tuple[str, ...] | list["tuple[Part, ...]"]

_TOKEN: Final = re.compile(r"\{(\w+)\}|\[([^\]]*)\]")
_NONE: Final[Mapping[str, str]] = {}


class Grammar:
    """Rules by name; each is a sequence of templates that may name other rules."""

    def __init__(self, rules: Mapping[str, Sequence[str]]) -> None:
        self._rules = {name: tuple(self._parse(t) for t in templates) for name, templates in rules.items()}
        self._seen: dict[str, tuple[Part, ...]] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._rules

    def say(self, template: str, rng: Random, given: Mapping[str, str] = _NONE) -> str:
        """A sentence from a template.  Raises KeyError when it names a rule neither given nor known."""
        parts = self._seen.get(template)
        if parts is None:
            parts = self._seen[template] = self._parse(template)
        return self._join(parts, rng, given)

    def rule(self, name: str, rng: Random, given: Mapping[str, str] = _NONE) -> str:
        """A sentence from one of a rule's templates."""
        return self._join(rng.choice(self._rules[name]), rng, given)

    def _join(self, parts: tuple[Part, ...], rng: Random, given: Mapping[str, str]) -> str:
        out = []
        for part in parts:
            if isinstance(part, str):
                out.append(part)
            elif isinstance(part, tuple):
                name = part[0]
                out.append(given[name] if name in given else self.rule(name, rng, given))
            else:
                out.append(self._join(rng.choice(part), rng, given))
        return "".join(out)

    def _parse(self, template: str) -> tuple[Part, ...]:
        parts: list[Part] = []
        last = 0
        for match in _TOKEN.finditer(template):
            if match.start() > last:
                parts.append(template[last : match.start()])
            name, choices = match.group(1), match.group(2)
            parts.append((name,) if name else [self._parse(c) for c in choices.split("|")])
            last = match.end()
        if last < len(template):
            parts.append(template[last:])
        return tuple(parts)
