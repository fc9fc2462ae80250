"""Look-alike letters mapped to what they stand for: skeletons after UTS 39, word by word.

UTS 39 (Unicode Security Mechanisms) gives every character a prototype; we keep those that end in ASCII
letters and digits (``data/lookalikes.txt``).  Unlike a bare skeleton, a word is changed only where it
mixes scripts (UTS 39, section 5.1), because whole words in another script are simply another language.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Final, NamedTuple

Table = dict[str, str]

CYRILLIC_BACK: Final[Table] = dict(zip("aceiopxyABCEHIKMOPTX", "асеіорхуАВСЕНІКМОРТХ", strict=True))
"""Latin letters that stand for Cyrillic ones in a disguised Cyrillic word (the strict pairs, reversed)."""
GREEK_BACK: Final[Table] = dict(zip("oviupABEHIKMNOPTXYZ", "ονιυρΑΒΕΗΙΚΜΝΟΡΤΧΥΖ", strict=True))
WHOLE_WORD_LETTERS: Final = 3
"""Shortest word wholly in a script of limited use (Cherokee, Lisu, syllabics...) that is read as Latin."""

_GREEK_OR_CYRILLIC: Final = re.compile("[\u0370-\u052f]")
_OTHER: Final = re.compile("[^\x00-\x7f]")
_WORD: Final = re.compile(
    # \w without the scripts written without spaces: Chinese beside "QQ" is not one mixed word
    "[^\\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u312f\u31f0-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_LIMITED: Final = re.compile(
    # Cherokee, Canadian syllabics, Coptic, Lisu, and the historic scripts of plane 1: in chat, "fonts"
    "[\u13a0-\u167f\u2c80-\u2cff\ua4d0-\ua4ff\uab70-\uabbf\U00010280-\U0001145f\U00016f00-\U00016f9f]+"
)


class Lookalikes(NamedTuple):
    """The tables of ``data/lookalikes.txt``: character to plain lower-case target."""

    styled: Table
    latin: Table
    lookalike: Table
    weak: Table


@lru_cache(maxsize=1)
def lookalikes() -> Lookalikes:
    """The shipped tables, read once."""
    text = files("nospim.text").joinpath("data", "lookalikes.txt").read_text(encoding="utf-8")
    return parse(text)


def parse(text: str) -> Lookalikes:
    """Tables from the text of ``lookalikes.txt``; raises ValueError naming a line that is not of its form."""
    tables: dict[str, Table] = {"styled": {}, "latin": {}, "lookalike": {}, "weak": {}}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[]")
            continue
        target, tab, characters = line.partition("\t")
        if not tab or section not in tables:
            raise ValueError(f"lookalikes.txt line {number}: expected 'target TAB characters' in a section")
        tables[section].update(dict.fromkeys(characters, target))
    return Lookalikes(**tables)


def replace_each(table: Table, text: str) -> str:
    """Every character of a table replaced by its target; ASCII characters are not looked at."""
    if table.keys().isdisjoint(text):
        return text
    return _OTHER.sub(lambda m: table.get(m.group(), m.group()), text)


def undo_lookalikes(text: str) -> tuple[str, int]:
    """Map look-alike letters inside words that mix scripts.

    text: with letters in their own case (capitals are told apart better).
    Returns the text and how many words were changed; pure ASCII and one-script words come back as they are.
    """
    tables = lookalikes()
    if tables.lookalike.keys().isdisjoint(text) and not _GREEK_OR_CYRILLIC.search(text):
        return text, 0
    changed = 0

    def undo(match: re.Match[str]) -> str:
        nonlocal changed
        word = match.group()
        if word.isascii():
            return word
        plain = _word(word, tables)
        changed += plain != word
        return plain

    return _WORD.sub(undo, text), changed


def _word(word: str, tables: Lookalikes) -> str:
    kinds = "".join("L" if c.isascii() or c in tables.latin else "f" for c in word if c.isalpha())
    if "f" not in kinds:
        return word
    strict = tables.lookalike
    foreign = [c for c in word if c.isalpha() and not c.isascii() and c not in tables.latin]
    if "L" not in kinds:
        whole = len(foreign) >= WHOLE_WORD_LETTERS and _LIMITED.fullmatch("".join(foreign))
        return _map(word, strict) if whole and all(c in strict for c in foreign) else word
    if all(c in strict for c in foreign):
        return _map(word, strict)
    for back, first, last in ((CYRILLIC_BACK, "\u0400", "\u052f"), (GREEK_BACK, "\u0370", "\u03ff")):
        if all(first <= c <= last for c in foreign) and all(
            c in back for c in word if c.isascii() and c.isalpha()
        ):
            return _map(word, back)
    switches = sum(a != b for a, b in pairwise(kinds))
    if (
        switches >= 2
    ):  # one switch is a loan with an ending ("SMSки"); more is a disguise, whatever is left over
        return _map(_map(word, strict), tables.weak)
    return word


def _map(word: str, table: Table) -> str:
    return "".join(table.get(c, c) for c in word)
