"""Who is behind several campaigns: four hypotheses compared, piece by piece, with what speaks against each.

Each piece of evidence has a likelihood under each hypothesis; their ratios multiply where pieces are
independent of each other (Bayes in odds form, as forensic reports use it: ENFSI Guideline for Evaluative
Reporting, 2015).  Beside it stands the table of an analysis of competing hypotheses, which ranks by what
speaks *against* (R. Heuer, Psychology of Intelligence Analysis, 1999, chapter 8), and the piece that the
conclusion hangs on.  Pure.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.resources import files
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

Hypothesis = Literal["same", "kit", "coincidence", "framing"]
HYPOTHESES: Final[tuple[Hypothesis, ...]] = ("same", "kit", "coincidence", "framing")
TITLES: Final[dict[Hypothesis, str]] = {
    "same": "one operator",
    "kit": "a shared kit or service",
    "coincidence": "coincidence",
    "framing": "framed by somebody else",
}
MOST_RATIO: Final = 1000.0
"""The most that one piece may favour a hypothesis over another: no method here errs less often than that."""
FULL: Final = 0.999
"""Likelihoods lie between one less this and this: nothing is certain or impossible."""
AGAINST: Final = 0.5
"""Tenfold steps below the most likely hypothesis from which a piece speaks against one: a factor of three."""
STRONGLY: Final = 1.0
"""From which it speaks strongly against: a factor of ten, where the scale of ENFSI leaves "weak"."""

Likelihood = Annotated[float, Meta(gt=0.0, lt=1.0)]


class Assumed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Likelihoods of sharing a kind of mark, under each hypothesis, and the reason for them."""

    kind: str
    same: Likelihood
    kit: Likelihood
    coincidence: Likelihood
    framing: Likelihood
    reason: str


class Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Assumptions with where they come from."""

    source: str
    read: date
    kind: tuple[Assumed, ...]


class Piece(Struct, frozen=True, kw_only=True):
    """One piece of evidence.

    seq: the ledger's record that it rests on.  likelihoods: in the order of `HYPOTHESES`.  sources: where
    each of them comes from.  counted: whether it weighs; why_not: why it does not.
    """

    seq: int
    kind: str
    text: str
    likelihoods: tuple[float, float, float, float]
    sources: tuple[str, str, str, str]
    against: str = ""
    counted: bool = True
    why_not: str = ""

    def tens(self, at: int) -> float:
        """How many tenfold steps this piece puts a hypothesis below the one that explains it best; 0 or
        less."""
        return math.log10(self.likelihoods[at] / max(self.likelihoods))

    def mark(self, at: int) -> str:
        """Heuer's mark for a hypothesis: ``+`` consistent, ``-`` inconsistent, ``--`` strongly so."""
        below = -self.tens(at)
        return "--" if below >= STRONGLY else "-" if below >= AGAINST else "+"


class Shared(Struct, frozen=True, kw_only=True):
    """A row of the stored query on linkage; seen, among: how common it is where nobody is suspected, if
    known."""

    seq: int
    kind: str
    value: str
    grade: str
    against: str
    seen: int | None = None
    among: int | None = None


class Without(Struct, frozen=True, kw_only=True):
    """The conclusion with one piece left out: which hypothesis leads then, and by what ratio."""

    piece: int
    leader: Hypothesis
    ratio: float


class Comparison(Struct, frozen=True, kw_only=True):
    """What the pieces say together.

    tens: tenfold steps of each hypothesis' likelihood, summed over the counted pieces.  shares: of belief
    after them under the priors.  inconsistency: the sum of the steps that speak against each (ACH).
    leader, second: most likely first; ratio between them.  hinges: the piece whose leaving out changes
    most, -1 where there is none.
    """

    pieces: tuple[Piece, ...]
    priors: tuple[float, float, float, float]
    tens: tuple[float, float, float, float]
    shares: tuple[float, float, float, float]
    inconsistency: tuple[float, float, float, float]
    leader: Hypothesis
    second: Hypothesis
    ratio: float
    hinges: int
    without: tuple[Without, ...]


EQUAL: Final = (0.25, 0.25, 0.25, 0.25)


def assumptions(text: str | None = None) -> Table:
    """The assumptions that ship, or those of another text in TOML; raises msgspec.ValidationError."""
    if text is None:
        text = files("nospim.cases").joinpath("data", "likelihoods.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Table)


def pieces_of(rows: Sequence[Shared], table: Table) -> list[Piece]:
    """The evidence that the ledger's linkage gives.

    Marks that are too common weigh nothing, and of each kind only the strongest does: ten wordings of one
    kit are one kit.
    """
    known = {one.kind: one for one in table.kind}
    found: list[Piece] = []
    for row in rows:
        assumed = known.get(row.kind)
        if assumed is None:
            continue
        chance, source = assumed.coincidence, table.source
        if row.seen is not None and row.among:
            # Laplace's rule of succession: what was not seen among n may still be one in n + 2
            chance, source = (row.seen + 1) / (row.among + 2), f"counted: {row.seen} of {row.among}"
        values = (assumed.same, assumed.kit, chance, assumed.framing)
        capped = row.grade == "capped"
        found.append(
            Piece(
                seq=row.seq,
                kind=row.kind,
                text=f"{row.kind} {row.value}",
                likelihoods=_bounded(values),
                sources=(table.source, table.source, source, table.source),
                against=row.against,
                counted=not capped,
                why_not="too common: it joins nothing" if capped else "",
            )
        )
    return _one_a_kind(found)


def weighed(seq: int, text: str, likelihoods: Mapping[Hypothesis, float], source: str) -> Piece:
    """A piece that a person brought, with likelihoods that they answer for."""
    values = tuple(likelihoods[name] for name in HYPOTHESES)
    return Piece(
        seq=seq,
        kind="person",
        text=text,
        likelihoods=_bounded((values[0], values[1], values[2], values[3])),
        sources=(source, source, source, source),
    )


def compare(pieces: Sequence[Piece], priors: tuple[float, float, float, float] = EQUAL) -> Comparison:
    """Weigh the pieces together.  priors: belief before any of them; raises ValueError where they are not
    positive."""
    if min(priors) <= 0:
        raise ValueError(
            "each hypothesis needs a prior above 0: what is ruled out beforehand cannot be compared"
        )
    whole = sum(priors)
    before = tuple(prior / whole for prior in priors)
    start = (before[0], before[1], before[2], before[3])
    counted = [at for at, piece in enumerate(pieces) if piece.counted]
    tens = _tens([pieces[at] for at in counted])
    leader, second, ratio = _lead(start, tens)
    without = []
    for at in counted:
        rest = _tens([pieces[other] for other in counted if other != at])
        first, _, by = _lead(start, rest)
        without.append(Without(piece=at, leader=first, ratio=by))
    changes = sorted(
        without, key=lambda one: (one.leader == leader, one.ratio if one.leader == leader else -one.ratio)
    )
    inconsistency = [
        sum(-pieces[at].tens(place) for at in counted if -pieces[at].tens(place) >= AGAINST)
        for place in range(4)
    ]
    return Comparison(
        pieces=tuple(pieces),
        priors=start,
        tens=tens,
        shares=_shares(start, tens),
        inconsistency=(inconsistency[0], inconsistency[1], inconsistency[2], inconsistency[3]),
        leader=leader,
        second=second,
        ratio=ratio,
        hinges=changes[0].piece if changes else -1,
        without=tuple(without),
    )


def in_words(ratio: float) -> str:
    """A ratio in the words of the ENFSI guideline of 2015, section 4: how strongly evidence supports."""
    scale = ((2, "no"), (10, "weak"), (100, "moderate"), (1000, "moderately strong"), (10_000, "strong"))
    return next((word for below, word in scale if ratio < below), "very strong")


def _bounded(values: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Likelihoods of which none is certain, nor more than `MOST_RATIO` below the largest."""
    inside = [min(max(value, 1 - FULL), FULL) for value in values]
    least = max(inside) / MOST_RATIO
    a, b, c, d = (max(value, least) for value in inside)
    return a, b, c, d


def _one_a_kind(pieces: list[Piece]) -> list[Piece]:
    """The pieces, of which the one of each kind that tells the hypotheses apart most is counted."""
    best: dict[str, int] = {}
    for at, piece in enumerate(pieces):
        if piece.counted and (piece.kind not in best or _apart(piece) > _apart(pieces[best[piece.kind]])):
            best[piece.kind] = at
    return [
        piece
        if not piece.counted or best[piece.kind] == at
        else msgspec.structs.replace(
            piece, counted=False, why_not=f"another {piece.kind} is counted: they come together"
        )
        for at, piece in enumerate(pieces)
    ]


def _apart(piece: Piece) -> float:
    return max(piece.likelihoods) / min(piece.likelihoods)


def _tens(pieces: Sequence[Piece]) -> tuple[float, float, float, float]:
    a, b, c, d = (sum(round(math.log10(p.likelihoods[at]), 3) for p in pieces) for at in range(4))
    return a, b, c, d


def _shares(
    priors: tuple[float, float, float, float], tens: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    most = max(tens)
    weights = [prior * 10 ** (ten - most) for prior, ten in zip(priors, tens, strict=True)]
    a, b, c, d = (weight / sum(weights) for weight in weights)
    return a, b, c, d


def _lead(
    priors: tuple[float, float, float, float], tens: tuple[float, float, float, float]
) -> tuple[Hypothesis, Hypothesis, float]:
    """The two most likely hypotheses, and how much more likely the first is."""
    shares = _shares(priors, tens)
    order = sorted(range(4), key=lambda at: (-shares[at], at))
    first, second = order[0], order[1]
    steps = tens[first] - tens[second] + math.log10(priors[first] / priors[second])
    return HYPOTHESES[first], HYPOTHESES[second], 10**steps
