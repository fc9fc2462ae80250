"""The report's pages as a reader of print sees them: nothing beyond the margins, no heading left alone at the
foot of a page, every font inside the file, and nothing told by colour."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from benchmarks.evidence import SmallCase
from pypdf import PdfReader

from nospim.bundles.document import Block, Document, Grid, Heading, Paragraph, Words
from nospim.bundles.paper import paper
from nospim.ledger.signing import SigningKey

MARGIN = 62.3
"""2.2 cm in points, as the template has it."""
FOOT, HEAD = 768.0, 60.0
"""Between these, in points from the top, is the text; outside are the page's header and footer."""
BODY = 10.0
"""Size of body text in points; whatever is larger is a heading or the title."""


class Word(NamedTuple):
    """One word and its box, in points from the top left."""

    left: float
    top: float
    right: float
    bottom: float
    text: str


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The PDF of a small case, as the commands make it."""
    folder = tmp_path_factory.mktemp("printed")
    SmallCase(folder, SigningKey.generate()).bundle(folder / "bundle")
    return (folder / "bundle" / "data" / "report.pdf").read_bytes()


def pages_of(pdf: bytes, folder: Path) -> list[list[Word]]:
    """The words of each page with their boxes."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext (Debian: poppler-utils) is not installed")
    (folder / "report.pdf").write_bytes(pdf)
    done = subprocess.run(
        [program, "-bbox", "report.pdf", "-"], cwd=folder, capture_output=True, check=True, text=True
    )
    box = re.compile(
        r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>'
    )
    return [
        [
            Word(float(found[1]), float(found[2]), float(found[3]), float(found[4]), found[5])
            for found in box.finditer(page)
        ]
        for page in done.stdout.split("<page ")[1:]
    ]


def sizes(pdf: bytes) -> list[list[tuple[float, float, str]]]:
    """For each page its pieces of text: distance from the foot, size in points, words."""
    found = []
    for one in PdfReader(io.BytesIO(pdf)).pages:
        pieces: list[tuple[float, float, str]] = []

        def note(
            text: str,
            cm: list[float],
            tm: list[float],
            _font: object,
            size: float,
            to: list[tuple[float, float, str]] = pieces,
        ) -> None:
            if text.strip():
                to.append((cm[5] + tm[5] * cm[3], abs(size * tm[3] * cm[3]), text.strip()))

        one.extract_text(visitor_text=note)
        found.append(pieces)
    return found


def alone(pdf: bytes) -> list[str]:
    """Headings that are the last thing on their page."""
    found = []
    for pieces in sizes(pdf):
        body = [piece for piece in pieces if 842 - FOOT < piece[0] < 842 - HEAD]
        if body and (last := min(body))[1] > BODY + 0.5:
            found.append(last[2])
    return found


def test_nothing_is_set_beyond_the_margins(report: bytes, tmp_path: Path) -> None:
    pages = pages_of(report, tmp_path)

    outside = [
        word for page in pages for word in page if word.left < MARGIN - 1 or word.right > 595.3 - MARGIN + 1
    ]

    assert len(pages) > 5
    assert outside == []


def test_no_heading_is_the_last_line_of_a_page(report: bytes) -> None:
    headings = [text for page in sizes(report) for _, size, text in page if size > BODY + 0.5]

    assert any("Exhibits" in text for text in headings)
    assert alone(report) == []


@pytest.mark.parametrize("lines", [47, 50, 53])
def test_a_heading_near_the_foot_goes_over_with_its_table(lines: int) -> None:
    filler = tuple(Paragraph(parts=(Words(f"line {n}"),), style="note") for n in range(lines))
    grid = Grid(columns=("a", "b"), rows=(("1", "2"),) * 3, right=(True, True), wide=(1, 1))
    blocks: tuple[Block, ...] = (*filler, Heading(text="What follows"), grid)

    pdf, _ = paper(
        Document(title="T", subtitle="S", mark="M", about=(), blocks=blocks, bates="K", when=0), {}
    )

    assert alone(pdf) == []


def test_a_short_table_is_not_torn_in_two() -> None:
    filler = tuple(Paragraph(parts=(Words(f"line {n}"),), style="note") for n in range(38))
    grid = Grid(
        columns=("row", "b"), rows=tuple((f"r{n}", "2") for n in range(8)), right=(True, True), wide=(1, 1)
    )

    pdf, _ = paper(
        Document(title="T", subtitle="S", mark="M", about=(), blocks=(*filler, grid), bates="K", when=0), {}
    )
    first = [{text for _, _, text in page} & {f"r{n}" for n in range(8)} for page in sizes(pdf)]

    assert sorted(len(rows) for rows in first if rows) == [8]


def test_every_font_is_inside_the_file(report: bytes) -> None:
    fonts = {}
    for one in PdfReader(io.BytesIO(report)).pages:
        for name, font in one["/Resources"]["/Font"].items():  # type: ignore[index]
            inner = font["/DescendantFonts"][0].get_object()
            fonts[name, font["/BaseFont"]] = inner["/FontDescriptor"].get_object().keys()

    assert len(fonts) >= 3
    assert all({"/FontFile2", "/FontFile3"} & set(keys) for keys in fonts.values())


def test_it_needs_no_colour(report: bytes) -> None:
    colours = set()
    for one in PdfReader(io.BytesIO(report)).pages:
        content = one.get_contents()
        assert content is not None
        for operands, operator in content.operations:
            if operator in {b"rg", b"RG", b"sc", b"SC", b"scn", b"SCN"} and len(operands) >= 3:
                colours.add(tuple(round(float(value), 3) for value in operands[:3]))

    assert {colour for colour in colours if len(set(colour)) > 1} == set()
