"""Links that people share and links that lures carry, on hosts that are all made up."""

from __future__ import annotations

from random import Random
from typing import Final
from urllib.parse import quote

from msgspec import Struct

_ONSET: Final = (
    "b", "br", "d", "dr", "f", "fl", "g", "gl", "h", "k", "kr", "l", "m", "n", "p", "pl", "qu", "r", "s",
    "sk", "st", "t", "tr", "v", "w", "z",
)  # fmt: skip
_SOFT: Final = tuple("bdfghklmnprstvz")
_ENDS_SOFT: Final = ("", "", "n", "r", "l", "s")
_VOWEL: Final = ("a", "e", "i", "o", "u", "ai", "ea", "io", "ou")
_CODA: Final = ("", "", "l", "n", "r", "s", "x", "rk", "nt", "m")
_WORDS: Final = (
    "kitchen", "weekly", "garden", "maps", "notes", "radio", "press", "studio", "tracks", "library",
    "market", "review", "travel", "science", "forum", "archive", "cinema", "sport", "cycles", "gazette",
    "recipes", "tools",
)  # fmt: skip
_BENIGN_ENDS: Final = (
    "com", "com", "com", "org", "net", "de", "fr", "co.uk", "es", "it", "nl", "pl", "io", "com.br",
    "example", "test", "invalid",
)  # fmt: skip
_LURE_ENDS: Final = (
    "top", "icu", "shop", "online", "site", "live", "click", "info", "com", "net", "xyz", "club", "cc",
    "fun", "example",
)  # fmt: skip
_LURE_WORDS: Final = (
    "pics", "fotos", "album", "view", "share", "login", "member", "private", "clip", "verify", "party",
    "friends", "gallery",
)  # fmt: skip
_PAGES: Final = (
    "article", "p", "story", "watch", "post", "item", "recipe", "event", "thread", "wiki", "route", "photo",
)  # fmt: skip
SHARED_HOSTS: Final = (
    "pagebarn.example", "freespot.test", "ourcorner.example", "tinyshelf.example", "homeleaf.test",
    "webplot.example", "deskpage.invalid", "plainsite.test", "cardboard.example", "nookpages.example",
    "sitekite.test", "openloft.example",
)  # fmt: skip
"""Hosts where anyone may publish under a name of their own: friends do, and so do thieves."""


class Host(Struct, frozen=True):
    """A host that people share links of; popular ones come up far more often."""

    name: str
    ways: tuple[str, ...]


def syllables(rng: Random, count: int) -> str:
    """A word that means nothing, so that a name made of it is hardly anyone's."""
    return "".join(rng.choice(_ONSET) + rng.choice(_VOWEL) + rng.choice(_CODA) for _ in range(count))


def soft(rng: Random, count: int) -> str:
    """A made-up word that is easy to say, as honest sites like to be called."""
    return "".join(rng.choice(_SOFT) + rng.choice("aeiou") for _ in range(count)) + rng.choice(_ENDS_SOFT)


def benign_host(rng: Random) -> Host:
    """A host of a paper, shop, club or person that does not exist."""
    if rng.random() < 0.12:
        return Host(f"{soft(rng, 3)}.{rng.choice(SHARED_HOSTS)}", ("",))
    label = f"{soft(rng, 3)}{rng.choice(('', '-'))}{rng.choice(_WORDS)}"
    front = rng.choice(("www.", "www.", "", "", "m.", "blog."))
    return Host(f"{front}{label}.{rng.choice(_BENIGN_ENDS)}", tuple(rng.sample(_PAGES, 3)))


def benign_link(host: Host, rng: Random) -> str:
    """A page on a host, as people paste it: long or short, with tracking words now and then."""
    way = rng.choice(host.ways)
    scheme = "https" if rng.random() < 0.93 else "http"
    if not way or rng.random() < 0.12:
        return f"{scheme}://{host.name}/"
    slug = "-".join(soft(rng, rng.randint(1, 2)) for _ in range(rng.randint(1, 4)))
    page = rng.choice((slug, str(rng.randrange(1000, 999999)), f"{rng.randint(2019, 2026)}/{slug}"))
    tail = rng.choice(
        ("", "", "", "", f"?ref={syllables(rng, 1)}", f"?id={rng.randrange(10**6)}", "?utm_source=share")
    )
    return f"{scheme}://{host.name}/{way}/{page}{tail}"


def lure_domain(rng: Random, service: str, style: str) -> str:
    """A host of a thief's: `words`, `noise`, `brand` (the service's own name in it) or `shared`."""
    end = rng.choice(_LURE_ENDS)
    if style == "brand":
        own = service.replace(".", "-")
        return rng.choice(
            (
                f"{own}-{rng.choice(_LURE_WORDS)}.{syllables(rng, 3)}.{end}",
                f"{service.split('.', maxsplit=1)[0]}-{rng.choice(_LURE_WORDS)}-{syllables(rng, 2)}.{end}",
                f"{own}.{syllables(rng, 3)}-{rng.choice(_LURE_WORDS)}.{end}",
            )
        )
    if style == "noise":
        label = f"{rng.getrandbits(32):07x}{rng.choice('ghkqvwxz')}"
        return f"{label}.{syllables(rng, 2)}{rng.randrange(10, 999)}.{end}"
    if style == "shared":
        return f"{rng.choice(_LURE_WORDS)}-{syllables(rng, 2)}{rng.randrange(100)}.{rng.choice(SHARED_HOSTS)}"
    return f"{syllables(rng, 2)}-{rng.choice(_LURE_WORDS)}-{syllables(rng, 2)}.{end}"


def lure_link(host: str, rng: Random, style: str, name: str) -> str:
    """A link to a thief's host; styles: `bare`, `token`, `named` (the friend's name in it), `nested`."""
    scheme = "http" if rng.random() < 0.3 else "https"
    if style == "bare":
        return f"{scheme}://{host}/"
    if style == "named":
        tail = rng.choice(("", ".php", f"?v={rng.randrange(99)}"))
        return f"{scheme}://{host}/{rng.choice(_LURE_WORDS)}/{name}{tail}"
    if style == "nested":
        return f"{scheme}://{host}/{rng.choice(_LURE_WORDS)}/{rng.randrange(10**5)}/open"
    return f"{scheme}://{host}/{rng.getrandbits(40):x}"


PUBLISHED: Final = (
    "https://sites.google.com/view/{word}-{hex}", "https://telegra.ph/{word}-{hex}",
    "https://docs.google.com/forms/d/e/{hex}{hex}/viewform", "https://{word}-{hex}.github.io/",
    "https://{word}-{hex}.blogspot.com/", "https://{word}-{hex}.wixsite.com/home",
    "https://drive.google.com/file/d/{hex}{hex}/view", "https://{word}-{hex}.netlify.app/",
)  # fmt: skip
"""Well-known places where anyone may publish: friends do, and so do thieves.  The hosts are real and the
pages are not: each has 48 random bits in its name.  Nothing here is ever opened."""
SHORTENED: Final = (
    "https://bit.ly/{hex}", "https://tinyurl.com/{hex}", "https://is.gd/{hex}", "https://t.ly/{hex}",
    "https://cutt.ly/{hex}",
)  # fmt: skip
"""Well-known shorteners, with ends that nobody was given."""


REDIRECTORS: Final = (
    "https://www.google.com/url?q={to}", "https://l.facebook.com/l.php?u={to}",
    "https://www.youtube.com/redirect?q={to}", "https://t.umblr.com/redirect?z={to}",
    "https://www.linkedin.com/redir/redirect?url={to}",
)  # fmt: skip
"""Well-known sites that send their visitors on to any address, as people copy it from them, too."""


def well_known_link(rng: Random, hosted: str) -> str:
    """A page on a well-known site (`published`) or behind a shortener (`shortened`)."""
    template = rng.choice(SHORTENED if hosted == "shortened" else PUBLISHED)
    return template.replace("{hex}", f"{rng.getrandbits(48):012x}").replace("{word}", rng.choice(_WORDS))


def sent_on(link: str, rng: Random) -> str:
    """A link to a well-known site that sends its visitors on to `link`."""
    return rng.choice(REDIRECTORS).replace("{to}", quote(link, safe=""))
