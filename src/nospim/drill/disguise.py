"""Masking a text the way spimmers do: invisible letters, look-alikes, figures, broken addresses."""

from __future__ import annotations

from random import Random
from typing import Final

ZERO_WIDTH: Final = ("\u200b", "‌", "‍", "⁠", "­")
LOOK_ALIKE: Final = {
    "a": "а", "c": "с", "e": "е", "i": "і", "j": "ј", "o": "о", "p": "р", "s": "ѕ", "x": "х", "y": "у",
    "h": "һ", "d": "ԁ", "k": "κ", "v": "ν", "u": "υ",
}  # fmt: skip
"""Cyrillic and Greek letters that look Latin (UTS 39, confusables)."""
FIGURES: Final = {
    "a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7",
}  # fmt: skip


def masked(text: str, rng: Random) -> str:
    """The same words, masked in one or two ways; `{link}` and `{name}` stay."""
    ways = rng.sample((_zero_width, _look_alike, _figures, _spread), rng.choice((1, 2)))
    words = text.split(" ")
    for way in ways:
        share = rng.uniform(0.3, 0.8)
        words = [way(w, rng) if "{" not in w and len(w) > 2 and rng.random() < share else w for w in words]
    return " ".join(words)


def defanged(link: str, rng: Random) -> str:
    """The address written so that people can read it and a plain search cannot."""
    scheme, _, rest = link.partition("://")
    way = rng.randrange(6)
    if way == 0:
        return f"hxxp{scheme[4:]}://{rest.replace('.', '[.]', 1)}"
    if way == 1:
        host, slash, path = rest.partition("/")
        return host.replace(".", "[.]") + slash + path
    if way == 2:
        host, slash, path = rest.partition("/")
        return host.replace(".", " (dot) ") + slash + path
    if way == 3:
        return f"{scheme}://{rest[:3]}{rng.choice(ZERO_WIDTH[:3])}{rest[3:]}"
    if way == 4:
        return f"{scheme}://{rest.replace('.', '。', 1)}"
    return link


def _zero_width(word: str, rng: Random) -> str:
    mark = rng.choice(ZERO_WIDTH)
    return mark.join(word)


def _look_alike(word: str, rng: Random) -> str:
    return "".join(LOOK_ALIKE.get(c, c) if rng.random() < 0.8 else c for c in word)


def _figures(word: str, rng: Random) -> str:
    return "".join(FIGURES.get(c, c) if rng.random() < 0.7 else c for c in word)


def _spread(word: str, rng: Random) -> str:
    return rng.choice((" ", ".", "-")).join(word) if len(word) < 9 else word
