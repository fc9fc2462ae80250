"""What calibration is fitted on: each message's summed evidence, and whether it was spim."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from nospim.policy.calibration import FittedOn
from nospim.quality.rows import QualityError, chunks, find, rows
from nospim.quality.truth import read_sent, read_truth
from nospim.verdicts import Reason

NO_EVIDENCE: Final = frozenset({"prior", "calibration", "alone"})
"""Reasons that are terms of the sum and not something that was seen."""
DECIDED: Final = "decision"
"""The reason that says a person decided beforehand: nothing is calibrated there, so it teaches nothing."""


class Evidence(Struct, frozen=True):
    """One world's messages as (summed millibits without prior and calibration, is it spim).

    What a thief wrote that is no lure is left out, for it is neither, and so is what a person decided.  So
    are honest messages that only an attack brings about, for their number goes with the attacks and not
    with the talk: what owners of entered accounts write, their apologies, questions about a lure.
    tactics: the tactic of each pair, None for a benign one; empty where it is not known.
    """

    source: FittedOn
    pairs: tuple[tuple[int, bool], ...]
    tactics: tuple[str | None, ...] = ()

    def without(self, tactic: str) -> Evidence:
        """The same without one tactic's lures; QualityError when nothing of either kind would be left."""
        kept = [n for n, each in enumerate(self.tactics) if each != tactic]
        pairs = tuple(self.pairs[n] for n in kept)
        spim = _needs_both(self.source.world, pairs)
        source = msgspec.structs.replace(self.source, messages=len(pairs), spim=spim)
        return Evidence(source, pairs, tuple(self.tactics[n] for n in kept))


BROUGHT_ABOUT: Final = frozenset({"apology", "quoting"})
"""Honest look-alikes that exist only because of an attack."""


class _Explained(Struct, frozen=True):
    id: str
    account: str
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
    pairs: list[tuple[int, bool]] = []
    tactics: list[str | None] = []
    for said in rows(out, "verdicts.jsonl", _explained):
        lure = truth.spim.get(said.id)
        if said.id not in known or (lure is None and said.id in truth.thief):
            continue
        if lure is None and (said.account in truth.entries or truth.control.get(said.id) in BROUGHT_ABOUT):
            continue
        if any(reason.signal == DECIDED for reason in said.reasons):
            continue
        pairs.append((summed(said.reasons), lure is not None))
        tactics.append(None if lure is None else lure.tactic)
    spim = _needs_both(str(world), pairs)
    source = FittedOn(
        world.resolve().name,
        _digest(world, "events.jsonl"),
        _digest(world, "truth.jsonl"),
        len(pairs),
        spim,
        _seed(world),
    )
    return Evidence(source, tuple(pairs), tuple(tactics))


def _needs_both(world: str, pairs: Sequence[tuple[int, bool]]) -> int:
    """How many of the pairs are spim; QualityError when all or none are."""
    spim = sum(is_spim for _, is_spim in pairs)
    if not 0 < spim < len(pairs):
        raise QualityError(f"{world} has {spim} spim of {len(pairs)} messages; calibration needs both kinds")
    return spim


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
