"""The wording of a campaign: which phrasings it uses, and how each lure is worded from them."""

from __future__ import annotations

from random import Random
from typing import Final

from nospim.drill import phrases_lure as say
from nospim.drill.grammar import Grammar

Table = dict[str, dict[str, tuple[str, ...]]]


TWO_THEMES: Final = ("rotating", "slow", "slow_days", "spun")
"""Tactics that change their story as well as their words."""
ONE_TABLE: Final = {"moved": say.MOVED, "companion": say.COMPANION, "file": say.FILES}
"""Tactics that have a story of their own."""


class Wording:
    """The phrasings of one campaign; what it says to whom is drawn from a passed generator."""

    def __init__(self, themes: tuple[str, ...], table: Table, keep: int, rng: Random) -> None:
        self.themes = themes
        self._grammar = Grammar({"num": tuple("23456789")})
        self._texts: list[tuple[str, str, str]] = []
        for theme in themes:
            for code, templates in table[theme].items():
                for template in rng.sample(templates, min(keep, len(templates))):
                    fixed = self._grammar.say(template, rng, {"name": "{name}", "link": "{link}"})
                    self._texts.append((theme, code, fixed))

    def lure(
        self, languages: tuple[str, ...], rng: Random, spin: bool, foreign: float = 0.4
    ) -> tuple[str, str]:
        """(theme, text) with `{name}` and `{link}` open: a share `foreign` in the owner's language."""
        mine = rng.random() < foreign
        own = [t for t in self._texts if t[1] in languages and t[1] != "en"] if mine else []
        theme, code, text = rng.choice(own or [t for t in self._texts if t[1] == "en"])
        return theme, _spin(text, rng, code) if spin else text


def _spin(text: str, rng: Random, code: str) -> str:
    words = []
    for word in text.split(" "):
        choices = say.SYNONYMS.get(word) if code == "en" else None
        words.append(rng.choice(choices) if choices and rng.random() < 0.7 else word)
    return rng.choice(say.SPIN_FRONT) + " ".join(words) + rng.choice(say.SPIN_BACK)


class Deck:
    """Deals themes to campaigns, each once before any comes again: copies of a lure are rare."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._left: list[str] = []

    def deal(self, tactic: str) -> tuple[tuple[str, ...], Table]:
        """The themes of a campaign by this tactic, and the table that holds them."""
        if tactic == "nolink":
            return tuple(say.UNLINKED), say.UNLINKED
        if tactic in ONE_TABLE:
            table = ONE_TABLE[tactic]
            return tuple(table), table
        if tactic == "fresh":
            return tuple(self._rng.sample(list(say.STRANGER), 2)), say.STRANGER
        return tuple(self._next() for _ in range(2 if tactic in TWO_THEMES else 1)), say.LINKED

    def _next(self) -> str:
        if not self._left:
            self._left = self._rng.sample(list(say.LINKED), len(say.LINKED))
        return self._left.pop()
