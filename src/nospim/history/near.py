"""Near-duplicates of a long archive without comparing all pairs: exact copies first, then bands and stars.

MinHash bands name candidates (Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", 3.4).  In a band a
wording is compared with a few *centres* only, so that the work grows with the number of wordings and not with
its square, however many copies a lure has.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import xxhash

from nospim.text.wording import FILLERS, Wording

CENTRES: Final = 4
"""Centres of a band: a fifth kind of wording under one band is left to the other bands, and counted."""
SIMILAR: Final = 0.5
"""Jaccard similarity of words and pairs of words from which two wordings are one: half of both in common."""
SHORT: Final = 5
"""Words below which a wording has only exact copies: people who never met share four words in a row."""


def pieces_of(words: Sequence[str]) -> bytes:
    """The words and pairs of neighbours that a wording is compared by: sorted 64-bit hashes, packed."""
    kept = [word for word in words if word not in FILLERS]
    pieces = {xxhash.xxh3_64_intdigest(p.encode()) for p in (*kept, *(f"{a} {b}" for a, b in pairwise(kept)))}
    return b"".join(piece.to_bytes(8, "little") for piece in sorted(pieces))


def jaccard(one: bytes, other: bytes) -> float:
    """The share of pieces that two wordings have in common, exactly: 0 to 1."""
    if one == other:
        return 1.0
    a = frozenset(memoryview(one).cast("Q"))
    b = frozenset(memoryview(other).cast("Q"))
    both = len(a & b)
    return both / (len(a) + len(b) - both) if a or b else 0.0


class Stars:
    """Groups of wordings, one wording at a time; a wording is a number from 0.

    The same wordings in the same order give the same groups.  `compared` counts the comparisons.
    """

    def __init__(self) -> None:
        self._parent: list[int] = []
        self._pieces: list[bytes] = []
        self._centres: dict[int, tuple[int, ...]] = {}
        self._passed: dict[int, int] = {}
        self.compared = 0

    def __len__(self) -> int:
        return len(self._parent)

    def add(self, wording: Wording, words: Sequence[str]) -> int:
        """Take in a wording that was not there yet; returns its number."""
        node = len(self._parent)
        self._parent.append(node)
        near = wording.words >= SHORT
        self._pieces.append(pieces_of(words) if near else b"")
        for band in wording.bands if near else ():
            self._meet(band, node)
        return node

    def _meet(self, band: int, node: int) -> None:
        centres = self._centres.get(band, ())
        lead = self.find(node)
        for centre in centres:
            if self.find(centre) == lead:
                return
            self.compared += 1
            if jaccard(self._pieces[centre], self._pieces[node]) >= SIMILAR:
                self.join(centre, node)
                return
        if len(centres) < CENTRES:
            self._centres[band] = (*centres, node)
        else:
            self._passed[band] = self._passed.get(band, 0) + 1

    def find(self, node: int) -> int:
        """The smallest number of a wording's group, with path halving (Tarjan and van Leeuwen 1984)."""
        parent = self._parent
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def join(self, one: int, other: int) -> None:
        """Make one group of two; the smaller number leads, so that the order of joins cannot matter."""
        one, other = sorted((self.find(one), self.find(other)))
        self._parent[other] = one

    def popular(self) -> dict[int, int]:
        """Bands whose centres were full: how many wordings each of them passed over."""
        return dict(sorted(self._passed.items()))
