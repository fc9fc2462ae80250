"""Where the addresses in a text are, disguised or not: `addresses` yields each with the tricks seen."""

from __future__ import annotations

from collections.abc import Iterator

from nospim.links.bare import bare
from nospim.links.lists import LinkLists
from nospim.links.pieces import Found
from nospim.links.schemed import schemed
from nospim.links.spots import Prepared, Spots


def addresses(seen: Prepared, lists: LinkLists) -> Iterator[Found]:
    """Every address in a prepared text, in order, without overlaps."""
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
