"""Robust text: the same worlds with disguised lures, with disguised honest talk, and with other scripts.

All worlds are synthetic.  A filter may lose at most 2 points of recall to a disguise; and who writes to his
friends in styled letters is no spimmer, so the same disguise on honest messages must not flag more.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec
from msgspec import Struct
from rich.console import Console

from benchmarks import pages
from benchmarks.disguises import ADDRESS, DISGUISES
from benchmarks.foreign import TALK, Talker
from benchmarks.show import plain_table
from benchmarks.worlds import drill, shared_worlds
from nospim.drill import Plan
from nospim.quality.figures import Figures
from nospim.quality.rehearsal import rehearsed_figures
from nospim.quality.rows import chunks, find
from nospim.quality.truth import Truth, read_truth

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = "attacks.md"
SEED: Final = 601
MOST_LOST: Final = 2.0
"""Points of recall that a disguise may cost."""
ONE_IN: Final = 10
"""Where some of the honest write in disguise, it is one account in so many, and always the same ones."""
COLUMNS: Final = (
    "disguise",
    "stopped, %",
    "lost, points",
    "benign stopped, lures disguised",
    "all honest talk: stopped",
    "flagged",
    f"one account in {ONE_IN}: stopped",
    "flagged",
)
TALK_COLUMNS: Final = ("honest talk in", "messages", "stopped", "flagged")

Rewrite = Callable[[str, str, str], str | None]
"""Given a message's id, sender and text: its new text, or None to leave it."""


class Counts(Struct, frozen=True):
    """Messages over all worlds: lures, lures stopped, benign messages, of those stopped and flagged."""

    spim: int
    caught: int
    benign: int
    stopped: int
    flagged: int

    @property
    def recall(self) -> float:
        """Share of lures stopped, in per cent."""
        return 100 * self.caught / max(1, self.spim)


def counted(scored: Sequence[Figures]) -> Counts:
    """The counts of several scored scans together."""
    return Counts(
        sum(f.spim for f in scored),
        sum(round(f.recall_stopped * f.spim) for f in scored),
        sum(f.benign for f in scored),
        sum(f.fp_stopped for f in scored),
        sum(f.fp_flagged for f in scored),
    )


def rewritten(world: Path, folder: Path, rewrite: Rewrite) -> Path:
    """A copy of `world` in `folder`, its messages rewritten; the truth stays.  Returns the folder.

    Raises FileNotFoundError when the world holds no events or no truth.
    """
    truth = find(world, "truth.jsonl")
    if truth is None or find(world, "events.jsonl") is None:
        raise FileNotFoundError(f"{world} must hold events.jsonl and truth.jsonl, plain or as .gz")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(truth, folder / truth.name)
    lines = b"".join(chunks(world, "events.jsonl")).split(b"\n")
    with (folder / "events.jsonl").open("wb") as out:
        for line in lines:
            if line:
                out.write(_line(line, rewrite) + b"\n")
    return folder


def _line(line: bytes, rewrite: Rewrite) -> bytes:
    event: dict[str, Any] = msgspec.json.decode(line)
    text = event["data"].get("text")
    if event["type"] != "im.message.sent" or not isinstance(text, str):
        return line
    subject = event["subject"]
    new = rewrite(event["id"], subject if isinstance(subject, str) else subject["id"], text)
    if new is None:
        return line
    event["data"]["text"] = new
    return msgspec.json.encode(event)


def on_lures(name: str, truth: Truth) -> Rewrite:
    """Disguise the lures, each anew."""
    hide = DISGUISES[name]
    return lambda ident, _, text: hide(text, Random(f"{name} {ident}")) if ident in truth.spim else None


def on_honest(name: str, truth: Truth, one_in: int = 1) -> Rewrite:
    """Disguise what is no attacker's: of all accounts, or of one in `one_in`."""
    hide = DISGUISES[name]

    def rewrite(ident: str, sender: str, text: str) -> str | None:
        if ident in truth.spim or ident in truth.thief or Random(sender).randrange(one_in):
            return None
        return hide(text, Random(f"{name} {ident}"))

    return rewrite


def in_language(talker: Talker) -> Rewrite:
    """Say something in another language instead; what was the same stays the same, addresses stay."""

    def rewrite(_: str, __: str, text: str) -> str:
        kept = [word for word in text.split() if ADDRESS.search(word)]
        return " ".join([talker(Random(text)), *kept])

    return rewrite


def tried(worlds: Sequence[Path], rewrite: Callable[[Truth], Rewrite]) -> Counts:
    """Rewrite each world, scan it, score it, and count."""
    scored = []
    for world in worlds:
        with tempfile.TemporaryDirectory(prefix="nospim-bench-") as folder:
            scored.append(
                rehearsed_figures(rewritten(world, Path(folder) / world.name, rewrite(read_truth(world))))
            )
    return counted(scored)


def disguise_row(name: str, plain: Counts, worlds: Sequence[Path]) -> tuple[str, ...]:
    """One line of the first table."""
    lures = tried(worlds, lambda truth: on_lures(name, truth))
    honest = tried(worlds, lambda truth: on_honest(name, truth))
    some = tried(worlds, lambda truth: on_honest(name, truth, ONE_IN))
    lost = plain.recall - lures.recall
    return (
        name,
        f"{lures.recall:.2f}",
        f"{lost:+.2f}" + (" !" if lost > MOST_LOST else ""),
        _change(lures.stopped, plain.stopped),
        _change(honest.stopped, plain.stopped),
        _change(honest.flagged, plain.flagged),
        _change(some.stopped, plain.stopped),
        _change(some.flagged, plain.flagged),
    )


def _change(now: int, before: int) -> str:
    return f"{now} ({now - before:+d})"


def disguised(worlds: Sequence[Path], say: Console) -> list[tuple[str, ...]]:
    """All lines of the first table: plain text first."""
    plain = counted([rehearsed_figures(world) for world in worlds])
    both = (str(plain.stopped), str(plain.flagged))
    table: list[tuple[str, ...]] = [("none", f"{plain.recall:.2f}", "+0.00", both[0], *both, *both)]
    for name in DISGUISES:
        say.print(f"disguised: {name}", highlight=False)
        table.append(disguise_row(name, plain, worlds))
    return table


def spoken(world: Path, say: Console) -> list[tuple[str, ...]]:
    """All lines of the second table: a world without an attacker, in each language."""
    plain = counted([rehearsed_figures(world)])
    table: list[tuple[str, ...]] = [("English", f"{plain.benign:,}", str(plain.stopped), str(plain.flagged))]
    for name, talker in TALK.items():
        say.print(f"in {name}", highlight=False)
        now = tried([world], lambda _, talker=talker: in_language(talker))  # type: ignore[misc]
        table.append((name, f"{now.benign:,}", str(now.stopped), str(now.flagged)))
    return table


def main(*, world: list[Path] | None = None, drills: int = 1, write: bool = False) -> None:
    """Measure what disguised words cost, and whether the honest pay for it (all figures synthetic).

    Parameters
    ----------
    world
        Labelled worlds; without them those beside the checkout, if there are any.
    drills
        Fresh drills of 250 accounts over 8 days that are made and scanned as well.
    write
        Write the tables into docs/explanation/attacks.md.
    """
    say = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="nospim-bench-") as folder:
        made = [
            drill(Path(folder) / f"drill-{SEED + n}", Plan(seed=SEED + n, accounts=250, days=8))
            for n in range(drills)
        ]
        worlds = [*(shared_worlds(ROOT) if world is None else world), *made]
        quiet = drill(Path(folder) / "quiet", Plan(seed=SEED, accounts=400, days=8, tactics=()))
        disguises, languages = disguised(worlds, say), spoken(quiet, say)
    names = ", ".join(w.name for w in worlds)
    _print(f"Disguised words (synthetic: {names})", COLUMNS, disguises)
    _print("Honest talk in other scripts (synthetic, no attacker)", TALK_COLUMNS, languages)
    if write:
        parts = (f"Worlds, all synthetic: {names}.\n", *_markdown(disguises, languages))
        say.print(f"wrote {pages.write(PAGE, 'robust', chr(10).join(parts)).name}", highlight=False)


def _print(title: str, columns: Sequence[str], lines: Sequence[tuple[str, ...]]) -> None:
    table = plain_table(title, *columns)
    for line in lines:
        table.add_row(*line)
    Console(width=None if Console().is_terminal else 130).print(table)


def _markdown(disguises: Sequence[tuple[str, ...]], languages: Sequence[tuple[str, ...]]) -> tuple[str, str]:
    return pages.markdown(COLUMNS, disguises), pages.markdown(TALK_COLUMNS, languages)
