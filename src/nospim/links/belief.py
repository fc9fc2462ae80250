"""When a name without a scheme is believed to be an address: `is_address`, and the suffixes it trusts.

"check evil.com/x" is one; "ok.see you", "e.g.", "Node.js", "setup.py", "he said so.is it" are not.  No
standard settles this, so it is a judgement, measured on real chat (`docs/explanation/links.md`).
"""

from __future__ import annotations

import re
from typing import Final

from nospim.links.hosts import facts_of, is_ip
from nospim.links.lists import LinkLists
from nospim.links.pieces import ascii_host

_PRODUCTS: Final = frozenset({"asp.net", "ado.net", "vb.net"})
"""Names of products that look like hosts."""
_LONG: Final = 10
_ODD: Final = re.compile(r"[0-9-]")
"""A label this long, or with a digit or hyphen, is no word in front of ".com" or ".NET"."""
_SHORTEST: Final = 3
"""Letters that a registered label must have at least to be believed without a path: "a.com" is more often
a slip of the finger."""


def is_address(name: str, follows: str, lists: LinkLists, *, sure: bool, uneven: bool = False) -> bool:
    """Is this name, written without a scheme, meant as an address?

    name: labels with dots.  follows: the next two characters of the text.  sure: there is other evidence
    (a disguised dot, a leading `www`), so any known suffix will do.  uneven: a space stands on one side of
    the dot only, as in "the .com boom", so the name itself must look like an address's.
    """
    ending = name.rpartition(".")[2]
    if ending.isascii() and ending.lower() not in lists.tlds:
        return False
    host = ascii_host(name)
    if host is None or is_ip(host) or host in _PRODUCTS:
        return False
    facts = facts_of(host, lists)
    if not facts.known or facts.domain.partition(".")[2] == "":
        return False
    if sure:
        return facts.domain[:4] != "www."
    registered = facts.domain.partition(".")[0]
    with_path = follows[:1] == "/" and follows[1:2].isalnum()
    if uneven and not (with_path or len(registered) >= _LONG or _ODD.search(registered)):
        return False
    if ending[:1].isupper() and not ending.isupper() and not name[:1].isupper():
        return False
    if host.rpartition(".")[2] not in lists.bare_suffixes:
        return with_path and not uneven
    return with_path or facts.popular or len(registered) >= _SHORTEST
