"""Likeness of pictures: 64 bits that stay nearly the same when a logo is resized or recompressed.

Method: the difference hash ("dHash", N. Krawetz, 2013): is each point of a 9 x 8 grey miniature brighter than
its right neighbour?  The miniature is made by the browser (`chromium.LIKENESS`), in its sandbox, so no
picture of a stranger is decoded in this process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

WIDTH: Final = 9
HEIGHT: Final = 8
NEAR: Final = 8
"""Bits that two likenesses of one logo differ by at most (of 64; random pictures differ by 32, and 8 or fewer
has a chance of about 3e-10 between two random ones; Krawetz takes 10)."""
PLAIN: Final = 8
"""A likeness with fewer set or unset bits is a plain surface, which matches any other one."""


def likeness(grey: Sequence[int]) -> int:
    """The 64 bits of a miniature: `WIDTH` x `HEIGHT` brightnesses (0 to 255), row by row.

    Raises ValueError for another number of them.
    """
    if len(grey) != WIDTH * HEIGHT:
        raise ValueError(f"a miniature has {WIDTH * HEIGHT} points, not {len(grey)}")
    bits = 0
    for row in range(HEIGHT):
        for column in range(WIDTH - 1):
            left = grey[row * WIDTH + column]
            bits = bits << 1 | (left > grey[row * WIDTH + column + 1])
    return bits


def alike(one: int, other: int) -> bool:
    """Do two likenesses show the same picture?  Never where one of them is plain."""
    if any(not PLAIN <= bits.bit_count() <= 64 - PLAIN for bits in (one, other)):
        return False
    return (one ^ other).bit_count() <= NEAR
