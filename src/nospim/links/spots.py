"""A text made ready for the search, and the spots in it where an address may be.

A spot is cheap to find (each pattern begins with one literal character, for which the search is a memory
scan) and most texts have none; bounded patterns then read backwards and forwards from it, so all is linear.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from nospim.links.letters import drop_invisible, plain_marks

HIDDEN_DOT: Final = r"[\[({<]\s?(?:\.|,|d[o0]t|punkt|point)\s?[\])}>]|\\\."
"""A dot in brackets, as a word in brackets, or behind a backslash: the ways to defang an address."""

_DOT: Final = re.compile(
    r"\.(?:[^\W_]|\s?[\])}>]|(?<=\s\.)\s[^\W_]|(?<=[wW]{3}\.)\s{1,3}[^\W_])",
)
_COLON: Final = re.compile(r":\s?[\])}]?\s{0,2}[\[({]?[/\\]")
_DOT_WORD: Final = re.compile(r"(?<=[\s_\[({<-])d[o0]t(?=[\s_\])}>-])", re.IGNORECASE)
_FOREIGN_HINT: Final = re.compile(r"[.．。｡․﹒‧:：﹕∶꞉։dDｄ]")


class Prepared(Struct, frozen=True):
    """A text without invisible characters, twice.

    clean: its own letters and marks.  plain: dots, slashes, colons and brackets in ASCII; the same length.
    cuts: offsets at which invisible characters were dropped.
    """

    clean: str
    plain: str
    cuts: tuple[int, ...]


def prepare(text: str) -> Prepared | None:
    """The text ready to be searched; None where there is no spot in it, as in most chat."""
    if text.isascii():
        return Prepared(text, text, ()) if _has_spot(text) else None
    if not _FOREIGN_HINT.search(text):
        return None
    clean, cuts = drop_invisible(text)
    plain = plain_marks(clean)
    return Prepared(clean, plain, cuts) if _has_spot(plain) else None


def _has_spot(plain: str) -> bool:
    if "." in plain and _DOT.search(plain):
        return True
    if ":" in plain and _COLON.search(plain):
        return True
    return _has_dot_word(plain) and _DOT_WORD.search(plain) is not None


def _has_dot_word(plain: str) -> bool:
    lower = plain.lower()
    return "dot" in lower or "d0t" in lower


class Spots:
    """The spots of one text in order; the reader moves on with `after`."""

    def __init__(self, plain: str) -> None:
        self._plain = plain
        patterns = [_DOT, _COLON]
        if _has_dot_word(plain):
            patterns.append(_DOT_WORD)
        self._next = [(p, found) for p in patterns if (found := p.search(plain))]

    def after(self, position: int) -> int | None:
        """Offset of the first spot at or after this position, None at the end; positions never go back."""
        best: int | None = None
        alive: list[tuple[re.Pattern[str], re.Match[str]]] = []
        for pattern, found in self._next:
            if found.start() < position:
                later = pattern.search(self._plain, position)
                if later is None:
                    continue
                found = later
            alive.append((pattern, found))
            if best is None or found.start() < best:
                best = found.start()
        self._next = alive
        return best
