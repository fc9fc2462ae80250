"""Feeds read from disk: what is refused as a whole, and what an index is made of."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from nospim.feeds import FeedError, index_of, read_feed, read_feeds
from nospim.feeds import load as loader
from nospim.links import key_of
from nospim.policy import FeedSettings


def settings(**more: object) -> FeedSettings:
    return FeedSettings(**{"name": "bad ones", "form": "hosts", "path": "list.txt", **more})  # type: ignore[arg-type]


def test_a_feed_tells_where_it_comes_from(tmp_path: Path) -> None:
    content = b"# updated 2026-11-20\nevil.example\n"
    (tmp_path / "list.txt").write_bytes(content)
    read = read_feed(settings(weight_bits=2.5), tmp_path)
    assert read.feed.sha256 == hashlib.sha256(content).hexdigest()
    assert (read.feed.name, read.feed.millibits) == ("bad ones", 2500)


def test_the_policys_date_beats_the_files(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(b"# updated 2026-11-20\nevil.example\n")
    earlier = read_feed(settings(dated=date(2026, 11, 1)), tmp_path).feed.dated
    assert read_feed(settings(), tmp_path).feed.dated - earlier == 19 * 86400


def test_a_feed_without_any_date_is_refused_for_it_could_not_age(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(b"evil.example\n")
    with pytest.raises(FeedError, match=r"bad ones.*dated = "):
        read_feed(settings(), tmp_path)


def test_a_file_that_is_not_there_or_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FeedError, match=r"bad ones.*list\.txt"):
        read_feed(settings(), tmp_path)
    (tmp_path / "list.txt").write_bytes(b"evil.example\n")
    monkeypatch.setattr(loader, "MAX_BYTES", 4)
    with pytest.raises(FeedError, match="larger than 4 bytes"):
        read_feed(settings(), tmp_path)


def test_without_feeds_there_is_no_index_and_with_them_links_are_looked_up(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(b"evil.example\n")
    assert index_of(read_feeds((), tmp_path)) is None
    index = index_of(read_feeds((settings(dated=date(2026, 11, 1)),), tmp_path))
    link = key_of("https://evil.example/x")
    assert index is not None
    assert link is not None
    assert [(h.feed.name, h.line, h.what) for h in index.hits("ann@im.example", (link,))] == [
        ("bad ones", 1, "place")
    ]
