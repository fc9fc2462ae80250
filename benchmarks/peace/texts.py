"""What is said: real texts of open collections, with what the wording model has seen of each.

Every text that its collection does not call spam counts as benign, whatever it says: nothing is taken
out after a look at it.
"""

from __future__ import annotations

import gzip
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nospim.errors import NospimError
from nospim.quality import corpora
from nospim.signals.reading import Reader, Reading
from nospim.text import Wording, WordingModel, similarity

MADE: Final = "made"
"""Source of what no collection holds: remarks beside viral links, questions to a help desk."""
POOLS: Final[dict[str, tuple[str, ...]]] = {
    "holiday": (
        r"happy new year|merry (x ?mas|christmas)|happy (deepavali|diwali|chinese new year|cny|easter)",
        r"gong xi fa cai|happy (mother|father|valentine)|selamat hari raya|eid mubarak",
    ),
    "chain letter": (
        r"(forward|send|pass) (this|it|dis) .{0,30}\b(to|2) (all|every|\d+|ur|your)|fwd this|keep it going",
    ),
    "invitation": (
        r"party|bbq|barbecue|gathering|reunion|wedding|birthday|potluck|steamboat|concert|exhibition",
        r"join (us|me)|come (over|down|join)|dinner (at|on)|movie (on|at|tmr|tonight)|match (on|at)",
    ),
    "new number": (
        r"(new|changed?|chg) (my )?(hp |hand ?phone |phone |mobile |contact )?(number|no|num)",
        r"my new (number|no|num|hp|handphone)",
    ),
    "fundraising": (
        r"donat\w+|charity|fund ?rais\w+|sponsor (me|us)|raise (money|funds)|volunteer(s|ing)?|flag day",
    ),
    "club": (r"training|rehearsal|practice|meeting|committee|captain|attendance|session|briefing|agenda",),
    "shop": (
        r"sale|discount|\d+ ?% off|offer|promotion|promo|free (shipping|delivery|gift)|order now|in stock",
        r"new arrivals?|coupon",
    ),
    "help desk": (r"try|see|check|read|install|you (need|can|should)|go to|look at|reinstall|settings?",),
}
"""What texts must say to be used for a kind of round: real people's words, picked by these patterns."""
POOLED: Final = ("NUS SMS", "UCI SMS", "tweets", "Ubuntu IRC")
POOLED_LENGTH: Final = range(20, 301)
"""Characters of a text that is sent round."""


class Source:
    """One collection: name, share of accounts that talk with it, and where its texts stand in the library."""

    def __init__(self, name: str, share: float, first: int, last: int) -> None:
        self.name = name
        self.share = share
        self.first = first
        self.last = last


class Library:
    """All texts, by number, read when they are first used.

    data: folder with the folder ``text``.  reader: the guard's own.  Raises NospimError for what is missing.
    """

    def __init__(self, data: Path, reader: Reader) -> None:
        self._reader = reader
        self.texts: list[str] = []
        self.sources: list[Source] = []
        folder = data / "text"
        try:
            for name, share, lines in _collections(folder):
                first = len(self.texts)
                self.texts += [text for text in lines if text.strip()]
                self.sources.append(Source(name, share, first, len(self.texts)))
        except (OSError, EOFError, ValueError, KeyError) as error:
            raise NospimError(f"cannot read the texts in {folder}: {error}") from None
        self.real = len(self.texts)
        self._readings: list[Reading | None] = [None] * self.real
        self._unseen = bytearray(self.real)
        self._trained = _Trained(folder)
        self.pools = {kind: tuple(self._pool(patterns)) for kind, patterns in POOLS.items()}

    def _pool(self, patterns: tuple[str, ...]) -> Iterator[int]:
        wanted = re.compile(rf"\b({'|'.join(patterns)})\b", re.IGNORECASE)
        for source in self.sources:
            if source.name in POOLED:
                for number in range(source.first, source.last):
                    text = self.texts[number]
                    if len(text) in POOLED_LENGTH and "://" not in text and wanted.search(text):
                        yield number

    def reading(self, number: int) -> Reading:
        """The guard's reading of a text as it is."""
        known = self._readings[number]
        if known is None:
            known = self._readings[number] = self._reader.read(self.texts[number])
            self._unseen[number] = not self._trained.near(known)
        return known

    def unseen(self, number: int) -> bool:
        """Whether the wording model never saw the text, nor a near-duplicate of it."""
        self.reading(number)
        return bool(self._unseen[number])


class _Trained:
    """What the wording model was trained on, by template and bands.

    Raises NospimError where the model's record names other inputs than the files in the folder.
    """

    def __init__(self, folder: Path) -> None:
        rows, sources = corpora.read(folder)
        inputs = {(c["file"], c["sha256"]) for c in WordingModel.load().header.training["corpora"]}
        if inputs != {(s.corpus.file, s.sha256) for s in sources}:
            raise NospimError(f"the wording model was trained on other files than those in {folder}")
        self._templates = {row.wording.template for row in rows}
        self._by_band: dict[int, list[Wording]] = {}
        for row in rows:
            for band in row.wording.bands:
                self._by_band.setdefault(band, []).append(row.wording)

    def near(self, reading: Reading) -> bool:
        """Whether a text has the same words as one of the training, or nearly; no words say nothing new."""
        if not reading.words or reading.template in self._templates:
            return True
        wording = Wording(reading.words, reading.template, reading.signature, reading.bands)
        return any(
            similarity(wording, other) >= corpora.ALIKE
            for band in reading.bands
            for other in self._by_band.get(band, ())
        )


def _collections(folder: Path) -> Iterator[tuple[str, float, list[str]]]:
    """Name, share of accounts, texts; of one author together where the author is known."""
    nus = sorted(_rows(folder, "nus_sms_en"), key=lambda row: str(row["from"]))
    yield "NUS SMS", 0.4, [row["text"] for row in nus]
    with gzip.open(folder / "ubuntu_irc.txt.gz", "rt", encoding="utf-8") as lines:
        yield "Ubuntu IRC", 0.28, list(corpora.irc_lines(lines))
    tweets = (row for row in _rows(folder, "honeypot_tweets") if row["account_label"] == "ham")
    by_account = sorted(tweets, key=lambda row: (row["account"], row["time"]))
    yield "tweets", 0.15, [html.unescape(row["text"]) for row in by_account]
    yield "Chinese live chat", 0.08, _ham(folder, "livechat_zh_obfuscated")
    yield "UCI SMS", 0.06, [*_ham(folder, "uci_sms"), *_ham(folder, "smishing_new")]
    yield "YouTube", 0.03, _ham(folder, "youtube_comments")


def _ham(folder: Path, name: str) -> list[str]:
    rows = (row["text"] for row in _rows(folder, name) if row["label"] == "ham")
    return [html.unescape(re.sub(r"<br ?/?>", " ", text)) for text in rows]


def _rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
