"""A sealed ledger in a folder: the tree over its journal, signed heads, their time-stamps, and checks of all.

``tree/`` holds hashes (made anew from the journal where they are lost), ``heads/`` one file a statement and
one a time-stamp: ``000000007.json``, ``000000007.1.tsr``, its renewal ``000000007.2.tsr``.  Nothing is ever
written over.  What the journal is, this module does not know: it takes its records as `Entry`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Final, Protocol

from msgspec import Struct

from nospim import __version__
from nospim.ledger.heads import (
    Chain,
    Clock,
    Head,
    KeyChange,
    digest,
    signed_change,
    signed_head,
    verify_chain,
)
from nospim.ledger.merkle import leaf_hash, root
from nospim.ledger.signing import SealError, SigningKey
from nospim.ledger.tree import TreeFiles

TREE: Final = "tree"
HEADS: Final = "heads"
_NAME: Final = re.compile(r"(\d{9})\.(?:json|(\d+)\.tsr)\Z")


class Entry(Protocol):
    """One record of the journal, in its order.

    seq: its place from 0, the number of its leaf.  leaf: SHA-256(0x00 || salt || body).  salt, body: None
    where the key of its content was destroyed.
    """

    @property
    def seq(self) -> int: ...
    @property
    def leaf(self) -> bytes: ...
    @property
    def salt(self) -> bytes | None: ...
    @property
    def body(self) -> bytes | None: ...


class Audit(Struct, frozen=True, kw_only=True):
    """What a check of a whole ledger found right.

    opened: records whose content was hashed again.  destroyed: records whose content is gone by key
    destruction; their leaves are still in the tree.  unsealed: records after the last head.
    """

    chain: Chain
    size: int
    opened: int
    destroyed: int
    unsealed: int


class Seals:
    """The seals of one ledger, opened."""

    def __init__(self, folder: Path) -> None:
        """Opens, or makes, the folder's tree and heads.  Raises OSError, SealError."""
        self.folder = folder
        self.tree = TreeFiles(folder / TREE)
        self._heads = folder / HEADS
        self._heads.mkdir(exist_ok=True, mode=0o700)
        self.envelopes, self.answers = read_statements(self._heads)

    def __enter__(self) -> Seals:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the files go."""
        self.tree.close()

    def extend(self, entries: Iterable[Entry]) -> int:
        """Take in the leaves of records from number `tree.size` on; returns how many there are now.

        Raises SealError where a record is missing or repeated.
        """
        return self.tree.append(self._leaves(entries))

    def _leaves(self, entries: Iterable[Entry]) -> Iterable[bytes]:
        expected = self.tree.size
        for entry in entries:
            if entry.seq != expected:
                raise SealError(f"record {expected} of the journal is followed by number {entry.seq}")
            expected += 1
            yield entry.leaf

    def chain(self, trusted: Sequence[str] = ()) -> Chain:
        """The statements, checked among themselves and against the tree.  Raises SealError."""
        chain = verify_chain(self.envelopes, trusted)
        for head in chain.heads:
            if head.size > self.tree.size:
                raise SealError(f"head {head.number} has {head.size} records, the journal {self.tree.size}")
            if root(self.tree, head.size).hex() != head.root:
                raise SealError(f"the first {head.size} records are not those that head {head.number} signed")
        return chain

    def seal(self, key: SigningKey, at: datetime, configuration: str, clock: Clock | None = None) -> Head:
        """Sign the ledger as it stands and keep the head; returns it once it is on the disk.

        Refuses (SealError) to sign what does not go on from the heads before it, or with another key than
        the one in force.
        """
        links = self.chain().links if self.envelopes else ()
        self.tree.flush()
        head = Head(
            ledger=links[0].ledger if links else token_hex(32),
            number=len(links),
            size=self.tree.size,
            root=root(self.tree, self.tree.size).hex(),
            at=at,
            previous=digest(self.envelopes[-1]) if links else None,
            key=key.public.hex(),
            nospim=__version__,
            configuration=configuration,
            clock=clock or Clock(),
        )
        self._keep(signed_head(head, key))
        return head

    def change_key(
        self, new: SigningKey, old: SigningKey | None, at: datetime, reason: str = "rotated"
    ) -> KeyChange:
        """Record that another key signs from here on; old: None where it was lost or stolen."""
        links = self.chain().links
        last = links[-1]
        change = KeyChange(
            ledger=last.ledger,
            number=len(links),
            at=at,
            previous=digest(self.envelopes[-1]),
            old=last.key if isinstance(last, Head) else last.new,
            new=new.public.hex(),
            reason=reason,  # type: ignore[arg-type]  # signed_change and the decoder refuse others
        )
        self._keep(signed_change(change, new, old))
        return change

    def _keep(self, envelope: bytes) -> None:
        """Check the chain with one more statement, then write that; a statement is never written over."""
        verify_chain([*self.envelopes, envelope])
        _write(self._heads / f"{len(self.envelopes):09d}.json", envelope)
        self.envelopes.append(envelope)
        self.answers.append([])

    def keep_stamp(self, number: int, answer: bytes) -> None:
        """Keep an authority's answer over a statement and the stamps that it has; it was checked before."""
        place = len(self.answers[number]) + 1
        _write(self._heads / f"{number:09d}.{place}.tsr", answer)
        self.answers[number].append(answer)

    def audit(
        self,
        entries: Iterable[Entry],
        trusted: Sequence[str] = (),
        progress: Callable[[int], None] | None = None,
    ) -> Audit:
        """Check everything: statements, tree, and each record's content against its leaf.

        Raises SealError at the first thing that is wrong.
        """
        chain = self.chain(trusted)
        size = opened = destroyed = 0
        for entry in entries:
            if entry.seq != size:
                raise SealError(f"record {size} of the journal is followed by number {entry.seq}")
            if size >= self.tree.size or entry.leaf != self.tree.subtree(0, size):
                raise SealError(f"record {size} of the journal is not the one in the tree")
            if entry.body is None or entry.salt is None:
                destroyed += 1
            elif leaf_hash(entry.salt + entry.body) == entry.leaf:
                opened += 1
            else:
                raise SealError(f"the content of record {size} was changed")
            size += 1
            if progress is not None:
                progress(size)
        if size < self.tree.size:
            raise SealError(f"the journal ends at {size} records, and the tree has {self.tree.size}")
        sealed = chain.heads[-1].size if chain.heads else 0
        return Audit(chain=chain, size=size, opened=opened, destroyed=destroyed, unsealed=size - sealed)


def read_statements(folder: Path) -> tuple[list[bytes], list[list[bytes]]]:
    """The envelopes of a folder in order, and for each the answers of authorities in order.

    Raises SealError where one is missing in between, or a file is there that does not belong.
    """
    statements: dict[int, bytes] = {}
    answers: dict[int, dict[int, bytes]] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):  # a crash left it half written
            continue
        match = _NAME.match(path.name)
        if match is None:
            raise SealError(f"{path} does not belong to a ledger's heads")
        number = int(match[1])
        if match[2] is None:
            statements[number] = path.read_bytes()
        else:
            answers.setdefault(number, {})[int(match[2])] = path.read_bytes()
    if sorted(statements) != list(range(len(statements))) or not set(answers) <= set(statements):
        raise SealError(f"a statement is missing in {folder}")
    for number, stamps in answers.items():
        if sorted(stamps) != list(range(1, len(stamps) + 1)):
            raise SealError(f"a time-stamp of statement {number} is missing in {folder}")
    ordered = [[answers.get(n, {})[k] for k in sorted(answers.get(n, {}))] for n in range(len(statements))]
    return [statements[n] for n in range(len(statements))], ordered


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, and wait until it is on the disk; raises FileExistsError."""
    partial = path.with_name("." + path.name)
    file = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    os.link(partial, path)  # unlike rename, it refuses to replace
    partial.unlink()
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
