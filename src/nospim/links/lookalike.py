"""Links dressed up as the service's own or as a configured brand: `lookalike`.

Names glued to a brand are a hundred times as common as misspelt ones (Kintis et al., "Hiding in Plain
Sight", CCS 2017); both are looked for, and look-alike letters (UTS 39), a brand in front of another's
domain, in the user name and in the path.  Popular domains and the brand's own are never imitations.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

from msgspec import Struct

from nospim.links.brands import SHORTEST, Brand, Brands, skeleton
from nospim.links.hosts import is_ip, unicode_label
from nospim.links.link import Link
from nospim.links.slips import slips

How = Literal["letters", "misspelt", "other_suffix", "glued", "in_front", "user_name", "path"]
Found = tuple[How, int]

STRONG: Final = 3
FAIR: Final = 2
WEAK: Final = 1
LONG: Final = 7
"""Letters from which a name inside another one is hardly by chance."""
MISSPELT: Final = 6
"""Shortest name whose misspellings are looked for: shorter ones are each other's neighbours."""
_SLIPS: Final = ((14, 5), (12, 3), (8, 2))
"""Halves of a slip that a name of at least so many letters is known by; under eight letters it is one."""
REMEMBERED: Final = 1 << 14

_TRADE_WORDS: Final = """
login logon signin sign log secure security safe verify verification verified account accounts acc
support help helpdesk desk service services update updates confirm confirmation auth authenticate
sso id ids my web online app apps mobile pay payment payments billing bill wallet bonus gift gifts
card cards free nitro promo prize win winner reward rewards alert alerts notice center centre unlock
recover recovery restore password pass client clients customer member members membership info mail
webmail team official admin access portal user users session validate refund claim invoice trade
tradeoffer offer event events drop airdrop giveaway chat invite voice video photo www http https com
net org co jp us uk cn ru de fr top xyz
"""
TRADE: Final = frozenset(_TRADE_WORDS.split())
"""Words that lures put beside a brand (read in public lists of phishing hosts, 2019 to 2023)."""
_LONGER: Final = "|".join(sorted((w for w in TRADE if len(w) > 2), key=lambda w: (-len(w), w)))
_TRADE_END: Final = re.compile(rf"(?:{_LONGER}|\d)+$")
_TRADE_START: Final = re.compile(rf"^(?:{_LONGER}|\d)+")
_DOORS: Final = frozenset({"login", "logon", "signin", "verify", "account", "secure", "confirm", "unlock"})
"""Words in a path that make a brand beside them a door rather than a topic."""
_USER: Final = re.compile(r"^\w+://([^/@]+)@")
_WORDS: Final = re.compile(r"[^a-z0-9]+")


class Lookalike(Struct, frozen=True):
    """What a link passes for.

    brand: as the operator wrote it.  own: it is the service itself.  how: look-alike "letters", "misspelt",
    the name under "other_suffix", "glued" to other words, "in_front" of another's domain, in the "user_name"
    or the "path".  strength: 1 (weak) to 3 (strong).
    """

    brand: str
    own: bool
    how: How
    strength: int


def lookalike(link: Link, brands: Brands) -> Lookalike | None:
    """The strongest imitation of a brand in a link, the service's own names before others; None without one.

    Pure; costs some microseconds a brand for a host that was not asked about before.
    """
    best = None if link.popular else _by_host(link, brands)
    if best is not None and best.strength == STRONG:
        return best
    user = _USER.match(link.url)
    rest = link.url.partition("://")[2].partition("/")[2].lower()
    squeezed = rest.replace("-", "")
    for brand in brands.entries:
        if _is_theirs(link.domain, link.host, brand):
            continue
        found: Found | None = None
        if user and _names(user[1].lower(), brand):
            found = "user_name", STRONG
        elif not link.popular and brand.name in squeezed:
            found = _in_path(rest, link, brand)
        if found and (best is None or found[1] > best.strength):
            best = Lookalike(brand.shown, brand.own, *found)
    return best


def _by_host(link: Link, brands: Brands) -> Lookalike | None:
    if is_ip(link.host) or link.place == "shortener" or "/" in link.key:
        return None  # not a name of its owner's choice; what was published under it stands in the path
    return _host(link.host, link.domain, brands)


@lru_cache(maxsize=REMEMBERED)
def _host(host: str, domain: str, brands: Brands) -> Lookalike | None:
    labels = [unicode_label(label) for label in host.split(".")]
    below = domain.count(".")
    registered, front = labels[-below - 1], [f for f in labels[: -below - 1] if f != "www"]
    best: Lookalike | None = None
    for brand in brands.entries:
        if _is_theirs(domain, host, brand):
            continue
        found = _whole(host, below, brand) or _label(registered, brand, brands.words)
        for label in front if found is None or found[1] < STRONG else ():
            beside = _label(label, brand, brands.words)
            if beside is not None:
                how: How = "in_front" if beside[0] in {"other_suffix", "glued"} else beside[0]
                strength = WEAK if beside[0] == "other_suffix" else min(beside[1], FAIR)
                found = max((how, strength), found or ("path", 0), key=lambda f: f[1])
        if found and (best is None or found[1] > best.strength):
            best = Lookalike(brand.shown, brand.own, *found)
    return best


def _is_theirs(domain: str, host: str, brand: Brand) -> bool:
    return domain in brand.domains or any(host.endswith("." + d) for d in brand.domains)


def _whole(host: str, suffix: int, brand: Brand) -> Found | None:
    """The brand's whole domain in front of another one, with dots or hyphens ("example-com.evil.ru").

    suffix: labels of the host's public suffix, which nobody chose.
    """
    chosen = host.rsplit(".", suffix)[0] + "."
    dotted = "." + chosen
    parts = f"-{chosen.replace('.', '-.-')}-"
    for domain in brand.domains:
        if f".{domain}." in dotted or f".{domain}-" in dotted:
            return "in_front", STRONG
        if f"-{domain.replace('.', '-')}-" in parts and not (brand.common and len(brand.name) < 5):
            return "in_front", STRONG
        shorter = domain.rpartition(".")[0]
        if "." in shorter and (f".{shorter}." in dotted or f".{shorter}-" in dotted):
            return "in_front", FAIR
    return None


def _label(label: str, brand: Brand, words: frozenset[str]) -> Found | None:
    """Whether one label is the brand, spelt or put together in another way."""
    if len(brand.name) < SHORTEST or (label in words and label != brand.name):
        return None
    if label.replace("-", "") == brand.name:
        return "other_suffix", WEAK if len(brand.name) < 5 else FAIR if brand.common else STRONG
    if brand.name in label.replace("-", "") and (found := _glued(label, brand.name, brand)):
        return found
    looks = skeleton(label)
    if brand.looks in looks.replace("-", ""):
        if looks.replace("-", "") == brand.looks:
            return "letters", FAIR if len(brand.name) < 5 else STRONG
        if brand.name not in label.replace("-", "") and (found := _glued(looks, brand.looks, brand)):
            return "letters", max(found[1], FAIR)
    return _misspelt(label, brand, words)


def _glued(label: str, name: str, brand: Brand) -> Found | None:
    """The name beside other words: strong beside a word of the trade, nothing if it may be a word itself."""
    tokens = label.split("-")
    for start in range(len(tokens)):
        for end in range(start + 1, len(tokens) + 1):
            if "".join(tokens[start:end]) == name:
                others = [*tokens[:start], *tokens[end:]]
                if any(_is_trade(other) for other in others):
                    return "glued", FAIR if brand.common else STRONG
                return None if brand.common else ("glued", FAIR)
    if len(name) < 5:
        return None
    for token in dict.fromkeys((*tokens, "".join(tokens))):
        for rest in (token.removeprefix(name), token.removesuffix(name)):
            if rest and rest != token:
                if _is_trade(rest) or (len(tokens) > 1 and any(_is_trade(t) for t in tokens if t != token)):
                    return "glued", WEAK if brand.common and rest.isdigit() else FAIR
                if len(name) >= LONG and not brand.common:
                    return "glued", FAIR
                if not brand.common:
                    return "glued", WEAK
    return ("glued", WEAK) if len(name) >= LONG and not brand.common else None


def _is_trade(word: str) -> bool:
    return word in TRADE or word.isdigit() or bool(_TRADE_END.fullmatch(word))


def _misspelt(label: str, brand: Brand, words: frozenset[str]) -> Found | None:
    """A label, or a part of it, that is some slips away from the name; more in a long one, which nothing else
    is near to."""
    size = len(brand.name)
    if size < MISSPELT:
        return None
    most = 1 if size < 8 or brand.common else next(halves for at_least, halves in _SLIPS if size >= at_least)
    plain = label.replace("-", "")
    bare = _TRADE_END.sub("", _TRADE_START.sub("", plain))
    best: int | None = None
    for word in dict.fromkeys((plain, bare, *label.split("-"))):
        if abs(len(word) - size) * 2 > most + 1 or word in words or word == brand.name:
            continue
        allowed = most if word[0] == brand.name[0] else 1
        for meant, typed in ((brand.name, word), (brand.looks, skeleton(word))):
            cost = slips(meant, typed, allowed)
            if cost and (best is None or cost < best):
                best = cost
    if best is None:
        return None
    strength = STRONG if size >= 8 else FAIR
    return "misspelt", strength if best == 1 else FAIR if size >= 10 else WEAK


def _in_path(rest: str, link: Link, brand: Brand) -> Found | None:
    """The brand in the path: on a host where anyone may publish it is the publisher's choice of name."""
    if link.place == "shortener":
        return None
    if link.place == "publishing" and "/" in link.key:
        published = link.key.partition("/")[2].lower()
        found = [_glued(s, brand.name, brand) for s in published.split("/") if s != brand.name]
        best = max((f[1] for f in found if f is not None), default=0)
        return ("path", FAIR if best == STRONG else WEAK) if best >= FAIR else None
    if any(domain in rest for domain in brand.domains):
        return "path", WEAK
    tokens = _WORDS.split(rest)
    if brand.name in tokens and not brand.common and any(t in _DOORS for t in tokens):
        return "path", WEAK
    return None


def _names(user: str, brand: Brand) -> bool:
    tokens = _WORDS.split(user)
    return any(d in user for d in brand.domains) or (len(brand.name) >= SHORTEST and brand.name in tokens)
