"""Links in a text, found and judged even when disguised: `find`; and `key_of` for one that was opened."""

from __future__ import annotations

from nospim.links.find import find, key_of
from nospim.links.link import MAX_LINKS, Link
from nospim.links.lists import LinkLists

__all__ = ["MAX_LINKS", "Link", "LinkLists", "find", "key_of"]
