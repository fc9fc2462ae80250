"""Letters and marks made to look like others: invisible characters, foreign dots, look-alike letters.

Source: Unicode Technical Standard 39 (confusables, mixed scripts), reduced to what a host name can hold, and
UTS 46 (what IDNA maps anyway).  Only hosts and schemes are folded here; wording has its own, fuller skeleton.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\U000e0000-\U000e0fff]+"
)
"""Characters that take no room (Unicode property Default_Ignorable_Code_Point)."""

_MARKS: Final = {
    **dict.fromkeys("．。｡․﹒‧", "."),
    **dict.fromkeys("：﹕∶ː꞉։", ":"),
    **dict.fromkeys("／⁄∕⧸", "/"),
    **dict.fromkeys("＼﹨⧵", "\\"),
    **dict.fromkeys("［【〔❲", "["),
    **dict.fromkeys("］】〕❳", "]"),
    **dict.fromkeys("（﹙❨", "("),
    **dict.fromkeys("）﹚❩", ")"),
    **dict.fromkeys("＠﹫", "@"),
    **dict.fromkeys("？", "?"),
    **dict.fromkeys("＃﹟", "#"),
    **dict.fromkeys("‐‑‒−－﹣", "-"),
    "＊": "*",
    "\u3000": " ",
}
_FULL_STOPS: Final = "。｡"
MARKS: Final = re.compile(
    "[" + "".join(re.escape(m) for m in _MARKS if m not in _FULL_STOPS) + f"]|[{_FULL_STOPS}](?=[a-zA-Z0-9])"
)
"""Marks to be read as ASCII.  A Chinese full stop is a dot (as in IDNA) only in front of an ASCII letter or
digit; elsewhere it ends a sentence."""

_LOOKALIKES: Final = {
    "a": "аӓąαɑ",
    "b": "вьßβ",
    "c": "сϲç",
    "d": "ԁɗđ",
    "e": "еёҽɛεę",
    "f": "ƒғ",
    "g": "ցɡɢ",
    "h": "һհħн",
    "i": "іїıιɩí",
    "j": "јϳ",
    "k": "кκ",
    "l": "ӏłⅼ",
    "m": "м",
    "n": "ոпηñ",
    "o": "оοօσөøọö",
    "p": "рρþ",
    "q": "ԛգ",
    "r": "г",
    "s": "ѕşș",
    "t": "тτţț",
    "u": "υսцü",
    "v": "ѵν",
    "w": "ԝшω",
    "x": "хχ",
    "y": "уүγý",
    "z": "žżᴢ",
}
"""Latin letter -> letters of other alphabets, and with marks, that common fonts draw much like it."""
_FOLD: Final = {ord(other): latin for latin, others in _LOOKALIKES.items() for other in others}
_FOREIGN_ALPHABETS: Final = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")


def drop_invisible(text: str) -> tuple[str, tuple[int, ...]]:
    """The text without invisible characters, and the offsets (in the result) at which some were dropped."""
    pieces: list[str] = []
    cuts: list[int] = []
    last = length = 0
    for found in INVISIBLE.finditer(text):
        pieces.append(text[last : found.start()])
        length += found.start() - last
        last = found.end()
        cuts.append(length)
    if not cuts:
        return text, ()
    pieces.append(text[last:])
    return "".join(pieces), tuple(cuts)


def plain_marks(text: str) -> str:
    """The text with foreign dots, slashes, colons, hyphens and brackets as ASCII; the same length."""
    return MARKS.sub(lambda found: _MARKS[found[0]], text)


def fold(text: str) -> str:
    """What the letters look like, in ASCII lower case where there is a look-alike (may change the length)."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).lower().translate(_FOLD)


@lru_cache(maxsize=1 << 12)
def is_lookalike(label: str) -> bool:
    """Is this label of a host, in Unicode lower case, made to pass for another one?

    Yes where it mixes Latin with an alphabet that has look-alike letters, or where all of its foreign letters
    have a Latin look-alike (a whole-script confusable, such as Cyrillic "\u0430\u0440\u0440\u04cf\u0435").
    """
    foreign = [c for c in label if not c.isascii()]
    if not foreign:
        return False
    alphabets = {unicodedata.name(c, "").partition(" ")[0] for c in label if c.isalpha()}
    if "LATIN" in alphabets and any(a in alphabets for a in _FOREIGN_ALPHABETS):
        return True
    return "LATIN" not in alphabets and fold(label).isascii()
