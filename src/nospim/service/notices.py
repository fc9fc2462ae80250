"""What people are told: owners whose account was taken, and those who got a lure from it, in their language.

Every text says what happened, that it was not their doing, and what to do now.  None holds a link of its
own: a notice with a link is what thieves imitate.  What the operator sets (the service's name, where to
find help) is put in as it is.  The texts are in `data/notices.toml`.
"""

from __future__ import annotations

from importlib import resources
from typing import Final

import msgspec
from msgspec import Struct

from nospim.policy.live import RecoverySettings


class Notice(Struct, frozen=True, kw_only=True):
    """One notice: its subject and its text, in one language."""

    subject: str
    text: str


Words = dict[str, dict[str, dict[str, str]]]
"""By kind of action, language, and part: subject, text, on, help."""


def _shipped() -> Words:
    text = resources.files("nospim.service").joinpath("data", "notices.toml").read_text(encoding="utf-8")
    return msgspec.toml.decode(text, type=Words)


WORDS: Final = _shipped()
OWNER: Final = WORDS["notify_owner"]
LANGUAGES: Final = tuple(OWNER)


def notices(kind: str, account: str, settings: RecoverySettings) -> dict[str, Notice]:
    """The notice that an action of this kind carries, by language; empty for kinds that tell nobody.

    The first language is the policy's, where there is a text in it.
    """
    words = WORDS.get(kind)
    if words is None:
        return {}
    order = sorted(words, key=lambda language: language != settings.language)
    return {language: _notice(words[language], language, account, settings) for language in order}


def _notice(words: dict[str, str], language: str, account: str, settings: RecoverySettings) -> Notice:
    name = settings.service_name
    service = OWNER[language]["on"].replace("{name}", name) if name else ""

    def filled(text: str) -> str:
        return text.replace("{service}", service).replace("{account}", account)

    told = [filled(words["text"])]
    if settings.help:
        told.append(OWNER[language]["help"].replace("{help}", settings.help))
    return Notice(subject=filled(words["subject"]), text="\n\n".join(told))
