"""What speaks for a page that steals passwords, in bits and plain sentences: `judge`.

Pure.  The weights are set by hand after what the literature calls typical of kits (Oest et al., "Inside a
phisher's mind", eCrime 2018; Bijmans et al., "Catching phishers by their bait", USENIX Security 2021), and
not learned: five public captures are no training set.  docs/explanation/capture.md says so, too.
"""

from __future__ import annotations

import re
from typing import Final

from nospim.capture.interface import Page, PageFinding, Visit
from nospim.capture.likeness import Marks, absolute, host, is_theirs, shows, wears, worded
from nospim.capture.page import domain_of
from nospim.links import key_of
from nospim.links.brands import Brand

MOST: Final = 12_000
"""Most thousandths of a bit that one page's findings come to, for and against: they share causes."""
BITS: Final[dict[str, int]] = {
    "asks_password": 1000, "posts_elsewhere": 2500, "posts_by_mail": 4000, "posts_openly": 1500,
    "read_by_script": 500, "several_providers": 4000, "rented_host": 2000, "copied": 2500,
    "split_forms": 1500, "own_page": -9000, "veiled": 2000, "no_right_click": 1000,
    "no_source_keys": 1500, "to_messenger": 4000,
    "to_form_mailer": 2000, "too_long": 1000, "cloaks": 3000, "bad_certificate": 1500, "download": 1000,
}  # fmt: skip
"""Thousandths of a bit by kind of finding; `likeness.BITS` has those about a brand, which count only beside a
password field."""
_HABITS: Final = {
    "veiled": "its source is hidden in escaped text that a script writes out",
    "no_right_click": "it keeps its reader from opening the context menu",
    "no_source_keys": "it watches for the keys that show a page's source",
    "to_messenger": "its source sends what is typed to a chat bot",
    "too_long": "its source is longer than pages are, so a part of it was not read",
    "to_form_mailer": "its source sends what is typed to a form-mail service",
}
_PROVIDERS: Final = re.compile(r"gmail|google|yahoo|hotmail|outlook|office ?365|aol|facebook|icloud", re.I)


def judge(page: Page, marks: Marks, logos: tuple[tuple[str, float], ...] = ()) -> tuple[PageFinding, ...]:
    """What speaks for and against a page, the strongest first.

    logos: that a browser looked for in it, and how surely it shows them.
    """
    found: list[PageFinding] = []
    entries = marks.brands.entries if marks.brands is not None else ()
    owner = next((brand for brand in entries if is_theirs(page.url, brand)), None)
    if page.asks_password:
        found += _password(page, owner)
        link = key_of(page.url)
        if link is None or not link.popular:  # a brand has more domains than anyone lists; they are popular
            for brand in entries:
                if not is_theirs(page.url, brand):
                    found += wears(page, brand) + worded(page, marks, brand)
                    found += shows(brand, logos)
        found += [_finding(name, _HABITS[name]) for name in page.habits if name != "too_long"]
    if "too_long" in page.habits:
        found.append(_finding("too_long", _HABITS["too_long"]))
    found += host(page, marks)
    if owner is not None and page.url.startswith("https:"):
        found.append(_finding("own_page", f"the page is on {owner.shown}'s own domain"))
    return tuple(sorted(found, key=lambda f: (-abs(f.millibits), f.kind, f.detail)))


def judge_visits(visits: tuple[Visit, ...]) -> tuple[PageFinding, ...]:
    """What the way there tells, and the differences between what desk and phone were shown."""
    found: list[PageFinding] = []
    refused = [hop.refused for visit in visits for hop in visit.hops if hop.refused is not None]
    if any(one.why == "tls" for one in refused):
        found.append(_finding("bad_certificate", "a server on the way has no certificate that holds"))
    if any(one.why in {"address", "name", "port"} for one in refused):
        detail = "the way leads to an address that is not the public Internet's"
        found.append(PageFinding("leads_inside", 1000, detail))
    downloads = sorted({visit.download for visit in visits if visit.download})
    if downloads:
        found.append(_finding("download", f"a file is offered instead of a page ({', '.join(downloads)})"))
    if len({_face(visit) for visit in visits}) > 1:
        told = "; ".join(f"{v.guise}: {_shown(v)}" for v in visits)
        found.append(_finding("cloaks", f"desk and phone are shown different things ({told})"))
    return tuple(found)


def total(findings: tuple[PageFinding, ...]) -> int:
    """The sum of findings in thousandths of a bit, each kind counted once, held to `MOST` either way."""
    best: dict[str, int] = {}
    for one in findings:
        if abs(one.millibits) > abs(best.get(one.kind, 0)):
            best[one.kind] = one.millibits
    return max(-MOST, min(MOST, sum(best.values())))


def _finding(kind: str, detail: str) -> PageFinding:
    return PageFinding(kind, BITS[kind], detail)


def _face(visit: Visit) -> tuple[str, bool, bool]:
    """What one guise was shown: whose page, does it ask for a password, was it refused."""
    refused = visit.refused
    page = visit.page
    return (
        domain_of(visit.hops[-1].url) if visit.hops else "",
        page is not None and page.asks_password,
        refused is not None or (bool(visit.hops) and visit.hops[-1].status >= 400),
    )


def _shown(visit: Visit) -> str:
    if visit.page is None:
        return visit.refused.why if visit.refused is not None else "no page"
    asks = "asks for a password" if visit.page.asks_password else "asks for none"
    return f"{domain_of(visit.page.url) or visit.page.url[:60]}, {asks}"


def _password(page: Page, owner: Brand | None) -> list[PageFinding]:
    found = [_finding("asks_password", "the page asks for a password")]
    forms = [form for form in page.forms if form.asks_password]
    for form in forms:
        if form.action.startswith("mailto:"):
            found.append(_finding("posts_by_mail", "the password is sent by e-mail"))
        elif form.elsewhere and not (owner is not None and domain_of(form.action) in owner.domains):
            detail = f"the password is sent to another domain, {domain_of(form.action)}"
            found.append(_finding("posts_elsewhere", detail))
        if form.action.startswith("http:"):
            found.append(_finding("posts_openly", "the password is sent unencrypted"))
        if not form.action:
            found.append(_finding("read_by_script", "only a script knows where the password goes"))
    named = {m.lower() for f in forms for name, _ in f.fields for m in _PROVIDERS.findall(name)}
    named |= {m.lower() for f in forms for m in _PROVIDERS.findall(f.action.rpartition("/")[2])}
    if len(named) >= 3:
        told = ", ".join(sorted(named))
        found.append(_finding("several_providers", f"it takes passwords of several providers ({told})"))
    found += _copy(page, [domain_of(form.action) for form in forms])
    link = key_of(page.url)
    if link is not None and (
        link.place == "publishing" or "dynamic_dns" in link.tricks or "ip_host" in link.tricks
    ):
        found.append(_finding("rented_host", "it asks for a password on a host where anyone may put a page"))
    return list(dict.fromkeys(found))


def _copy(page: Page, targets: list[str]) -> list[PageFinding]:
    """Marks of a page that was copied from somebody else's, whoever that is."""
    found: list[PageFinding] = []
    own = domain_of(page.url)
    origin = domain_of(absolute(page.saved_from)) if page.saved_from else ""
    if origin and origin != own:
        found.append(_finding("copied", f"its source says that it was saved from {origin}"))
    others = [domain_of(form.action) for form in page.forms if form.elsewhere and not form.asks_password]
    if others and own in targets:
        detail = f"it keeps the password for itself, while its other forms go to {others[0]}"
        found.append(_finding("split_forms", detail))
    return found
