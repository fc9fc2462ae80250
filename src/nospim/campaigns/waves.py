"""Waves: bad messages of an owner's own session, or without sessions, told apart by what they say.

There is no sign-in to cut by, and one account may be used by two thieves within hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nospim.campaigns.seeds import Gathered, Key, keys_of
from nospim.casework import Settings
from nospim.sightings import MessageSeen
from nospim.verdicts import STOPPED

CLOSE: Final = 900.0
"""Bad messages without any key belong to what went before within these seconds: one sitting."""
MAX_OPEN: Final = 16
"""Waves of one account that are compared with its next message; older ones are over."""


class Wave:
    """One wave while it grows."""

    def __init__(self, first: MessageSeen) -> None:
        self.messages: list[MessageSeen] = [first]
        self.keys: set[Key] = set()

    def add(self, seen: MessageSeen, keys: list[Key]) -> None:
        """Take one more message with its live keys."""
        if seen is not self.messages[0]:
            self.messages.append(seen)
        self.keys.update(keys)

    def silence(self, seen: MessageSeen) -> float:
        """Seconds since the wave's last message."""
        return seen.at - self.messages[-1].at


def waves(own: list[MessageSeen], gathered: Gathered, settings: Settings) -> Iterator[list[MessageSeen]]:
    """Cut an account's messages into waves.

    own: in order of time; those that are neither stopped nor have a live key are left out, but for messages
    without text or link between two that were stopped.  A message joins the latest wave of its
    session that has its destination, or its wording within `episode_gap`, or (with no live key) that is
    close in time; else it begins one.
    """
    found: list[Wave] = []
    quiet: list[MessageSeen] = []
    for seen in own:
        keys = [key for key in keys_of(seen) if gathered.live(key)]
        if not keys and seen.action not in STOPPED:
            if not keys_of(seen):
                quiet.append(seen)
            continue
        wave = _place(found[-MAX_OPEN:], seen, keys, settings)
        if wave is None:
            wave = Wave(seen)
            found.append(wave)
        elif not wave.keys and not keys:
            for silent in quiet:
                if silent.session == seen.session and 0.0 <= wave.silence(silent) <= CLOSE:
                    wave.add(silent, [])
        wave.add(seen, keys)
        quiet = []
    for wave in found:
        yield wave.messages


def _place(found: list[Wave], seen: MessageSeen, keys: list[Key], settings: Settings) -> Wave | None:
    destinations = {key for key in keys if key[0] == "destination"}
    wordings = {key for key in keys if key[0] == "wording"}
    same = [wave for wave in reversed(found) if wave.messages[-1].session == seen.session]
    for wave in same:
        if not destinations.isdisjoint(wave.keys):
            return wave
    for wave in same:
        if not wordings.isdisjoint(wave.keys) and wave.silence(seen) <= settings.episode_gap:
            return wave
    if not destinations and same and same[0].silence(seen) <= CLOSE:
        return same[0]
    return None
