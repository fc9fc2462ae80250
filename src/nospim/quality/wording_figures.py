"""Figures of the wording model: calibration on held-out groups, F1 on texting, false alarms elsewhere."""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from nospim.quality.corpora import Row, irc_lines
from nospim.quality.train_wording import Trained, row_weights
from nospim.text import find_cues, fingerprint, normalise
from nospim.text.words import words_of

EVALUATION: Final = (
    ("nus_sms_en.jsonl.gz", "NUS SMS Corpus, ham"),
    ("ubuntu_irc.txt.gz", "Ubuntu IRC, ham"),
    ("honeypot_tweets.jsonl.gz", "Social Honeypot tweets"),
    ("livechat_zh_obfuscated.jsonl.gz", "Chinese live chat, obfuscated"),
)
"""Files that are only measured on; those absent are left out."""
AT_LEAST: Final = (1, 2, 3)
"""Bits at which shares are given."""


class Shares(NamedTuple):
    """Of one set of texts the share with at least 1, 2 and 3 bits, and of each cue and disguise."""

    name: str
    rows: int
    bits: tuple[float, ...]
    cues: dict[str, float]
    disguises: dict[str, float]


def f1_on_texting(trained: Trained) -> float:
    """F1 on the SMS Spam Collection from held-out bits, at even odds under that corpus' own prior."""
    chosen = [
        (bits, r.spam)
        for bits, r in zip(trained.held_out_bits, trained.rows, strict=True)
        if r.corpus == "uci"
    ]
    spam = sum(is_spam for _, is_spam in chosen)
    prior = math.log2(spam / (len(chosen) - spam))
    hits = sum(is_spam and bits + prior > 0 for bits, is_spam in chosen)
    flagged = sum(bits + prior > 0 for bits, _ in chosen)
    return 2 * hits / (flagged + spam)


def reliability(trained: Trained) -> list[tuple[int, float, float]]:
    """For each whole bit: (bits said, bits found as log2 of weighted spam over ham, share of rows)."""
    sums: dict[int, list[float]] = {}
    weights = row_weights(trained.rows)
    for bits, row, weight in zip(trained.held_out_bits, trained.rows, weights, strict=True):
        cell = sums.setdefault(max(-4, min(6, round(bits))), [0.0, 0.0])
        cell[row.spam] += weight
    total = sum(map(sum, sums.values()))
    return [
        (b, math.log2(spam / ham), (spam + ham) / total)
        for b, (ham, spam) in sorted(sums.items())
        if spam and ham
    ]


def shares_elsewhere(trained: Trained, folder: Path) -> list[Shares]:
    """`Shares` of every evaluation file in a folder, without the wordings that were trained on."""
    seen = {row.wording.template for row in trained.rows}
    found = []
    for file, name in EVALUATION:
        path = folder / file
        if path.exists():
            by_label: dict[str, list[str]] = {}
            for label, text in _texts(path):
                by_label.setdefault(label, []).append(text)
            found += [
                _shares(trained, f"{name} {label}".strip(), by_label[label], seen)
                for label in sorted(by_label)
            ]
    return found


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    content = gzip.decompress(path.read_bytes()).decode("utf-8")
    if path.name.endswith(".txt.gz"):
        yield from (("", text) for text in irc_lines(content.splitlines()))
        return
    for line in content.splitlines():
        row = json.loads(line)
        yield row.get("label", row.get("account_label", "")), row["text"]


def _shares(trained: Trained, name: str, texts: Sequence[str], seen: set[int]) -> Shares:
    counts: Counter[int] = Counter()
    cues: Counter[str] = Counter()
    disguises: Counter[str] = Counter()
    rows = 0
    for text in texts:
        normal = normalise(text)
        words = words_of(normal.plain)
        if fingerprint(normal.plain, words=words).template in seen:
            continue
        rows += 1
        bits = trained.model.bits(normal.plain, words)
        counts.update(limit for limit in AT_LEAST if bits >= 1000 * limit)
        cues.update(cue.name for cue in find_cues(normal.plain, words))
        disguises.update(normal.disguises)
    rows = max(rows, 1)
    return Shares(
        name,
        rows,
        tuple(counts[limit] / rows for limit in AT_LEAST),
        {cue: n / rows for cue, n in sorted(cues.items())},
        {kind: n / rows for kind, n in sorted(disguises.items())},
    )


def training_rows(rows: Sequence[Row]) -> dict[tuple[str, bool], int]:
    """How many rows of each corpus and label were trained on."""
    return dict(sorted(Counter((row.corpus, row.spam) for row in rows).items()))
