"""Words pulled apart by spaces, signs or emoji ("d e l e t e d", "v.o.t.e", "p🔥a🔥s🔥s") put together."""

from __future__ import annotations

import re
from typing import Final

SHORTEST: Final = 4
"""Fewest single letters in a row that are joined; "u s a" and "p.s." are three or fewer."""
ACRONYM: Final = 4
"""With dots, a run of at most this many letters is joined but is no disguise ("a.s.a.p", "r.s.v.p")."""
TEXTING: Final = frozenset("abcdeikmnoruxy")
"""Letters that people write as words of their own in texting ("r u o k"); a row of only those stays."""
PIECE: Final = 3
"""Longest piece between emoji that speaks for one word cut up rather than for several words."""
SHORT_WORDS: Final = frozenset(
    re.findall(
        r"\S+",
        "i u a my me to we so be go no ok hi it is in on at ny oh ur im he by if or do up am us an as of "
        "ya yo lol omg yes you the and for wow hey bye get got see too now not",
    )
)
"""Short words that stand beside an emoji without a space ("i❤u", "lol😂ok")."""

_ROW: Final = re.compile(
    r"(?<![^\s\"'(\[])[^\W_](?:( ?[._*|~+\-] ?| )[^\W_](?:\1(?:[^\W_]|'))+)(?![\w]|[._*|~+\-]\w)"
)
_SHORT_ROW: Final = re.compile(r"(?:(?<=  )|^)[^\W\d_](?: [^\W\d_]){1,2}(?=  |$)")
_EMOJI: Final = (
    "\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\U0001f000-\U0001f0ff"
    "\U0001f18e-\U0001f1e5\U0001f200-\U0001faff"
)
_PICTURES: Final = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]+")
_EAST_ASIAN: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CUT: Final = re.compile(f"(?<![^\\W\\d_])[^\\W\\d_]+(?:[{_EMOJI}]+(?:'?[^\\W\\d_]+|'))+")
_EMOJIS: Final = re.compile(f"[{_EMOJI}]+")


def join_spaced(text: str) -> tuple[str, int]:
    """Join rows of single letters that one and the same sign sets apart.

    text: case-folded.  Returns the text and how many words were disguised.
    """
    disguised = 0

    def join(match: re.Match[str]) -> str:
        nonlocal disguised
        row, sign = match.group(), match.group(1).strip()
        letters = row[:: len(match.group(1)) + 1]
        alphabetic = sum(c.isalpha() for c in letters)
        if len(letters) < SHORTEST or alphabetic < 3 or alphabetic * 2 <= len(letters):
            return row
        if not sign and TEXTING.issuperset(letters):
            return row
        disguised += not (sign == "." and len(letters) <= ACRONYM)
        return letters

    text = _ROW.sub(join, text)
    if disguised and "  " in text:  # in a message spelled out with wide gaps, the short words as well
        text = _SHORT_ROW.sub(lambda m: m.group().replace(" ", ""), text)
    return text, disguised


def join_emoji_split(text: str) -> tuple[str, int]:
    """Take emoji out of the middle of words, and put a space for those that stand between words.

    Returns the text and how many words were disguised.
    """
    if not _EMOJIS.search(text):
        return text, 0
    disguised = 0

    def join(match: re.Match[str]) -> str:
        nonlocal disguised
        pieces = _EMOJIS.split(match.group())
        if _EAST_ASIAN.search(match.group()):  # signs like ～ and ☆ are punctuation there
            if len(pieces) < PIECE or max(map(len, pieces)) > 1 or not _PICTURES.search(match.group()):
                return match.group()
            disguised += 1
            return "".join(pieces)
        short = [p for p in pieces if len(p) <= PIECE and p not in SHORT_WORDS]
        if len(short) * 2 > len(pieces) or (len(pieces) == 2 and len(min(pieces, key=len)) == 1 and short):
            disguised += 1
            return "".join(pieces)
        return re.sub(f"([{_EMOJI}]+)", r" \1 ", match.group())

    return _CUT.sub(join, text), disguised
