"""Lure examples that name nobody: names, numbers, addresses and links are masked, words in common stay."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

LINK: Final = "[link]"
NUMBER: Final = "[number]"
NAME: Final = "[name]"
OTHER: Final = "[...]"

ENOUGH_TO_COMPARE: Final = 4
"""From this many wordings on, what they do not share is masked; below it only the patterns are."""
SHARED: Final = 0.3
"""Share of the wordings that a word must be in to be the lure's and not one recipient's."""
MAX_READ: Final = 2000
"""Characters of a message that are looked at."""
MAX_EXAMPLE: Final = 300
"""Longest example in characters; a lure is one or two sentences."""

_DOT = r"(?:\s\.\s|\.|\[\.\]|\(\.\)|\sdot\s)"
_LINK = re.compile(rf"(?i)(?:\b(?:h(?:tt|xx)ps?|ftp)\s*:\s*/\s*/|\bwww\.)\S*(?:{_DOT}[\w./?=&%-]+)*")
_DOTTED = re.compile(rf"(?i)\b[\w-]+(?:{_DOT}[\w-]+)*{_DOT}[a-z]{{2,24}}\b(?:/\S*)?")
_ADDRESS = re.compile(r"\S+@\S+")
_GREETED = re.compile(r"(?i:\b(hi|hey|hello|dear|yo|hallo|hola|ciao|salut))(\s+)([A-Z][\w'-]+)")
_EDGE = ".,!?;:()\"'"


def mask(text: str, names: Iterable[str] = ()) -> str:
    """One message without links, addresses, numbers and the given names.

    text: the message as received.  names: identifiers of sender and recipients; the part before an
    ``@`` is masked too.  Invisible and control characters are dropped.  Returns at most
    `MAX_EXAMPLE` characters.
    """
    return _mask(text, _known(names))


def _known(names: Iterable[str]) -> frozenset[str]:
    return frozenset(_fold(part) for name in names for part in (name, name.partition("@")[0]) if part)


def _mask(text: str, known: frozenset[str]) -> str:
    text = _plain(text)
    text = _ADDRESS.sub(NAME, _LINK.sub(LINK, text))
    text = _DOTTED.sub(LINK, text)
    text = _GREETED.sub(lambda found: found[1] + found[2] + NAME, text)
    words = [_mask_word(word, known) for word in text.split()]
    return _shorten(" ".join(_collapse(words)))


def example(texts: Sequence[str], names: Iterable[str] = ()) -> str:
    """The clearest masked example of several wordings of one lure, empty when there is no text.

    With `ENOUGH_TO_COMPARE` wordings or more, a word that is in fewer than `SHARED` of them is
    masked too: what only one recipient got may be that recipient's name.
    """
    known = _known(names)
    masked = sorted({_mask(text, known) for text in texts} - {""})
    if not masked:
        return ""
    if len(masked) < ENOUGH_TO_COMPARE:
        return max(masked, key=lambda text: (-text.count("["), -len(text), text))
    seen = Counter(word for text in masked for word in {_fold(word) for word in text.split()})
    enough = max(2.0, SHARED * len(masked))
    rated = []
    for text in masked:
        words = [word if _is_mask(word) or seen[_fold(word)] >= enough else OTHER for word in text.split()]
        rated.append((words.count(OTHER), _collapse(words)))
    _, words = min(rated)
    return " ".join(words)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text[:MAX_READ])[:MAX_READ]
    return "".join(
        " " if unicodedata.category(c) == "Cc" else c for c in text if unicodedata.category(c) != "Cf"
    )


def _fold(word: str) -> str:
    return word.strip(_EDGE).casefold()


def _is_mask(word: str) -> bool:
    return any(mark in word for mark in (LINK, NUMBER, NAME, OTHER))


def _mask_word(word: str, known: frozenset[str]) -> str:
    if _is_mask(word):
        return word
    if _fold(word) in known:
        return NAME
    if any(c.isdigit() for c in word):
        return NUMBER
    return word


def _collapse(words: list[str]) -> list[str]:
    """Runs of one mask become one, so that their number tells nothing either."""
    return [word for at, word in enumerate(words) if not (at and word == words[at - 1] and _is_mask(word))]


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_EXAMPLE else text[: MAX_EXAMPLE - 1] + "…"
