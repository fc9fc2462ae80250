"""Links with a text of their own, which may lie about where they lead: Markdown "[text](address)", HTML."""

from __future__ import annotations

import html
import re
from typing import Final

from msgspec import Struct

_MARKDOWN: Final = re.compile(r"\[([^\[\]\n]{1,300})\]\(\s?<?([^\s()<>]{1,2048})")
_TAG: Final = re.compile(r"<a\s([^<>]{1,3000})>", re.IGNORECASE)
_HREF: Final = re.compile(
    r"""(?<![\w-])href\s{0,3}=\s{0,3}(?:"([^"]{1,2048})"|'([^']{1,2048})'|([^\s"'>]{1,2048}))""",
    re.IGNORECASE,
)
_ANY_TAG: Final = re.compile(r"<[^<>]{0,500}>")
_MAX_SHOWN: Final = 500
"""Characters of an anchor's text that are read; a longer one names no single address."""
_MAX_ANCHORS: Final = 32
"""Anchors read in one text, as many as links."""


class Anchor(Struct, frozen=True):
    """shown: what a reader sees.  target: where it leads."""

    shown: str
    target: str


def anchors(text: str) -> tuple[Anchor, ...]:
    """The anchors of a text, Markdown's first; none in most texts, which costs two searches."""
    found: list[Anchor] = []
    if "](" in text:
        found += [Anchor(m[1], m[2]) for m in _MARKDOWN.finditer(text)]
    if "<a" in text or "<A" in text:
        found += [a for m in _TAG.finditer(text) if (a := _html_anchor(text, m)) is not None]
    return tuple(found[:_MAX_ANCHORS])


def _html_anchor(text: str, tag: re.Match[str]) -> Anchor | None:
    href = _HREF.search(tag[1])
    if href is None:
        return None
    following = text[tag.end() : tag.end() + _MAX_SHOWN]
    shown = re.split(r"</a", following, maxsplit=1, flags=re.IGNORECASE)[0]
    target = href[1] or href[2] or href[3]
    return Anchor(html.unescape(_ANY_TAG.sub("", shown)).strip(), html.unescape(target))
