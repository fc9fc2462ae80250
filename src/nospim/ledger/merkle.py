"""The Merkle tree over the ledger's leaves, in the form of Certificate Transparency 2.0.

Source: RFC 9162, section 2.1.  A leaf of the tree is the hash of a record (``leaf_hash``); an inner node
hashes its two children behind another prefix, so that no inner node can pass for a leaf.  The tree over n
leaves is split at the largest power of two below n.  Pure: whoever stores hashes offers them by `Hashes`.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Final, Protocol

HASH_SIZE: Final = 32
"""Bytes of a hash (SHA-256)."""
LEAF: Final = b"\x00"
NODE: Final = b"\x01"
"""Prefixes that keep leaves and inner nodes apart (RFC 9162, section 2.1.1)."""
EMPTY_ROOT: Final = sha256(b"").digest()
"""The root of the tree without leaves (RFC 9162, section 2.1.1)."""


class Hashes(Protocol):
    """Where the hashes of complete subtrees come from."""

    def subtree(self, level: int, index: int) -> bytes:
        """The hash of the leaves from index * 2**level up to (index + 1) * 2**level; all of them exist."""


def leaf_hash(data: bytes) -> bytes:
    """The leaf over some bytes: SHA-256(0x00 || data)."""
    return sha256(LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The inner node over two hashes: SHA-256(0x01 || left || right)."""
    return sha256(NODE + left + right).digest()


def split(count: int) -> int:
    """The number of leaves in the left part of `count` leaves: the largest power of two below it."""
    return 1 << (count - 1).bit_length() - 1


def fold(hashes: list[bytes]) -> bytes:
    """The root over the hashes of 2**k subtrees of one size."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]


def range_hash(hashes: Hashes, low: int, high: int) -> bytes:
    """MTH(D[low:high]) of RFC 9162, section 2.1.1, where `low` is a place that the tree splits at."""
    count = high - low
    if count == 0:
        return EMPTY_ROOT
    level = count.bit_length() - 1
    if count == 1 << level and low % count == 0:
        return hashes.subtree(level, low >> level)
    middle = low + split(count)
    return node_hash(range_hash(hashes, low, middle), range_hash(hashes, middle, high))


def root(hashes: Hashes, size: int) -> bytes:
    """The root of the tree over the first `size` leaves."""
    return range_hash(hashes, 0, size)


class Leaves:
    """Leaves in memory, for trees that fit there: every call walks them, nothing is kept."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        self.leaves = list(leaves)

    def subtree(self, level: int, index: int) -> bytes:
        """As `Hashes.subtree`; raises IndexError where a leaf is not there."""
        low, high = index << level, (index + 1) << level
        if high > len(self.leaves):
            raise IndexError(f"leaf {high - 1} is not there; the tree has {len(self.leaves)}")
        return fold(self.leaves[low:high])
