"""Pages that imitate one brand's sign-in, and honest pages of others that could be taken for such."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from benchmarks.sign_ins.brands import BUILDS, Brand
from benchmarks.sign_ins.build import Face, own_face, page
from benchmarks.sign_ins.words import ENGLISH, OTHERS, Words

SVG: Final = "image/svg+xml"
HTML: Final = "text/html; charset=utf-8"
_THEFT: Final = ("photo", "portal", "gift", "verify", "moments", "album", "secure", "video")
_LOOKS: Final = {"a": "а", "e": "е", "i": "і", "o": "о", "c": "с", "s": "ѕ", "p": "р", "x": "х", "y": "у"}


class Site(Struct, frozen=True):
    """Some files under one address; `url` is the page."""

    url: str
    files: dict[str, tuple[str, bytes]]


class Own(Struct, frozen=True):
    """What an imitator has before him: the brand, its words, page and logo, and a picture of the page."""

    brand: Brand
    words: Words
    html: str
    logo: bytes
    picture: bytes = b""


def own_of(brand: Brand, logo: bytes) -> Own:
    """The brand's own sign-in, in English."""
    words = ENGLISH[len(brand.name) % len(ENGLISH)]
    return Own(brand, words, page(own_face(brand, words)), logo)


def thiefs_url(rng: Random) -> str:
    """An address that tells nothing of whom its page imitates."""
    host = f"{rng.choice(_THEFT)}-{rng.getrandbits(28):07x}.{rng.choice(('top', 'xyz', 'example', 'site'))}"
    return f"https://{host}/{rng.choice(_THEFT)}/"


def _site(url: str, html: str, own: Own | None = None, **more: tuple[str, bytes]) -> Site:
    files = {"": (HTML, html.encode()), **more}
    if own is not None:
        files["logo.svg"] = (SVG, own.logo)
    return Site(url, files)


def clone(own: Own, rng: Random) -> Site:
    """The page as it is, its form turned elsewhere, its parts copied or taken from the brand's own server."""
    there = "logo.svg" if rng.random() < 0.5 else f"https://{own.brand.domain}/logo.svg"
    html = own.html.replace("/session", "take.php").replace('"/logo.svg"', f'"{there}"')
    return _site(thiefs_url(rng), html, own)


def restyled(own: Own, rng: Random) -> Site:
    """Another build, other colours and other words, under the brand's name."""
    words = rng.choice([w for w in ENGLISH if w is not own.words])
    face = replace(
        own_face(own.brand, words),
        build=rng.choice([b for b in BUILDS if b != own.brand.build]),
        colour=f"#{rng.getrandbits(24):06x}",
        logo="",
        extra="",
        target="go.php",
    )
    return _site(thiefs_url(rng), page(face))


def translated(own: Own, rng: Random) -> Site:
    """The brand's looks in another language."""
    words = OTHERS[rng.choice(list(OTHERS))]
    face = replace(own_face(own.brand, words), logo="logo.svg", extra="", target="go.php")
    return _site(thiefs_url(rng), page(face), own)


def disguised(own: Own, rng: Random) -> Site:
    """The brand's name in look-alike or invisible letters, everywhere."""
    name = own.brand.shown
    way = rng.randrange(3)
    if way == 0:
        masked = "".join(_LOOKS.get(c, c) for c in name)
    elif way == 1:
        masked = "\u200b".join(name)
    else:
        masked = name.translate(str.maketrans("aeiost", "4310$7"))
    face = replace(own_face(own.brand, own.words), name=masked, logo="", extra="", target="go.php")
    return _site(thiefs_url(rng), page(face))


def scripted(own: Own, rng: Random) -> Site:
    """The clone, written by a script from escaped text, under an empty title."""
    html = own.html.replace("/session", "take.php")
    inside = f"<script>document.write(unescape('{quote(html)}'))</script>"
    return _site(thiefs_url(rng), f"<!doctype html><title></title>{inside}", own)


def logo_only(own: Own, rng: Random) -> Site:
    """The brand's name nowhere but in its logo, which is a picture."""
    face = replace(
        own_face(own.brand, own.words), name="", logo="i/7.svg", extra="", target="go.php", title="Sign in"
    )
    html = page(face).replace(' alt=""', "")
    return _site(thiefs_url(rng), html, None, **{"i/7.svg": (SVG, own.logo)})


def image_only(own: Own, rng: Random) -> Site:
    """A picture of the page, with two fields laid over it."""
    shown = rng.choice((1280, 1280, 1200, 1366))
    html = (
        f"<!doctype html><title>{rng.choice(('', 'Sign in', 'Photos'))}</title><style>body{{margin:0;"
        f"background:#fff url(bg.png) no-repeat;background-size:{shown}px auto;height:800px}}"
        "input{position:absolute;left:480px;width:300px;opacity:.4}</style>"
        '<form method="post" action="go.php"><input name="a" style="top:300px">'
        '<input name="b" type="password" style="top:370px"></form>'
    )
    return _site(thiefs_url(rng), html, None, **{"bg.png": ("image/png", own.picture)})


READ: Final[dict[str, Callable[[Own, Random], Site]]] = {
    "clone": clone,
    "restyled": restyled,
    "translated": translated,
    "disguised": disguised,
    "scripted": scripted,
}
"""Imitations that their source gives away."""
DRAWN: Final[dict[str, Callable[[Own, Random], Site]]] = {"logo only": logo_only, "picture only": image_only}
"""Imitations that only a browser sees."""


def _honest(other: Brand, rng: Random, **more: str) -> tuple[str, Face]:
    words = rng.choice([*ENGLISH, *OTHERS.values()])
    face = own_face(other, words)
    return f"https://{other.domain}/login", replace(face, extra=face.extra + more.pop("extra", ""), **more)


def _of(logo: bytes, url: str, face: Face) -> Site:
    return Site(url, {"": (HTML, page(face).encode()), "/logo.svg": (SVG, logo)})


def plain(_own: Own, other: Brand, logo: bytes, rng: Random) -> Site:
    """Somebody else's sign-in."""
    return _of(logo, *_honest(other, rng))


def with_button(own: Own, other: Brand, logo: bytes, rng: Random) -> Site:
    """Somebody else's sign-in that offers the brand's, too, with its logo."""
    url, face = _honest(other, rng)
    said = face.words.by.replace("{b}", own.brand.shown)
    door = f"https://{own.brand.domain}/oauth/authorize?client=7"
    button = (
        f'<p><a class="by" href="{door}"><img src="/by.svg" height="20" alt="{own.brand.shown}">{said}</a>'
    )
    site = _of(logo, url, replace(face, extra=face.extra + button))
    return Site(site.url, {**site.files, "/by.svg": (SVG, own.logo)})


def same_build(own: Own, other: Brand, logo: bytes, rng: Random) -> Site:
    """Somebody else's sign-in that the same toolkit made: the same build, the same words."""
    face = replace(own_face(other, own.words), build=own.brand.build)
    if rng.random() < 0.3:
        face = replace(face, colour=own.brand.colour)
    return _of(logo, f"https://{other.domain}/login", face)


def mentions(own: Own, other: Brand, logo: bytes, rng: Random) -> Site:
    """Somebody else's sign-in that speaks of the brand: follow us there, works with it."""
    said = rng.choice(
        (
            f'<p>Follow us on <a href="https://{own.brand.domain}/{other.name}">{own.brand.shown}</a>.',
            f"<p>{other.shown} works with {own.brand.shown}, calendars and mail.",
            f"<p>Our page on {own.brand.shown} has the news.",
        )
    )
    return _of(logo, *_honest(other, rng, extra=said))


def fans(own: Own, other: Brand, logo: bytes, rng: Random) -> Site:
    """A forum about the brand with accounts of its own: it names the brand in title and greeting."""
    url, face = _honest(other, rng, title=f"{own.brand.shown} users' forum")
    return _of(logo, url, face)


OTHERS_OWN: Final[dict[str, Callable[[Own, Brand, bytes, Random], Site]]] = {
    "plain": plain, "with a button of the brand": with_button, "same build": same_build, "mentions": mentions,
}  # fmt: skip
HARD: Final = {"forum about the brand": fans}
"""Honest, and hardly to be told from an imitation: shown apart."""
