"""Everybody whom no report may name, made ready to be looked for: in addresses, and in finished bytes.

A campaign may have a million recipients, so nothing here goes through the names one by one: pieces of the
text are looked up among them.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final
from urllib.parse import unquote

from nospim.sharing import bare
from nospim.sharing.choose import local

SHORT: Final = 4
"""A name before the @, or without one, that is shorter than this is part of too many words to be sought."""
MOST_LAYERS: Final = 5
"""Times that percent-encoding is undone; redirectors put it on once for each of them."""
_PIECES: Final = tuple(re.compile(rf"[A-Za-z0-9{more}]{{6,}}") for more in ("+_=-", "+="))
"""What could be Base64 or hex of a name of four letters, with and without what joins words in addresses."""
_WORD: Final = re.compile(r"[\w.-]+")


class People:
    """The people by their ids."""

    def __init__(self, names: Iterable[str]) -> None:
        whole = {bare(name) for name in names} - {""}
        self._parts: Final = frozenset(whole | {part for name in whole if len(part := local(name)) >= SHORT})
        self._lengths: Final = sorted({len(part) for part in self._parts})
        self._ids: Final = frozenset(name for name in whole if "@" in name)
        self._shapes: Final = sorted({(name.index("@"), len(name)) for name in self._ids})
        others = {name for name in whole - self._ids if len(name) >= SHORT}
        self._words: Final = frozenset(name for name in others if _WORD.fullmatch(name))
        self._odd: Final = sorted(others - self._words)

    def named_in(self, address: str) -> bool:
        """Whether a part of an address holds an id, or an id's part before its server, plain or encoded."""
        text = plain(address)
        pieces = {piece for pattern in _PIECES for piece in pattern.findall(text)}
        return any(self._holds(one.lower()) for one in (text, *(t for p in pieces for t in _decoded(p))))

    def met(self, content: bytes) -> list[str]:
        """The ids that stand in finished bytes, as they are or as an address spells them; sorted.

        An id without a server is met as a word of its own, of at least four letters.
        """
        text = plain(content.decode("utf-8", "replace")).lower()
        found = set()
        for at in (match.start() for match in re.finditer("@", text)):
            for before, length in self._shapes:
                piece = text[max(0, at - before) : at - before + length]
                if piece in self._ids:
                    found.add(piece)
        if self._words:
            found.update(self._words.intersection(_WORD.findall(text)))
        found.update(name for name in self._odd if name in text)
        return sorted(found)

    def _holds(self, text: str) -> bool:
        for length in self._lengths:
            for start in range(len(text) - length + 1):
                if text[start : start + length] in self._parts:
                    return True
        return False


def plain(text: str) -> str:
    """A text without percent-encoding, however often it was put on."""
    for _ in range(MOST_LAYERS):
        if (undone := unquote(text)) == text:
            break
        text = undone
    return text


def _decoded(piece: str) -> Iterator[str]:
    """What a piece of an address says in Base64 or hex, where it says something."""
    padded = piece.rstrip("=").replace("-", "+").replace("_", "/")
    with suppress(binascii.Error, ValueError):
        yield base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True).decode("utf-8")
    with suppress(ValueError):
        yield bytes.fromhex(piece).decode("utf-8")
