"""Bounded maps that forget what was not used for long, by count and by event time."""

from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import Struct

K = TypeVar("K", str, int)
V = TypeVar("V")


class Generations(Struct, Generic[K, V], kw_only=True):
    """A map in two generations: what is used moves to the recent one, the older one is dropped whole.

    It holds at most twice `cap` entries and keeps every entry that was used within the last `cap`
    distinct uses and within `span` seconds of event time; what is older is gone after at most twice
    that.  Unlike an exact least-recently-used map it costs one dictionary look-up, and its content
    depends on nothing but the order of calls.
    """

    cap: int
    span: float
    started: float = 0.0
    recent: dict[K, V] = {}
    older: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """The entry of `key`, marked as used, or None."""
        value = self.recent.get(key)
        if value is None:
            value = self.older.pop(key, None)
            if value is not None:
                self.put(key, value)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep `value` under `key`."""
        if len(self.recent) >= self.cap:
            self.older = self.recent
            self.recent = {}
        self.recent[key] = value

    def tick(self, now: float) -> None:
        """Let time pass to `now`, in seconds; a clock set back restarts the span and never wedges it."""
        if now < self.started:
            self.started = now
        elif now - self.started > self.span:
            self.older = self.recent
            self.recent = {}
            self.started = now

    def __len__(self) -> int:
        return len(self.recent) + len(self.older)


def touch(entries: dict[K, V], key: K, value: V, cap: int) -> None:
    """Set `key` as the newest of at most `cap` entries; the one set longest ago leaves."""
    if key in entries:
        del entries[key]
    elif len(entries) >= cap:
        del entries[next(iter(entries))]
    entries[key] = value
