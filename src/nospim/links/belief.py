"""When a name without a scheme is believed to be an address: `is_address`, and the suffixes it trusts.

"check evil.com/x" is one; "ok.see you", "e.g.", "Node.js", "setup.py", "he said so.is it" are not.  No standard
settles this, so it is a judgement, measured on real chat (`docs/explanation/links.md`).
"""

from __future__ import annotations

from typing import Final

from nospim.links.hosts import facts_of, is_ip
from nospim.links.lists import LinkLists
from nospim.links.pieces import ascii_host

_TRUSTED: Final = frozenset(
    """
    com net org info biz edu gov mil xyz top icu buzz shop site website club vip tk ml ga cf gq ru su ua
    kz cn hk tw jp kr vn ar mx ve ng ke eg pk lk sg uk fr nl pl sk hu ro gr tr il ir eu dk ee lv lt pt
    rs hr ca nz cc tv ws io app dev cloud tech xn--p1ai cyou sbs cfd wang asia
    """.split()
)
"""Suffixes common on the web that are no words or chat shorthand that people run a full stop into ("send you.my
mother", "today.lol"), and no extension of a file's name (.py, .sh, .zip)."""
_PRODUCTS: Final = frozenset({"asp.net", "ado.net", "vb.net"})
"""Names of products that look like hosts."""
_SHORTEST: Final = 3
"""Letters that a registered label must have at least to be believed without a path: "a.com" is more often a slip."""


def is_address(name: str, follows: str, lists: LinkLists, *, sure: bool, apart: bool = False) -> bool:
    """Is this name, written without a scheme, meant as an address?

    name: labels with dots.  follows: the next two characters of the text.  sure: there is other evidence
    (a disguised dot, a leading `www`), so any known suffix will do.  apart: dots were written with spaces.
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
        return True
    if ending[:1].isupper() and not ending.isupper() and not name[:1].isupper():
        return False
    last = host.rpartition(".")[2]
    with_path = follows[:1] == "/" and follows[1:2].isalnum() and not apart
    if with_path or last not in _TRUSTED:
        return with_path
    return facts.popular or len(facts.domain.partition(".")[0]) >= _SHORTEST
