"""The table of quality figures: counts pooled over worlds, limits beside them, and its place in the page."""

from __future__ import annotations

import math

import pytest
from benchmarks.pages import EXPLANATION, written
from benchmarks.quality import markdown, rows

from nospim.quality.figures import (
    AccountFigures,
    CampaignFigures,
    Figures,
    InfectionFigures,
    KindCount,
    Spread,
    TacticShare,
)


def figures(*, stopped: float, wrong: int, tactic: str) -> Figures:
    return Figures(
        messages=1100,
        spim=100,
        recall_stopped=stopped,
        recall_flagged=1.0,
        fp_stopped=wrong,
        fp_flagged=wrong,
        benign=1000,
        fp_stopped_per_million=wrong * 1000.0,
        fp_stopped_per_million_upper95=math.nan,
        tactics={tactic: TacticShare(100, stopped, 1.0)},
        benign_kinds={"chat": KindCount(990, 0, 0), "shop": KindCount(10, wrong, wrong)},
        lures_delivered_per_account=Spread(1, 2, 3),
        stopped_after_20th={"k0": stopped},
        benign_held_briefly=4,
        infections=InfectionFigures(4, 5, 0.8, 1.0),
        accounts=AccountFigures(8, 10, 0.8, 1.0, 0.75),
        campaigns=CampaignFigures(2, 3, 0.9, 0.8),
    )


@pytest.fixture
def table() -> dict[str, tuple[str, ...]]:
    """Two worlds with a tactic each, by row name: a cell a world, then all together."""
    made = rows(
        [figures(stopped=0.9, wrong=0, tactic="classic"), figures(stopped=0.5, wrong=2, tactic="slow")]
    )
    return {row.name: (*row.cells, row.total) for row in made}


def test_counts_are_pooled_and_not_shares(table: dict[str, tuple[str, ...]]) -> None:
    assert [cell.split(" ")[0] for cell in table["spim stopped, %"]] == ["90.00", "50.00", "70.00"]
    assert [cell.split(" ")[0] for cell in table["accounts: right kind, %"]] == ["75.00", "75.00", "75.00"]


def test_a_share_has_wilsons_interval(table: dict[str, tuple[str, ...]]) -> None:
    assert table["spim stopped, %"][0] == "90.00 (82.56-94.48)"


def test_no_false_stop_in_a_thousand_is_at_most_three_thousand_per_million(
    table: dict[str, tuple[str, ...]],
) -> None:
    assert table["benign stopped, per million"] == (
        "0.0 (<= 2,995.7; n 0)",
        "2,000.0 (<= 6,295.8; n 2)",
        "1,000.0 (<= 3,147.9; n 2)",
    )


def test_a_tactic_that_a_world_lacks_is_a_dash_there(table: dict[str, tuple[str, ...]]) -> None:
    assert table["slow stopped, %"][0] == "-"
    assert table["slow stopped, %"][1] == table["slow stopped, %"][2]


def test_the_worst_campaign_is_shown(table: dict[str, tuple[str, ...]]) -> None:
    assert table["stopped after the 20th, worst campaign, %"] == ("90.00", "50.00", "50.00")


def test_look_alikes_are_counted_by_kind(table: dict[str, tuple[str, ...]]) -> None:
    assert table["benign shop stopped"] == ("0 of 10", "2 of 10", "2 of 20")


def test_every_line_of_the_written_table_says_that_it_is_synthetic() -> None:
    text = markdown(["one"], rows([figures(stopped=0.9, wrong=1, tactic="classic")]))
    head, rule, *lines = text.splitlines()
    assert head == "| figure | one | all |"
    assert rule == "|---|---|---|"
    assert all("(synthetic)" in line and line.count("|") == 4 for line in lines)


@pytest.mark.parametrize("name", ["quality", "ablation", "spread"])
def test_the_page_has_a_place_for_the_table(name: str) -> None:
    page = written((EXPLANATION / f"{name}.md").read_text(encoding="utf-8"), name, "| the table |\n")
    assert "-->\n| the table |\n<!-- end" in page
    assert written(page, name, "| the table |\n") == page


def test_a_page_without_a_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="no measured part"):
        written("# Quality\n", "quality", "")
