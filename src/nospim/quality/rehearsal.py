"""A rehearsal: a labelled world scanned with a policy, then scored or read for calibration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from msgspec import Struct

from nospim.policy import DEFAULT_POLICY, Policy
from nospim.policy.calibration import Calibration
from nospim.policy.settings import millibits
from nospim.quality.calibration import fit
from nospim.quality.evidence import Evidence, read_evidence
from nospim.quality.figures import Figures
from nospim.quality.holds import Holds, read_holds
from nospim.quality.reliability import Reliability, reliability
from nospim.quality.rows import QualityError, find
from nospim.quality.score import score_folder
from nospim.scan import scan

T = TypeVar("T")


def rehearsed_figures(world: Path, policy: Policy = DEFAULT_POLICY) -> Figures:
    """Scan a labelled world, score the outputs and throw them away.  Raises QualityError."""
    return _scanned(world, policy, lambda out: score_folder(world, out))


def rehearsed_with_holds(world: Path, policy: Policy = DEFAULT_POLICY) -> tuple[Figures, Holds]:
    """The same, and what holding cost honest people.  Raises QualityError."""
    return _scanned(world, policy, lambda out: (score_folder(world, out), read_holds(world, out)))


def rehearsed_evidence(world: Path, policy: Policy = DEFAULT_POLICY) -> Evidence:
    """Scan a labelled world, throw the outputs away, and keep the evidence.  Raises QualityError."""
    return _scanned(world, policy, lambda out: read_evidence(world, out))


def _scanned(world: Path, policy: Policy, read: Callable[[Path], T]) -> T:
    events = find(world, "events.jsonl")
    if events is None:
        raise QualityError(f"{world} holds neither events.jsonl nor events.jsonl.gz")
    with TemporaryDirectory(prefix="nospim-") as folder:
        scan([events], Path(folder), policy)
        return read(Path(folder))


def reliability_of(calibration: Calibration, worlds: Sequence[Evidence]) -> Reliability:
    """How true the scores are that a calibration gives to these worlds' messages.

    The prior of each score is the world's own share of spim: a drill has far more than life.
    """
    return reliability(pair for world in worlds for pair in _scored(calibration, world))


def reliability_held_out(worlds: Sequence[Evidence]) -> Reliability:
    """The same for a calibration that was fitted, for each world, on all the others.

    Raises QualityError for fewer than two worlds.
    """
    if len(worlds) < 2:
        raise QualityError("holding one world out needs two at least")
    pairs: list[tuple[int, bool]] = []
    for number, world in enumerate(worlds):
        others = [*worlds[:number], *worlds[number + 1 :]]
        pairs += _scored(fit(others), world)
    return reliability(pairs)


class LeftOut(Struct, frozen=True):
    """A tactic's lures under two calibrations: how many, and the shares whose score alone would stop them.

    known: fitted on all tactics.  unknown: fitted without this one, as if it had been invented tomorrow.
    """

    tactic: str
    lures: int
    known: float
    unknown: float


def tactics_left_out(worlds: Sequence[Evidence], policy: Policy = DEFAULT_POLICY) -> tuple[LeftOut, ...]:
    """Each tactic under a calibration that knew it and under one that did not, by name.

    Raises QualityError when nothing would be left to fit on.
    """
    stops = millibits(policy.thresholds.hold) - policy.prior_millibits
    full = fit(worlds)
    found = []
    for tactic in sorted({t for world in worlds for t in world.tactics if t is not None}):
        raws = [r for w in worlds for (r, _), t in zip(w.pairs, w.tactics, strict=True) if t == tactic]
        blind = fit([world.without(tactic) for world in worlds])
        known, unknown = (sum(c.apply(raw) >= stops for raw in raws) / len(raws) for c in (full, blind))
        found.append(LeftOut(tactic, len(raws), known, unknown))
    return tuple(found)


def _scored(calibration: Calibration, world: Evidence) -> list[tuple[int, bool]]:
    prior = millibits(world.source.spim / world.source.messages)
    return [(calibration.apply(raw) + prior, spim) for raw, spim in world.pairs]
