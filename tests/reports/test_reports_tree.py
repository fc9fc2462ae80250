"""The infection tree: every infection once, nothing on top of anything, whatever the findings claim."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import combinations, pairwise

import report_sample as sample
from hypothesis import given
from hypothesis import strategies as st

from nospim.findings import Infection
from nospim.reports import tree
from nospim.reports.forest import FAN, choose, grow
from nospim.reports.tree import LABELS, LEFT, NAME, RADIUS, ROWS, Box, draw, short_names

NAMES = st.integers(0, 30).map(lambda number: f"u{number}@im.example")
INFECTIONS = st.lists(
    st.builds(
        lambda account, by, minutes: Infection(
            account=account, infected_by=by, via=None, at=sample.START + timedelta(minutes=minutes)
        ),
        NAMES,
        st.none() | NAMES,
        st.integers(0, 3) | st.integers(0, 60 * 24 * 90),
    ),
    min_size=1,
    max_size=90,
)


def infection(account: str, by: str | None = None, minutes: float = 0) -> Infection:
    at = sample.START + timedelta(minutes=minutes)
    return Infection(account=account, infected_by=by, via=f"m-{account}", at=at)


def outline(infections: list[Infection]) -> list[str]:
    """The drawn rows as an indented list."""
    drawn = draw(infections, None)
    assert drawn is not None
    depths: list[int] = []
    lines = []
    for box in drawn.boxes:
        depths.append(0 if box.parent is None else depths[box.parent] + 1)
        lines.append("  " * depths[-1] + (box.account or f"+{box.count}"))
    return lines


def test_a_chain_a_fan_and_a_stranger() -> None:
    assert outline(
        [
            infection("anna"),
            infection("bela", "anna", 5),
            infection("cem", "bela", 9),
            infection("dana", "anna", 7),
            infection("emre", None, 30),
        ]
    ) == ["anna", "  bela", "    cem", "  dana", "emre"]


def test_a_wide_fan_is_counted() -> None:
    rows = outline([infection("anna"), *(infection(f"u{n:02}", "anna", n + 1) for n in range(60))])

    assert rows == ["anna", *(f"  u{n:02}" for n in range(FAN)), f"  +{60 - FAN}"]


def test_a_fan_of_one_is_drawn_by_name() -> None:
    rows = outline([infection("anna"), *(infection(f"u{n}", "anna", n + 1) for n in range(FAN + 1))])

    assert rows[-1] == f"  u{FAN}"


def test_two_accounts_that_infect_each_other_are_drawn_once_each() -> None:
    assert outline([infection("anna", "bela", 1), infection("bela", "anna", 2)]) == ["anna", "  bela"]


def test_an_account_that_infects_itself_is_a_root() -> None:
    assert outline([infection("anna", "anna", 1)]) == ["anna"]


def test_an_account_taken_twice_is_drawn_twice() -> None:
    assert outline([infection("anna"), infection("bela", "anna", 5), infection("anna", "bela", 9)]) == [
        "anna",
        "  bela",
        "    anna",
    ]


def test_a_source_that_was_not_seen_being_taken_stands_at_the_root() -> None:
    drawn = draw([infection("bela", "anna", 5), infection("cem", "anna", 6)], "anna")

    assert drawn is not None
    assert [(box.account, box.observed, box.zero) for box in drawn.boxes] == [
        ("anna", False, True),
        ("bela", True, False),
        ("cem", True, False),
    ]
    assert drawn.accounts == 2


def test_the_axis_tells_round_moments() -> None:
    def labels(minutes: float) -> list[str]:
        drawn = draw([infection("anna"), infection("bela", "anna", minutes)], None)
        assert drawn is not None
        return [tick.label for tick in drawn.ticks]

    assert labels(34) == ["07:40", "07:45", "07:50", "07:55", "08:00", "08:05", "08:10"]
    assert labels(60 * 24 * 4) == ["4 Mar", "5 Mar", "6 Mar", "7 Mar"]
    assert len(labels(60 * 24 * 3000)) == 2


def test_no_infections_make_no_picture() -> None:
    assert draw([], None) is None


def test_accounts_of_one_host_go_by_their_own_part() -> None:
    assert short_names(["anna@im.example", "bela@im.example"])["anna@im.example"] == "anna"
    assert short_names(["@anna:im.example", "@bela:im.example"])["@anna:im.example"] == "@anna"
    assert short_names(["anna@im.example", "bela@b.example"])["anna@im.example"] == "anna@im.example"


@given(INFECTIONS, st.integers(0, 40))
def test_every_infection_is_drawn_or_counted_exactly_once(infections: list[Infection], rows: int) -> None:
    drawn = draw(infections, None, rows)

    assert drawn is not None
    assert sum(box.count for box in drawn.boxes) == len(infections) == drawn.accounts
    named = Counter((b.account, b.first) for b in drawn.boxes if b.account is not None and b.observed)
    claimed = Counter((i.account, i.at) for i in infections)
    assert named <= claimed
    assert drawn.fanned == len(infections) - named.total()


@given(INFECTIONS)
def test_the_forest_has_no_cycle_and_counts_right(infections: list[Infection]) -> None:
    nodes = grow(infections)

    for node in nodes:
        steps, at = 0, node
        while at.parent is not None:
            at = nodes[at.parent]
            steps += 1
            assert steps <= len(nodes)
        assert node.generation == steps
    assert sum(node.size for node in nodes if node.parent is None) == len(infections)


@given(INFECTIONS, st.integers(0, 40))
def test_what_is_chosen_hangs_together(infections: list[Infection], budget: int) -> None:
    nodes = grow(infections)

    chosen = choose(nodes, budget)

    assert len(chosen) <= budget
    assert all(nodes[index].parent is None or nodes[index].parent in chosen for index in chosen)


def extent(box: Box) -> tuple[int, int, int, int]:
    """The room that a row's mark and label take: left, top, right, bottom."""
    return (box.x - RADIUS, box.y - RADIUS - 3, box.x + LABELS - LEFT, box.y + RADIUS + 3)


@given(INFECTIONS)
def test_nothing_lies_on_anything_else(infections: list[Infection]) -> None:
    drawn = draw(infections, None)

    assert drawn is not None
    for a, b in combinations(map(extent, drawn.boxes), 2):
        assert a[3] <= b[1] or b[3] <= a[1]
    for left, top, right, bottom in map(extent, drawn.boxes):
        assert left >= 0
        assert top >= 0
        assert right <= drawn.width
        assert bottom <= drawn.height


@given(INFECTIONS)
def test_no_line_crosses_a_name(infections: list[Infection]) -> None:
    drawn = draw(infections, None)

    assert drawn is not None
    boxes = drawn.boxes
    for box in boxes:
        if box.parent is None:
            continue
        parent = boxes[box.parent]
        assert parent.x < box.x
        assert parent.y < box.y
        between = [other for other in boxes if parent.y < other.y < box.y]
        assert all(other.x > parent.x for other in between), "the line down passes left of these rows"


@given(INFECTIONS)
def test_time_runs_to_the_right(infections: list[Infection]) -> None:
    drawn = draw(infections, None)

    assert drawn is not None
    places = [tick.x for tick in drawn.ticks]
    assert places == sorted(places)
    in_order = all(box.parent is None or drawn.boxes[box.parent].first <= box.first for box in drawn.boxes)
    by_time = sorted(drawn.boxes, key=lambda box: box.first)
    for before, after in pairwise(by_time):
        assert not in_order or before.first == after.first or before.x <= after.x


@given(INFECTIONS, st.randoms(use_true_random=False))
def test_the_order_of_the_findings_makes_no_difference(infections: list[Infection], chance: object) -> None:
    turned = list(infections)
    chance.shuffle(turned)  # type: ignore[attr-defined]

    assert draw(turned, None) == draw(infections, None)


def test_five_hundred_accounts_fit_on_a_page() -> None:
    drawn = draw(sample.spread(7, 500, 0, 30), None)

    assert drawn is not None
    assert drawn.accounts == 500
    assert len(drawn.boxes) <= 2 * ROWS + 1
    assert drawn.height < 2000


def test_a_chain_of_two_hundred_fits_between_the_margins() -> None:
    chain = [infection(f"u{n}", f"u{n - 1}" if n else None, n) for n in range(200)]

    drawn = draw(chain, None)

    assert drawn is not None
    assert max(box.x for box in drawn.boxes) <= LEFT + tree.PLOT
    assert drawn.boxes[-1].count == 200 - ROWS


def test_a_long_name_is_cut_to_its_place() -> None:
    assert len(short_names(["x" * 500])["x" * 500]) == NAME
