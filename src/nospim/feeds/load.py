"""Feeds read from disk as the policy names them: the one place of this package that opens files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from msgspec import Struct

from nospim.feeds.built_in import FORMS
from nospim.feeds.interface import FeedError, Parsed, day
from nospim.feeds.nospim_list import require_signed
from nospim.listings import Feed, FeedIndex
from nospim.policy import FeedSettings

MAX_BYTES: Final = 1 << 28
"""Largest file of a feed: 256 MB hold some ten million hosts."""


class FeedFile(Struct, frozen=True):
    """One feed as read: where it came from, and what was in it."""

    feed: Feed
    parsed: Parsed


def read_feeds(settings: Iterable[FeedSettings], folder: Path) -> tuple[FeedFile, ...]:
    """Read every feed of a policy.  folder: what relative paths are relative to.  Raises FeedError."""
    return tuple([read_feed(one, folder) for one in settings])


def read_feed(settings: FeedSettings, folder: Path) -> FeedFile:
    """Read one feed.  Raises FeedError for a file that cannot be read, is too large, or has no date."""
    path = folder / settings.path
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FeedError(f"feed {settings.name}: {path} is larger than {MAX_BYTES} bytes; split the list")
        content = path.read_bytes()
    except OSError as error:
        raise FeedError(
            f"feed {settings.name}: {path}: {error.strerror}; name a file that can be read"
        ) from None
    if settings.key is not None:
        require_signed(settings.name, content, path, settings.key)
    parsed = FORMS[settings.form](content, settings)
    said = settings.dated
    dated = parsed.dated if said is None else day(said.year, said.month, said.day)
    if dated is None and any(entry.dated is None for entry in parsed.entries):
        raise FeedError(
            f"feed {settings.name}: {path} states no date, and the policy gives none; "
            "say with `dated = 2026-11-24` when the list was made, so that it can age"
        )
    feed = Feed(
        name=settings.name,
        kind=settings.kind,
        sha256=hashlib.sha256(content).hexdigest(),
        dated=0.0 if dated is None else dated,
        expires=settings.expires,
        millibits=round(1000 * settings.weight_bits),
    )
    return FeedFile(feed, parsed)


def index_of(files: tuple[FeedFile, ...], own_names: tuple[str, ...] = ()) -> FeedIndex | None:
    """What the guard looks things up in; None without feeds."""
    return FeedIndex.of([(f.feed, f.parsed.entries) for f in files], own_names) if files else None
