"""The report on paper: whatever strangers wrote is set as text, keeps the archive standard, and runs
nothing."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from nospim.bundles.document import Bar, Bars, Block, Branch, Bubble, Conversation, Document, Grid, Tree
from nospim.bundles.page import page
from nospim.bundles.paper import SPELLED, STANDARD, paper


def document(text: str) -> Document:
    bubble = Bubble(side="friend", name="P-00001", time="2026-03-02 12:00:00", text=text)
    blocks: tuple[Block, ...] = (
        Conversation(title=text[:20], bubbles=(bubble,)),
        Grid(columns=("a", text[:20]), rows=((text, "1"),), right=(False, True), wide=(3, 1), note=text),
        Tree(branches=(Branch(depth=0, text=text), Branch(depth=40, text=text))),
        Bars(bars=(Bar(label="2026-03-02", total=5, stopped=5), Bar(label="x", total=0, stopped=0)), most=5),
    )
    return Document(
        title="Pictures of you",
        subtitle="Case K-1",
        mark="made up",
        about=(("Root", "0" * 64),),
        blocks=blocks,
        bates="K-1",
        when=1_790_000_000,
    )


def words(pdf: bytes) -> str:
    text = " ".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(text.replace("\u200b", "").split())


@pytest.mark.parametrize(
    "text",
    [
        '#panic("run") $x$ *b* `c` <label> @ref \\ "q" // comment',
        '#read("/etc/passwd") #image("x.png") #import "@preview/cetz:0.3.4"',
        "= Heading\n- list\n+ more",
    ],
)
def test_what_looks_like_markup_is_text(text: str) -> None:
    pdf, standard = paper(document(text), {})

    assert standard == STANDARD
    assert " ".join(text.split())[:30] in words(pdf)


@pytest.mark.parametrize(
    ("text", "shown"), [("gift \U0001f381!", "gift [U+1F381]!"), ("a\u202eb\u0007", "[U+202E]")]
)
def test_letters_without_a_font_are_spelled_out(text: str, shown: str) -> None:
    pdf, standard = paper(document(text), {})

    assert standard == SPELLED
    assert shown in words(pdf)


def test_a_page_shows_markup_as_text_and_fetches_nothing() -> None:
    shown = page(document("<script>alert(1)</script><img src=http://x.example/>"), {}).decode()

    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert "default-src 'none'" in shown


@settings(max_examples=25)
@given(st.text(max_size=200))
def test_every_text_can_be_set(text: str) -> None:
    pdf, standard = paper(document(text), {})

    assert pdf.startswith(b"%PDF")
    assert standard in {STANDARD, SPELLED}
    assert page(document(text), {})


def test_a_table_of_many_rows_has_its_head_on_every_page() -> None:
    grid = Grid(
        columns=("number", "what"),
        rows=tuple((str(n), "x" * 200) for n in range(150)),
        right=(True, False),
        wide=(1, 4),
    )
    pdf, _ = paper(
        Document(title="T", subtitle="S", mark="M", about=(), blocks=(grid,), bates="K", when=0), {}
    )
    pages = PdfReader(io.BytesIO(pdf)).pages

    assert len(pages) > 3
    assert all("number" in one.extract_text() for one in pages)
