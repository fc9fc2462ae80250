"""What holding costs honest people: counted apart from lures and from what thieves wrote."""

from __future__ import annotations

from pathlib import Path

from benchmarks.quality import hold_rows
from benchmarks.worlds import drill

from nospim.drill import Plan
from nospim.quality.holds import Holds, holds, together
from nospim.quality.outcome import Ended, Outcome
from nospim.quality.rehearsal import rehearsed_with_holds
from nospim.quality.truth import Spim, Truth
from nospim.verdicts import Rung

LURE = Spim(id="lure", time="2026-01-12T00:00:00Z", account="a", campaign="k", tactic="classic")
TRUTH = Truth({"lure": LURE}, frozenset({"thiefs"}), {}, {}, frozenset())
SAID: dict[str, Rung] = {
    "lure": "hold", "thiefs": "hold", "a": "allow", "b": "hold", "c": "hold", "d": "hold", "e": "block",
}  # fmt: skip
ENDED = (
    Ended("lure", "release", 25.0),
    Ended("thiefs", "drop", 2.0),
    Ended("b", "release", 31.0),
    Ended("c", "release", 4.0),
    Ended("d", "drop", 9.0),
)


def test_only_what_honest_people_wrote_counts() -> None:
    found = holds(TRUTH, list(SAID), Outcome(SAID, ENDED, {}, ()))

    assert found == Holds(benign=5, held=3, dropped=1, waits=(4.0, 31.0))
    assert (found.longest, found.late, found.wait(0.5)) == (31.0, 1, 31.0)


def test_several_worlds_are_counted_as_one() -> None:
    whole = together([Holds(100, 1, 0, (5.0,)), Holds(300, 2, 1, (3.0,)), Holds(10, 0, 0, ())])

    assert whole == Holds(410, 3, 1, (3.0, 5.0))


def test_the_table_says_how_many_waited_and_how_long() -> None:
    rows = {row.name: row for row in hold_rows([Holds(10_000, 2, 1, (12.0,)), Holds(5_000, 0, 0, ())])}

    assert rows["benign held at all, per 10,000"].cells[0].startswith("2.00 (")
    assert rows["benign held at all, per 10,000"].total.startswith("1.33 (")
    assert rows["benign held: dropped, released after 30 s"].cells == ("1, 0", "-")
    assert rows["waits of released benign, s: median, 99 %, longest"].total == "12, 12, 12"


def test_a_rehearsal_counts_its_holds(tmp_path: Path) -> None:
    world = drill(tmp_path / "world", Plan(seed=3, accounts=80, days=4, tactics=("classic",)))

    figures, held = rehearsed_with_holds(world)

    assert held.benign == figures.benign
    assert held.held == held.dropped + len(held.waits)
    assert figures.benign_held_briefly == len(held.waits) - held.late
