"""What a reader cannot see: zero-width, bidirectional, variation and tag characters, taken out.

They are legitimate in many places: joiners in Indic and Arabic script and in emoji sequences, word
breaks in Thai and Khmer, isolates that clients put around names.  They are a disguise only inside a word
of a script that has no use for them.  Sources: Unicode Standard, chapter 23.2 (layout controls); UAX 9
(overrides); UTS 51 (emoji sequences).
"""

from __future__ import annotations

import re
from typing import Final

_INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_BIDI: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_RUN: Final = re.compile(f"[{_INVISIBLE}]+")
_ANY_BIDI: Final = re.compile(f"[{_BIDI}]")
_REVERSED: Final = re.compile("\u202e([^\u202a-\u202e\n]*)(?:\u202c|\u2069|$)?")
_RTL: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_USES_JOINERS: Final = re.compile(
    # Hebrew to Myanmar; Khmer and Mongolian; South-East Asian scripts; Arabic forms
    "[\u0590-\u109f\u1700-\u18af\u1900-\u1cff\ua800-\uaaff\uabc0-\uabff\ufb1d-\ufdff\ufe70-\ufefc]"
)
_HAN: Final = re.compile("[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_HIDDEN, _TURNED = "\ue000", "\ue001"
"""Private-use characters that mark a removed disguise while words are counted; taken out of input first."""
_MARKERS: Final = {0xE000: None, 0xE001: None}


def strip_invisible(text: str) -> tuple[str, int, int]:
    """Take out every invisible character and read reversed stretches (U+202E) the way they are displayed.

    Returns the text, the number of words that hid zero-width characters, and that of words that hid
    bidirectional controls.
    """
    if not _RUN.search(text):
        return text, 0, 0
    text, overridden = _REVERSED.subn(_turn, text.translate(_MARKERS))
    text = _RUN.sub(_mark, text)
    hidden, turned = _words_with(_HIDDEN, text), _words_with(_TURNED, text)
    return text.translate(_MARKERS), hidden, overridden + turned


def _turn(match: re.Match[str]) -> str:
    inner = match.group(1)
    return inner if _RTL.search(inner) else inner[::-1]


def _words_with(marker: str, text: str) -> int:
    return sum(marker in word for word in text.split()) if marker in text else 0


def _mark(match: re.Match[str]) -> str:
    """A marker for a run that hides inside a word, nothing for a harmless one."""
    run, text, start, end = match.group(), match.string, match.start(), match.end()
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    if not (before.isalnum() and after.isalnum()):
        return ""
    if _USES_JOINERS.match(before) or _USES_JOINERS.match(after):
        return ""
    if _HAN.match(before) and all("\ufe00" <= c <= "\ufe0f" or c >= "\U000e0100" for c in run):
        return ""  # an ideograph's own variant
    if run == "\u00ad" and not _hyphenated_letter(match):
        return ""
    return _TURNED if _ANY_BIDI.search(run) else _HIDDEN


def _hyphenated_letter(match: re.Match[str]) -> bool:
    """Whether a soft hyphen cuts off a single letter, which no hyphenation does."""
    text, start, end = match.string, match.start(), match.end()
    left, right = text[max(0, start - 2) : start], text[end : end + 2]
    return len(left) < 2 or not left[0].isalpha() or len(right) < 2 or not right[1].isalpha()
