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
_SIGN: Final = re.compile(r"[\d$£€%!]")
_DIGIT: Final = re.compile(r"\d")
_LONG_NUMBER: Final = re.compile(r"\d{5}")
_CURRENCY: Final = re.compile(r"[$£€]")


class Features(NamedTuple):
    """Buckets, each once: of single words, and of pairs and signs."""

    words: set[int]
    others: set[int]


def bucket(name: str) -> int:
    """The bucket of a feature: the low bits of the 64-bit xxh3 of its UTF-8."""
    return xxhash.xxh3_64_intdigest(name.encode()) & _MASK


_START: Final = xxhash.xxh3_64_intdigest(b"^")
_PAIR_SHIFT: Final = 7
"""By how much the first hash of a pair is shifted, so that "a b" and "b a" are two features."""
_NUMBER, _LONG, _MONEY, _PERCENT, _SHOUT = (bucket(f"#{name}") for name in ("1", "11111", "$", "%", "!!"))


def features_of(plain: str, words: list[str]) -> Features:
    """The features of a normalised text.

    plain: `Normal.plain`.  words: its `words_of`.  A pair's bucket follows from its words' hashes.
    """
    digest = xxhash.xxh3_64_intdigest
    hashes = [digest(word.encode()) for word in words[:MOST_WORDS]]
    others = [(a >> _PAIR_SHIFT ^ b) & _MASK for a, b in pairwise([_START, *hashes])]
    if _SIGN.search(plain):
        others += _signs(without_links(plain))
    return Features({h & _MASK for h in hashes}, set(others))


def _signs(text: str) -> list[int]:
    """Buckets of numbers, short or long, and of signs that sell; finer shapes tell texting from chat."""
    signs = []
    if _DIGIT.search(text):
        signs.append(_LONG if _LONG_NUMBER.search(text) else _NUMBER)
    if _CURRENCY.search(text):
        signs.append(_MONEY)
    if "%" in text:
        signs.append(_PERCENT)
    if "!!" in text:
        signs.append(_SHOUT)
    return signs
