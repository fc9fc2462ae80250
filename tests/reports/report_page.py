"""A strict reader of the report's HTML for its tests: every tag closed in order, nothing guessed."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

VOID: Final = frozenset({"meta", "br", "hr", "img", "link", "input", "source"})
INLINE: Final = frozenset({"a", "abbr", "bdi", "code", "span", "strong", "tspan"})
HIDDEN: Final = frozenset({"style", "title", "desc"})


@dataclass
class Element:
    """One element with its attributes, its children and the text directly in it."""

    tag: str
    attributes: dict[str, str | None]
    parent: Element | None = None
    content: list[Element | str] = field(default_factory=list)

    @property
    def children(self) -> list[Element]:
        """The elements directly in this one."""
        return [part for part in self.content if isinstance(part, Element)]

    @property
    def texts(self) -> list[str]:
        """The text directly in this one."""
        return [part for part in self.content if isinstance(part, str)]

    def all(self, *tags: str) -> list[Element]:
        """The elements below this one in document order, of the given tags or of any."""
        found: list[Element] = []
        for child in self.children:
            if not tags or child.tag in tags:
                found.append(child)
            found += child.all(*tags)
        return found

    def one(self, ident: str) -> Element:
        """The element with an id."""
        (found,) = [element for element in self.all() if element.attributes.get("id") == ident]
        return found

    @property
    def text(self) -> str:
        """All text below, as it would be read."""
        return " ".join("".join(self._words()).split())

    def _words(self) -> list[str]:
        words: list[str] = []
        for part in self.content:
            if isinstance(part, str):
                words.append(part)
            elif part.tag not in HIDDEN:
                words += part._words() if part.tag in INLINE else [" ", *part._words(), " "]
        return words

    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Tags and names of attributes in document order: what a string from outside must never change."""
        return [(element.tag, tuple(sorted(element.attributes))) for element in self.all()]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("document", {})
        self.at = self.root
        self.declarations: list[str] = []

    def handle_decl(self, decl: str) -> None:
        self.declarations.append(decl)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice"
        element = Element(tag, dict(attrs), self.at)
        self.at.content.append(element)
        if tag not in VOID:
            self.at = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.at.content.append(Element(tag, dict(attrs), self.at))

    def handle_endtag(self, tag: str) -> None:
        assert self.at.tag == tag, f"</{tag}> closes <{self.at.tag}>"
        assert self.at.parent is not None
        self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        self.at.content.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"the page has a comment: {data}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"the page has an unknown declaration: {data}")


def read(html: str) -> Element:
    """The document of a page; fails where a tag is not closed in order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.declarations == ["doctype html"]
    assert reader.at is reader.root, f"<{reader.at.tag}> is never closed"
    return reader.root
