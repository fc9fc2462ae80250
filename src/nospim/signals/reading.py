"""The pure part of a message: what its text and links say, before any memory is asked.

It depends on nothing but the message and the fixed lists, so any number of workers may do it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from nospim import links, text
from nospim.events import Reference
from nospim.links import Brands, Link, LinkLists, Lookalike, lookalike
from nospim.text import WordingModel

BROKEN_OFF: Final = re.compile(
    r"\s*(?:\.[a-z]{2,24}(?:/\S*)?|[a-z0-9-]+(?:\.[a-z0-9-]+)*/\S*\d\S*|https?:/{0,2})\s*", re.I
)
"""A whole text that begins where an address goes on, or ends where one begins: nobody talks like that."""
MAX_NAMES: Final = 8
"""Recipients whose names are taken out of a wording, so that "hey Ann" and "hey Bob" are one."""
PIECE: Final = re.compile(r"[^\W\d_]{2,}")
REMEMBERED: Final = 8192
"""Texts whose reading is kept, at about 1.5 kB each."""
LONGEST: Final = 400
"""Longest text in characters whose reading is kept: people repeat greetings, not essays."""


class Reading(Struct, frozen=True, kw_only=True, gc=False):
    """What was read in one message.

    words: words left after links, numbers and names are taken out.  template: 64-bit name of those words.
    signature, bands: MinHash for near-duplicates, empty for short texts.  model: thousandths of a bit
    from the wording model.  cues: (name, thousandths of a bit) of baits found.  lookalikes: of the names
    that the operator protects.  piece: the text is one end of an address whose rest came or comes apart.
    """

    links: tuple[Link, ...] = ()
    words: int = 0
    template: int = 0
    signature: tuple[int, ...] = ()
    bands: tuple[int, ...] = ()
    model: int = 0
    cues: tuple[tuple[str, int], ...] = ()
    disguises: tuple[str, ...] = ()
    disguised: int = 0
    lookalikes: tuple[Lookalike, ...] = ()
    piece: bool = False


NO_READING: Final = Reading()


def passes_for(reading: Reading, own: Brands | None) -> Reading:
    """The reading, with its links that pass for the names `own` where it had none of an operator's choice."""
    if own is None or reading.lookalikes or not reading.links:
        return reading
    found = _imitations(reading.links, own)
    return replace(reading, lookalikes=found) if found else reading


def local_part(ident: str) -> str:
    """The name in an account id: before ``@`` in a JID, between ``@`` and ``:`` in a Matrix id."""
    if ident.startswith("@"):
        return ident[1:].partition(":")[0]
    return ident.partition("@")[0]


def domain_part(ident: str) -> str:
    """The domain in an id: behind ``@`` in a JID (RFC 7622), behind ``:`` in a Matrix id; or empty."""
    domain = ident.partition(":")[2] if ident.startswith("@") else ident.rpartition("@")[2]
    return domain.partition("/")[0].partition(":")[0] if "@" in ident else ""


def names_of(to: tuple[Reference, ...]) -> tuple[str, ...]:
    """The recipients' names, as a personal lure would write them."""
    return tuple([local_part(r if isinstance(r, str) else r.id).casefold() for r in to[:MAX_NAMES]])


@lru_cache(maxsize=REMEMBERED)
def pieces(name: str) -> tuple[str, ...]:
    """The words in a local part: "ann.lee" may be greeted as Ann."""
    return tuple(PIECE.findall(name))


class Reader:
    """Reads texts with one set of lists, one wording model and the names to protect, all fixed.

    People repeat themselves: the last `REMEMBERED` texts are not read again, which changes no result.
    """

    def __init__(self, lists: LinkLists, model: WordingModel, brands: Brands | None = None) -> None:
        self._lists = lists
        self._brands = brands
        self._model = model
        self._read = lru_cache(maxsize=REMEMBERED)(self._read_alone)

    def read(self, said: str | None, names: tuple[str, ...] = ()) -> Reading:
        """Read one text.  said: the text as received, or None; names: its recipients', see `names_of`."""
        if not said:
            return NO_READING
        known = self._read if len(said) <= LONGEST else self._read_alone
        reading, plain, words = known(said)
        if any(piece in plain for name in names for piece in pieces(name)):
            wording = text.fingerprint(plain, names, words)
            return replace(
                reading,
                words=wording.words,
                template=wording.template,
                signature=wording.signature,
                bands=wording.bands,
            )
        return reading

    def _read_alone(self, said: str) -> tuple[Reading, str, list[str]]:
        normal = text.normalise(said)
        plain = normal.plain
        words = text.words_of(plain)
        wording = text.fingerprint(plain, (), words)
        found = links.find(said, self._lists)
        reading = Reading(
            links=found,
            words=wording.words,
            template=wording.template,
            signature=wording.signature,
            bands=wording.bands,
            model=self._model.bits(plain, words),
            cues=tuple([(cue.name, cue.millibits) for cue in text.find_cues(plain, words)]),
            disguises=normal.disguises,
            disguised=normal.disguised,
            piece=not found and len(said) < LONGEST and BROKEN_OFF.fullmatch(said) is not None,
            lookalikes=_imitations(found, self._brands) if found and self._brands is not None else (),
        )
        return reading, plain, words

    def destination(self, url: str) -> Link | None:
        """Where a clicked address leads, None where it is no address."""
        return links.key_of(url, self._lists)


def _imitations(found: tuple[Link, ...], brands: Brands) -> tuple[Lookalike, ...]:
    return tuple([seen for link in found if (seen := lookalike(link, brands)) is not None])
