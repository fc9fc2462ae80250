"""Proofs that a record is in the ledger, and that a later ledger goes on from an earlier one.

Sources: RFC 9162, sections 2.1.3 (inclusion) and 2.1.4 (consistency), the steps of its verification
numbered as there.  `batch_proof` is ours: one proof for many leaves of one tree, which shares what the
single proofs would repeat.  Checks return nothing, or raise `ProofError`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from nospim.errors import NospimError
from nospim.ledger.merkle import HASH_SIZE, Hashes, node_hash, range_hash, split


class ProofError(NospimError):
    """A proof does not prove what it is shown for."""


def inclusion_proof(hashes: Hashes, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]): the hashes that lead from a leaf to the root, nearest to the leaf first.

    Raises ValueError where the tree has no such leaf.  Source: RFC 9162, section 2.1.3.1.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + split(high - low)
        if index < middle:
            path.append(range_hash(hashes, middle, high))
            high = middle
        else:
            path.append(range_hash(hashes, low, middle))
            low = middle
    return path[::-1]


def verify_inclusion(root: bytes, size: int, index: int, leaf: bytes, path: Sequence[bytes]) -> None:
    """Check that `leaf` is leaf number `index` of the tree with this size and root.

    Raises ProofError.  Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:  # 1
        raise ProofError(f"a tree of {size} leaves has no leaf {index}")
    node, last, reached = index, size - 1, leaf  # 2, 3
    for step in path:  # 4
        if last == 0:
            raise ProofError(f"the proof of leaf {index} is longer than its tree is high")
        if node & 1 or node == last:
            reached = node_hash(step, reached)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            reached = node_hash(reached, step)
        node, last = node >> 1, last >> 1
    if last != 0 or reached != root:  # 5
        raise ProofError(f"leaf {index} is not in the tree of {size} leaves with root {root.hex()}")


def consistency_proof(hashes: Hashes, old: int, new: int) -> list[bytes]:
    """PROOF(old, D[new]): the hashes that show a tree of `new` leaves begins with one of `old`.

    Raises ValueError where there is nothing to prove (old is 0 or larger than new).  Between a tree and
    itself the proof is empty.  Source: RFC 9162, section 2.1.4.1.
    """
    if not 0 < old <= new:
        raise ValueError(f"nothing leads from a tree of {old} leaves to one of {new}")
    proof: list[bytes] = []
    low, high, whole = 0, new, True  # whole: the old tree's root is this very subtree
    while old != high:
        middle = low + split(high - low)
        if old <= middle:
            proof.append(range_hash(hashes, middle, high))
            high = middle
        else:
            proof.append(range_hash(hashes, low, middle))
            low, whole = middle, False
    if not whole:
        proof.append(range_hash(hashes, low, high))
    return proof[::-1]


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree (new, new_root) begins with the tree (old, old_root).

    Raises ProofError.  Source: RFC 9162, section 2.1.4.2.
    """
    wrong = ProofError(f"the ledger of {new} records does not go on from the one of {old}")
    if not 0 < old <= new:
        raise wrong
    if old == new:
        if proof or old_root != new_root:
            raise wrong
        return
    if not proof:  # 1
        raise wrong
    steps = [old_root, *proof] if old & (old - 1) == 0 else list(proof)  # 2
    node, last = old - 1, new - 1  # 3
    while node & 1:  # 4
        node, last = node >> 1, last >> 1
    first = second = steps[0]  # 5
    for step in steps[1:]:  # 6
        if last == 0:
            raise wrong
        if node & 1 or node == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, step)
        node, last = node >> 1, last >> 1
    if first != old_root or second != new_root or last != 0:  # 7
        raise wrong


def batch_proof(hashes: Hashes, indices: Sequence[int], size: int) -> list[bytes]:
    """The hashes of the largest subtrees without any of these leaves, from left to right.

    indices: rising, without repeats.  With the leaves themselves they give the root.
    Raises ValueError where the indices are not like that, or empty.
    """
    if not indices or list(indices) != sorted(set(indices)) or not 0 <= indices[0] <= indices[-1] < size:
        raise ValueError(f"these are not rising numbers of leaves below {size}")
    out: list[bytes] = []
    _without(hashes, indices, 0, size, out)
    return out


def verify_batch(root: bytes, size: int, leaves: Mapping[int, bytes], proof: Sequence[bytes]) -> None:
    """Check that all these leaves, by number, are in the tree with this size and root.

    Raises ProofError; an empty set of leaves proves nothing and is refused.
    """
    indices = sorted(leaves)
    if not indices or not 0 <= indices[0] <= indices[-1] < size:
        raise ProofError(f"a tree of {size} leaves has no such leaves")
    if any(len(one) != HASH_SIZE for one in (*leaves.values(), *proof)):
        raise ProofError("a hash of the proof has another length than a hash has")
    rest = iter(proof)
    reached = _rebuilt(indices, leaves, 0, size, rest)
    if reached != root or next(rest, None) is not None:
        raise ProofError(f"the leaves are not all in the tree of {size} leaves with root {root.hex()}")


def _any_in(indices: Sequence[int], low: int, high: int) -> bool:
    at = bisect_left(indices, low)
    return at < len(indices) and indices[at] < high


def _without(hashes: Hashes, indices: Sequence[int], low: int, high: int, out: list[bytes]) -> None:
    if not _any_in(indices, low, high):
        out.append(range_hash(hashes, low, high))
    elif high - low > 1:
        middle = low + split(high - low)
        _without(hashes, indices, low, middle, out)
        _without(hashes, indices, middle, high, out)


def _rebuilt(
    indices: Sequence[int], leaves: Mapping[int, bytes], low: int, high: int, rest: Iterator[bytes]
) -> bytes:
    if not _any_in(indices, low, high):
        given = next(rest, None)
        if given is None:
            raise ProofError("the proof is cut short")
        return given
    if high - low == 1:
        return leaves[low]
    middle = low + split(high - low)
    left = _rebuilt(indices, leaves, low, middle, rest)
    return node_hash(left, _rebuilt(indices, leaves, middle, high, rest))
