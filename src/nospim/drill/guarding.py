"""What a drill asks of a guard: an answer to each event, in order of time.

Nothing here knows the engine; whatever answers like this can be drilled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from msgspec import Struct

from nospim.actions import Action
from nospim.events import AnyEvent
from nospim.verdicts import Resolution, Verdict


class Answer(Protocol):
    """What a guard says to one event: a verdict on a message, ends of holds, actions that it asks for."""

    @property
    def verdict(self) -> Verdict | None:
        """What is done with the message; None means that it passes."""

    @property
    def resolutions(self) -> Sequence[Resolution]:
        """Holds that ended by now."""

    @property
    def actions(self) -> Sequence[Action]:
        """What is asked for about accounts, sessions and delivered messages."""


class Guard(Protocol):
    """Sees every event of a drill once, in order of time."""

    def step(self, event: AnyEvent, /) -> Answer:
        """The answer to one event; the drill acts on it before the next."""


class Silence(Struct, frozen=True):
    """The answer that changes nothing."""

    verdict: Verdict | None = None
    resolutions: tuple[Resolution, ...] = ()
    actions: tuple[Action, ...] = ()


_SILENCE: Final = Silence()


class Unguarded:
    """No guard at all: every message passes and nobody is stopped."""

    def step(self, event: AnyEvent, /) -> Silence:  # noqa: ARG002 - sees and does nothing
        """Let it pass."""
        return _SILENCE
