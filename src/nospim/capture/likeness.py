"""How much a page looks like one brand's own sign-in: title, headings, words, logo, look, parts, address.

Pure.  Each finding says one thing about one brand; `of_brand` sums them, each kind once, to a likeness from 0
to 1.  The weights are set by hand, as in `judge`, and measured by ``./dev bench brand``.
"""

from __future__ import annotations

import math
import re
from typing import Final

from msgspec import Struct

from nospim.capture.interface import Likeness, Page, PageFinding
from nospim.capture.logos import SHOWN
from nospim.capture.page import domain_of
from nospim.links import Brands, key_of, lookalike
from nospim.links.brands import SHORTEST, Brand, skeleton
from nospim.text import normalise

BITS: Final[dict[str, int]] = {
    "names_brand": 4000, "heads_brand": 3000, "mentions_brand": 1000, "mentions_own": 2000, "logo": 5000,
    "worded_alike": 4000, "borrows": 2500, "copied_brand": 1500, "leads_to_brand": 1500,
}  # fmt: skip
"""Thousandths of a bit by kind of finding about a brand; the host's strength has its own table."""
HOST_BITS: Final = {1: 1000, 2: 2500, 3: 5000}
"""For a host name that passes for a brand's, by `Lookalike.strength`."""
IMITATES: Final = 4000
"""Thousandths of a bit at which a likeness is one half: a title, or a heading and parts, or a logo."""
PASSES: Final = 0.5
"""Likeness from which a page passes for a brand's."""
ITSELF: Final = 3000
"""What a page loses whose title or headings name its own domain: it says who it is."""
SHINGLE: Final = 3
"""Words that make one piece of wording."""
WORDED: Final = 0.5
FEWEST: Final = 6
"""Share of the pieces of a brand's own page that another page repeats, and how many at least."""
_WORD: Final = re.compile(r"\w+")
_SIGNS: Final = re.compile(r"[\w$@]+")
"""Words whose letters may be signs that look like them."""
_LONGEST: Final = 4
"""Words that a brand's name is looked for across ("Example Bank of Ohio")."""
_BY: Final = frozenset(
    (
        "with", "via", "using", "through", "by", "mit", "über", "per", "avec", "con", "usando", "tramite",
        "com", "pelo", "przez", "med", "met", "через", "с", "使用", "用", "ile", "dengan", "qua", "باستخدام",
    )
)  # fmt: skip
"""Words before a name in buttons to sign in by somebody, in the languages of large services."""
_ARTICLE: Final = frozenset(("o", "a", "le", "la", "el", "il", "das", "die", "der"))


class Marks(Struct, frozen=True, kw_only=True):
    """What a service knows of its own looks and of its brands'.

    brands: names (links.Brands).  wordings: brand as written, and the pieces (`pieces`) of what its own
    sign-in says.  Logos are given to whoever draws the page (`logos.Logo`).
    """

    brands: Brands | None = None
    wordings: tuple[tuple[str, frozenset[str]], ...] = ()


def likeness(page: Page, marks: Marks, logos: tuple[tuple[str, float], ...] = ()) -> Likeness | None:
    """Whom a page that asks for a password passes for, the service itself before others; None for nobody.

    logos: that a browser looked for in it, and how surely it shows them.
    """
    if not page.asks_password or marks.brands is None:
        return None
    link = key_of(page.url)
    if link is None or link.popular or any(is_theirs(page.url, brand) for brand in marks.brands.entries):
        return None
    against = ITSELF if says_who_it_is(page, marks) else 0
    seen = []
    for brand in marks.brands.entries:
        found = about(page, marks, brand, logos)
        share = 1.0 / (1.0 + math.exp2(-(of_brand(found) - against - IMITATES) / 1000))
        seen += [Likeness(brand.shown, brand.own, round(share, 4))] if found else []
    return strongest(seen)


def strongest(seen: list[Likeness]) -> Likeness | None:
    """The likeness that counts: the service itself where a page passes for it, else the greatest."""
    return max(seen, key=lambda one: (one.own and one.share >= PASSES, one.share), default=None)


def of_brand(found: list[PageFinding]) -> int:
    """The sum of findings about one brand, each kind once, in thousandths of a bit."""
    best: dict[str, int] = {}
    for one in found:
        best[one.kind] = max(one.millibits, best.get(one.kind, 0))
    return sum(best.values())


def about(
    page: Page, marks: Marks, brand: Brand, logos: tuple[tuple[str, float], ...] = ()
) -> list[PageFinding]:
    """Everything by which a page passes for one brand's."""
    own = [*wears(page, brand), *shows(brand, logos), *worded(page, marks, brand)]
    return [*own, *host(page, marks, brand)]


def wears(page: Page, brand: Brand) -> list[PageFinding]:
    """A brand's name, parts and links on a page that is not the brand's."""
    found: list[PageFinding] = []
    whose = f"{brand.shown}, whose page it is not"
    if names(page.title, brand):
        found.append(_finding("names_brand", f"its title names {whose}", brand))
    if any(names(text, brand) for text in page.headings):
        found.append(_finding("heads_brand", f"its headings or labels name {whose}", brand))
    offered = sum(names(text, brand) for text in page.offers)
    if count(page.text, brand) > offered:
        bits = BITS["mentions_own" if brand.own else "mentions_brand"]
        found.append(PageFinding("mentions_brand", bits, f"its text names {whose}", brand.shown))
    if _meets(page.borrowed, brand):
        found.append(_finding("borrows", f"it loads pictures, styles or scripts of {whose}", brand))
    if page.saved_from and is_theirs(absolute(page.saved_from), brand):
        found.append(_finding("copied_brand", f"it was saved from a page of {whose}", brand))
    targets = tuple(domain_of(form.action) for form in page.forms if not form.asks_password)
    if _meets(page.leads_to + targets, brand):
        found.append(_finding("leads_to_brand", f"its other links and forms lead to {brand.shown}", brand))
    return found


def shows(brand: Brand, logos: tuple[tuple[str, float], ...]) -> list[PageFinding]:
    """The brand's logo on the drawn page."""
    if any(name == brand.shown and score >= SHOWN for name, score in logos):
        return [_finding("logo", f"it shows the logo of {brand.shown}, whose page it is not", brand)]
    return []


def host(page: Page, marks: Marks, brand: Brand | None = None) -> list[PageFinding]:
    """An address that passes for a brand's; with `brand`, for that one's."""
    link = key_of(page.url)
    if link is None or marks.brands is None:
        return []
    passes = lookalike(link, marks.brands)
    if passes is None or (brand is not None and passes.brand != brand.shown):
        return []
    how = passes.how.replace("_", " ")
    detail = f"its address passes for {passes.brand} ({how})"
    return [PageFinding("host", HOST_BITS[passes.strength], detail, passes.brand)]


def says_who_it_is(page: Page, marks: Marks) -> bool:
    """Whether title or headings name the page's own domain, and that name is no imitation."""
    domain = domain_of(page.url)
    label = "".join(c for c in domain.partition(".")[0] if c.isalnum())
    if len(label) < SHORTEST or host(page, marks):
        return False
    entries = marks.brands.entries if marks.brands is not None else ()
    if any(brand.name in label or label in brand.name for brand in entries):
        return False
    itself = Brand(domain, label, skeleton(label), (domain,), False, False)
    return any(names(text, itself) for text in (page.title, *page.headings))


def pieces(text: str) -> frozenset[str]:
    """The pieces of wording of a text: every `SHINGLE` words in a row."""
    words = [word.casefold() for word in _WORD.findall(text)]
    return frozenset(" ".join(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1))


def worded(page: Page, marks: Marks, brand: Brand) -> list[PageFinding]:
    """The wording of the brand's own sign-in, where it was given."""
    said = pieces(page.text)
    for name, own in marks.wordings:
        shared = len(own & said)
        if name == brand.shown and shared >= max(FEWEST, WORDED * len(own)):
            whose = f"{brand.shown}, whose page it is not"
            return [_finding("worded_alike", f"it repeats the words of the sign-in of {whose}", brand)]
    return []


def names(text: str, brand: Brand) -> bool:
    """Does a text name a brand, disguises undone and look-alike letters seen through?

    A name of fewer than four letters only as it is written.  "Sign in with X" names X's button, not X's page.
    """
    return count(text, brand) > 0


def count(text: str, brand: Brand) -> int:
    """How often a text names a brand."""
    plain = _WORD.findall(normalise(text).plain)
    looks = [skeleton(word) for word in _SIGNS.findall(text)] if len(brand.name) >= SHORTEST else []
    return max(_runs(plain, brand.name), _runs(looks, brand.looks))


def _runs(words: list[str], wanted: str) -> int:
    found = 0
    for start in range(len(words)):
        run = ""
        for word in words[start : start + _LONGEST]:
            run += word
            if run == wanted:
                found += not _by(words, start)
                break
            if not wanted.startswith(run):
                break
    return found


def _by(words: list[str], at: int) -> bool:
    """Whether a name stands behind a word of a button to sign in by ("with X", "mit X", "com o X")."""
    before = words[at - 1] if at else ""
    if before in _ARTICLE and at > 1:
        before = words[at - 2]
    return before in _BY


def is_theirs(url: str, brand: Brand) -> bool:
    """Whether an address is on one of the brand's own domains, as far as told."""
    link = key_of(url)
    if link is None or not brand.domains:
        return False
    return link.domain in brand.domains or any(link.host.endswith("." + d) for d in brand.domains)


def absolute(address: str) -> str:
    """An address as saved pages note it, with a scheme."""
    return address if "://" in address[:10] else f"http://{address}"


def _meets(domains: tuple[str, ...], brand: Brand) -> bool:
    return any(domain in brand.domains for domain in domains)


def _finding(kind: str, detail: str, brand: Brand) -> PageFinding:
    return PageFinding(kind, BITS[kind], detail, brand.shown)
