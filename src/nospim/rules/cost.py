"""What an expression may cost at most, worked out from its checked form before it ever runs.

The form is the protocol-buffer message ``cel.expr.CheckedExpr`` (github.com/google/cel-spec,
proto/cel/expr/checked.proto and syntax.proto), of which `_parts` reads what is needed here.  The idea of a
static bound is Kubernetes' (CEL cost estimation of admission policies): a rule that could be too dear is
refused when it is written, so that nothing has to be stopped half-way.  The bound holds because every field
is bounded (`fields.MAX_TEXT`, `fields.MAX_ITEMS`) and because strings may not be built: adding a string to
itself in a few chained `map`s would ask for gigabytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from nospim.rules.fields import MAX_ITEMS

MOST: Final = 30_000
"""Units that one expression may cost.  A unit is 10 to 60 ns, so the dearest takes below 2 ms."""
MOST_TOGETHER: Final = 200_000
"""Units that all rules of a set may cost together: some 10 ms for a message that is made to be dear."""
DEEPEST: Final = 60
"""Nesting of an expression; the library's own parser stops at 32 levels of brackets."""
PRICES: Final[dict[str, int]] = {
    "contains": 200,
    "startsWith": 2,
    "endsWith": 2,
    "size": 2,
    "@in": 2 + MAX_ITEMS,
    "_==_": 4,
    "_!=_": 4,
}
"""Dearer functions, in units; all others cost 1."""
PATTERN: Final = 400
"""Units to compile a pattern, which is done each time (27 us), and to read it over a text."""
_COUNTED: Final = re.compile(r"\{(\d+)(?:,(\d*))?\}")
BUILDS: Final = frozenset({"add_string", "add_bytes"})
"""Overloads that make longer strings."""


class TooDearError(ValueError):
    """An expression that is refused before it runs; the message says why and what to write instead."""


class Judged(Struct, frozen=True):
    """An expression's bound in units, the fields it asks for, and the patterns it matches with."""

    cost: int
    fields: frozenset[str]
    patterns: tuple[str, ...]


def judge(serialized: bytes, known: frozenset[str]) -> Judged:
    """The bound of a checked expression.

    serialized: the expression as the library serialises it, a CheckedExpr within an ``Any``.  known: names of
    fields.  Raises TooDearError for one that costs more than `MOST`, builds strings or lists without bound,
    or takes a pattern from a message.
    """
    checked = next(value for number, value in _parts(serialized) if number == 2 and isinstance(value, bytes))
    walk = _Walk(known)
    tree = b""
    for number, value in _parts(checked):
        if number == 2 and isinstance(value, bytes):
            walk.refer(value)
        elif number == 4 and isinstance(value, bytes):
            tree = value
    walk.rounds = max(MAX_ITEMS, _longest(tree, 0))
    cost = walk.cost(tree, (), 0)
    if cost > MOST:
        raise TooDearError(
            f"it could cost {cost:,} units a message and may cost {MOST:,}; "
            "nest fewer lists, match fewer patterns"
        )
    return Judged(cost, frozenset(walk.fields), tuple(walk.patterns))


class _Walk:
    """One walk over an expression's tree."""

    def __init__(self, known: frozenset[str]) -> None:
        self.known = known
        self.rounds = MAX_ITEMS
        self.fields: set[str] = set()
        self.patterns: list[str] = []
        self.overloads: dict[int, tuple[str, ...]] = {}

    def refer(self, entry: bytes) -> None:
        """Note an entry of the reference map: the id of a node, and the field or the overloads it means."""
        ident, reference = 0, b""
        for number, value in _parts(entry):
            if number == 1 and isinstance(value, int):
                ident = value
            elif number == 2 and isinstance(value, bytes):
                reference = value
        parts = [(n, v.decode()) for n, v in _parts(reference) if isinstance(v, bytes) and n in (1, 3)]
        self.overloads[ident] = tuple(v for n, v in parts if n == 3)
        self.fields.update(v for n, v in parts if n == 1 and v in self.known)

    def cost(self, node: bytes, accumulators: tuple[str, ...], depth: int) -> int:
        """The bound of one node.  accumulators: variables of the loops around it."""
        if depth > DEEPEST:
            raise TooDearError(f"it is nested more than {DEEPEST} deep; write it flatter")
        ident, total = 0, 1
        for number, value in _parts(node):
            if number == 2 and isinstance(value, int):
                ident = value
            elif not isinstance(value, bytes):
                continue
            elif number == 5:
                total += sum(self.cost(v, accumulators, depth + 1) for v in _sub(value, 1))
            elif number == 6:
                total += self._call(ident, value, accumulators, depth)
            elif number == 7:
                total += sum(self.cost(v, accumulators, depth + 1) for v in _sub(value, 1))
            elif number == 8:
                raise TooDearError("messages and maps cannot be made in a rule; compare fields instead")
            elif number == 9:
                total += self._loop(value, accumulators, depth)
        return total

    def _call(self, ident: int, call: bytes, accumulators: tuple[str, ...], depth: int) -> int:
        name = next(iter(_sub(call, 2)), b"").decode()
        values = [*_sub(call, 1), *_sub(call, 3)]
        overloads = self.overloads.get(ident, ())
        if BUILDS & set(overloads):
            raise TooDearError("strings cannot be joined with + in a rule; compare the parts instead")
        if "add_list" in overloads and _ident(values[0]) not in accumulators:
            raise TooDearError("lists cannot be joined with + in a rule; ask each of them instead")
        if name == "matches":
            pattern = _literal(values[-1])
            if pattern is None:
                raise TooDearError("the pattern of matches() must be written in the rule, in quotes")
            self.patterns.append(pattern)
            return _price(pattern) + self.cost(values[0], accumulators, depth + 1)
        return PRICES.get(name, 1) + sum(self.cost(v, accumulators, depth + 1) for v in values)

    def _loop(self, loop: bytes, accumulators: tuple[str, ...], depth: int) -> int:
        inner = (*accumulators, *(v.decode() for v in _sub(loop, 3)))
        once = sum(self.cost(v, accumulators, depth + 1) for n in (2, 4) for v in _sub(loop, n))
        each = sum(self.cost(v, inner, depth + 1) for n in (5, 6) for v in _sub(loop, n))
        last = sum(self.cost(v, inner, depth + 1) for v in _sub(loop, 7))
        return once + self.rounds * each + last


def _price(pattern: str) -> int:
    """Units of a pattern: its length times the counts of its repetitions, which are written out."""
    counts = 1
    for found in _COUNTED.findall(pattern):
        counts *= max(1, *(int(n) for n in found if n))
    return PATTERN + len(pattern) * counts


def _sub(message: bytes, wanted: int) -> list[bytes]:
    return [value for number, value in _parts(message) if number == wanted and isinstance(value, bytes)]


def _ident(node: bytes) -> str:
    return next((name.decode() for inner in _sub(node, 4) for name in _sub(inner, 1)), "")


def _literal(node: bytes) -> str | None:
    return next((text.decode() for inner in _sub(node, 3) for text in _sub(inner, 6)), None)


def _longest(node: bytes, depth: int) -> int:
    """Items of the longest list that is written out anywhere in an expression."""
    if depth > DEEPEST:
        raise TooDearError(f"it is nested more than {DEEPEST} deep; write it flatter")
    longest = 0
    for number, value in _parts(node):
        if not isinstance(value, bytes):
            continue
        below: list[bytes] = []
        if number == 5:
            below = _sub(value, 1)
        elif number == 6:
            below = [*_sub(value, 1), *_sub(value, 3)]
        elif number == 7:
            below = _sub(value, 1)
            longest = max(longest, len(below))
        elif number == 9:
            below = [v for n in (2, 4, 5, 6, 7) for v in _sub(value, n)]
        longest = max([longest, *(_longest(each, depth + 1) for each in below)])
    return longest


def _parts(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protocol-buffer message: number and value (developers.google.com, "Encoding").

    Numbers of fixed width are passed as bytes, which no caller asks for.
    """
    at, end = 0, len(message)
    while at < end:
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == 0:
            number, at = _varint(message, at)
            yield tag >> 3, number
            continue
        if kind == 2:
            size, at = _varint(message, at)
        else:
            size = 8 if kind == 1 else 4
        yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
