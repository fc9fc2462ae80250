"""What the wording model sees of a text: hashed words, pairs of neighbours and a few signs.

Hashed features after Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (2009).
Addresses are no features, because the link signals judge them; nor is length, which tells corpora apart.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final, NamedTuple

import xxhash

from nospim.text.words import without_links

BUCKET_BITS: Final = 18
"""A quarter of a million buckets for some thousands of weights: few collisions, no word to read back."""
MOST_WORDS: Final = 128
"""Words that are looked at: four text messages' worth, and a bound on the work."""
_MASK: Final = (1 << BUCKET_BITS) - 1
_LONG_NUMBER: Final = re.compile(r"\d{5}")


class Features(NamedTuple):
    """Buckets, each once: of single words, and of pairs and signs."""

    words: frozenset[int]
    others: frozenset[int]


def bucket(name: str) -> int:
    """The bucket of a feature: the low bits of the 64-bit xxh3 of its UTF-8."""
    return xxhash.xxh3_64_intdigest(name.encode()) & _MASK


_START: Final = "^"
_NUMBER, _LONG, _MONEY, _PERCENT, _SHOUT = (bucket(f"#{name}") for name in ("1", "11111", "$", "%", "!!"))


def features_of(plain: str, words: list[str]) -> Features:
    """The features of a normalised text.

    plain: `Normal.plain`.  words: its `words_of`.
    """
    words = words[:MOST_WORDS]
    digest = xxhash.xxh3_64_intdigest
    singles = frozenset([digest(word.encode()) & _MASK for word in words])
    others = [digest(f"{a} {b}".encode()) & _MASK for a, b in pairwise([_START, *words])]
    return Features(singles, frozenset(others + _signs(plain)))


def _signs(plain: str) -> list[int]:
    """Buckets of numbers, short or long, and of signs that sell; finer shapes tell texting from chat."""
    signs = []
    if not plain.isascii() or any(map(plain.__contains__, "0123456789$%!")):
        text = without_links(plain)
        if any(map(str.isdigit, text)):
            signs.append(_LONG if _LONG_NUMBER.search(text) else _NUMBER)
        if "$" in text or "£" in text or "€" in text:
            signs.append(_MONEY)
        if "%" in text:
            signs.append(_PERCENT)
        if "!!" in text:
            signs.append(_SHOUT)
    return signs
