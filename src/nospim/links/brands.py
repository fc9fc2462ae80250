"""Names that a lure may dress up as: `Brands`, made once from what an operator gives."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from nospim.links.hosts import facts_of
from nospim.links.letters import fold
from nospim.links.lists import LinkLists

SHORTEST: Final = 4
"""Letters from which a name is looked for inside other names; a shorter one only as a whole domain."""
COMMON: Final = 3
"""Popular domains that end with a name or hold it inside from which it is a common word ("line", "apple").
Those that begin with it are mostly the brand's own ("amazonaws")."""
_WORDS: Final = """
apple chase cash citizens discover element family fidelity frontier gap intel matrix mercury meta
metro monday national office orange outlook oracle people prime regions royal session shell signal
slack snap sprint square stripe steam target threads tide united universal visa wire wise zoom
"""
WORDS: Final = frozenset(_WORDS.split())
"""Companies that are called by an everyday word, which others put in their names, too."""
_SAME: Final = str.maketrans("01345789$i", "oleastbgsl")
_PAIRS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))


class Brand(Struct, frozen=True):
    """One name to protect.

    shown: as the operator wrote it.  name: its letters and digits, lower case.  looks: its `skeleton`.
    domains: its own domains, as far as told.  own: it is the service itself.  common: also a common word.
    """

    shown: str
    name: str
    looks: str
    domains: tuple[str, ...]
    own: bool
    common: bool


class Brands(Struct, frozen=True, eq=False):
    """Names to protect; compared by identity, never changed once built.

    entries: the service's own names first.  words: first labels of popular domains, which are names of
    their own even under another suffix.
    """

    entries: tuple[Brand, ...] = ()
    words: frozenset[str] = frozenset()

    @staticmethod
    def of(
        names: tuple[str, ...], own: tuple[str, ...] = (), lists: LinkLists | None = None
    ) -> Brands | None:
        """The value for these names or domains, and for the service's own; None without any.

        A domain ("example.org") protects its first label, and is known to be nobody's imitation; of a name
        ("Example Bank") alone only domains on the popularity list are taken for the brand's own.
        """
        if not names and not own:
            return None
        known = lists or LinkLists.shipped()
        words = frozenset([domain.partition(".")[0] for domain in known.popular])
        given: dict[str, tuple[str, list[str], bool]] = {}
        for text, mine in [*((n, True) for n in own), *((n, False) for n in names)]:
            name, domain = _name_and_domain(text, known)
            if name:
                entry = given.setdefault(name, (text, [], mine))
                entry[1].extend([domain] if domain and domain not in entry[1] else [])
            if mine and domain:  # "chat-example" passes for chat.example, though "chat" is everybody's word
                given.setdefault(_letters(domain), (text, [domain], True))
        entries = [
            Brand(shown, name, skeleton(name), tuple(domains), mine, _is_common(name, words))
            for name, (shown, domains, mine) in given.items()
        ]
        return Brands(tuple(entries), words)


def _name_and_domain(text: str, lists: LinkLists) -> tuple[str, str]:
    folded = text.strip().strip(".").lower()
    if "." in folded and " " not in folded and folded.isascii():
        domain = facts_of(folded, lists).domain
        return _letters(domain.partition(".")[0]), domain
    return _letters(fold(folded)), ""


def _letters(text: str) -> str:
    return "".join([c for c in text if c.isalnum()])


def _is_common(name: str, words: frozenset[str]) -> bool:
    if len(name) < 5 or name in WORDS:
        return True
    parts = (part for word in words if name in word for part in word.split("-"))
    return sum(name in part and not part.startswith(name) for part in parts) >= COMMON


def skeleton(text: str) -> str:
    """What a name looks like at a glance: digits as letters, "rn" as "m", i as l (both sides are so folded,
    as UTS 39 compares skeletons)."""
    looks = fold(text).translate(_SAME)
    for pair, letter in _PAIRS:
        looks = looks.replace(pair, letter)
    return looks
