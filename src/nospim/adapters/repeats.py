"""The memory of repeats: the same event again counts once, other content under its name is refused.

Pure and bounded; the state can be saved and restored exactly.  Sources: CloudEvents 1.0.2, section
3.1 (`source` and `id` together are unique), and RFC 8259, section 4 (the order of an object's members
carries no meaning).
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from msgspec import Struct
from xxhash import xxh3_64_intdigest

from nospim.events import AnyEvent

REMEMBERED: Final = 131_072
"""Events that one generation holds.  An event is remembered for at least this many later ones and at
most for twice as many; at 100 events a second that is 22 to 44 minutes, far more than a queue's
redelivery takes, in at most about 50 MB."""

Answer = Literal["new", "repeat", "conflict"]

_decode: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder(order="sorted").encode


class RepeatsState(Struct, frozen=True, kw_only=True):
    """All that a `Repeats` knows: digest of content by digest of name, oldest first, two generations."""

    remembered: int
    current: dict[int, int]
    previous: dict[int, int]


class Repeats:
    """Remembers the last events by the digest of their name (`source` and `id`) and of their content."""

    __slots__ = ("_current", "_previous", "_remembered")

    def __init__(self, remembered: int = REMEMBERED) -> None:
        """remembered: events in one generation, at least 1; raises ValueError otherwise."""
        if remembered < 1:
            raise ValueError(f"a memory of repeats must hold at least 1 event, not {remembered}")
        self._remembered = remembered
        self._current: dict[int, int] = {}
        self._previous: dict[int, int] = {}

    def check(self, event: AnyEvent, raw: bytes) -> Answer:
        """Is this event new, seen already, or another event under a name already used?

        raw: the bytes that `event` was decoded from; fields that we do not know count as content.
        A new event is remembered; a repeat or a conflict changes nothing.
        """
        name = xxh3_64_intdigest(f"{event.source} {event.id}".encode())
        content = digest(raw)
        known = self._current.get(name)
        if known is None:
            known = self._previous.get(name)
            if known is None:
                if len(self._current) >= self._remembered:
                    self._previous, self._current = self._current, {}
                self._current[name] = content
                return "new"
        return "repeat" if known == content else "conflict"

    def save(self) -> RepeatsState:
        """A copy of everything remembered."""
        return RepeatsState(
            remembered=self._remembered, current=dict(self._current), previous=dict(self._previous)
        )

    @classmethod
    def restore(cls, state: RepeatsState) -> Repeats:
        """A memory that answers from here on exactly as the saved one would."""
        memory = cls(state.remembered)
        memory._current = dict(state.current)
        memory._previous = dict(state.previous)
        return memory


def digest(raw: bytes) -> int:
    """64 bits (XXH3) of the content of a JSON object: white space and the order of members do not matter.

    An object that has no canonical form (a number beyond a double, in a field we do not know) is taken
    byte for byte, so that it is only the same as itself.
    """
    try:
        return xxh3_64_intdigest(_encode(_decode(raw)))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return xxh3_64_intdigest(raw)
