"""Small talk: who says what in a conversation, in the language and the manner of the speaker."""

from __future__ import annotations

from random import Random
from typing import Final

from nospim.drill.grammar import Grammar
from nospim.drill.people import Person, Style
from nospim.drill.phrases_english import ANYTIME, LINKS, TO_LINK, TOPICS, WORDS
from nospim.drill.phrases_world import LANGUAGES

_EMOJI: Final = (
    "😂", "😊", "👍", "❤️", "🙈", "🎉", "😅", "👋", "🤷‍♀️", "👩‍🍳", "🥳", "😴", ":)", ":D", ";-)", "xx",
    "<3", "^^",
)  # fmt: skip
_SHORT: Final = {
    "you": "u", "are": "r", "your": "ur", "tomorrow": "tmrw", "please": "pls", "thanks": "thx",
    "because": "cos", "tonight": "2nite", "see": "c", "people": "ppl", "before": "b4", "que": "q",
    "por": "x", "nicht": "nich",
}  # fmt: skip
_JOINTS: Final = (". ", ", ", " - ", "... ", " and ", ", but ", "\n", " :) ", "! ")
LONGER: Final = 0.22
"""Share of messages that say one thing more, and of those that say yet another."""
NAMED: Final = 0.05
"""Share of messages that call the other by name."""
_FANCY: Final = str.maketrans(
    {chr(ord("a") + i): chr(0x1D4EA + i) for i in range(26)}
    | {chr(ord("A") + i): chr(0x1D4D0 + i) for i in range(26)}
)
"""Mathematical bold script, as some people really write their messages."""


class Talker:
    """Makes sentences; holds the grammars and nothing that changes what it will say."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._english = Grammar(WORDS)
        self._others = {
            code: Grammar({"w": talk.words, "t": talk.times, "n": WORDS["num"]})
            for code, talk in LANGUAGES.items()
        }
        self._topics = tuple(TOPICS.values())

    def exchange(self, first: Person, other: Person, turns: int) -> list[tuple[bool, str]]:
        """A conversation: for each turn whether the first person speaks, and what is said."""
        rng = self._rng
        code = _language(first, other, rng)
        openers, answers = rng.choice(self._topics)
        said = []
        speaks = True
        for turn in range(turns):
            if code != "en":
                talk = LANGUAGES[code]
                text = self._others[code].say(
                    rng.choice(talk.openers if turn % 4 == 0 else talk.answers), rng
                )
            else:
                source = ANYTIME if turn and rng.random() < 0.3 else openers if turn % 5 == 0 else answers
                text = self._english.say(rng.choice(source), rng)
                while rng.random() < LONGER:
                    more = self._english.say(rng.choice(rng.choice(self._topics)[turn % 2]), rng)
                    text = f"{text}{rng.choice(_JOINTS)}{more}"
            if rng.random() < NAMED:
                called = (other if speaks else first).nick
                text = rng.choice((f"{called} {text}", f"{text} {called}", f"{called}! {text}"))
            said.append((speaks, self.manner(text, (first if speaks else other).style)))
            speaks = (not speaks) if rng.random() < 0.72 else speaks
        return said

    def link(self, person: Person, other: Person, link: str) -> str:
        """What somebody writes around a link."""
        rng = self._rng
        code = _language(person, other, rng)
        given = {"link": "{link}"}
        if code != "en":
            text = self._others[code].say(rng.choice(LANGUAGES[code].links), rng, given)
        else:
            text = self._english.say(rng.choice(LINKS), rng, given)
        return self.manner(text, person.style).replace("{link}", link)

    def thanks(self, person: Person) -> str:
        """A short answer to a link."""
        return self.manner(self._english.say(self._rng.choice(TO_LINK), self._rng), person.style)

    def fill(self, template: str, given: dict[str, str]) -> str:
        """A template over the English word lists."""
        return self._english.say(template, self._rng, given)

    def manner(self, text: str, style: Style) -> str:
        """The same text as this person types it; `{link}` is left alone."""
        rng = self._rng
        if rng.random() < style.lower:
            text = text.lower()
        elif text[:1] != "{":
            text = text[:1].upper() + text[1:]
        if rng.random() < style.short:
            text = " ".join(_SHORT.get(word, word) for word in text.split(" "))
        if rng.random() < style.typo:
            text = _slip(text, rng)
        if text[-1] not in "?!.})" and rng.random() > style.bare:
            text += rng.choice((".", ".", "!", "...", "!!"))
        if style.fancy and rng.random() < style.fancy and "{" not in text:
            text = text.translate(_FANCY)
        if rng.random() < style.emoji:
            text += " " + rng.choice(_EMOJI)
        return text


def _language(first: Person, other: Person, rng: Random) -> str:
    shared = [code for code in first.languages if code in other.languages]
    return rng.choice(shared) if shared else "en"


def _slip(text: str, rng: Random) -> str:
    """Swap, drop or double one letter, as fingers do."""
    at = rng.randrange(len(text))
    if "{" in text or at + 2 > len(text):
        return text
    return rng.choice(
        (
            text[:at] + text[at + 1 :],
            text[: at + 1] + text[at:],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        )
    )
