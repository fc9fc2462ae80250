"""Pseudonyms for people, and messages without other people's names.  Pure, but for the secret that is
passed in.

Everybody named in the rows gets a pseudonym in the order of appearance, so counts and links between
tables stay.  A commitment (HMAC-SHA-256 of the name under a secret that stays with the originals) lets a
court check, when the secret is opened, who was who.
"""

from __future__ import annotations

import hmac
import re
from typing import Final

MASK: Final = "[name]"
ADDRESS: Final = "[address]"
_ADDRESS: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_GREETED: Final = re.compile(
    r"(?i:\b(hi|hey|hello|dear|yo|hallo|hola|ciao|salut|bonjour))(,?\s+)([^\W\d_][\w'-]*)"
)
_LINK: Final = re.compile(r"(?i)\b(?:https?|ftp)://\S+|\bwww\.\S+")
_COMMON: Final = frozenset({"there", "you", "all", "everyone", "friend", "is", "look", "this", "guess", "my"})
"""Words that follow a greeting and are nobody's name."""
SHORTEST: Final = 3
"""Letters of a name that is searched for in words: two letters are in half of all words."""


class People:
    """Who is who: names to pseudonyms, or to themselves where nothing is redacted."""

    def __init__(self, secret: bytes, *, redact: bool = True) -> None:
        self.redact = redact
        self._secret = secret
        self._known: dict[str, str] = {}
        self._ids: dict[str, str] = {}

    def name(self, account: str) -> str:
        """What an account is called in the bundle; empty stays empty."""
        if not account or not self.redact:
            return account
        if account not in self._known:
            self._known[account] = f"P-{len(self._known) + 1:05d}"
        return self._known[account]

    def thing(self, name: str) -> str:
        """What a session or message is called in the bundle: services put people's names into such ids."""
        if not name or not self.redact:
            return name
        return self._ids.setdefault(name, f"T-{len(self._ids) + 1:05d}")

    def commitments(self) -> list[tuple[str, str]]:
        """Each pseudonym with the commitment to its name."""
        return [
            (pseudonym, hmac.digest(self._secret, account.encode(), "sha256").hex())
            for account, pseudonym in self._known.items()
        ]

    def opened(self) -> list[tuple[str, str]]:
        """Each pseudonym with its name, for the sealed originals."""
        return [(pseudonym, account) for account, pseudonym in self._known.items()]


def without_names(text: str, accounts: tuple[str, ...]) -> tuple[str, int]:
    """A message without addresses and the names of these accounts; and how many were masked.

    Links stay as they are.  A name is the part of an address before its ``@`` or ``:``, as a word of its own,
    and whoever is greeted.
    """
    parts, at, count = [], 0, 0
    for link in _LINK.finditer(text):
        cleaned, masked = _clean(text[at : link.start()], accounts)
        parts += [cleaned, link[0]]
        at, count = link.end(), count + masked
    cleaned, masked = _clean(text[at:], accounts)
    return "".join([*parts, cleaned]), count + masked


def _clean(text: str, accounts: tuple[str, ...]) -> tuple[str, int]:
    count = 0

    def mask(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return ADDRESS if "@" in found[0] else MASK

    def greeted(found: re.Match[str]) -> str:
        nonlocal count
        if found[3].lower() in _COMMON:
            return found[0]
        count += 1
        return found[1] + found[2] + MASK

    text = _ADDRESS.sub(mask, text)
    for account in accounts:
        local = re.split(r"[@:]", account.lstrip("@"))[0]
        if len(local) >= SHORTEST:
            text = re.sub(rf"(?i)(?<!\w){re.escape(local)}(?!\w)", mask, text)
    return _GREETED.sub(greeted, text), count


def defanged(text: str) -> str:
    """Text whose links cannot be clicked: hxxp, and dots in brackets."""

    def change(found: re.Match[str]) -> str:
        link = re.sub(r"(?i)^http", "hxxp", found[0])
        return link.replace(".", "[.]")

    return _LINK.sub(change, text)
