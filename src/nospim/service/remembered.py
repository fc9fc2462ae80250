"""The memory of events that were taken in: a repeat gets the same answer, other content a refusal.

Pure and bounded, in two generations.  Sources: CloudEvents 1.0.2, section 3.1 (`source` and `id` together
are unique); the comparison of contents is that of `nospim.adapters.repeats`.
"""

from __future__ import annotations

from msgspec import Struct
from xxhash import xxh3_64_intdigest

Known = tuple[int, bytes | None]
"""The digest of an event's content, and the answer that it got, where it was a message."""


class Remembered(Struct, kw_only=True):
    """The last events by the digest of their name, at most twice `cap`.

    An event is remembered for at least `cap` later ones.
    """

    cap: int
    recent: dict[int, Known] = {}
    older: dict[int, Known] = {}

    def get(self, name: int) -> Known | None:
        """What is known of an event, by `name_of`, or None."""
        return self.recent.get(name) or self.older.get(name)

    def put(self, name: int, content: int, answer: bytes | None) -> None:
        """Remember an event and its answer."""
        if len(self.recent) >= self.cap:
            self.older, self.recent = self.recent, {}
        self.recent[name] = (content, answer)


def name_of(source: str, ident: str) -> int:
    """The 64-bit name under which an event is remembered (XXH3)."""
    return xxh3_64_intdigest(f"{source} {ident}".encode())
