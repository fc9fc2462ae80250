"""HTML into a tree as browsers build it (Lexbor, through selectolax), imported late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nospim.capture.limits import MAX_HTML, MAX_TAGS
from nospim.errors import NospimError

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

EXTRA: Final = "pages are captured with the extra `capture`: pip install 'nospim[capture]'"


class ExtraMissingError(NospimError):
    """A package of the extra `capture` is not installed."""


def parsed(text: str) -> LexborHTMLParser:
    """The tree of a page; any text has one.  Raises ExtraMissingError without selectolax."""
    try:
        from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415 - only captures need it
    except ImportError:
        raise ExtraMissingError(f"selectolax is not installed; {EXTRA}") from None
    return LexborHTMLParser(within(text)[0].encode("utf-8", "replace").decode("utf-8"))


def within(text: str, tags: int = MAX_TAGS) -> tuple[str, bool]:
    """A page cut at `MAX_HTML` characters and so many tags, and whether anything was cut off."""
    cut = text[:MAX_HTML]
    if cut.count("<") > tags:
        cut = "<".join(cut.split("<", tags + 1)[: tags + 1])
    return cut, len(cut) < len(text)
