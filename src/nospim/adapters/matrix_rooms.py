"""Who was in a Matrix room when, as far as a file of its events tells: who a message went to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any, Final

MAX_ROOMS: Final = 10_000
MAX_MEMBERS: Final = 400
"""People of a room that are followed: twice those that are named as recipients, because some leave."""
MAX_TURNS: Final = 64
"""Times that one person joined or left that are kept."""


class Rooms:
    """Fed with all events of a file first, in any order; asked about each of them then."""

    def __init__(self) -> None:
        self._turns: dict[str, dict[str, list[tuple[int, bool]]]] = {}
        self._spoke: dict[str, dict[str, int]] = {}
        self._whole: set[str] = set()
        self._direct: set[str] = set()

    def take(self, room: str, event: Mapping[str, Any]) -> None:
        """Learn what one event tells of a room."""
        if room not in self._turns:
            if len(self._turns) >= MAX_ROOMS:
                return
            self._turns[room], self._spoke[room] = {}, {}
        content = event.get("content")
        at, sender = event.get("origin_server_ts"), event.get("sender")
        if not isinstance(content, dict) or not isinstance(at, int) or not isinstance(sender, str):
            return
        if event.get("type") == "m.room.create":
            self._whole.add(room)
        if event.get("type") == "m.room.member":
            self._turn(room, event.get("state_key"), at, content)
        elif "state_key" not in event:
            spoke = self._spoke[room]
            if sender in spoke or len(spoke) < MAX_MEMBERS:
                spoke[sender] = min(at, spoke.get(sender, at))

    def _turn(self, room: str, who: Any, at: int, content: Mapping[str, Any]) -> None:
        turns = self._turns[room]
        if content.get("is_direct") is True:
            self._direct.add(room)
        if not isinstance(who, str) or (who not in turns and len(turns) >= MAX_MEMBERS):
            return
        mine = turns.setdefault(who, [])
        if content.get("membership") in ("join", "leave", "ban") and len(mine) < MAX_TURNS:
            mine.append((at, content.get("membership") == "join"))
            mine.sort()

    def members(self, room: str, sender: str, at: int) -> list[str] | None:
        """Who was in the room then: who had joined and not left, and who had spoken without having joined
        in the file.  None where there are too many to be named.
        """
        if len(self._turns.get(room, ())) + len(self._spoke.get(room, ())) >= MAX_MEMBERS:
            return None
        found = {sender}
        for who, turns in self._turns.get(room, {}).items():
            place = bisect_right(turns, (at, True))
            if place and turns[place - 1][1]:
                found.add(who)
        known = self._turns.get(room, {})
        found |= {who for who, first in self._spoke.get(room, {}).items() if first <= at and who not in known}
        return sorted(found)

    def kind(self, room: str, members: list[str] | None) -> str | None:
        """`direct` or `group`; None where the file does not tell who else is in the room."""
        if members is None or len(members) > 2:
            return "group"
        return "direct" if room in self._whole or room in self._direct else None
