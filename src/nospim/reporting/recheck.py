"""Looking whether a page is gone, through the capture's sandboxed fetcher and nothing else.

A page counts as gone only when every kind of reader finds it gone: kits show some of them an error.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Final, Literal

from msgspec import Struct

from nospim.capture.interface import GUISES, Fetcher, Guise, Request, Visit
from nospim.capture.resolve import Resolver, system_resolver
from nospim.capture.visit import headers_of, walk

Outcome = Literal["gone", "there", "changed", "unknown"]
GONE: Final = frozenset({404, 410, 451})
"""Not found, gone, unavailable for legal reasons (RFC 9110, RFC 7725); 403 and 5xx may be a cloak."""

NO_NAME: Final = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
"""What a resolver answers where there is no such name, or none with an address (RFC 3493)."""


class Rechecked(Struct, frozen=True, kw_only=True):
    """What was met, in words that are not the page's; digest: SHA-256 of the page, where there was one."""

    outcome: Outcome
    told: str
    digest: str = ""


def recheck(
    url: str,
    fetcher: Callable[[Resolver], Fetcher],
    asked_password: bool = False,
    *,
    resolve: Resolver = system_resolver,
    guises: tuple[Guise, ...] = GUISES,
) -> Rechecked:
    """Look once in each guise.

    fetcher: makes one for a look, which asks the resolver that it is given.  asked_password: whether the page
    did before; one that does so no more is `changed`: parked, emptied or cloaked.  A name is gone where the
    resolver says that there is none, not where it cannot be asked.
    """
    looks = []
    for guise in guises:
        absent: list[str] = []
        visit = walk(
            Request(url=url, headers=headers_of(guise)), guise, fetcher(_noting(resolve, absent))
        ).visit
        looks.append(_judged(visit, asked_password, bool(absent)))
    for outcome in ("there", "changed", "unknown", "gone"):
        for one in looks:
            if one.outcome == outcome:
                return one
    return Rechecked(outcome="unknown", told="nobody looked")


def _noting(resolve: Resolver, absent: list[str]) -> Resolver:
    def asked(host: str, port: int, seconds: float) -> tuple[str, ...]:
        try:
            return resolve(host, port, seconds)
        except socket.gaierror as error:
            if error.errno in NO_NAME:
                absent.append(host)
            raise

    return asked


def _judged(visit: Visit, asked_password: bool, absent: bool) -> Rechecked:
    last = visit.hops[-1]
    if last.refused is not None:
        gone = last.refused.why == "resolve" and absent
        told = "its name has no address" if gone else f"it could not be fetched ({last.refused.why})"
        return Rechecked(outcome="gone" if gone else "unknown", told=told)
    if last.status in GONE:
        return Rechecked(outcome="gone", told=f"status {last.status}")
    if not 200 <= last.status < 300:
        return Rechecked(outcome="unknown", told=f"status {last.status}")
    still = visit.page is not None and visit.page.asks_password
    if still:
        return Rechecked(outcome="there", told="it asks for a password", digest=last.sha256)
    if asked_password:
        return Rechecked(outcome="changed", told="it asks for no password any more", digest=last.sha256)
    return Rechecked(outcome="there", told=f"status {last.status}", digest=last.sha256)
