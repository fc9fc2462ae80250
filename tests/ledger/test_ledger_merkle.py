"""The tree and its proofs give what others' implementations of RFC 9162 give, at every size."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.ledger.merkle import EMPTY_ROOT, Leaves, leaf_hash, node_hash, root, split
from nospim.ledger.proofs import (
    ProofError,
    batch_proof,
    consistency_proof,
    inclusion_proof,
    verify_batch,
    verify_consistency,
    verify_inclusion,
)
from nospim.ledger.tree import STEP, TreeError, TreeFiles

# The leaves, roots and proofs of Certificate Transparency's own tests (google/certificate-transparency,
# transparency-dev/merkle); RFC 9162 keeps the tree of RFC 6962.
INPUTS = [bytes.fromhex(h) for h in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
LEAVES = [leaf_hash(data) for data in INPUTS]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
PATHS = {
    (0, 1): (),
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 3): ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
}
CONSISTENCY = {
    (1, 1): (),
    (1, 8): PATHS[0, 8],
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}  # fmt: skip


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(i).encode()) for i in range(count)]


def flipped(data: bytes, bit: int) -> bytes:
    return bytes(byte ^ (1 << bit % 8 if at == bit // 8 else 0) for at, byte in enumerate(data))


def test_the_roots_are_those_of_certificate_transparency() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert tuple(root(Leaves(LEAVES), size).hex() for size in range(1, 9)) == ROOTS


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_an_inclusion_proof_is_the_published_one(index: int, size: int) -> None:
    path = inclusion_proof(Leaves(LEAVES), index, size)

    assert tuple(step.hex() for step in path) == PATHS[index, size]
    verify_inclusion(bytes.fromhex(ROOTS[size - 1]), size, index, LEAVES[index], path)


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_a_consistency_proof_is_the_published_one(old: int, new: int) -> None:
    proof = consistency_proof(Leaves(LEAVES), old, new)

    assert tuple(step.hex() for step in proof) == CONSISTENCY[old, new]
    verify_consistency(old, bytes.fromhex(ROOTS[old - 1]), new, bytes.fromhex(ROOTS[new - 1]), proof)


def test_the_left_part_is_the_largest_power_of_two_below_the_whole() -> None:
    assert [split(n) for n in range(2, 10)] == [1, 2, 2, 4, 4, 4, 4, 8]


def test_every_leaf_of_every_small_tree_proves_itself_and_no_other() -> None:
    all_of_them = leaves(40)
    for size in range(1, 40):
        tree = Leaves(all_of_them[:size])
        top = root(tree, size)
        for index in range(size):
            path = inclusion_proof(tree, index, size)
            verify_inclusion(top, size, index, all_of_them[index], path)
            with pytest.raises(ProofError):
                verify_inclusion(top, size, index, all_of_them[(index + 1) % 40], path)


def test_every_small_tree_goes_on_from_every_earlier_one() -> None:
    tree = Leaves(leaves(40))
    for new in range(1, 40):
        for old in range(1, new + 1):
            proof = consistency_proof(tree, old, new)
            verify_consistency(old, root(tree, old), new, root(tree, new), proof)
            with pytest.raises(ProofError):
                verify_consistency(old, leaf_hash(b"other"), new, root(tree, new), proof)


@given(st.integers(1, 300), st.data())
def test_no_changed_proof_passes(size: int, data: st.DataObject) -> None:
    tree = Leaves(leaves(size))
    top = root(tree, size)
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_proof(tree, index, size)
    how = data.draw(st.sampled_from(["flip", "drop", "repeat", "leaf", "root", "index", "size"]))
    at = data.draw(st.integers(0, max(0, len(path) - 1)))
    bit = data.draw(st.integers(0, 255))
    changed = {
        "flip": (top, size, index, tree.leaves[index], [*path[:at], flipped(path[at], bit), *path[at + 1 :]])
        if path
        else None,
        "drop": (top, size, index, tree.leaves[index], path[:-1]) if path else None,
        "repeat": (top, size, index, tree.leaves[index], [*path, EMPTY_ROOT]),
        "leaf": (top, size, index, flipped(tree.leaves[index], bit), path),
        "root": (flipped(top, bit), size, index, tree.leaves[index], path),
        "index": (top, size, (index + 1) % size, tree.leaves[index], path) if size > 1 else None,
        "size": (top, 2 * size + 1, index, tree.leaves[index], path),
    }[how]
    if changed is not None:
        with pytest.raises(ProofError):
            verify_inclusion(*changed)


@given(st.integers(1, 200), st.data())
def test_one_proof_for_many_leaves_proves_them_all_and_nothing_else(size: int, data: st.DataObject) -> None:
    tree = Leaves(leaves(size))
    chosen = sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=1)))
    proof = batch_proof(tree, chosen, size)
    shown = {index: tree.leaves[index] for index in chosen}

    verify_batch(root(tree, size), size, shown, proof)
    one = data.draw(st.sampled_from(chosen))
    for wrong in (shown | {one: leaf_hash(b"other")}, {k + size: v for k, v in shown.items()}, {}):
        with pytest.raises(ProofError):
            verify_batch(root(tree, size), size, wrong, proof)
    for cut in (proof[:-1] if proof else [EMPTY_ROOT], [*proof, EMPTY_ROOT]):
        with pytest.raises(ProofError):
            verify_batch(root(tree, size), size, shown, cut)


def test_a_batch_of_one_is_as_long_as_a_single_proof() -> None:
    tree = Leaves(leaves(100))

    assert sorted(batch_proof(tree, [63], 100)) == sorted(inclusion_proof(tree, 63, 100))


@pytest.mark.parametrize("wrong", [[], [3, 3], [4, 2], [-1], [100]])
def test_leaves_that_are_not_there_have_no_proof(wrong: list[int]) -> None:
    with pytest.raises(ValueError, match="rising numbers"):
        batch_proof(Leaves(leaves(100)), wrong, 100)


def test_nothing_is_proved_of_a_leaf_or_a_tree_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no leaf 4"):
        inclusion_proof(Leaves(LEAVES[:4]), 4, 4)
    with pytest.raises(ValueError, match="nothing leads"):
        consistency_proof(Leaves(LEAVES), 0, 8)
    with pytest.raises(IndexError):
        root(Leaves(LEAVES[:4]), 8)
    with pytest.raises(ProofError):
        verify_inclusion(EMPTY_ROOT, 0, 0, LEAVES[0], [])
    with pytest.raises(ProofError):
        verify_consistency(0, EMPTY_ROOT, 1, LEAVES[0], [])


def test_a_leaf_is_no_node_and_a_node_is_no_leaf() -> None:
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != node_hash(LEAVES[0], LEAVES[1])


@given(st.lists(st.integers(0, 700), min_size=1, max_size=4))
def test_files_give_the_same_tree_as_memory_however_it_grew(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("tree")
    all_of_them = leaves(sum(steps))
    at = 0
    for step in steps:
        with TreeFiles(folder) as tree:
            assert tree.append(all_of_them[at : at + step]) == at + step
        at += step
    with TreeFiles(folder) as tree:
        assert tree.size == len(all_of_them)
        for size in {0, 1, at // 2, at} - ({1} if at == 0 else set()):
            assert root(tree, size) == root(Leaves(all_of_them), size)


def test_files_that_a_crash_left_behind_are_mended(tmp_path: Path) -> None:
    all_of_them = leaves(70_000)
    with TreeFiles(tmp_path) as tree:
        tree.append(all_of_them)
        right = root(tree, 70_000)
    with (tmp_path / "level-00").open("ab") as file:
        file.write(b"half a hash")
    os.truncate(tmp_path / f"level-{STEP:02d}", 40 * 32 + 7)
    (tmp_path / f"level-{2 * STEP}").unlink()

    with TreeFiles(tmp_path) as tree:
        assert tree.size == 70_000
        assert root(tree, 70_000) == right


@pytest.mark.parametrize("left", [0, 100, 300])
def test_stored_hashes_beyond_the_leaves_are_cut(tmp_path: Path, left: int) -> None:
    others = [sha256(b"other").digest()] * 600
    with TreeFiles(tmp_path) as tree:
        tree.append(leaves(1024))
    os.truncate(tmp_path / "level-00", left * 32)

    with TreeFiles(tmp_path) as tree:
        tree.append(others)
        assert root(tree, left + 600) == root(Leaves(leaves(left) + others), left + 600)


def test_what_is_not_stored_cannot_be_asked_for(tmp_path: Path) -> None:
    with TreeFiles(tmp_path) as tree:
        tree.append(LEAVES)
        with pytest.raises(TreeError, match="has 8 leaves"):
            tree.subtree(3, 1)
        with pytest.raises(ValueError, match="32 bytes"):
            tree.append([b"short"])
