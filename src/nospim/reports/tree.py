"""The picture of an infection tree: where each account stands, and the lines between them.

Time runs to the right, every account has a row of its own, and a line leaves a parent downwards and
enters its child from the left.  With children to the right of their parent and below it, no line
crosses a label or another line (the layout of a time-scaled transmission tree).  The axis is
stretched only where a child would otherwise touch its parent, so the order in time always holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from nospim.findings import Infection
from nospim.reports import axis, words
from nospim.reports.forest import Node, children, choose, grow

ROW: Final = 26
"""Height of one row, in units of the picture (one unit is one CSS pixel at full width)."""
TOP: Final = 44
"""Height of the time axis."""
LEFT: Final = 24
PLOT: Final = 600
"""Width over which time runs."""
LABELS: Final = 336
"""Width kept for the last label: 28 characters of a name and a time."""
STEP: Final = 22
"""Least distance between a parent and its child: a dot is 18 wide."""
STEPS: Final = 0.7
"""Share of the width that the steps from parents to children may take; time keeps the rest."""
HALVINGS: Final = 16
"""Rounds of halving to share out the width: 600 / 2**16 is far below a pixel."""
RADIUS: Final = 9
NAME: Final = 28
"""Characters of a name in the picture; the table beside it has it in full."""
ROWS: Final = 36
"""Accounts drawn one by one: about a screen and a half; the rest are counted in fans."""


class Box(Struct, frozen=True, kw_only=True):
    """One row: an account, or a fan of `count` accounts that are not drawn one by one.

    x, y: the centre of its mark.  parent: index of the box it hangs from.  path: the line to it.
    """

    x: int
    y: int
    label: str
    account: str | None
    infected_by: str | None
    via: str | None
    count: int
    generation: int
    deepest: int
    first: datetime
    last: datetime
    parent: int | None
    path: str
    zero: bool
    fake: bool
    observed: bool


class Tree(Struct, frozen=True, kw_only=True):
    """A whole picture; `accounts` infections in `generations` generations, of which some are in fans."""

    boxes: tuple[Box, ...]
    ticks: tuple[axis.Tick, ...]
    width: int
    height: int
    accounts: int
    generations: int
    fanned: int


class _Row(Struct, frozen=True):
    nodes: tuple[int, ...]
    parent: int | None
    fan: bool


def draw(
    infections: Sequence[Infection],
    patient_zero: str | None,
    rows: int = ROWS,
    fakes: frozenset[str] = frozenset(),
) -> Tree | None:
    """The picture of a campaign's infections, or None when there are none.

    fakes: accounts that nobody was robbed of, so that no picture calls them taken.
    rows: most accounts drawn one by one; every other infection is counted in exactly one fan.
    """
    nodes = grow(infections)
    if not nodes:
        return None
    plan = _rows(nodes, choose(nodes, rows))
    times = _times(nodes, plan)
    places = _across(times, [row.parent for row in plan])
    names = short_names([node.account for node in nodes])
    zero = _zero(nodes, patient_zero)
    boxes: list[Box] = []
    trunks: dict[int, int] = {}
    for index, row in enumerate(plan):
        spot = (places[index], TOP + ROW * index + ROW // 2)
        path = ""
        if row.parent is not None:
            start = trunks.get(row.parent, boxes[row.parent].y + RADIUS)
            path, trunks[row.parent] = _path(boxes[row.parent].x, start, spot)
        members = [nodes[node] for node in row.nodes]
        label = "" if row.fan else names[members[0].account]
        fake = not row.fan and members[0].account in fakes
        first = not row.fan and row.nodes[0] == zero
        boxes.append(_box(members, row, spot, label, path=path, zero=first, fake=fake))
    return Tree(
        boxes=tuple(boxes),
        ticks=axis.ticks(times, places),
        width=LEFT + PLOT + LABELS,
        height=TOP + ROW * len(plan) + 12,
        accounts=sum(node.observed for node in nodes),
        generations=1 + max(node.generation for node in nodes),
        fanned=sum(box.count for box in boxes if box.account is None),
    )


def _rows(nodes: Sequence[Node], chosen: frozenset[int]) -> list[_Row]:
    """The rows from top to bottom: depth first, children by time, what is left out of a parent last."""
    below = children([node.parent for node in nodes])
    roots = [index for index, node in enumerate(nodes) if node.parent is None]
    rows: list[_Row] = []
    todo: list[tuple[tuple[int, ...], int | None, bool]] = list(reversed(_split(roots, None, chosen, below)))
    while todo:
        members, parent, fan = todo.pop()
        rows.append(_Row(members, parent, fan))
        if not fan:
            todo.extend(reversed(_split(below[members[0]], len(rows) - 1, chosen, below)))
    return rows


def _split(
    siblings: Sequence[int], parent: int | None, chosen: frozenset[int], below: Sequence[Sequence[int]]
) -> list[tuple[tuple[int, ...], int | None, bool]]:
    """Rows for siblings: the chosen ones, then one fan with everybody below the others."""
    rows: list[tuple[tuple[int, ...], int | None, bool]] = [
        ((index,), parent, False) for index in siblings if index in chosen
    ]
    hidden = [index for index in siblings if index not in chosen]
    for index in hidden:
        hidden.extend(below[index])
    if len(hidden) == 1:
        rows.append(((hidden[0],), parent, False))
    elif hidden:
        rows.append((tuple(sorted(hidden)), parent, True))
    return rows


def _times(nodes: Sequence[Node], plan: Sequence[_Row]) -> list[datetime]:
    """When each row is drawn: its first time, but never before its parent's."""
    times: list[datetime] = []
    for row in plan:
        at = nodes[row.nodes[0]].at
        times.append(at if row.parent is None else max(at, times[row.parent]))
    return times


def _across(times: Sequence[datetime], parents: Sequence[int | None]) -> list[int]:
    """Where each row stands from left to right: a rising function of time, a child right of its parent.

    The steps from parents to children get at most `STEPS` of the width, time gets the rest.
    """
    start, end = min(times), max(times)
    span = (end - start).total_seconds() or 1.0
    moments = [(at - start).total_seconds() / span for at in times]
    bare = max(_spread(moments, parents, 0.0, float(STEP)))
    step = STEP * min(1.0, PLOT * STEPS / bare) if bare else 0.0
    low, high = 0.0, float(PLOT)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if max(_spread(moments, parents, middle, step)) <= PLOT else (low, middle)
    return [LEFT + round(place) for place in _spread(moments, parents, low, step)]


def _spread(
    moments: Sequence[float], parents: Sequence[int | None], linear: float, step: float
) -> list[float]:
    """Longest-path scheduling: in order of time each row takes the place that linear time gives it, or
    `step` right of its parent, whichever is further, and pushes all later ones.

    moments: 0 to 1, no child before its parent; parents come before their children in the rows.
    """
    places = [0.0] * len(moments)
    at = before = 0.0
    for index in sorted(range(len(moments)), key=lambda i: (moments[i], i)):
        at += linear * (moments[index] - before)
        before = moments[index]
        parent = parents[index]
        if parent is not None:
            at = max(at, places[parent] + step)
        places[index] = at
    return places


def _path(x0: int, y0: int, spot: tuple[int, int]) -> tuple[str, int]:
    """The line from a trunk down and, after a bend, right to a spot, and where the trunk goes on from.

    x0, y0: where the trunk has come to.  Returns SVG path data and the height at which the bend begins,
    so that a trunk is drawn once however many branches it has.
    """
    x, y = spot
    bend = min(8, max(1, x - x0))
    return f"M{x0} {y0}V{y - bend}Q{x0} {y} {x0 + bend} {y}H{x}", y - bend


def _box(
    members: Sequence[Node],
    row: _Row,
    spot: tuple[int, int],
    label: str,
    *,
    path: str,
    zero: bool,
    fake: bool,
) -> Box:
    head = members[0]
    return Box(
        x=spot[0],
        y=spot[1],
        label=label,
        account=None if row.fan else head.account,
        infected_by=None if row.fan else head.infected_by,
        via=None if row.fan else head.via,
        count=sum(node.observed for node in members),
        generation=min(node.generation for node in members),
        deepest=max(node.generation for node in members),
        first=min(node.at for node in members),
        last=max(node.at for node in members),
        parent=row.parent,
        path=path,
        zero=zero,
        fake=fake,
        observed=head.observed,
    )


def _zero(nodes: Sequence[Node], patient_zero: str | None) -> int | None:
    return next((index for index, node in enumerate(nodes) if node.account == patient_zero), None)


def short_names(accounts: Sequence[str]) -> dict[str, str]:
    """A short honest label for each account: without the part that all share (@host, or :server)."""
    for mark in ("@", ":"):
        hosts = {account.rpartition(mark)[2] for account in accounts if account.rpartition(mark)[0]}
        if len(hosts) == 1 and all(account.rpartition(mark)[0] for account in accounts):
            tail = mark + hosts.pop()
            return {account: words.fit(account.removesuffix(tail), NAME) for account in accounts}
    return {account: words.fit(account, NAME) for account in accounts}
