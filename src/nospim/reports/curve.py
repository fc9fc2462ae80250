"""The picture of an outbreak: one dot an account, stacked where and when it was taken (an epidemic curve).

A large tree must leave accounts out; here every one is a dot, coloured by its generation.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from nospim.findings import Infection
from nospim.reports import axis
from nospim.reports.forest import Node, grow

PITCH: Final = 9.5
"""From one dot to the next above it; a dot is 7 wide."""
PLOT: Final = 900
LEFT: Final = 24
FEW: Final = 150
"""Accounts up to which `COARSE` columns are drawn, above it `FINE` ones: stacks must be worth comparing."""
COARSE: Final = 48
FINE: Final = 90
HIGHEST: Final = 26
"""Dots in the highest column; where more were taken at once, a dot stands for several."""
FOOT: Final = 26
LAST: Final = 5
"""Generations from this one on share a colour."""
LEAST: Final = 15
"""Accounts from which the picture says more than the tree."""


class Generation(Struct, frozen=True, kw_only=True):
    """The accounts of one generation: how many, when the first and the last were taken, and their dots.

    path: the dots as SVG path data of zero-length lines.
    """

    number: int
    accounts: int
    first: datetime
    last: datetime
    path: str


class Curve(Struct, frozen=True, kw_only=True):
    """The whole picture; a dot stands for `each` accounts."""

    generations: tuple[Generation, ...]
    ticks: tuple[axis.Tick, ...]
    each: int
    width: int
    height: int


def draw(infections: Sequence[Infection]) -> Curve | None:
    """The curve of a campaign's infections, or None when they are fewer than `LEAST`."""
    nodes = [node for node in grow(infections) if node.observed]
    if len(nodes) < LEAST:
        return None
    start, end = nodes[0].at, nodes[-1].at
    span = (end - start).total_seconds() or 1.0
    slots = COARSE if len(nodes) <= FEW else FINE
    columns: list[list[Node]] = [[] for _ in range(slots)]
    for node in nodes:
        columns[min(slots - 1, int(slots * (node.at - start).total_seconds() / span))].append(node)
    highest = max(map(len, columns))
    each = -(-highest // HIGHEST)
    base = PITCH * -(-highest // each)
    dots: dict[int, list[str]] = {}
    for place, column in enumerate(columns):
        stack = sorted(column, key=lambda node: node.generation)[::each]
        for row, node in enumerate(stack):
            x, y = LEFT + PLOT / slots * (place + 0.5), base - PITCH * (row + 0.5) + 2
            dots.setdefault(min(node.generation, LAST), []).append(f"M{x:g} {y:g}h0")
    return Curve(
        generations=tuple(_generation(number, nodes, dots) for number in range(LAST + 1)),
        ticks=axis.ticks([start, end], [LEFT, LEFT + PLOT]),
        each=each,
        width=LEFT + PLOT + LEFT,
        height=round(base) + FOOT,
    )


def _generation(number: int, nodes: Sequence[Node], dots: dict[int, list[str]]) -> Generation:
    times = [node.at for node in nodes if min(node.generation, LAST) == number]
    return Generation(
        number=number,
        accounts=len(times),
        first=min(times, default=nodes[0].at),
        last=max(times, default=nodes[0].at),
        path="".join(dots.get(number, ())),
    )
