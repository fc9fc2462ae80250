"""A fetcher that keeps what another one fetched, and holds back what must never be kept: `Recorder`."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable
from typing import Final

from nospim.capture.interface import CaptureRefused, Exchange, Fetcher, Request
from nospim.errors import UsageError

_KINDS: Final = {32: "md5", 40: "sha1", 64: "sha256"}
"""Digits in hex of the hashes that lists of known material use."""
_HEX: Final = re.compile(r"[0-9a-f]+")


class Withheld:
    """Hashes of bodies that must never be stored.  Raises UsageError for a line that is no hash."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._hashes: set[str] = set()
        for number, line in enumerate(lines, 1):
            text = line.partition("#")[0].strip().lower()
            if text and (len(text) not in _KINDS or not _HEX.fullmatch(text)):
                raise UsageError(f"line {number} is no MD5, SHA-1 or SHA-256 in hex: {text[:40]!r}")
            if text:
                self._hashes.add(text)
        self._kinds = sorted({_KINDS[len(text)] for text in self._hashes})

    def meets(self, body: bytes) -> bool:
        """Is this body on the list?"""
        return any(
            hashlib.new(kind, body, usedforsecurity=False).hexdigest() in self._hashes for kind in self._kinds
        )


class Recorder:
    """A `Fetcher` in front of another one, for one capture.

    A GET that was answered before in the same guise is answered from the record, so that a page which shows
    itself once, or counts its visits, is asked once.  After a body that must not be kept, nothing is fetched.
    """

    def __init__(self, fetcher: Fetcher, withheld: Withheld | None = None) -> None:
        self._fetcher = fetcher
        self._withheld = withheld or Withheld()
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], Exchange] = {}
        self.exchanges: list[Exchange] = []
        """In the order in which they ended."""
        self.refusals: list[CaptureRefused] = []
        self.met = ""
        """SHA-256 of the body that must not be kept, once one was met."""

    def fetch(self, request: Request) -> Exchange | CaptureRefused:
        """As `interface.Fetcher` says."""
        key = (request.url, dict(request.headers).get("User-Agent", ""))
        with self._lock:
            known = self._known.get(key) if request.method == "GET" else None
        if known is not None and not self.met:
            return known
        answer = self._fetcher.fetch(request)
        if isinstance(answer, Exchange) and (self.met or self._withheld.meets(answer.body)):
            answer = self._hold_back(answer)
        with self._lock:
            if isinstance(answer, CaptureRefused):
                self.refusals.append(answer)
            else:
                self.exchanges.append(answer)
                if request.method == "GET":
                    self._known[key] = answer
        return answer

    def _hold_back(self, answer: Exchange) -> CaptureRefused:
        self.met = self.met or hashlib.sha256(answer.body).hexdigest()
        detail = "it is on the list of what must never be stored; the capture ends, and keeps no content"
        return CaptureRefused(
            url=answer.url, at=answer.at, why="withheld", detail=detail, address=answer.address
        )
