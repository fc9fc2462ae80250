"""Where the addresses in a text are, disguised or not: `addresses` yields each with the tricks seen in the text."""

from __future__ import annotations

from collections.abc import Iterator

from nospim.links.bare import bare
from nospim.links.lists import LinkLists
from nospim.links.pieces import Found
from nospim.links.schemed import schemed
from nospim.links.spots import Spots, prepare


def addresses(text: str, lists: LinkLists) -> Iterator[Found]:
    """Every address in the text, in order, without overlaps."""
    seen = prepare(text)
    if seen is None:
        return
    spots = Spots(seen.plain)
    floor = 0
    spot = spots.after(0)
    while spot is not None:
        found: Found | None
        if seen.plain[spot] == ":":
            found, on = schemed(seen, spot, floor, lists), spot + 1
        else:
            found, on = bare(seen, spot, floor, lists)
        if found is not None:
            floor = on = max(found.end, spot + 1)
            yield found
        spot = spots.after(max(on, spot + 1))
