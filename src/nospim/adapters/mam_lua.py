"""Prosody's archives (``mod_storage_internal``): lists of stanzas as Lua tables, read without running Lua.

A file is a sequence of ``item({ ... });``, each table the stanza as Prosody stores it: children as 1, 2, ...,
`name`, `attr`, and beside them `key`, `when` and `with`.  Only literals are understood: tables, strings,
numbers, booleans.  Source: Prosody 0.12, util.datamanager and util.serialization.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from nospim.adapters.interface import KEPT_BYTES
from nospim.adapters.mam_tree import CLIENT, MAX_DEPTH, MAX_NODES, MAX_RECORD, Archived, Bad, El

_OVERLAP: Final = 8
"""Bytes that may be the first part of the next item's beginning."""
_ITEM: Final = re.compile(rb"(?m)^item\(")
_SPACE: Final = re.compile(r"(?:[ \t\r\n]+|--[^\[\n][^\n]*)*")
_NUMBER: Final = re.compile(r"-?(?:0x[0-9a-fA-F]{1,16}|\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,3})?)")
_NAME: Final = re.compile(r"[A-Za-z_]\w{0,100}", re.ASCII)
_PLAIN: Final = re.compile(r'[^"\\\n]*')
_DECIMAL: Final = re.compile(r"\d{1,3}", re.ASCII)
_ESCAPES: Final = {
    "a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, '"': 34, "'": 39,
}  # fmt: skip

Value = dict[Any, Any] | str | int | float | bool | None


class _LuaError(Exception):
    """What is no literal of Lua; the message says what."""


def read(blocks: Iterator[bytes], keeper: str) -> Iterator[Archived | Bad]:
    """The records of a list file in order."""
    for offset, line, raw in _items(blocks):
        if len(raw) > MAX_RECORD:
            yield _bad(f"longer than {MAX_RECORD} bytes", line, offset, raw)
            continue
        try:
            value = parse(raw)
            message = _stanza(value, CLIENT, [0])
        except (_LuaError, UnicodeDecodeError, RecursionError) as error:
            yield _bad(f"no item of Prosody's: {error}", line, offset, raw)
            continue
        when = value.get("when")
        yield Archived(
            keeper=keeper,
            uid=value["key"] if isinstance(value.get("key"), str) else "",
            stamp=float(when) if isinstance(when, int | float) and not isinstance(when, bool) else None,
            message=message,
            line=line,
            offset=offset,
            length=len(raw),
            raw=raw[:KEPT_BYTES],
        )


def _items(blocks: Iterator[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """Each item's bytes with its place; what grows too long is handed on in pieces, to be refused."""
    window, place, line = b"", 0, 1
    ended = False
    while not ended:
        block = next(blocks, b"")
        ended = not block
        window += block
        # A line begins with item( only where an item begins: strings hold no bare line end.
        cuts = [match.start() for match in _ITEM.finditer(window)]
        cuts = [0, *(cut for cut in cuts if cut)]
        if ended:
            cuts.append(len(window))
        elif len(window) - cuts[-1] > MAX_RECORD + _OVERLAP:
            cuts.append(len(window) - _OVERLAP)
        for start, end in pairwise(cuts):
            if raw := window[start:end].rstrip():
                yield place + start, line + window.count(b"\n", 0, start), raw
        gone = cuts[-1]
        place, line, window = place + gone, line + window.count(b"\n", 0, gone), window[gone:]


def _bad(reason: str, line: int, offset: int, raw: bytes) -> Bad:
    return Bad(reason=reason, line=line, offset=offset, length=len(raw), raw=raw[:KEPT_BYTES])


def parse(raw: bytes) -> dict[Any, Any]:
    """The table of one item; raises _LuaError, UnicodeDecodeError."""
    reader = _Literal(raw.decode("utf-8"))
    reader.expect("item(")
    value = reader.value(0)
    reader.expect(")")
    if not isinstance(value, dict):
        raise _LuaError("it holds no table")
    return value


class _Literal:
    """Reads one literal after another; strings are put together as bytes, as Lua does."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._nodes = text, 0, 0

    def _skip(self) -> None:
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def expect(self, word: str) -> None:
        self._skip()
        if not self._text.startswith(word, self._at):
            raise _LuaError(f"{word!r} is missing")
        self._at += len(word)

    def _ahead(self) -> str:
        self._skip()
        return self._text[self._at : self._at + 1]

    def value(self, depth: int) -> Value:
        self._nodes += 1
        if depth > 2 * MAX_DEPTH or self._nodes > 4 * MAX_NODES:
            raise _LuaError("it is too deep or too large")
        ahead = self._ahead()
        if ahead == "{":
            return self._table(depth)
        if ahead in ('"', "'"):
            return self._string()
        if number := _NUMBER.match(self._text, self._at):
            self._at = number.end()
            digits = number[0]
            return (
                int(digits, 16)
                if "0x" in digits
                else float(digits)
                if set(digits) & set(".e")
                else int(digits)
            )
        if (name := _NAME.match(self._text, self._at)) and name[0] in ("true", "false", "nil"):
            self._at = name.end()
            return {"true": True, "false": False}.get(name[0])
        raise _LuaError("something that is no literal")

    def _table(self, depth: int) -> dict[Any, Any]:
        self.expect("{")
        table: dict[Any, Any] = {}
        place = 1
        while (ahead := self._ahead()) != "}":
            if ahead == "[":
                self.expect("[")
                key = self.value(depth + 1)
                self.expect("]")
                self.expect("=")
            elif (name := _NAME.match(self._text, self._at)) and name[0] not in ("true", "false", "nil"):
                key = name[0]
                self._at = name.end()
                self.expect("=")
            else:
                key, place = place, place + 1
            if isinstance(key, dict) or key is None:
                raise _LuaError("a key that is no string or number")
            table[key] = self.value(depth + 1)
            if self._ahead() not in ";,":
                break
            self._at += 1
        self.expect("}")
        return table

    def _string(self) -> str:
        quote = self._text[self._at]
        self._at += 1
        parts = bytearray()
        while True:
            if quote == '"' and (plain := _PLAIN.match(self._text, self._at)):
                parts += plain[0].encode()
                self._at = plain.end()
            one = self._text[self._at : self._at + 1]
            self._at += 1
            if one == quote:
                return parts.decode("utf-8")
            if one in ("", "\n"):
                raise _LuaError("a string that does not end")
            parts += self._escape() if one == "\\" else one.encode()

    def _escape(self) -> bytes:
        if number := _DECIMAL.match(self._text, self._at):
            self._at = number.end()
            if int(number[0]) > 255:
                raise _LuaError("an escape beyond 255")
            return bytes([int(number[0])])
        one = self._text[self._at : self._at + 1]
        self._at += 1
        if one == "x":
            digits, self._at = self._text[self._at : self._at + 2], self._at + 2
            if not re.fullmatch("[0-9a-fA-F]{2}", digits):
                raise _LuaError("an escape that is none")
            return bytes.fromhex(digits)
        if one not in _ESCAPES:
            raise _LuaError("an escape that is none")
        return bytes([_ESCAPES[one]])


def _stanza(table: dict[Any, Any], space: str, nodes: list[int]) -> El:
    """A stored stanza as a tree; an element without `xmlns` is in its parent's namespace."""
    nodes[0] += 1
    attributes, name = table.get("attr"), table.get("name")
    if not isinstance(name, str) or nodes[0] > MAX_NODES:
        raise _LuaError("a table that is no stanza")
    known = {k: v for k, v in attributes.items() if isinstance(k, str) and isinstance(v, str)} if isinstance(
        attributes, dict
    ) else {}  # fmt: skip
    space = known.pop("xmlns", space)
    element = El(space, name, known, [])
    place = 1
    while (child := table.get(place)) is not None:
        if isinstance(child, dict):
            element.children.append(_stanza(child, space, nodes))
        elif isinstance(child, str):
            element.text += child
        place += 1
    return element
