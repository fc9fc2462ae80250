"""XMPP message archives (XEP-0313) as events: XEP-0227 files, lists of Prosody, SQL of ejabberd, stanzas.

The first bytes say which form it is.  Ids are minted from the archive's own name of a record, its stamp and
all that it says, so that reading an archive again gives the same events, and no sender can choose one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import BinaryIO, Final
from urllib.parse import unquote

import msgspec

from nospim.adapters import mam_lua, mam_sql, mam_xml
from nospim.adapters.blocks import BrokenStreamError, Source, unpacked
from nospim.adapters.interface import AdapterError, Item, Refusal, Skipped, why_unreadable
from nospim.adapters.mam_stanza import Meaning, UnusableError, meanings
from nospim.adapters.mam_tree import Archived, Bad, bare
from nospim.adapters.placed import Placed, joined
from nospim.events import InvalidEventError, decode, drop_absent

SOURCE: Final = "xmpp:archive"
"""The source of events when none is given."""
_LOOK: Final = 4096
_STORES: Final = ("archive", "archive2", "muc_log", "muc_archive")
"""Folders of Prosody's that hold archives (mod_mam, mod_muc_mam)."""


class MessageArchive:
    """Reads archives of XMPP servers; the options apply to every file that it reads."""

    name = "mam"

    def __init__(self, *, account: str | None = None, host: str | None = None, source: str = SOURCE) -> None:
        """account: whose archive it is (an account or a room), where the file does not say so.  host: the
        server's domain, for names without one.  source: the CloudEvents source of all events.
        Raises AdapterError when an option has a value that it cannot have.
        """
        if account is not None and not re.fullmatch(r"[^@/\s]+@[^@/\s]+", account):
            raise AdapterError(f"--account {account!r} is no account; write it like ann@example.org")
        if not re.fullmatch(r"\S{1,1024}", source):
            raise AdapterError(f"--source {source!r} is no source; write a URI, without spaces")
        self._account, self._host, self._source = bare(account or ""), bare(host or ""), source

    def describe(self) -> str:
        """One sentence: what it reads."""
        return (
            "Archives of XMPP servers (XEP-0313): XEP-0227 files, Prosody's lists, ejabberd's SQL, stanzas."
        )

    def read(self, name: str, stream: BinaryIO) -> Iterator[Item]:
        """The events of one file and what is refused or skipped in it, in order, copies joined."""
        return (placed.item() for placed in joined(self.placed(name, stream)))

    def placed(self, name: str, stream: BinaryIO) -> Iterator[Placed]:
        """The same with places, before copies are joined."""
        blocks = _Blocks(stream, name)
        try:
            for record in self._records(name, blocks):
                yield from self._items(name, record)
        except OSError as error:
            raise AdapterError(why_unreadable(name, error)) from error
        if blocks.broken:
            yield _refused(name, blocks.lines, blocks.place, 0, blocks.broken, b"")

    def _records(self, name: str, blocks: _Blocks) -> Iterator[Archived | Bad]:
        head = blocks.head()
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if start.startswith(b"<"):
            return mam_xml.read(blocks, self._account)
        if start.startswith((b"item(", b"-- Prosody")):
            return mam_lua.read(blocks, self._account or _keeper_of(name))
        if re.match(rb"(?i)--|/\*|INSERT\s|BEGIN|SET\s|PRAGMA|DELETE\s|CREATE\s", start):
            return mam_sql.read(blocks, self._host or self._account.partition("@")[2])
        reason = (
            "no message archive: neither XML, nor a list of Prosody's, nor SQL" if head else "it is empty"
        )
        return iter([Bad(reason=reason, line=1, offset=0, length=len(head), raw=head)])

    def _items(self, name: str, record: Archived | Bad) -> Iterator[Placed]:
        line, offset, length = record.line, record.offset, record.length
        if isinstance(record, Bad):
            yield _refused(name, line, offset, length, record.reason, record.raw)
            return
        try:
            found = meanings(record)
            if isinstance(found, str):
                skipped = Skipped(name, line, found)
                yield Placed(file=name, line=line, offset=offset, length=length, skipped=skipped)
                return
            made = [self._event(one) for one in found]
        except (UnusableError, InvalidEventError) as error:
            yield _refused(name, line, offset, length, str(error), record.raw)
            return
        for event, one in made:
            yield Placed(
                file=name, line=line, offset=offset, length=length, event=event, at=one.at.timestamp(),
                keeper=record.keeper or name, copy=one.copy, names=one.names, means=one.means,
            )  # fmt: skip

    def _event(self, one: Meaning) -> tuple[bytes, Meaning]:
        event = {
            "specversion": "1.0",
            "source": self._source,
            "id": one.ident,
            "type": one.kind,
            "time": one.at,
            "subject": one.subject,
            "data": msgspec.to_builtins(one.data),
        }
        line = msgspec.json.encode(drop_absent(event))
        decode(line)  # what a stranger wrote may be too long for an event
        return line, one


def _refused(name: str, line: int, offset: int, length: int, reason: str, raw: bytes) -> Placed:
    refusal = Refusal(name, line, reason, raw, max(length, len(raw)))
    return Placed(file=name, line=line, offset=offset, length=length, refusal=refusal)


def _keeper_of(name: str) -> str:
    """Whose list this is, by Prosody's folders: <host>/<store>/<user>.list, percent-encoded."""
    parts = PurePath(name.replace("\\", "/")).parts
    if len(parts) < 3 or parts[-2] not in _STORES:
        return ""
    user, host = unquote(parts[-1].removesuffix(".list")), unquote(parts[-3])
    return bare(f"{user}@{host}")


class _Blocks:
    """A stream's unpacked blocks, the first of which can be looked at; broken packing ends it."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._blocks = unpacked(Source(stream), name)
        self._head: list[bytes] = []
        self.broken: str | None = None
        self.place, self.lines = 0, 1

    def head(self) -> bytes:
        while sum(map(len, self._head)) < _LOOK and (block := self._next()):
            self._head.append(block)
        self._head = [b"".join(self._head)]
        return self._head[0][:_LOOK]

    def _next(self) -> bytes:
        try:
            return next(self._blocks, b"")
        except BrokenStreamError as error:
            self.broken = str(error)
            return b""

    def __iter__(self) -> _Blocks:
        return self

    def __next__(self) -> bytes:
        block = self._head.pop() if self._head else b""
        block = block or (b"" if self.broken else self._next())
        if not block:
            raise StopIteration
        self.place += len(block)
        self.lines += block.count(b"\n")
        return block
