"""What was decided, as the journal's records of it: verdicts, ends of holds, actions.

An event's record says what happened; these say what was concluded from it, by the version and the policy of
that day, in the forms that a scan writes.  A replay does not read them: it comes to the same again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from msgspec import Struct

from nospim.service.desk import Item

MOST_OWED: Final = 65_536
"""Conclusions that a start may have to write down: those of the last moments before a crash, with room."""
KINDS: Final = frozenset({"verdict", "resolution", "action"})
_encode: Final = msgspec.json.Encoder().encode


class Told:
    """Conclusions that wait to be written down, as JSON: passed and stopped (verdicts), resolutions, acts.

    left: records that could not be written before.
    """

    __slots__ = ("acts", "left", "passed", "resolutions", "stopped")

    def __init__(self) -> None:
        self.clear()

    def __bool__(self) -> bool:
        return bool(self.passed or self.stopped or self.resolutions or self.acts or self.left)

    def clear(self) -> None:
        """All was written down."""
        self.left: list[tuple[str, bytes]] = []
        self.passed: list[bytes] = []
        self.stopped: list[bytes] = []
        self.resolutions: list[bytes] = []
        self.acts: list[bytes] = []

    def actions(self, items: Iterable[Item]) -> None:
        """These actions were put on the desk."""
        self.acts += map(_encode, items)

    def records(self) -> Iterator[tuple[str, bytes]]:
        """Kind and body of each record that is to be written.

        What passed shares one record, a line each: it is most of all and rarely evidence, and a record of its
        own would be a tenth of a check's cost.  Whatever stopped something can be shown by itself.
        """
        yield from self.left
        if self.passed:
            yield "verdict", b"\n".join(self.passed)
        for kind, bodies in (
            ("verdict", self.stopped),
            ("resolution", self.resolutions),
            ("action", self.acts),
        ):
            for body in bodies:
                yield kind, body


class _Named(Struct, frozen=True):
    source: str
    id: str = ""
    action: str = ""


_named: Final = msgspec.json.Decoder(_Named)


class Owed:
    """During a replay: what followed from events and was not written down before the crash."""

    def __init__(self) -> None:
        self._owed: dict[tuple[str, str, str], bytes] = {}

    def follow(self, told: Told) -> None:
        """Take away what followed from the record that was replayed last."""
        for kind, body in told.records():
            for line in body.split(b"\n"):
                self._owed[_name(kind, line)] = line
        told.clear()
        while len(self._owed) > MOST_OWED:
            del self._owed[next(iter(self._owed))]

    def seen(self, kind: str, body: bytes) -> None:
        """A record of conclusions is in the journal."""
        for line in body.split(b"\n"):
            self._owed.pop(_name(kind, line), None)

    def rest(self) -> list[tuple[str, bytes]]:
        """What is still to be written down, in the order in which it followed."""
        return [(kind, line) for (kind, _, _), line in self._owed.items()]


def _name(kind: str, line: bytes) -> tuple[str, str, str]:
    named = _named.decode(line)
    return kind, named.source, named.action if kind == "action" else named.id
