"""Decoy credentials: minted, given to a form once, and known again when somebody signs in with them.

Whoever signs in with an account name that exists nowhere else has read it off the form it was given to, or
had it from whoever did.  Giving it away is an act towards others: it is off unless counsel approved it, and
the approver's name goes into the record.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from nospim.capture.interface import Decoy, Form, Guise, Page, Request
from nospim.capture.page import domain_of
from nospim.capture.visit import headers_of
from nospim.errors import UsageError

SEED_BYTES: Final = 16
"""Least bytes of chance for a decoy: 128 bits, so that nobody can guess or repeat one."""
TRIES: Final = 100
_FIRST: Final = (
    "anna bea carl dora emil fred gina hugo ida jon kira lena mark nora olga paul rita sven tina uwe"
)
_LAST: Final = (
    "bach berg dahl ernst frank gross haas jung koch lang meyer nagel otto pohl roth stark thiel vogt"
)
_SIGNS: Final = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_DIGITS: Final = 7
_PASSWORD: Final = 14


def mint(seed: bytes, url: str, made: datetime, exists: Callable[[str], bool], domain: str = "") -> Decoy:
    """A decoy that looks like anybody's account and is nobody's.

    seed: at least `SEED_BYTES` of chance, for this decoy alone.  url: the capture it is for.
    exists: is there an account of this name?  domain: put behind an "@" where accounts are named so.
    About 3e9 names are possible; pure, given the seed.  Raises ValueError for a short seed, or where every
    name tried exists.
    """
    if len(seed) < SEED_BYTES:
        raise ValueError(f"a decoy needs {SEED_BYTES} bytes of chance, and {len(seed)} were given")
    for place in range(TRIES):
        chance = _Chance(seed, f"{place} {url}")
        first, last = chance.of(_FIRST.split()), chance.of(_LAST.split())
        number = "".join(chance.of("0123456789") for _ in range(_DIGITS))
        account = f"{first}.{last}{number}" + (f"@{domain}" if domain else "")
        if not exists(account):
            password = "".join(chance.of(_SIGNS) for _ in range(_PASSWORD))
            return Decoy(account=account, password=password, made=made, url=url)
    raise ValueError(f"all of {TRIES} names tried exist; the check for existing accounts must be wrong")


class _Chance:
    """Even choices drawn from a seed: HMAC-SHA-256 in counter mode, unbiased."""

    def __init__(self, seed: bytes, purpose: str) -> None:
        self._seed, self._purpose, self._count = seed, purpose, 0

    def of(self, things: Sequence[str]) -> str:
        """One of the things."""
        while True:
            self._count += 1
            block = f"{self._count} {self._purpose}".encode()
            value = int.from_bytes(hmac.digest(self._seed, block, "sha256")[:4], "big")
            if value < (1 << 32) // len(things) * len(things):
                return things[value % len(things)]


def recognise(account: str, decoys: Iterable[Decoy]) -> Decoy | None:
    """The decoy that a sign-in's account name is, or None.  Case and spaces do not matter; a name with an
    "@" is also known without it, for thieves tidy their lists.  Pure."""
    wanted = _plain(account)
    for decoy in decoys:
        whole = _plain(decoy.account)
        if wanted in {whole, whole.partition("@")[0]}:
            return decoy
    return None


def _plain(account: str) -> str:
    return "".join(account.split()).casefold()


def require_approval(approved_by: str) -> str:
    """The approver's name, trimmed; raises UsageError for none."""
    name = " ".join(approved_by.split())
    if len(name) < 3:
        raise UsageError("decoy credentials need --decoy-approved-by with the name of who approved it")
    return name


def form_for(page: Page, protected: Iterable[str]) -> Form | str:
    """The form that a decoy goes into, or a sentence that says why there is none.

    protected: registrable domains of the service and of brands.  Those get no decoy: it would be an attempt
    to sign in to a real service.
    """
    for form in page.forms:
        if not form.asks_password or not form.action.startswith(("http:", "https:")):
            continue
        if domain_of(form.action) in set(protected):
            return f"the password form posts to {domain_of(form.action)}, a real service"
        return form
    return "no form that asks for a password says where it posts"


def request_for(form: Form, decoy: Decoy, guise: Guise) -> Request:
    """The one request that submits a decoy.  Fields that are neither name nor password are sent empty, and
    hidden ones too, for what they hold may be somebody's."""
    fields: list[tuple[str, str]] = []
    named = False
    for name, kind in form.fields:
        if not name or kind in {"submit", "button", "image", "reset", "file", "checkbox", "radio"}:
            continue
        if kind == "password":
            fields.append((name, decoy.password))
        elif kind in {"text", "email", "tel"} and not named:
            fields.append((name, decoy.account))
            named = True
        else:
            fields.append((name, ""))
    body = urlencode(fields).encode("ascii")
    headers = (*headers_of(guise), ("Content-Type", "application/x-www-form-urlencoded"))
    if form.method == "post":
        return Request(url=form.action, headers=headers, method="POST", body=body)
    return Request(url=f"{form.action.partition('?')[0]}?{body.decode('ascii')}", headers=headers_of(guise))


def fingerprint(password: str) -> str:
    """SHA-256 of a decoy's password, in hex: what the record holds in its place."""
    return hashlib.sha256(password.encode("utf-8")).hexdigest()
