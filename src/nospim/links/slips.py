"""How far a typed name is from another one, in halves of a slip: `slips`.

Letters that are neighbours on a keyboard or look alike, two letters swapped, and a letter doubled or its
double left out count half; any other letter changed, added or left out counts one.  Sources: Damerau (1964)
for the four kinds of slip; Moore and Edelman (2010) for the keyboard's part in registered misspellings.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

_ROWS: Final = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_ALIKE: Final = (
    "il",
    "lj",
    "ij",
    "mn",
    "nr",
    "uv",
    "vw",
    "vy",
    "gq",
    "pq",
    "bd",
    "bh",
    "hn",
    "ce",
    "co",
    "oe",
    "oa",
    "ft",
)


def _near() -> frozenset[tuple[str, str]]:
    pairs = {(a, b) for a, b in _ALIKE}
    for above, row in zip(("", *_ROWS), _ROWS, strict=False):
        pairs.update(pairwise(row))
        pairs.update((a, b) for i, a in enumerate(above) for b in row[max(0, i - 1) : i + 1])
    return frozenset(pairs | {(b, a) for a, b in pairs})


NEAR: Final = _near()
"""Pairs of letters that a finger or an eye takes for each other."""


def slips(meant: str, typed: str, most: int) -> int | None:
    """Halves of a slip between two names; None where there are more than `most`.

    Time grows with the product of the lengths; names in the DNS have at most 63 letters.
    """
    if abs(len(meant) - len(typed)) * 2 > most + 1:
        return None
    before: list[int] = []
    row = [0]
    for j in range(len(typed)):
        row.append(row[j] + _single(typed, j))
    for i, a in enumerate(meant):
        earlier, before = before, row
        row = [before[0] + _single(meant, i)]
        for j, b in enumerate(typed):
            change = 0 if a == b else 1 if (a, b) in NEAR else 2
            best = min(before[j] + change, before[j + 1] + _single(meant, i), row[j] + _single(typed, j))
            if i and j and a == typed[j - 1] and b == meant[i - 1] and a != b:
                best = min(best, earlier[j - 1] + 1)
            row.append(best)
        if min(row) > most and min(before) >= most:  # a swap goes on from the row before
            return None
    return row[-1] if row[-1] <= most else None


def _single(word: str, at: int) -> int:
    """The cost of a letter that the other name lacks."""
    return 1 if at and word[at] == word[at - 1] else 2
