"""The fingerprint of a wording: one number for the same words, a signature for nearly the same ones.

MinHash estimates the Jaccard similarity of sets (Broder, "On the resemblance and containment of
documents", 1997); bands of it find candidates without comparing all pairs (Leskovec, Rajaraman, Ullman,
"Mining of Massive Datasets", section 3.4).
"""

from __future__ import annotations

import re
from itertools import pairwise
from struct import Struct as Packing
from typing import Final

import xxhash
from msgspec import Struct
from rensa import RMinHash

from nospim.text.words import words_of

PERMUTATIONS: Final = 24
ROWS: Final = 3
BANDS: Final = PERMUTATIONS // ROWS
"""Eight bands of three: of texts with similarity 0.5 two thirds meet in a band, with 0.25 one in nine.

An estimate from 24 places has a standard error of 0.1 at 0.5.
"""
SEED: Final = 1
FEWEST: Final = 3
"""Fewest words that get a signature; shorter texts are compared by template only."""
MOST_WORDS: Final = 512
"""Words of a text that are looked at: longer than any lure, and a bound on the work."""
FILLERS: Final = frozenset(
    re.findall(
        r"\S+",
        "omg omfg lol lmao rofl haha hahaha hehe hihi xd wow whoa yay oh ah uh um hmm hm er eh "
        "hey heyy heya hi hii hello hallo helo hiya yo sup pls plz please thx btw tbh imo ok okay okey "
        "dude man bro bruh sis mate babe hun dear guys xx xxx xo xoxo so just really lah lor leh la "
        "hola oye jaja jajaja porfa ola oi kkk rsrs salut coucou mdr ptdr svp bonjour hallo moin bitte "
        "привет хай ахах ахаха хаха ого блин ciao",
    )
)
"""Interjections and greetings, which spinning tools add and people sprinkle: no part of a wording."""

_PACK: Final = Packing(f"<{PERMUTATIONS}I").pack
_ROW_BYTES: Final = 4 * ROWS
_SLICES: Final = tuple((band, slice(band * _ROW_BYTES, (band + 1) * _ROW_BYTES)) for band in range(BANDS))
_PIECE: Final = re.compile(r"[^\W\d_]{2,}")


class Wording(Struct, frozen=True, gc=False):
    """What a text is recognised by.

    words: how many words were left.  template: 64 bits of those words in order, 0 without any.
    signature: MinHash of the words and pairs of neighbours, empty below `FEWEST` words.
    bands: 64-bit names of the signature's bands; equal bands make two texts candidates.
    """

    words: int
    template: int
    signature: tuple[int, ...] = ()
    bands: tuple[int, ...] = ()


NO_WORDING: Final = Wording(0, 0)


def fingerprint(plain: str, drop: tuple[str, ...] = (), words: list[str] | None = None) -> Wording:
    """The fingerprint of a normalised text.

    plain: `Normal.plain`.  drop: names to leave out, as local parts of the recipients ("ann.lee" leaves out
    "ann" and "lee"), because lures greet by name.  Links, numbers, signs,
    emoji and `FILLERS` are left out as well.  words: its `words_of`, where the caller has them already.
    """
    words = words_of(plain) if words is None else words
    names = {piece for name in drop for piece in _PIECE.findall(name.casefold())} if drop else ()
    kept = [word for word in words[:MOST_WORDS] if word not in FILLERS and word not in names]
    if not kept:
        return NO_WORDING
    template = xxhash.xxh3_64_intdigest(" ".join(kept).encode())
    if len(kept) < FEWEST:
        return Wording(len(kept), template)
    sketch = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    sketch.update(kept + [f"{a} {b}" for a, b in pairwise(kept)])
    signature = tuple(sketch.digest())
    packed = _PACK(*signature)
    bands = tuple([xxhash.xxh3_64_intdigest(packed[rows], band) for band, rows in _SLICES])
    return Wording(len(kept), template, signature, bands)


def similarity(a: Wording, b: Wording) -> float:
    """Estimated Jaccard similarity of two wordings, 0 to 1; without signatures 1 for equal templates or 0."""
    if not a.signature or not b.signature:
        return float(a.template == b.template and a.words > 0)
    return sum(x == y for x, y in zip(a.signature, b.signature, strict=True)) / PERMUTATIONS
