"""When a name without a scheme is believed to be a link: `plausible`, and the suffixes it trusts.

"check evil.com/x" is one; "ok.see you", "e.g.", "Node.js", "setup.py", "he said so.is it" are not.  A browser
gives no rule for this, so it is a judgement, measured on real chat (`docs/explanation/links.md`).
"""

from __future__ import annotations

from typing import Final

from nospim.links.hosts import facts_of, is_ip
from nospim.links.lists import LinkLists

_TRUSTED: Final = frozenset(
    [
        "com",
        "net",
        "org",
        "info",
        "biz",
        "edu",
        "gov",
        "mil",
        "xyz",
        "top",
        "icu",
        "buzz",
        "shop",
        "site",
        "website",
        "club",
        "vip",
        "tk",
        "ml",
        "ga",
        "cf",
        "gq",
        "ru",
        "su",
        "ua",
        "kz",
        "cn",
        "hk",
        "tw",
        "jp",
        "kr",
        "vn",
        "ar",
        "mx",
        "ve",
        "ng",
        "ke",
        "eg",
        "pk",
        "lk",
        "sg",
        "uk",
        "fr",
        "nl",
        "pl",
        "sk",
        "hu",
        "ro",
        "gr",
        "tr",
        "il",
        "ir",
        "eu",
        "dk",
        "ee",
        "lv",
        "lt",
        "pt",
        "rs",
        "hr",
        "ca",
        "nz",
        "cc",
        "tv",
        "ws",
        "io",
        "app",
        "dev",
        "cloud",
        "tech",
        "xn--p1ai",
        "cyou",
        "sbs",
        "cfd",
        "wang",
        "asia",
    ]
)
"""Suffixes common on the web that are no words people run a full stop into, and no file's extension."""
_NOT_SITES: Final = frozenset({"asp.net", "ado.net", "vb.net", "asp.net.core"})
"""Names of products that look like hosts."""


def plausible(name: str, follows: str, lists: LinkLists, *, sure: bool) -> bool:
    """Is this name, written without a scheme, meant as an address?

    name: labels with dots.  follows: the next two characters of the text.  sure: there is other evidence
    (a disguised dot, a leading `www`), so any known suffix will do.
    """
    labels = name.lower().split(".")
    if len(labels) < 2 or name.lower() in _NOT_SITES:
        return False
    last = labels[-1]
    if last.isdigit():
        return False
    host = ".".join(labels)
    if not host.isascii():
        return sure
    facts = facts_of(host, lists)
    if is_ip(host) or not facts.known or (host == facts.domain and len(labels) < 2):
        return False
    if sure:
        return True
    with_path = follows[:1] == "/" and follows[1:2].isalnum()
    ending = name.rpartition(".")[2]
    if ending[:1].isupper() and not ending.isupper() and not name[:1].isupper():
        return False
    if with_path or (facts.popular and last in _TRUSTED):
        return True
    return last in _TRUSTED and len(labels[-2]) >= 3
