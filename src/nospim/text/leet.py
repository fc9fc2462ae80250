"""Words with digits and signs for letters ("p4ssw0rd", "fr33", "c@sh") read as words.

Only tokens that look written that way are touched.  Numbers, dates, sizes, model names and the phonetic
digits of texting ("gr8", "b4", "2nite", "some1", "l8r") are not, and addresses never are.
"""

from __future__ import annotations

import re
from typing import Final

LEET: Final = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"}
"""The substitutions met in spam; 2, 6, 8 and 9 are phonetic or plain numbers far more often."""
SHORTEST: Final = 4
LONGEST: Final = 20
"""Lengths of a token that is looked at: shorter ones are codes and texting, longer ones identifiers."""
MAX_SHARE: Final = 0.5
"""Largest share of a token that may be substituted: above it, it is a code."""

_TOKEN: Final = re.compile(
    r"(?<![^\s\"'(\[*_~>,;!?.])([a-z013457][a-z0134579@$!]{3,19})(?=[\s\"')\]*_~<,;:!?.]|$)(?![.:@/]\w)"
)
_INNER: Final = re.compile(r"(?<=[a-z])(?:0{1,2}|3{1,2}|[14@]|\$\$?|55|11|77)(?=[a-z])")
_TWO_INNER: Final = re.compile(r"[a-z][57][a-z]*[0134579@$][a-z]")
"""5 and 7 count beside another only: alone they are part of names ("md5sum")."""
_START: Final = re.compile(r"(?:0|[1345](?=[a-z]+[0134579@$!]))(?=[a-z]{2}|[a-z][0134579@$!]+[a-z])")
_VOWEL: Final = re.compile(r"[aeiouy]")
_CLUSTER: Final = re.compile(r"[bcdfghjklmnpqrstvwxz]{5}")
_ONLY_FREE: Final = re.compile(r"(?:[bcdfgkpst][hlr]|kn)33")
_NAME: Final = re.compile(
    r"[0-9a-f]+"  # hexadecimal
    r"|[a-z]+[0-9]s"  # a name with a number, in the plural ("mp3s", "no1s")
    r"|(?:[a-z]?[^a-z]+)+[a-z]?"  # single letters between numbers ("h1n1", "r2d2")
    r"|[a-z]{4,}4[a-z]{4,}"  # "for" between words ("left4dead")
)


def undo_leet(text: str) -> tuple[str, int]:
    """Read leet words as words.

    text: case-folded.  Returns the text and how many words were disguised.
    """
    changed = 0

    def undo(match: re.Match[str]) -> str:
        nonlocal changed
        token = match.group(1)
        plain = _plain(token)
        changed += plain != token
        return plain

    return _TOKEN.sub(undo, text), changed


def _plain(token: str) -> str:
    body = token.rstrip("!")
    tail = token[len(body) :]
    if body.isalpha() or not SHORTEST <= len(body) <= LONGEST or _NAME.fullmatch(body):
        return token
    substituted = sum(not c.isalpha() for c in body)
    if substituted > MAX_SHARE * len(body):
        return token
    inner = _INNER.search(body) or _TWO_INNER.search(body)
    if not inner and not _START.match(body) and not _ONLY_FREE.fullmatch(body):
        return token
    word = _letters(body)
    if not word.isalpha() or not _VOWEL.search(word) or _CLUSTER.search(word):
        return token
    return word + tail


def _letters(body: str) -> str:
    """Every substitute as its letter; 1 and ! are l beside a vowel ("c1ick", "dea1"), else i ("w1n")."""
    last = len(body) - 1
    out = []
    for at, char in enumerate(body):
        if char in "1!":
            before, after = body[max(0, at - 1) : at], body[at + 1 : at + 2]
            beside_vowel = after in set("aeiou0341@") or before in set("aeou0341@")
            out.append("l" if at in (0, last) or beside_vowel else "i")
        else:
            out.append(LEET.get(char, char))
    return "".join(out)
