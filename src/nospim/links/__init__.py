"""Links in a text, found and judged even when disguised: `find`; `key_of` for one that was opened; and
`lookalike` for one that passes for somebody else's."""

from __future__ import annotations

from nospim.links.brands import Brand, Brands
from nospim.links.find import find, key_of
from nospim.links.link import MAX_LINKS, Link
from nospim.links.lists import LinkLists
from nospim.links.lookalike import Lookalike, lookalike

__all__ = ["MAX_LINKS", "Brand", "Brands", "Link", "LinkLists", "Lookalike", "find", "key_of", "lookalike"]
