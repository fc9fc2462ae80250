"""ejabberd's archives as SQL: ``INSERT INTO archive``, from ``export2sql`` or a database's dump tool.

No database is needed and no statement is run: rows are found by their literals.  Whether a quote inside a
string is doubled (the standard) or escaped by a backslash (MySQL) is seen at the first stanza, whose
attributes have single quotes.  Source: ejabberd's ``mod_mam_sql`` and its table ``archive``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nospim.adapters.interface import KEPT_BYTES
from nospim.adapters.mam_tree import MAX_RECORD, Archived, Bad, bare
from nospim.adapters.mam_xml import TreeError, tree

_INTO: Final = re.compile(
    rb"""INSERT\s{1,9}INTO\s{1,9}(?:[`"]?\w{1,64}[`"]?\.)?[`"]?archive[`"]?\s{0,9}(?:\(([^()]{0,400})\))?\s{0,9}VALUES""",
    re.IGNORECASE,
)
_STRING: Final = {
    False: rb"'(?:[^']++|'')*+'",
    True: rb"'(?:[^'\\]++|\\.|'')*+'",
}
_ROW: Final = {
    way: re.compile(rb"\((?:[^'()]++|[Ee]?" + string + rb")*+\)", re.DOTALL)
    for way, string in _STRING.items()
}
_FIELD: Final = {
    way: re.compile(rb"\s*(?:[Ee]?(" + string + rb")|([^',]*+))\s*(?:,|$)", re.DOTALL)
    for way, string in _STRING.items()
}
_BACKSLASH: Final = re.compile(rb"<message[^>]{0,400}?=(\\'|'')")
_BETWEEN: Final = re.compile(rb"\s*(,|;|\Z)")
_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)
_ESCAPES: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b"\0", b"b": b"\b", b"Z": b"\x1a"}
_OLD: Final = ("username", "timestamp", "peer", "bare_peer", "xml", "txt", "id", "kind", "nick", "created_at")
_NEW: Final = ("username", "server_host", *_OLD[1:])
"""The table's columns without and with ejabberd's newer schema, for dumps that do not name them."""
_OVERLAP: Final = 1024


def read(blocks: Iterator[bytes], host: str) -> Iterator[Archived | Bad]:
    """The rows of the table `archive` in order.  host: the server's, where rows do not say it."""
    return _Rows(blocks, host).read()


class _Rows:
    """Goes through the file in a window of bounded size."""

    def __init__(self, blocks: Iterator[bytes], host: str) -> None:
        self._blocks, self._host = blocks, host
        self._window, self._place, self._line = b"", 0, 1
        self._ended = False
        self._backslash: bool | None = None

    def _more(self) -> bool:
        block = next(self._blocks, b"")
        self._ended = self._ended or not block
        self._window += block
        return not self._ended

    def _forget(self, size: int) -> None:
        self._line += self._window.count(b"\n", 0, size)
        self._place += size
        self._window = self._window[size:]

    def read(self) -> Iterator[Archived | Bad]:
        while True:
            into = _INTO.search(self._window)
            if into is None:
                self._forget(max(len(self._window) - _OVERLAP, 0))
                if self._ended or not (self._more() or self._window):
                    return
                continue
            columns = _columns(into[1])
            self._forget(into.end())
            yield from self._rows(columns)

    def _rows(self, columns: tuple[str, ...] | None) -> Iterator[Archived | Bad]:
        """The rows of one statement."""
        while True:
            raw, bad = self._row()
            if bad is not None:
                yield bad
                return
            offset, line = self._place, self._line
            told = self._archived(columns, raw, line, offset)
            self._forget(len(raw))
            yield told
            while not (between := _BETWEEN.match(self._window)) or not between[1]:
                if not self._more():
                    break
            if not between or between[1] != b",":
                return
            self._forget(between.end())

    def _row(self) -> tuple[bytes, Bad | None]:
        while True:
            lead = len(self._window) - len(self._window.lstrip())
            self._forget(lead)
            if self._backslash is None and (seen := _BACKSLASH.search(self._window[:MAX_RECORD])):
                self._backslash = seen[1] == b"\\'"
            row = _ROW[bool(self._backslash)].match(self._window)
            if row is not None and (self._backslash is not None or self._ended):
                return row[0], None
            if self._ended or len(self._window) > 2 * MAX_RECORD:
                if row is not None:
                    return row[0], None
                raw = self._window[:MAX_RECORD]
                bad = self._bad("a row of the archive that does not end, or too long", raw)
                self._forget(1)
                return b"", bad
            self._more()

    def _bad(self, reason: str, raw: bytes) -> Bad:
        return Bad(reason=reason, line=self._line, offset=self._place, length=len(raw), raw=raw[:KEPT_BYTES])

    def _archived(
        self, columns: tuple[str, ...] | None, raw: bytes, line: int, offset: int
    ) -> Archived | Bad:
        fields = self._fields(raw[1:-1])
        names = columns or (_NEW if len(fields) == len(_NEW) else _OLD)
        row = dict(zip(names, fields, strict=False))
        if len(raw) > MAX_RECORD:
            return self._bad(f"longer than {MAX_RECORD} bytes", raw)
        try:
            message = tree(row["xml"])
            user = row["username"].decode("utf-8")
            host = row.get("server_host", b"").decode("utf-8") or self._host
            stamp = int(row["timestamp"]) / 1e6  # microseconds, as ejabberd keeps them
            uid = row.get("id", row["timestamp"]).decode("ascii")
        except (KeyError, ValueError) as error:
            return self._bad(f"no row of ejabberd's archive: {type(error).__name__} {error}", raw)
        except TreeError as error:
            return self._bad(f"its stanza is not well-formed XML: {error}", raw)
        return Archived(
            keeper=bare(user if "@" in user else f"{user}@{host}") if host or "@" in user else "",
            uid=uid,
            stamp=stamp,
            message=message,
            line=line,
            offset=offset,
            length=len(raw),
            raw=raw[:KEPT_BYTES],
        )

    def _fields(self, inside: bytes) -> list[bytes]:
        found, at = [], 0
        pattern = _FIELD[bool(self._backslash)]
        while at < len(inside) and (field := pattern.match(inside, at)):
            found.append(self._unquoted(field[1]) if field[1] is not None else field[2].strip())
            at = field.end()
        return found

    def _unquoted(self, text: bytes) -> bytes:
        text = text[1:-1].replace(b"''", b"'")
        if not self._backslash:
            return text
        return _ESCAPED.sub(lambda escape: _ESCAPES.get(escape[1], escape[1]), text)


def _columns(named: bytes | None) -> tuple[str, ...] | None:
    if named is None:
        return None
    return tuple(part.strip(b' `"\t\r\n').decode("latin-1").lower() for part in named.split(b","))
