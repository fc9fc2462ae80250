"""A report as a list of blocks, which the page and the paper are both made from, so that they say the same.

Pure shapes.  Text in a block is text: whoever sets it never reads it as markup.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field


class Words(Struct, frozen=True, tag="words"):
    """Plain text."""

    text: str


class Number(Struct, frozen=True, tag="number"):
    """A figure in a sentence: its key, its value, how it is shown, and its number in the list of figures."""

    key: str
    value: str
    shown: str
    ref: str


Part = Words | Number


class Heading(Struct, frozen=True, kw_only=True, tag="heading"):
    """A heading; level: 1 to 3."""

    text: str
    level: int = 1


class Paragraph(Struct, frozen=True, kw_only=True, tag="paragraph"):
    """A paragraph; style: plain, or a note in smaller type."""

    parts: tuple[Part, ...]
    style: Literal["plain", "note"] = "plain"


class Grid(Struct, frozen=True, kw_only=True, tag="grid"):
    """A table.  right: for each column whether it holds numbers.  wide: widths in parts of the line."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[bool, ...]
    wide: tuple[int, ...]
    note: str = ""


class Bubble(Struct, frozen=True, kw_only=True):
    """One message of a conversation.  side: who wrote it; withheld: why its words are not shown."""

    side: Literal["friend", "recipient"]
    name: str
    time: str
    text: str
    withheld: str = ""
    stopped: str = ""


class Conversation(Struct, frozen=True, kw_only=True, tag="conversation"):
    """Messages as the recipient saw them."""

    title: str
    bubbles: tuple[Bubble, ...]


class Branch(Struct, frozen=True, kw_only=True):
    """A line of a tree, so many steps from its root."""

    depth: int
    text: str


class Tree(Struct, frozen=True, kw_only=True, tag="tree"):
    """Who was taken over through whom."""

    branches: tuple[Branch, ...]
    note: str = ""


class Bar(Struct, frozen=True, kw_only=True):
    """A day's messages: in all, and how many of them were stopped."""

    label: str
    total: int
    stopped: int


class Bars(Struct, frozen=True, kw_only=True, tag="bars"):
    """A time-line, readable in grey: stopped is dark, delivered is light."""

    bars: tuple[Bar, ...]
    most: int


class Picture(Struct, frozen=True, kw_only=True, tag="picture"):
    """A picture of the bundle; path: inside the payload; alt: what it shows."""

    path: str
    alt: str


class ExhibitStart(Struct, frozen=True, kw_only=True, tag="exhibit"):
    """An exhibit begins, on a page of its own."""

    number: str
    title: str
    shows: str


Block = Heading | Paragraph | Grid | Conversation | Tree | Bars | Picture | ExhibitStart


class Document(Struct, frozen=True, kw_only=True):
    """A whole report.

    about: lines under the title, name and value.  when: seconds since the epoch, of the last head.
    """

    title: str
    subtitle: str
    mark: str
    about: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    bates: str
    when: int


class Redaction(Struct, frozen=True, kw_only=True):
    """Something withheld in an exhibit.

    what: names, or words.  reason: why.  record: of the ledger, whose leaf stands for the original;
    shown: SHA-256 of what is shown instead.
    """

    exhibit: str
    record: int
    what: Literal["names", "words", "address"]
    count: int
    reason: str
    leaf: str
    shown: str


class Exhibit(Struct, frozen=True, kw_only=True):
    """One numbered piece of evidence.

    steps: the steps of the scheme that it shows.  records: of the ledger.  content: name and bytes of
    its files.
    """

    number: str
    title: str
    shows: str
    steps: tuple[str, ...]
    records: tuple[int, ...]
    blocks: tuple[Block, ...]
    content: tuple[tuple[str, bytes], ...]
    redactions: tuple[Redaction, ...] = field(default=())
