"""A whole capture: strip, walk in each guise, draw, judge, and (only if approved) give a decoy: `capture`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from nospim import __version__
from nospim.capture.decoy import fingerprint, form_for, mint, request_for
from nospim.capture.fetch import utc_now
from nospim.capture.interface import (
    GUISES,
    Capture,
    Decoy,
    Fetcher,
    Guise,
    Page,
    PageFinding,
    Rendered,
    Renderer,
    Request,
    Submission,
    Visit,
)
from nospim.capture.judge import judge, judge_visits, total
from nospim.capture.launch import ALONE
from nospim.capture.likeness import Marks, likeness, strongest
from nospim.capture.page import read_page
from nospim.capture.record import Recorder, Withheld
from nospim.capture.strip import stripped
from nospim.capture.visit import headers_of, walk


class DecoyPlan(Struct, frozen=True, kw_only=True):
    """That a decoy may be given to the page.  approved_by: the person who said so.  seed: chance for it.

    domain: of its account name, where accounts are named like mail addresses.
    """

    approved_by: str
    seed: bytes
    domain: str = ""


class Captured(Struct, frozen=True, kw_only=True):
    """A capture with all that is to be written: what the JSON says, the bytes, the drawing, the decoy."""

    capture: Capture
    recorder: Recorder
    rendered: Rendered | None
    decoy: Decoy | None


def capture(
    url: str,
    fetcher: Fetcher,
    renderer: Renderer | None,
    marks: Marks,
    *,
    withheld: Withheld | None = None,
    plan: DecoyPlan | None = None,
    guises: tuple[Guise, ...] = GUISES,
    exists: Callable[[str], bool] = lambda _: False,
    now: Callable[[], datetime] = utc_now,
) -> Captured:
    """Capture the page behind an address.

    fetcher: for this capture alone.  renderer: None draws nothing.  marks: what may be imitated.
    withheld: what must never be stored.  plan: None, the usual, gives no decoy.  guises: the first one is
    what the page is drawn in.  exists: is there an account of this name?
    Raises only for a missing package of the extra; refusals are values in the result.
    """
    begun = now()
    clean = stripped(url)
    recorder = Recorder(fetcher, withheld)
    visits = tuple(walk(Request(url=clean.url, headers=headers_of(g)), g, recorder).visit for g in guises)
    lacking: list[str] = []
    rendered = _drawn(visits[0], guises[0], recorder, renderer, lacking)
    pages = _pages(visits, rendered)
    logos = rendered.logos if rendered is not None else ()
    imitated = [seen for page in pages if (seen := likeness(page, marks, logos)) is not None]
    findings = (*_worst(pages, marks, logos), *judge_visits(visits))
    submission, decoy = _submitted(plan, pages, marks, guises[0], recorder, exists, now)
    made = Capture(
        nospim=__version__, at=begun, asked=clean.url, dropped=clean.dropped, visits=visits,
        rendered_url=rendered.url if rendered else "", browser=rendered.browser if rendered else "",
        walls=rendered.walls if rendered else (), blocked=rendered.blocked if rendered else (),
        findings=findings, millibits=total(findings),
        asks_password=any(page.asks_password for page in pages), likeness=strongest(imitated),
        submission=submission, withheld=recorder.met, files=(),
        lacking=tuple(lacking),
    )  # fmt: skip
    if recorder.met:
        made = _without_content(made)
        return Captured(capture=made, recorder=recorder, rendered=None, decoy=decoy)
    return Captured(capture=made, recorder=recorder, rendered=rendered, decoy=decoy)


def _drawn(
    visit: Visit, guise: Guise, recorder: Recorder, renderer: Renderer | None, lacking: list[str]
) -> Rendered | None:
    if recorder.met:
        return None
    if renderer is None:
        lacking.append("no browser: the page was not drawn, and what its scripts do is not known")
        return None
    if visit.page is None:
        lacking.append("there was no page to draw")
        return None
    drawn = renderer.render(visit.hops[-1].url, guise, recorder)
    if isinstance(drawn, str):
        lacking.append(drawn)
        return None
    if drawn.walls and ALONE not in drawn.walls:
        lacking.append("no network namespace: only the browser's own switches kept it from the network")
    return drawn


def _pages(visits: tuple[Visit, ...], rendered: Rendered | None) -> tuple[Page, ...]:
    pages = [visit.page for visit in visits if visit.page is not None]
    if rendered is not None:
        pages.append(read_page(rendered.html, rendered.url))
        pages.extend(read_page(source, where) for where, source in rendered.frames)
    return tuple(pages)


def _worst(
    pages: tuple[Page, ...], marks: Marks, logos: tuple[tuple[str, float], ...]
) -> tuple[PageFinding, ...]:
    """The findings of the page, drawn page or frame against which most speaks."""
    judged = [judge(page, marks, logos) for page in pages]
    return max(judged, key=total, default=())


def _submitted(
    plan: DecoyPlan | None,
    pages: tuple[Page, ...],
    marks: Marks,
    guise: Guise,
    recorder: Recorder,
    exists: Callable[[str], bool],
    now: Callable[[], datetime],
) -> tuple[Submission | None, Decoy | None]:
    if plan is None or recorder.met:
        return None, None
    entries = marks.brands.entries if marks.brands is not None else ()
    protected = [domain for brand in entries for domain in brand.domains]
    forms = [form_for(page, protected) for page in pages]
    form = next((one for one in forms if not isinstance(one, str)), None)
    if form is None:
        why = next((one for one in forms if isinstance(one, str)), "there was no page")
        return _nothing_given(plan, why), None
    decoy = mint(plan.seed, form.action, now(), exists, plan.domain)
    visit = walk(request_for(form, decoy, guise), guise, recorder, "submission").visit
    made = Submission(
        account=decoy.account, password_sha256=fingerprint(decoy.password), approved_by=plan.approved_by,
        target=form.action, visit=visit,
    )  # fmt: skip
    return made, decoy


def _nothing_given(plan: DecoyPlan, why: str) -> Submission:
    return Submission(
        account="", password_sha256="", approved_by=plan.approved_by, target="", visit=None, refused=why
    )


def _without_content(made: Capture) -> Capture:
    """The record without a word of any page."""
    given = made.submission
    if given is not None and given.visit is not None:
        given = replace(given, visit=replace(given.visit, page=None))
    visits = tuple(replace(visit, page=None) for visit in made.visits)
    return replace(
        made, findings=(), millibits=0, asks_password=False, likeness=None, visits=visits, submission=given
    )
