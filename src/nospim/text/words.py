"""The words of a normalised text: what is left after links, numbers, signs and emoji are taken out."""

from __future__ import annotations

import re
from typing import Final

ENDINGS: Final = frozenset(
    re.findall(
        r"\S+",
        "com net org info biz io co me tv cc ru su cn de uk fr es it nl pl br in eu us ly gl gd ws "
        "tk ml ga cf gq xyz top site online club shop live link click app dev page web fun icu pw vip win "
        "bid men loan work",
    )
)
"""Endings that make "name.ending" an address here; other dots between words are missing spaces.

Telling addresses is the business of `nospim.links`; this list only keeps them out of the wording.
"""

_MAYBE_ADDRESS: Final = re.compile(r"[.:@](?=[\w/])")
_SEPARATE: Final = bytes(c if chr(c).isalnum() else ord(" ") for c in range(128)) + b" " * 128
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_WITH_MARKS: Final = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0966-\u0dff"
_ANY_WORD: Final = re.compile(f"[{_UNSPACED}]+|(?:[^\\W_{_UNSPACED}]|[{_WITH_MARKS}])+")
_UNSPACED_WORD: Final = re.compile(f"[{_UNSPACED}]")
_DIGIT: Final = re.compile(r"\d")


def without_links(plain: str) -> str:
    """A normalised text without the tokens that are addresses of the web or of mail."""
    if _MAYBE_ADDRESS.search(plain):
        return " ".join([token for token in plain.split(" ") if not _is_address(token)])
    return plain


def _is_address(token: str) -> bool:
    if ":/" in token or "@" in token or token.startswith("www."):
        return True
    if "." not in token:
        return False
    host = token.partition("/")[0].rstrip(".,:;!?)'\"")
    return host.rpartition(".")[2] in ENDINGS and "." in host


def words_of(plain: str) -> list[str]:
    """The words of a text in order; tokens with a digit are left out.

    plain: `Normal.plain`.  An apostrophe does not part a word ("don't" is "dont").  Scripts written without
    spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) give overlapping pairs of characters.
    """
    text = without_links(plain)
    if text.isascii():
        spaced = text.encode().translate(_SEPARATE, b"'").decode()
        return [word for word in spaced.split() if word.isalpha()]
    words: list[str] = []
    for word in _ANY_WORD.findall(text.replace("'", "")):
        if _UNSPACED_WORD.match(word):
            words += [word[at : at + 2] for at in range(max(1, len(word) - 1))]
        elif not _DIGIT.search(word):
            words.append(word)
    return words
