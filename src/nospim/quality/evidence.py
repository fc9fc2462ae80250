"""What calibration is fitted on: each message's summed evidence, and whether it was spim."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from nospim.policy.calibration import FittedOn
from nospim.quality.rows import QualityError, chunks, find, rows
from nospim.quality.truth import read_sent, read_truth
from nospim.verdicts import Reason

NO_EVIDENCE: Final = frozenset({"prior", "calibration"})
"""Reasons that are terms of the sum and not something that was seen."""
DECIDED: Final = "decision"
"""The reason that says a person decided beforehand: nothing is calibrated there, so it teaches nothing."""


class Evidence(Struct, frozen=True):
    """One world's messages as (summed millibits without prior and calibration, is it spim).

    What a thief wrote that is no lure is left out, for it is neither, and so is what a person decided.
    """

    source: FittedOn
    pairs: tuple[tuple[int, bool], ...]


class _Explained(Struct, frozen=True):
    id: str
    reasons: tuple[Reason, ...]


class _Plan(Struct, frozen=True):
    seed: int


class _Drill(Struct, frozen=True):
    plan: _Plan


_drill = msgspec.json.Decoder(_Drill)
_explained = msgspec.json.Decoder(_Explained)


def read_evidence(world: Path, out: Path) -> Evidence:
    """The evidence in ``out/verdicts.jsonl`` for the messages of a labelled world.

    Raises QualityError when a file is missing or broken, or when the world lacks spim or benign messages.
    """
    truth = read_truth(world)
    known = frozenset(read_sent(world))
    pairs = tuple(
        (summed(said.reasons), said.id in truth.spim)
        for said in rows(out, "verdicts.jsonl", _explained)
        if said.id in known
        and (said.id in truth.spim or said.id not in truth.thief)
        and all(reason.signal != DECIDED for reason in said.reasons)
    )
    spim = sum(is_spim for _, is_spim in pairs)
    if not 0 < spim < len(pairs):
        raise QualityError(f"{world} has {spim} spim of {len(pairs)} messages; calibration needs both kinds")
    source = FittedOn(
        world.resolve().name,
        _digest(world, "events.jsonl"),
        _digest(world, "truth.jsonl"),
        len(pairs),
        spim,
        _seed(world),
    )
    return Evidence(source, pairs)


def summed(reasons: tuple[Reason, ...]) -> int:
    """Summed evidence of a verdict in millibits, exactly: each reason's bits are whole thousandths."""
    return sum(round(reason.bits * 1000) for reason in reasons if reason.signal not in NO_EVIDENCE)


def _seed(world: Path) -> int | None:
    """The seed of a drill, which it tells in ``drill.json``; None where the world is no drill."""
    about = find(world, "drill.json")
    if about is None:
        return None
    try:
        return _drill.decode(about.read_bytes()).plan.seed
    except (OSError, msgspec.DecodeError) as error:
        raise QualityError(f"{about} does not tell the drill's seed: {error}") from None


def _digest(folder: Path, name: str) -> str:
    digest = hashlib.sha256()
    for chunk in chunks(folder, name):
        digest.update(chunk)
    return digest.hexdigest()
