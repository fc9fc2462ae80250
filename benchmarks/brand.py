"""Does a capture know the service's own sign-in again, and leave other people's alone?  All of it is made up.

Brands are made up, with a sign-in page each; pages that imitate them in seven ways are captured as from a
stranger's address, and honest pages of other brands from their own.  A page counts as found when its likeness
to the service is at least one half.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

from msgspec import Struct
from msgspec.structs import replace
from rich.console import Console

from benchmarks import pages
from benchmarks.crew import hands, share
from benchmarks.show import plain_table
from benchmarks.sign_ins.brands import Brand, logo, make_brands
from benchmarks.sign_ins.variants import DRAWN, HARD, OTHERS_OWN, READ, Own, Site, own_of
from nospim.capture import Marks
from nospim.capture.chromium import Chromium
from nospim.capture.interface import DESKTOP, Exchange, Page, Rendered, Request
from nospim.capture.launch import find_browser
from nospim.capture.likeness import PASSES, likeness, pieces, strongest
from nospim.capture.logos import Logo
from nospim.capture.page import read_page
from nospim.links import Brands
from nospim.quality.intervals import wilson

ROOT: Final = Path(__file__).resolve().parent.parent
WHEN: Final = datetime(2026, 1, 12, tzinfo=UTC)
ELSEWHERE: Final = replace(DESKTOP, width=1366, height=768)
"""The window in which a thief makes his picture of the page; ours is another one."""
COLUMNS: Final = ("pages", "kind", "by name alone", "with logo and own page")
KNOWLEDGE: Final = ("name", "all")


class LocalSite:
    """A fetcher that has a site in memory, and nothing else: it connects to nothing."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def fetch(self, request: Request) -> Exchange:
        """The file, or a 404."""
        base = self._site.url
        inside = request.url.removeprefix(base) if request.url.startswith(base) else ""
        rooted = "/" + request.url.partition("://")[2].partition("/")[2]
        found = self._site.files.get(inside if request.url.startswith(base) else rooted)
        kind, body = found or ("text/plain", b"")
        return Exchange(
            url=request.url,
            at=WHEN,
            method="GET",
            address="192.0.2.1",
            port=443,
            status=200 if found else 404,
            headers=(("content-type", kind),),
            raw_request=b"",
            raw_answer=b"",
            body=body,
            cut="",
            tls=None,
            seconds=0.0,
        )


class Tried(Struct, frozen=True):
    """One page: of what kind, an imitation or honest, and the likeness found with each kind of knowledge.

    logo: how surely it shows the brand's logo.
    """

    kind: str
    bad: bool
    shares: tuple[float, ...]
    logo: float


class Job(Struct, frozen=True):
    """One brand's pages.  drawn: in a browser, too."""

    number: int
    brand: Brand
    others: tuple[Brand, ...]
    drawn: bool


def tried(job: Job) -> list[Tried]:
    """Every page about one brand."""
    own = own_of(job.brand, logo(job.brand))
    path = find_browser() if job.drawn else ""
    home = Site(f"https://{job.brand.domain}/", {"": ("text/html", own.html.encode()), "logo.svg": _svg(own)})
    if not path:
        return [_tried(kind, bad, site, own, None) for kind, bad, site in _sites(job, own, drawn=False)]
    marks = (Logo(job.brand.domain, "image/svg+xml", own.logo),)
    chromium = Chromium(path, marks)
    (theirs,) = list(chromium.gallery([(home.url, ELSEWHERE, LocalSite(home))]))
    assert isinstance(theirs, Rendered), theirs
    sites = list(_sites(job, replace(own, picture=theirs.shot), drawn=True))
    drawings = iter(chromium.gallery([(s.url, DESKTOP, LocalSite(s)) for k, _, s in sites if k not in READ]))
    return [
        _tried(kind, bad, site, own, None if kind in READ else next(drawings)) for kind, bad, site in sites
    ]


def _svg(own: Own) -> tuple[str, bytes]:
    return "image/svg+xml", own.logo


def _sites(job: Job, own: Own, *, drawn: bool) -> Iterator[tuple[str, bool, Site]]:
    for kind, imitate in (READ | DRAWN if drawn else READ).items():
        yield kind, True, imitate(own, Random(f"{job.number}/{kind}"))
    for place, (kind, honest) in enumerate((OTHERS_OWN | HARD).items()):
        other = job.others[place % len(job.others)]
        yield kind, False, honest(own, other, logo(other), Random(f"{job.number}/{kind}"))


def _tried(kind: str, bad: bool, site: Site, own: Own, drawing: Rendered | str | None) -> Tried:
    """The likeness of one page, read and, where a browser drew it, drawn."""
    assert not isinstance(drawing, str), drawing
    read = [read_page(site.files[""][1].decode(), site.url)]
    logos: tuple[tuple[str, float], ...] = ()
    if drawing is not None:
        read.append(read_page(drawing.html, drawing.url))
        logos = drawing.logos
    named = Brands.of((), (own.brand.domain,))
    words = pieces(read_page(own.html, "https://x.invalid/").text)
    full = Marks(brands=named, wordings=((own.brand.domain, words),))
    shares = (_share(read, Marks(brands=named), ()), _share(read, full, logos))
    return Tried(kind, bad, shares, max((score for _, score in logos), default=0.0))


def _share(read: Sequence[Page], marks: Marks, logos: tuple[tuple[str, float], ...]) -> float:
    seen = strongest([s for page in read if (s := likeness(page, marks, logos)) is not None])
    return seen.share if seen is not None else 0.0


def table(done: Sequence[Tried]) -> list[tuple[str, ...]]:
    """The lines: imitations found by kind and in all, then honest pages that were taken for one."""
    lines = []
    for bad, what in ((True, "imitations found"), (False, "honest pages taken for one")):
        ours = [one for one in done if one.bad is bad and one.kind not in HARD]
        for kind in dict.fromkeys(one.kind for one in ours):
            lines.append(_line(what, kind, [one for one in ours if one.kind == kind]))
        lines.append(_line(what, "all", ours))
    for kind in HARD:
        lines.append(_line("honest, and hard", kind, [one for one in done if one.kind == kind]))
    return lines


def _line(what: str, kind: str, ours: Sequence[Tried]) -> tuple[str, ...]:
    cells = []
    for place in range(len(KNOWLEDGE)):
        seen = sum(one.shares[place] >= PASSES for one in ours)
        sure = wilson(seen, len(ours))
        rate = f"{100 * seen / max(1, len(ours)):.1f}% ({100 * sure.low:.1f}%-{100 * sure.high:.1f}%)"
        cells.append(f"{seen:,} of {len(ours):,}, {rate}")
    return (what, kind, *cells)


def main(
    *,
    brands: int = 200,
    drawn: int = 16,
    seed: int = 9,
    workers: int | None = None,
    why: bool = False,
    write: bool = False,
) -> None:
    """Measure whether pages that imitate the service's own sign-in are known (all pages are made up).

    Parameters
    ----------
    brands
        Made-up brands.
    drawn
        Of those, how many whose honest pages, and those that only a browser sees, are drawn as well; a page
        takes some seconds.
    seed
        Seed of the brands.
    workers
        Processes; without it as many as there are processors.
    why
        Name the pages that were missed or wrongly taken.
    write
        Write the table into docs/explanation/capture.md.
    """
    say = Console(stderr=True)
    made = make_brands(brands, seed)
    if drawn and not find_browser():
        say.print("no Chromium is installed: nothing is drawn", highlight=False)
    jobs = [
        Job(n, brand, tuple(made[(n + k + 1) % brands] for k in range(5)), drawn=n < drawn)
        for n, brand in enumerate(made)
    ]
    done = []
    for job, results in zip(jobs, share(tried, jobs, workers or hands()), strict=True):
        done += results
        for one in results if why else ():
            if any((share_ >= PASSES) is not one.bad for share_ in one.shares):
                say.print(
                    f"{job.brand.domain} ({job.brand.build}): {one.kind} {one.shares}, logo {one.logo}",
                    highlight=False,
                )
    lines = table(done)
    shown = plain_table("The service's own sign-in (synthetic; 95 % Wilson)", *COLUMNS)
    for line in lines:
        shown.add_row(*line)
    Console(width=None if Console().is_terminal else 150).print(shown)
    if write:
        path = pages.write("capture.md", "brand", pages.markdown(COLUMNS, lines))
        say.print(f"wrote {path.relative_to(ROOT)}", highlight=False)
