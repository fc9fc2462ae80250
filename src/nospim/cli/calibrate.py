"""The command ``nospim calibrate``: what sums of evidence have meant on labelled worlds."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nospim.policy.calibration import IDENTITY, Calibration, encode_calibration
from nospim.quality.calibration import fit
from nospim.quality.rehearsal import (
    LeftOut,
    rehearsed_evidence,
    reliability_held_out,
    reliability_of,
    tactics_left_out,
)
from nospim.quality.reliability import Bin, Reliability


def calibrate(worlds: list[Path], /, *, out: Path | None = None) -> None:
    """Fit the calibration of scores on labelled worlds.

    Parameters
    ----------
    worlds
        Folders with events.jsonl and truth.jsonl, plain or .gz; each is scanned with the default policy.
    out
        File to write the calibration to; without it nothing is written.
    """
    console = Console()
    evidence = []
    for world in worlds:
        console.print(Text(f"scanning {world}"))
        evidence.append(rehearsed_evidence(world))
    calibration = fit(evidence)
    rows = [("as summed", reliability_of(IDENTITY, evidence))]
    if len(evidence) > 1:
        held = reliability_held_out(evidence)
        rows.append(("calibrated on the other worlds", held))
    else:
        held = reliability_of(calibration, evidence)
        rows.append(("calibrated on these very messages", held))
    console.print(knot_table(calibration))
    console.print(figure_table(rows))
    console.print(bin_table(held))
    if len({t for world in evidence for t in world.tactics}) > 2:  # benign, and two tactics or more
        console.print(tactic_table(tactics_left_out(evidence)))
    if out is not None:
        out.write_bytes(encode_calibration(calibration))
        console.print(Text(f"wrote {out}"))


def knot_table(calibration: Calibration) -> Table:
    """The knots in bits."""
    table = _table("Calibration (bits, without the prior)", "summed", "earned")
    for raw, earned in calibration.knots:
        table.add_row(f"{raw / 1000:.3f}", f"{earned / 1000:.3f}")
    return table


def figure_table(rows: list[tuple[str, Reliability]]) -> Table:
    """Brier score and calibration errors of several sets of scores."""
    table = _table("How true the scores are", "", "messages", "Brier", "error", "error in bits")
    for name, figures in rows:
        table.add_row(
            Text(name),
            f"{figures.messages:,}",
            f"{figures.brier:.5f}",
            f"{figures.ece:.5f}",
            f"{figures.ece_bits:.3f}",
        )
    return table


def bin_table(figures: Reliability) -> Table:
    """The reliability table: what scores claimed and what was so."""
    table = _table("What scores claimed", "bits", "messages", "spim", "claimed", "so", "95 %", "gap in bits")
    for each in figures.bins:
        table.add_row(
            _stretch(each),
            f"{each.messages:,}",
            f"{each.spim:,}",
            f"{each.predicted:.4f}",
            f"{each.observed:.4f}",
            f"{each.interval.low:.4f} to {each.interval.high:.4f}",
            f"{each.gap:+.2f}",
        )
    return table


def tactic_table(rows: tuple[LeftOut, ...]) -> Table:
    """Lures that their score alone would stop, with their tactic known to the fit and left out of it."""
    table = _table("One tactic left out", "tactic", "lures", "stopped when known", "when left out")
    for row in rows:
        table.add_row(Text(row.tactic), f"{row.lures:,}", f"{row.known:.2%}", f"{row.unknown:.2%}")
    return table


def _stretch(each: Bin) -> str:
    return f"{each.low:g} to {each.high:g}"


def _table(title: str, *names: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, min_width=len(title))
    for name in names:
        table.add_column(name, justify="right")
    return table
