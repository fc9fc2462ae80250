"""The public corpora that the wording model may learn from, read and grouped by near-duplicates.

Only rows under Creative Commons Attribution are read here.  Corpora of other terms evaluate, never train.
"""

from __future__ import annotations

import gzip
import html
import json
import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from nospim.errors import NospimError
from nospim.text import Wording, fingerprint, normalise, similarity
from nospim.text.words import words_of

ALIKE: Final = 0.5
"""Similarity from which two texts are one group, never split between training and test."""
IRC_EVERY: Final = 9
"""One line in nine of the IRC logs: they are thirty times as long as the other corpora together."""
_IRC_LINE: Final = re.compile(r"\[\d\d:\d\d\] <[^>]*> (?:[\w|\[\]`^{}-]{1,20}[:,] )?(.*)")


class Corpus(NamedTuple):
    """One file: where rows come from, their terms, and how much each label counts in training."""

    name: str
    file: str
    title: str
    licence: str
    ham: float
    spam: float


CORPORA: Final = (
    Corpus("uci", "uci_sms.jsonl.gz", "SMS Spam Collection (Almeida, Hidalgo 2011)", "CC BY 4.0", 0.4, 0.3),
    Corpus(
        "smishing", "smishing_new.jsonl.gz", "SMS Phishing Dataset (Mishra, Soni 2022)", "CC BY 4.0", 0.1, 0.2
    ),
    Corpus(
        "youtube",
        "youtube_comments.jsonl.gz",
        "YouTube Spam Collection (Alberto, Lochter 2015)",
        "CC BY 4.0",
        0.2,
        0.5,
    ),
    Corpus("irc", "ubuntu_irc.txt.gz", "Ubuntu IRC (Kummerfeld et al. 2019)", "CC BY 4.0", 0.3, 0.0),
)
"""Shares of ham and of spam that each corpus stands for: every source speaks, however long it is."""


class Row(NamedTuple):
    """One text of a corpus, normalised; `group` is shared by its near-duplicates."""

    corpus: str
    spam: bool
    plain: str
    words: list[str]
    wording: Wording
    group: int


class Source(NamedTuple):
    """What was read of one file, for the model's record."""

    corpus: Corpus
    sha256: str
    ham: int
    spam: int


def read(folder: Path) -> tuple[list[Row], list[Source]]:
    """All training rows of the files in a folder, each wording once, and where they came from.

    Raises NospimError naming a file that is missing or cannot be read.
    """
    rows: list[Row] = []
    sources = []
    grouping = _Grouping()
    for corpus in CORPORA:
        path = folder / corpus.file
        try:
            content = path.read_bytes()
            texts = list(_texts(corpus, gzip.decompress(content).decode("utf-8")))
        except (OSError, EOFError, ValueError, KeyError) as error:
            raise NospimError(f"cannot read the corpus {path}: {error}") from None
        kept = [row for text, spam in texts if (row := grouping.add(corpus.name, text, spam))]
        rows += kept
        spam_count = sum(row.spam for row in kept)
        sources.append(Source(corpus, sha256(content).hexdigest(), len(kept) - spam_count, spam_count))
    return [row._replace(group=grouping.root(row.group)) for row in rows], sources


def _texts(corpus: Corpus, content: str) -> Iterator[tuple[str, bool]]:
    if corpus.file.endswith(".txt.gz"):
        yield from ((text, False) for text in irc_lines(content.splitlines()[::IRC_EVERY]))
        return
    for line in content.splitlines():
        row = json.loads(line)
        yield html.unescape(re.sub(r"<br ?/?>", " ", row["text"])), row["label"] != "ham"


def irc_lines(lines: Iterable[str]) -> Iterator[str]:
    """What was said in lines of an IRC log, without time, speaker and the name it is addressed to."""
    for line in lines:
        if found := _IRC_LINE.fullmatch(line.rstrip()):
            yield found.group(1)


class _Grouping:
    """Union-find over near-duplicates, met through the bands of their signatures."""

    def __init__(self) -> None:
        self._parents: list[int] = []
        self._wordings: list[Wording] = []
        self._templates: set[int] = set()
        self._by_band: dict[int, list[int]] = {}

    def add(self, corpus: str, text: str, spam: bool) -> Row | None:
        """The row of a text; None where it has no words or its wording was there before."""
        plain = normalise(text).plain
        words = words_of(plain)
        wording = fingerprint(plain, words=words)
        if not wording.words or wording.template in self._templates:
            return None
        self._templates.add(wording.template)
        number = len(self._parents)
        self._parents.append(number)
        self._wordings.append(wording)
        for band in wording.bands:
            for other in self._by_band.get(band, ()):
                if similarity(wording, self._wordings[other]) >= ALIKE:
                    self._parents[self.root(number)] = self.root(other)
            self._by_band.setdefault(band, []).append(number)
        return Row(corpus, spam, plain, words, wording, number)

    def root(self, number: int) -> int:
        """The group of a row."""
        while self._parents[number] != number:
            self._parents[number] = self._parents[self._parents[number]]
            number = self._parents[number]
        return number
