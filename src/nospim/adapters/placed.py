"""Where in a file an event was read, and how what an archive says of one message is joined across files.

Importers read other programs' archives.  Each item that they find is `Placed`: it carries the bytes it was
made from, so that an event can be traced to them, and what is needed to see that two archives hold the same
message and which message an edit means.  `Joined` then does that, in bounded memory.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import BinaryIO, Final, Protocol, TypeVar, runtime_checkable

import msgspec
from msgspec import Struct

from nospim.adapters.interface import Item, Refusal, Skipped
from nospim.events import AnyEvent, decode, encode

REMEMBERED: Final = 1 << 18
"""Messages (and as many names of messages) that are remembered to be joined: some 100 MB at most."""
COPY_S: Final = 120.0
"""Seconds between the stamps of two archives' copies of one message; servers' clocks and queues differ by
less, and the same words an hour later are another message."""
_K = TypeVar("_K")
_V = TypeVar("_V")

COPY: Final = "another archive's copy of a message that is there already"
AGAIN: Final = "the same record once more"


class Placed(Struct, frozen=True, kw_only=True, array_like=True):
    """One item of an archive with its place.

    event: an event's JSON line; or refusal, or skipped.  at: seconds since the Unix epoch, of an event.
    offset, length: its bytes in the file, unpacked where the file is packed.  keeper: whose archive this is.
    copy: the same in every archive's copy of one message, empty where there are no copies.  names: what later
    records of the archive may call the message.  means: such a name, for an event about another message: its
    `data.message` is then set to that message's id.
    """

    file: str
    line: int
    offset: int
    length: int
    event: bytes = b""
    at: float = 0.0
    refusal: Refusal | None = None
    skipped: Skipped | None = None
    keeper: str = ""
    copy: bytes = b""
    names: tuple[str, ...] = ()
    means: str = ""

    def item(self) -> Item:
        """The event, refusal or skipped item."""
        if self.refusal is not None:
            return self.refusal
        return self.skipped if self.skipped is not None else decode(self.event)


def placed(file: str, item: Item, line: int, offset: int, length: int) -> Placed:
    """An item at its place, with nothing to be joined."""
    if isinstance(item, Refusal):
        return Placed(file=file, line=line, offset=offset, length=length, refusal=item)
    if isinstance(item, Skipped):
        return Placed(file=file, line=line, offset=offset, length=length, skipped=item)
    return Placed(file=file, line=line, offset=offset, length=length, event=encode(item), at=item.at)


@runtime_checkable
class Importer(Protocol):
    """An adapter that can say where in the file each item was."""

    @property
    def name(self) -> str: ...

    def placed(self, name: str, stream: BinaryIO) -> Iterator[Placed]:
        """As `Adapter.read`, with places, and before anything is joined."""


def joined(found: Iterable[Placed]) -> Iterator[Placed]:
    """The same items, copies of one message but the first as skipped, and names of messages as their ids."""
    join = Joined()
    return (join.one(each) for each in found)


class Joined:
    """What has passed: which records, which messages in whose archive, and what they are called."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._copies: OrderedDict[bytes, _Copies] = OrderedDict()
        self._called: OrderedDict[str, str] = OrderedDict()

    def one(self, placed: Placed) -> Placed:
        """One item in its turn."""
        if not placed.event:
            return placed
        event = decode(placed.event)
        if event.id in self._seen:
            return self._left(placed, event, AGAIN)
        _remember(self._seen, event.id, None)
        if placed.copy:
            copies = self._copies.get(placed.copy) or _Copies()
            _remember(self._copies, placed.copy, copies)
            first = copies.first_of(placed.keeper, placed.at, event.id)
            for name in placed.names:
                _remember(self._called, name, first)
            if first != event.id:
                return self._left(placed, event, COPY)
        if placed.means:
            event = self._meaning(event, placed.means)
            return msgspec.structs.replace(placed, event=encode(event))
        return placed

    def _left(self, placed: Placed, event: AnyEvent, reason: str) -> Placed:
        for name in placed.names:
            self._called.setdefault(name, event.id)
        skipped = Skipped(placed.file, placed.line, reason)
        return msgspec.structs.replace(placed, event=b"", skipped=skipped, copy=b"", names=())

    def _meaning(self, event: AnyEvent, name: str) -> AnyEvent:
        data = msgspec.json.decode(encode(event))
        # A message that is not in the archives keeps a name of its own: the same for all that is said of it.
        data["data"]["message"] = self._called.get(name) or unseen(name)
        return decode(msgspec.json.encode(data))


class _Copies:
    """The messages behind one `copy`: when each was sent, its id, and whose archives hold it."""

    __slots__ = ("sent",)

    def __init__(self) -> None:
        self.sent: list[tuple[float, str, set[str]]] = []

    def first_of(self, keeper: str, at: float, ident: str) -> str:
        """The id of the message that this record is a copy of, which is its own where it is the first."""
        for when, first, keepers in self.sent:
            if keeper not in keepers and abs(when - at) <= COPY_S:
                keepers.add(keeper)
                return first
        self.sent = [*self.sent[-_ALIKE:], (at, ident, {keeper})]
        return ident


_ALIKE: Final = 64
"""Equal messages of one sender to one recipient that wait for their copies; a flood has more, and its copies
are then messages of their own."""


def _remember(memory: OrderedDict[_K, _V], name: _K, value: _V) -> None:
    memory[name] = value
    memory.move_to_end(name)
    if len(memory) > REMEMBERED:
        memory.popitem(last=False)


def unseen(name: str) -> str:
    """The id of a message that is spoken of and is not there."""
    return "unseen-" + blake2b(name.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def minted(prefix: str, *parts: str) -> str:
    """An id of 128 bits over some parts (BLAKE2b); nobody who wrote one of them can choose it."""
    text = "".join(f"{len(part)}:{part}" for part in parts)  # no two lists of parts give the same bytes
    return prefix + blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()
