"""Accounts from the names that Windows Live Messenger gave its folders and files.

History lies in ``<owner>/History/<contact>.xml``.  Old versions name both by their address; later ones
by what stands before the @ followed by a number that is computed from the whole address, so that the
address can be found again by trying domains.  Source of that number: "How to calculate the MSN
Messenger 6.x Passport user ID" (fanatic.net.nz, 2003, found by wtbw): ``x = x * 101 + lower(c)``, 32 bits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import Final

ADDRESS: Final = re.compile(r"[^\s@:]+@[^\s@:]+\.[^\s@:.]+", re.ASCII)
LONGEST_ADDRESS: Final = 320
"""RFC 3696, section 3 (with its erratum): 64 octets, an @ and 255 octets."""
NUMBERED: Final = re.compile(r"(?P<alias>[^\s@]+?)(?P<number>\d{5,10})", re.ASCII)
"""A name that ends as the numbered ones do; 1 number in 40,000 has fewer than five digits."""

DOMAINS: Final = tuple(
    f"{service}.{ending}"
    for service, endings in (
        ("hotmail", "com co.uk fr it de es nl be ch se no dk gr jp com.br com.ar com.tr co.th"),
        ("live", "com co.uk fr it de es nl be se no dk ca cn jp ie in com.au com.mx com.pt com.ar co.za"),
        ("msn", "com"),
        ("passport", "com net"),
        ("windowslive", "com"),
        ("outlook", "com"),
        ("gmail", "com"),
        ("googlemail", "com"),
        ("yahoo", "com co.uk fr it de es ca com.br com.au"),
        ("aol", "com"),
        ("web", "de"),
        ("gmx", "de net"),
        ("libero", "it"),
        ("wanadoo", "fr"),
    )
    for ending in endings.split()
)
"""Domains tried for a numbered name: those of the service itself and the commonest others.  With these
and at most seven ways to read the number, a false match has a chance below 1 in 10 million."""


def user_number(address: str) -> int:
    """The number that Messenger computes from an address (32 bits, letter case ignored)."""
    number = 0
    for character in address.lower():
        number = (number * 101 + ord(character)) & 0xFFFFFFFF
    return number


def is_address(text: str) -> bool:
    """Does this look like the address of an account?"""
    return len(text) <= LONGEST_ADDRESS and ADDRESS.fullmatch(text) is not None


def account_of(name: str, domains: Iterable[str] = DOMAINS) -> str | None:
    """The account that a folder or file (without its ending) is named after.

    Returns an address in lower case where the name is one or its number proves one; ``wlm:<name>`` for a
    numbered name whose domain is not among `domains` (still one account, always the same); None for any
    other name.
    """
    name = name.lower()
    if is_address(name):
        return name
    numbered = NUMBERED.fullmatch(name)
    if numbered is None or len(name) > LONGEST_ADDRESS:
        return None
    tried = tuple(dict.fromkeys(domains))
    for start in range(numbered.start("number"), len(name)):  # the alias may itself end in digits
        digits = name[start:]
        if digits == "0" or digits[0] != "0":
            number = int(digits)
            for domain in tried:
                if user_number(f"{name[:start]}@{domain}") == number:
                    return f"{name[:start]}@{domain}"
    return f"wlm:{name}"


def owner_of(path: str, domains: Iterable[str] = DOMAINS) -> str | None:
    """The account whose history a file lies in (``<owner>/History/<contact>.xml``); None elsewhere."""
    parts = PurePath(path.replace("\\", "/")).parts
    if len(parts) < 3 or parts[-2].lower() != "history":
        return None
    return account_of(parts[-3], domains)


def contact_of(path: str, domains: Iterable[str] = DOMAINS) -> str | None:
    """The account that the owner talks with in a file, from its name; None if the name does not say."""
    name = PurePath(path.replace("\\", "/")).name
    return account_of(re.sub(r"(?i)(\.xml)?(\.gz|\.zst)?$", "", name, count=1), domains)
