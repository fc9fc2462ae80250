"""Who infected whom, as a forest: parents, generations and what a picture may leave out.

Infections are conclusions, so they may contradict each other (two accounts infecting each other, a
source that is not among the infected, an account taken twice).  The forest drawn from them never
does: every infection is in it once, nothing is its own ancestor.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from nospim.events import Reference, named
from nospim.findings import Infection

FAN: Final = 8
"""Childless children drawn one by one under one parent; past a handful a count says more than dots."""


class Node(Struct, frozen=True, kw_only=True):
    """One infection in its place; `parent` is an index into the same tuple.

    observed: False for an account that infected others but has no infection of its own in the findings.
    size: observed infections in this node's subtree, itself included.
    """

    account: str
    at: datetime
    via: str | None
    infected_by: str | None
    parent: int | None
    generation: int
    size: int
    observed: bool


def grow(infections: Sequence[Infection]) -> tuple[Node, ...]:
    """The forest of the infections, by time; a parent may come after its child only if its time does.

    The parent of an infection is the latest infection of its `infected_by` that is not later than it,
    else the earliest.  An edge that would close a cycle is cut, first one that goes back in time, and its
    child becomes a root.
    """
    found = [(named(i.account), i.at, _named(i.via), _named(i.infected_by)) for i in infections]
    order = sorted(found, key=lambda i: (i[1], i[0], i[3] or "", i[2] or ""))
    observed = {account for account, *_ in order}
    outside: dict[str, datetime] = {}
    for _, at, _, by in order:
        if by is not None and by not in observed:
            outside.setdefault(by, at)
    entries = [(account, at, via, by, True) for account, at, via, by in order]
    entries += [(account, at, None, None, False) for account, at in outside.items()]
    entries.sort(key=lambda e: (e[1], e[4], e[0], e[3] or "", e[2] or ""))
    parents = _parents([(account, at, by) for account, at, _, by, _ in entries])
    generations, sizes = _measure(parents, [1 if e[4] else 0 for e in entries])
    return tuple(
        Node(
            account=account,
            at=at,
            via=via,
            infected_by=by,
            parent=parents[index],
            generation=generations[index],
            size=sizes[index],
            observed=known,
        )
        for index, (account, at, via, by, known) in enumerate(entries)
    )


def _named(ref: Reference | None) -> str | None:
    return None if ref is None else named(ref)


def _parents(entries: Sequence[tuple[str, datetime, str | None]]) -> list[int | None]:
    places: dict[str, list[int]] = {}
    for index, (account, _, _) in enumerate(entries):
        places.setdefault(account, []).append(index)
    roots = list(range(len(entries)))

    def root(index: int) -> int:
        while roots[index] != index:
            roots[index] = roots[roots[index]]
            index = roots[index]
        return index

    parents: list[int | None] = [None] * len(entries)
    backwards: list[tuple[int, int]] = []
    for index, (_, at, by) in enumerate(entries):
        candidates = [place for place in places.get(by or "", []) if place != index]
        earlier = [place for place in candidates if entries[place][1] <= at]
        if earlier and root(earlier[-1]) != root(index):
            parents[index] = earlier[-1]
            roots[root(index)] = root(earlier[-1])
        elif candidates and not earlier:
            backwards.append((index, candidates[0]))
    for index, parent in backwards:
        if root(parent) != root(index):
            parents[index] = parent
            roots[root(index)] = root(parent)
    return parents


def children(parents: Sequence[int | None]) -> list[list[int]]:
    """The children of each node, in order."""
    found: list[list[int]] = [[] for _ in parents]
    for index, parent in enumerate(parents):
        if parent is not None:
            found[parent].append(index)
    return found


def _measure(parents: Sequence[int | None], weights: Sequence[int]) -> tuple[list[int], list[int]]:
    below = children(parents)
    generations = [0] * len(parents)
    sizes = list(weights)
    order = [index for index, parent in enumerate(parents) if parent is None]
    for index in order:
        for child in below[index]:
            generations[child] = generations[index] + 1
            order.append(child)
    for index in reversed(order):
        parent = parents[index]
        if parent is not None:
            sizes[parent] += sizes[index]
    return generations, sizes


def choose(nodes: Sequence[Node], budget: int) -> frozenset[int]:
    """The nodes to draw one by one: those with the most accounts behind them, at most `budget`.

    A chosen node's parent is chosen too.  Of one parent's childless children at most `FAN` are
    chosen.  What is left out is for the picture to count.
    """
    below = children([node.parent for node in nodes])
    leaves: dict[int | None, int] = {}
    ranked: list[tuple[int, int]] = []
    for index, node in enumerate(nodes):
        if not below[index]:
            leaves[node.parent] = leaves.get(node.parent, 0) + 1
            if leaves[node.parent] > FAN:
                continue
        ranked.append((-node.size, index))
    ranked.sort(key=lambda pair: (pair[0], nodes[pair[1]].generation, pair[1]))
    chosen: set[int] = set()
    for _, index in ranked:
        parent = nodes[index].parent
        if len(chosen) < budget and (parent is None or parent in chosen):
            chosen.add(index)
    return frozenset(chosen)
