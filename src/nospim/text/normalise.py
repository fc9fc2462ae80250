"""Undoes how spimmers write words, so that wording can be read: `normalise`.

Real chat in any language is left as it is (case, marks on Latin letters and white space apart); what was
undone is named, because the wish to hide a word says something about the message.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from msgspec import Struct

from nospim.text.invisible import strip_invisible
from nospim.text.leet import undo_leet
from nospim.text.skeleton import undo_lookalikes
from nospim.text.spacing import join_emoji_split, join_spaced
from nospim.text.styles import spell_flags, strip_marks, undo_styles

DISGUISES: Final = ("bidi", "emoji_split", "homoglyph", "leet", "spaced", "styled", "zero_width")
"""Every kind of disguise there is a name for, sorted."""

_KINDS_OF_SIGN: Final = {
    **dict.fromkeys("0$", "0"),  # may stand for a letter, at the start of a word as well
    **dict.fromkeys("13457@", "1"),  # may stand for a letter inside a word
    **dict.fromkeys(" ._*|~+-", "."),  # may set letters apart
    **dict.fromkeys("\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f", "\n"),  # white space to squeeze
}
_SHAPE: Final = bytes(
    ord("a") if chr(c).isalpha() else ord(_KINDS_OF_SIGN.get(chr(c), chr(c))) for c in range(256)
)
"""Every ASCII character's kind: two substring searches on shapes tell that nothing is disguised."""
_TYPOGRAPHY: Final = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\uff07": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2026": "...",
        "\u2013": "-",
        "\u2014": "-",
        "\u2010": "-",
        "\u2011": "-",
        "\u00a0": " ",
        "\u3000": " ",
        "\u2800": " ",
    }
)


class Normal(Struct, frozen=True):
    """A message as it reads.

    plain: case-folded, disguises undone, white space squeezed to single spaces.
    disguises: the kinds undone, sorted, of `DISGUISES`.
    disguised: words that were disguised, summed over kinds (a word hidden in two ways counts twice).
    """

    plain: str
    disguises: tuple[str, ...] = ()
    disguised: int = 0


def normalise(text: str) -> Normal:
    """Read a message the way a person does.

    text: as received.  Returns its `Normal`; pure, and linear in the length of the text.
    Sources: UTS 39 (skeletons, mixed scripts), UAX 9 (overrides), UTS 51 (emoji), UAX 15 (forms).
    """
    if not text.isascii():
        return _unicode(text)
    plain = text.lower()
    shape = b"." + plain.encode().translate(_SHAPE)
    spaced = b"a.a.a.a" in shape or b"a...a...a...a" in shape
    leet = b"a0a" in shape or b"a1a" in shape or b"a00" in shape or b"a11" in shape or b".0a" in shape
    if spaced or leet:
        return _letters(plain, {}, spaced, leet)
    if "  " in plain or b"\n" in shape or plain.strip() is not plain:
        plain = _squeeze(plain)
    return Normal(plain)


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def _letters(text: str, found: dict[str, int], spaced: bool = True, leet: bool = True) -> Normal:
    """The stages that need letters and signs only; `found` are the words disguised so far, by kind."""
    if spaced:
        text, found["spaced"] = join_spaced(text)
    if leet:
        text, found["leet"] = undo_leet(text)
    kinds = tuple(sorted(kind for kind, words in found.items() if words))
    return Normal(_squeeze(text), kinds, sum(found.values()))


def _unicode(text: str) -> Normal:
    found: dict[str, int] = {}
    text, spelled = spell_flags(unicodedata.normalize("NFC", text))
    text, found["zero_width"], found["bidi"] = strip_invisible(text)
    text, styled = undo_styles(text)
    text, found["homoglyph"] = undo_lookalikes(text)
    text, struck = strip_marks(text.casefold())
    found["styled"] = styled + struck + (spelled >= 3)
    text = text.translate(_TYPOGRAPHY)
    text, found["emoji_split"] = join_emoji_split(text)
    return _letters(text, found)
