"""A hundred thousand changes of a sealed bundle, and thousands of its ledger: none goes unnoticed."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from pathlib import Path

import pytest
from benchmarks.evidence import SmallCase, files_of
from benchmarks.mutations import mutants, unnoticed

from local_authority import Authority
from nospim.errors import NospimError
from nospim.ledger.folder import records
from nospim.ledger.record import MARK
from nospim.ledger.seals import Seals
from nospim.ledger.signing import SigningKey
from nospim.ledger.stamps import authorities, query

COUNT = 100_000
LEDGER_COUNT = 1_000
KEY, OWN = SigningKey.generate(), SigningKey.generate()


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> SmallCase:
    return SmallCase(tmp_path_factory.mktemp("case"), KEY)


def test_no_change_of_a_bundle_goes_unnoticed(case: SmallCase) -> None:
    case.bundle(case.folder / "bundle", printed=False)
    files = files_of(case.folder / "bundle")
    assert unnoticed(files, KEY.fingerprint)

    passed, tried = [], Counter[str]()
    for who, number, changed in mutants(files, KEY, OWN, COUNT, seed=20261):
        tried[who] += 1
        if unnoticed(changed, KEY.fingerprint):
            passed.append(
                (who, number, [n for n in set(files) | set(changed) if files.get(n) != changed.get(n)])
            )

    assert not passed
    assert sum(tried.values()) == COUNT
    assert min(tried.values()) > COUNT // 50


def test_no_change_of_a_stamped_bundle_goes_unnoticed(case: SmallCase, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    roots = authorities(authority.pem)
    case.bundle(
        case.folder / "stamped", printed=False, stamp=lambda covers: authority.answer(query(covers).data)
    )
    files = files_of(case.folder / "stamped")
    assert unnoticed(files, KEY.fingerprint, roots)
    assert not unnoticed(files, KEY.fingerprint)  # the stamp's root must come from elsewhere, too

    stamp = files["stamp.tsr"]
    for bit in range(0, len(stamp) * 8, 3):
        changed = bytearray(stamp)
        changed[bit // 8] ^= 1 << bit % 8
        assert not unnoticed(files | {"stamp.tsr": bytes(changed)}, KEY.fingerprint, roots)
    bare = {name: data for name, data in files.items() if name != "stamp.tsr"}
    assert not unnoticed(bare, KEY.fingerprint, roots)


def test_no_change_of_a_ledger_goes_unnoticed(case: SmallCase, tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    shutil.copytree(case.ledger, folder)
    targets = sorted([*(folder / "journal").glob("*.jnl"), *(folder / "heads").iterdir()])
    chance = random.Random(7)
    unseen = []

    def whole() -> bool:
        try:
            with Seals(folder) as seals:
                audit = seals.audit(records(folder, 0, case.size), [KEY.fingerprint])
        except NospimError:
            return False
        return audit.chain.origin_proved and audit.opened == case.size

    assert whole()
    for number in range(LEDGER_COUNT):
        path = targets[number % len(targets)]
        right = path.read_bytes()
        at, way = chance.randrange(len(right)), chance.randrange(4)
        wrong = {
            0: right[:at] + bytes([right[at] ^ (1 << chance.randrange(8))]) + right[at + 1 :],
            1: right[:at],
            2: right[:at] + right[at + 1 :],
            3: right[:at] + chance.randbytes(4) + right[at:],
        }[way]
        if way in (1, 2) and path.suffix == ".jnl" and at >= len(right) - MARK.size:
            continue  # a mark at the end that is too short takes no record with it; a crash leaves the same
        path.write_bytes(wrong)
        if whole():
            unseen.append((path.name, at, way, len(right)))
        path.write_bytes(right)

    assert not unseen
    assert whole()
