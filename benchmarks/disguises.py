"""Ways to hide words from a filter and not from a reader, one function each, as spimmers use them.

They hide words only: a link that nobody can open is no lure, so addresses (and what looks like one) stay.
The ways to hide an address are measured with the links.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Final

Disguise = Callable[[str, Random], str]

ADDRESS: Final = re.compile(r"://|\w\.\w|@|\(dot\)|\[\.\]")
LOOK_ALIKE: Final = str.maketrans("aceijopsxyhdkvuABCEHIKMOPTXY", "асеіјорѕхуһԁκνυАВСЕНІКМОРТХУ")
"""Cyrillic and Greek letters that pass for Latin ones (UTS 39, confusables)."""
FIGURES: Final = str.maketrans("aeiostAEIOST", "431057431057")
INVISIBLE: Final = "\u200b\u200c\u200d\u2060\u00ad"
SIGNS: Final = "😀🔥💥⭐❤👉"
MARKS: Final = "\u0301\u0302\u0308\u0336\u0323\u035c"
ACCENTED: Final = str.maketrans("aeiouncsyz", "áèîöüñçšýž")
OVERRIDE: Final = "\u202e"
POP: Final = "\u202c"
BOLD: Final = 0x1D41A
"""Mathematical bold small a; capitals lie 26 places before (Unicode, Mathematical Alphanumeric Symbols)."""
FULL_WIDTH: Final = 0xFEE0
"""What lies between an ASCII sign and its full-width form (Unicode, Halfwidth and Fullwidth Forms)."""
SHORTEST: Final = 3
"""Letters from which a word is worth hiding."""


def _each(text: str, hide: Callable[[str], str]) -> str:
    """`text` with every word hidden that is no address and not too short."""
    words = text.split(" ")
    return " ".join(w if len(w) < SHORTEST or ADDRESS.search(w) else hide(w) for w in words)


def homoglyph(text: str, rng: Random) -> str:
    """Letters of other scripts that look the same."""
    return _each(text, lambda w: "".join(c.translate(LOOK_ALIKE) if rng.random() < 0.8 else c for c in w))


def zero_width(text: str, rng: Random) -> str:
    """Invisible letters inside words."""
    return _each(text, lambda w: rng.choice(INVISIBLE).join(w))


def leet(text: str, rng: Random) -> str:
    """Figures that read as letters."""
    return _each(text, lambda w: "".join(c.translate(FIGURES) if rng.random() < 0.7 else c for c in w))


def split_letters(text: str, rng: Random) -> str:
    """S p a c e s between the letters of two words in three."""
    return _each(text, lambda w: " ".join(w) if rng.random() < 0.67 else w)


def dots_between(text: str, rng: Random) -> str:
    """D.o.t.s or other signs between the letters of two words in three."""
    return _each(text, lambda w: rng.choice((".", "-", "*", "_")).join(w) if rng.random() < 0.67 else w)


def styled(text: str, rng: Random) -> str:
    """Mathematical bold letters."""
    del rng

    def bold(char: str) -> str:
        if "a" <= char <= "z":
            return chr(BOLD + ord(char) - ord("a"))
        return chr(BOLD - 26 + ord(char) - ord("A")) if "A" <= char <= "Z" else char

    return _each(text, lambda w: "".join(bold(c) for c in w))


def full_width(text: str, rng: Random) -> str:
    """Letters as wide as Chinese ones."""
    del rng
    return _each(text, lambda w: "".join(chr(ord(c) + FULL_WIDTH) if "!" <= c <= "~" else c for c in w))


def emoji_between(text: str, rng: Random) -> str:
    """A small picture between the letters of every second word."""
    return _each(text, lambda w: rng.choice(SIGNS).join(w) if rng.random() < 0.5 else w)


def mixed_scripts(text: str, rng: Random) -> str:
    """One foreign letter a word, and one word in four of nothing else."""

    def mix(word: str) -> str:
        if rng.random() < 0.25:
            return word.translate(LOOK_ALIKE)
        at = rng.randrange(len(word))
        return word[:at] + word[at].translate(LOOK_ALIKE) + word[at + 1 :]

    return _each(text, mix)


def right_to_left(text: str, rng: Random) -> str:
    """Words written backwards and turned round by an override (UAX 9)."""
    return _each(text, lambda w: f"{OVERRIDE}{w[::-1]}{POP}" if rng.random() < 0.6 else w)


def combining_marks(text: str, rng: Random) -> str:
    """Accents, strokes and dots on letters that have none."""

    def marked(char: str) -> str:
        if not char.isalpha():
            return char
        return char.translate(ACCENTED) if rng.random() < 0.4 else char + rng.choice(MARKS)

    return _each(text, lambda w: "".join(marked(c) if rng.random() < 0.7 else c for c in w))


DISGUISES: Final[dict[str, Disguise]] = {
    "homoglyph": homoglyph,
    "zero-width": zero_width,
    "leet": leet,
    "split letters": split_letters,
    "dots between": dots_between,
    "styled letters": styled,
    "full-width": full_width,
    "emoji between": emoji_between,
    "mixed scripts": mixed_scripts,
    "right-to-left": right_to_left,
    "combining marks": combining_marks,
}
"""All of them, by the name that tables show."""
