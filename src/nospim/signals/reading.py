"""The pure part of a message: what its text and links say, before any memory is asked.

It depends on nothing but the message and the fixed lists, so any number of workers may do it.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from nospim import links, text
from nospim.events import Ref, Reference
from nospim.links import Link, LinkLists
from nospim.text import WordingModel

MAX_NAMES: Final = 8
"""Recipients whose names are taken out of a wording, so that "hey Ann" and "hey Bob" are one."""


class Reading(Struct, frozen=True, kw_only=True, gc=False):
    """What was read in one message.

    words: words left after links, numbers and names are taken out.  template: 64-bit name of those words.
    signature, bands: MinHash for near-duplicates, empty for short texts.  model: thousandths of a bit
    from the wording model.  cues: (name, thousandths of a bit) of baits found.
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


NO_READING: Final = Reading()


def local_part(ident: str) -> str:
    """The name in an account id: before ``@`` in a JID, between ``@`` and ``:`` in a Matrix id."""
    if ident.startswith("@"):
        return ident[1:].partition(":")[0]
    return ident.partition("@")[0]


def names_of(to: tuple[Reference, ...]) -> tuple[str, ...]:
    """The recipients' names, as a personal lure would write them."""
    return tuple(local_part(r.id if isinstance(r, Ref) else r).casefold() for r in to[:MAX_NAMES])


class Reader:
    """Reads texts with one set of lists and one wording model, both fixed."""

    def __init__(self, lists: LinkLists, model: WordingModel) -> None:
        self._lists = lists
        self._model = model

    def read(self, words: str | None, to: tuple[Reference, ...]) -> Reading:
        """Read one text.  words: the text as received, or None; to: its recipients."""
        if not words:
            return NO_READING
        normal = text.normalise(words)
        wording = text.fingerprint(normal.plain, names_of(to))
        return Reading(
            links=links.find(words, self._lists),
            words=wording.words,
            template=wording.template,
            signature=wording.signature,
            bands=wording.bands,
            model=self._model.bits(normal.plain),
            cues=tuple((cue.name, cue.millibits) for cue in text.find_cues(normal.plain)),
            disguises=normal.disguises,
            disguised=normal.disguised,
        )

    def destination(self, url: str) -> Link | None:
        """Where a clicked address leads, None where it is no address."""
        return links.key_of(url, self._lists)
