"""The wording model at run time: bits that the words of a text weigh, from a small file of hashed weights.

A linear model (logistic regression) whose sum is turned into a log-likelihood ratio.  It was trained on text
messages and comments, so it is hedged twice: words that it never saw count for nothing, and with chance
`hedge` the spim is of a kind unlike the one it learned, of which words say nothing (a contaminated
likelihood, after Huber, "A robust version of the probability ratio test", 1965).  See
``docs/explanation/wording-model.md``.
"""

from __future__ import annotations

import math
from array import array
from importlib.resources import files
from sys import byteorder
from typing import Any, Final

import msgspec
from msgspec import Struct

from nospim.text.features import BUCKET_BITS, features_of
from nospim.text.words import words_of

FORMAT: Final = "nospim wording model 1"
LOWEST, HIGHEST = -4000, 6000
"""Clamp in thousandths of a bit: whatever the words, they alone can neither clear nor block a message."""
SCALE: Final = 1000
"""Weights are kept as thousandths of a natural logarithm, in 16 bits."""
FULLY_KNOWN: Final = 0.5
"""Share of known words from which a text is judged in full; below it the sum shrinks in proportion."""


class Header(Struct, frozen=True, kw_only=True):
    """The first line of a model file, JSON.

    intercept, slope, offset: of the sum and of its calibration, in natural logarithms.  hedge: chance that
    spim is unlike the training spam.  count: weights that follow.  training: how the weights were made.
    """

    format: str
    version: str
    bucket_bits: int
    intercept: float
    slope: float
    offset: float
    hedge: float
    count: int
    training: dict[str, Any]


class WordingModel:
    """Calibration and weights by bucket, in units of 1 / `SCALE`; not changed after loading."""

    def __init__(self, header: Header, weights: dict[int, int]) -> None:
        self.header: Final = header
        self.weights: Final = weights

    @property
    def version(self) -> str:
        """Name of the weights, for records of decisions."""
        return self.header.version

    @classmethod
    def load(cls) -> WordingModel:
        """The shipped model."""
        return cls.decode(files("nospim.text").joinpath("data", "wording.model").read_bytes())

    @classmethod
    def decode(cls, content: bytes) -> WordingModel:
        """A model from the bytes of its file; raises ValueError saying what is wrong with them."""
        line, _, body = content.partition(b"\n")
        try:
            header = msgspec.json.decode(line, type=Header)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"the first line of the wording model is not its header: {error}") from None
        if header.format != FORMAT or header.bucket_bits != BUCKET_BITS:
            raise ValueError(f"the wording model is {header.format!r}; this program reads {FORMAT!r}")
        if len(body) != 6 * header.count:
            raise ValueError(
                f"the wording model is cut: {len(body)} bytes of weights for {header.count} of 6"
            )
        buckets, weights = array("I", body[: 4 * header.count]), array("h", body[4 * header.count :])
        if byteorder == "big":
            buckets.byteswap()
            weights.byteswap()
        return cls(header, dict(zip(buckets, weights, strict=True)))

    def encode(self) -> bytes:
        """The bytes of the model's file: header, sorted buckets (uint32), weights (int16), little-endian."""
        order = sorted(self.weights)
        buckets, weights = array("I", order), array("h", [self.weights[b] for b in order])
        if byteorder == "big":
            buckets.byteswap()
            weights.byteswap()
        return msgspec.json.encode(self.header) + b"\n" + buckets.tobytes() + weights.tobytes()

    def score(self, plain: str, words: list[str] | None = None) -> tuple[float, float]:
        """(how well the words are known from 0 to 1, the uncalibrated sum in natural logarithms).

        Parameters as in `bits`.
        """
        found = features_of(plain, words_of(plain) if words is None else words)
        if not found.words:
            return 0.0, 0.0
        weights = self.weights
        known = [weights[b] for b in found.words if b in weights]
        total = sum(known) + sum([weights[b] for b in found.others if b in weights])
        share = len(known) / (FULLY_KNOWN * len(found.words))
        return min(1.0, share), self.header.intercept + total / SCALE

    def bits(self, plain: str, words: list[str] | None = None) -> int:
        """Thousandths of a bit of evidence for spim in the words: log2 of a likelihood ratio, no prior in it.

        plain: `Normal.plain`.  words: its `words_of`, where the caller has them already.  Between `LOWEST`
        and `HIGHEST`; 0 for a text without a known word.
        """
        share, score = self.score(plain, words)
        if not share:
            return 0
        header = self.header
        log_ratio = share * (header.slope * score + header.offset)
        ratio = (1 - header.hedge) * math.exp(max(-40.0, min(40.0, log_ratio))) + header.hedge
        return max(LOWEST, min(HIGHEST, round(1000 * math.log2(ratio))))
