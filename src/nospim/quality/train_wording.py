"""Trains the wording model: hashed words, logistic regression, calibration on groups that were held out.

The same inputs and versions give the same bytes: rows are read in order, folds follow from group numbers, the
solver runs on one thread, and weights are rounded.  Needs the extra ``learn``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

from nospim.errors import NospimError
from nospim.quality.corpora import CORPORA, Row, Source, read
from nospim.text.features import BUCKET_BITS, Features, features_of
from nospim.text.model import FORMAT, FULLY_KNOWN, SCALE, Header, WordingModel

FEWEST_DOCUMENTS: Final = 20
"""Groups of near-duplicates in which a feature must occur: what fewer people wrote is not learned."""
FOLDS: Final = 5
SEED: Final = 1
"""Of the assignment of groups to folds; nothing else is drawn."""
STRENGTHS: Final = (0.03, 0.1, 0.3)
"""Inverse strengths of the L2 penalty that are tried; the least log loss on held-out groups wins."""
HEDGE: Final = 0.25
"""Chance that spim is unlike the training spam, marketing and comments: at worst good words take 2 bits."""
LARGEST_WEIGHT: Final = 32_000
_MIX: Final = 2_654_435_761
"""Knuth's multiplicative hash constant ("The Art of Computer Programming", volume 3, section 6.4)."""


class Trained(NamedTuple):
    """A model with what was measured on rows that its folds had not seen, in the order of the rows."""

    model: WordingModel
    rows: list[Row]
    held_out_bits: list[float]


def train_wording(folder: Path) -> Trained:
    """Train on the corpora in a folder.

    folder: holds the files of `nospim.quality.corpora.CORPORA`.  Raises NospimError when a file is missing
    or the extra ``learn`` is not installed.
    """
    library = _Library()
    rows, sources = read(folder)
    features = [features_of(row.plain, row.words) for row in rows]
    columns = _columns(rows, features)
    data = _Data(library, rows, features, columns)
    with library.one_thread():
        strength, scores = min(
            ((c, data.held_out_scores(c)) for c in STRENGTHS), key=lambda pair: data.log_loss(pair[1])
        )
        slope, offset = data.calibrate(scores)
        final = data.fit(strength)
    weights = [max(-LARGEST_WEIGHT, min(LARGEST_WEIGHT, round(float(w) * SCALE))) for w in final.coef_[0]]
    header = Header(
        format=FORMAT,
        version="",
        bucket_bits=BUCKET_BITS,
        intercept=round(float(final.intercept_[0]), 4),
        slope=round(slope, 4),
        offset=round(offset, 4),
        hedge=HEDGE,
        count=len(weights),
        training={},
    )
    bits = [s * (slope * z + offset) / math.log(2) for s, z in zip(data.shares, scores, strict=True)]
    table = dict(zip(columns, weights, strict=True))
    record = _record(
        library, sources, strength, {**weighted_figures(bits, rows), "groups": len({r.group for r in rows})}
    )
    unnamed = WordingModel(_with(header, "", record), table).encode()
    model = WordingModel(_with(header, f"wording-{sha256(unnamed).hexdigest()[:12]}", record), table)
    return Trained(model, rows, bits)


def _with(header: Header, version: str, record: dict[str, Any]) -> Header:
    fields = {name: getattr(header, name) for name in header.__struct_fields__}
    return Header(**{**fields, "version": version, "training": record})


def _record(
    library: _Library, sources: list[Source], strength: float, figures: dict[str, float]
) -> dict[str, Any]:
    return {
        "corpora": [
            {
                "file": s.corpus.file,
                "title": s.corpus.title,
                "licence": s.corpus.licence,
                "sha256": s.sha256,
                "ham": s.ham,
                "spam": s.spam,
                "share_of_ham": s.corpus.ham,
                "share_of_spam": s.corpus.spam,
            }
            for s in sources
        ],
        "fewest_documents": FEWEST_DOCUMENTS,
        "penalty": strength,
        "folds": FOLDS,
        "seed": SEED,
        "held_out": figures,
        "versions": library.versions,
    }


def _columns(rows: Sequence[Row], features: Sequence[Features]) -> list[int]:
    groups: dict[int, set[int]] = {}
    for row, found in zip(rows, features, strict=True):
        for bucket in found.words | found.others:
            groups.setdefault(bucket, set()).add(row.group)
    return sorted(bucket for bucket, seen in groups.items() if len(seen) >= FEWEST_DOCUMENTS)


class _Library:
    """scikit-learn and numpy, imported when a model is trained and not before."""

    def __init__(self) -> None:
        try:
            self.numpy: Any = import_module("numpy")
            self.sparse: Any = import_module("scipy.sparse")
            self.linear: Any = import_module("sklearn.linear_model")
            self.pools: Any = import_module("threadpoolctl")
            names = ("numpy", "scipy", "sklearn")
            self.versions: dict[str, str] = {name: str(import_module(name).__version__) for name in names}
        except ImportError as error:
            raise NospimError(
                f"training needs the extra 'learn' ({error.name} is missing): pip install 'nospim[learn]'"
            ) from None

    def one_thread(self) -> Any:
        """A context in which linear algebra uses one thread, so that sums have one order."""
        return self.pools.threadpool_limits(limits=1)


class _Data:
    """The rows as a sparse matrix with labels, weights and folds."""

    def __init__(
        self, library: _Library, rows: Sequence[Row], features: Sequence[Features], columns: Sequence[int]
    ) -> None:
        np = library.numpy
        self._library = library
        place = {bucket: at for at, bucket in enumerate(columns)}
        indices: list[int] = []
        starts = [0]
        self.shares: list[float] = []
        for found in features:
            indices += sorted(place[b] for b in found.words | found.others if b in place)
            starts.append(len(indices))
            known = sum(b in place for b in found.words)
            self.shares.append(min(1.0, known / (FULLY_KNOWN * len(found.words))))
        ones = np.ones(len(indices))
        self._x = library.sparse.csr_matrix((ones, indices, starts), shape=(len(rows), len(columns)))
        self._y = np.array([row.spam for row in rows])
        self._weights = np.array(row_weights(rows))
        self._folds = np.array([(row.group + SEED) * _MIX % (1 << 32) * FOLDS >> 32 for row in rows])

    def fit(self, strength: float, mask: Any = None) -> Any:
        """A logistic regression of the rows of a mask, or of all."""
        model = self._library.linear.LogisticRegression(C=strength, max_iter=5000, tol=1e-6)
        chosen = slice(None) if mask is None else mask
        return model.fit(self._x[chosen], self._y[chosen], sample_weight=self._weights[chosen])

    def held_out_scores(self, strength: float) -> list[float]:
        """The sum for every row from the model that did not see the row's group."""
        scores = self._library.numpy.zeros(len(self._y))
        for fold in range(FOLDS):
            out = self._folds == fold
            scores[out] = self.fit(strength, ~out).decision_function(self._x[out])
        return [float(s) for s in scores]

    def calibrate(self, scores: Sequence[float]) -> tuple[float, float]:
        """Slope and offset that make held-out sums log-likelihood ratios, after Platt (1999)."""
        np = self._library.numpy
        shares = np.array(self.shares)
        inputs = np.column_stack([shares * np.array(scores), shares])
        model = self._library.linear.LogisticRegression(C=1e6, fit_intercept=False, tol=1e-8)
        model.fit(inputs, self._y, sample_weight=self._weights)
        return float(model.coef_[0][0]), float(model.coef_[0][1])

    def log_loss(self, scores: Sequence[float]) -> float:
        """Weighted log loss of the calibrated held-out sums, in natural logarithms."""
        np = self._library.numpy
        slope, offset = self.calibrate(scores)
        logits = np.array(self.shares) * (slope * np.array(scores) + offset)
        losses = np.logaddexp(0.0, np.where(self._y, -logits, logits))
        return float((losses * self._weights).sum() / self._weights.sum())


def row_weights(rows: Sequence[Row]) -> list[float]:
    """What each row counts: every corpus its share of ham and spam, both labels alike, on average one."""
    shares = {(c.name, spam): c.spam if spam else c.ham for c in CORPORA for spam in (False, True)}
    counts = Counter((row.corpus, row.spam) for row in rows)
    totals = {spam: sum(shares[key] for key in counts if key[1] == spam) for spam in (False, True)}
    half = len(rows) / 2
    return [
        half * shares[row.corpus, row.spam] / totals[row.spam] / counts[row.corpus, row.spam] for row in rows
    ]


def weighted_figures(bits: Sequence[float], rows: Sequence[Row]) -> dict[str, float]:
    """Area under the curve and true positive rates at false positive rates of 0.1 % and 1 %, weighted."""
    order = sorted(zip(bits, (r.spam for r in rows), row_weights(rows), strict=True), reverse=True)
    ham = sum(w for _, spam, w in order if not spam)
    hits = false = area = 0.0
    at = {0.001: 0.0, 0.01: 0.0}
    spam_total = sum(w for _, spam, w in order if spam)
    for _, spam, weight in order:
        if spam:
            hits += weight
            at = {rate: hits if false <= rate * ham else found for rate, found in at.items()}
        else:
            false += weight
            area += weight * hits
    return {
        "auc": round(area / (ham * spam_total), 4),
        "recall_at_0.1%_false": round(at[0.001] / spam_total, 4),
        "recall_at_1%_false": round(at[0.01] / spam_total, 4),
    }
