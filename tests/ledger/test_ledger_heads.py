"""Signed heads: a chain that only grows, whose every byte counts, and keys that change in the open."""

from __future__ import annotations

import json
import stat
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from nospim.errors import UsageError
from nospim.ledger.heads import Clock as ClockRecord
from nospim.ledger.heads import Head, KeyChange, digest, signed_change, signed_head, verify_chain
from nospim.ledger.merkle import Leaves, leaf_hash, root
from nospim.ledger.signing import SealError, SigningKey, Statement, fingerprint_of, sign

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN, BEN, EVE = SigningKey.generate(), SigningKey.generate(), SigningKey.generate()
TREE = Leaves(leaf_hash(bytes([i])) for i in range(64))


def head(number: int, previous: bytes | None, size: int, signer: SigningKey = ANN, **changed: str) -> bytes:
    made = Head(
        ledger="ab" * 32,
        number=number,
        size=size,
        root=root(TREE, size).hex(),
        at=AT,
        previous=None if previous is None else digest(previous),
        key=signer.public.hex(),
        nospim="0.1.0",
        configuration="standard",
        clock=ClockRecord(source="time.example", offset_ms=1.5, error_ms=20.0),
    )
    return signed_head(replace(made, **changed), signer)


def change(number: int, previous: bytes, old: SigningKey, new: SigningKey, reason: str = "rotated") -> bytes:
    made = KeyChange(
        ledger="ab" * 32,
        number=number,
        at=AT,
        previous=digest(previous),
        old=old.public.hex(),
        new=new.public.hex(),
        reason=reason,  # type: ignore[arg-type]
    )
    return signed_change(made, new, old if reason == "rotated" else None)


def three() -> list[bytes]:
    first = head(0, None, 3)
    second = head(1, first, 7)
    return [first, second, head(2, second, 7)]


def test_a_chain_of_heads_is_proved_by_the_fingerprint_of_its_key() -> None:
    chain = verify_chain(three(), [ANN.fingerprint])

    assert [h.size for h in chain.heads] == [3, 7, 7]
    assert chain.origin_proved
    assert chain.heads[0].clock.offset_ms == 1.5


@pytest.mark.parametrize("trusted", [[], [EVE.fingerprint]])
def test_without_the_right_fingerprint_the_chain_is_consistent_and_its_origin_unproved(
    trusted: list[str],
) -> None:
    chain = verify_chain(three(), trusted)

    assert chain.proved == 0
    assert not chain.origin_proved


def test_a_fingerprint_is_the_sha256_of_the_public_key() -> None:
    # The public key of RFC 8032, section 7.1, test 1.
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")

    assert fingerprint_of(public) == "21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9"


@pytest.mark.parametrize(
    ("why", "envelopes"),
    [
        ("no signed head", []),
        ("missing or out of order", three()[1:]),
        ("missing or out of order", three()[::-1]),
        ("missing or out of order", three() + three()[-1:]),
        ("does not name the statement before", [*three(), head(3, three()[0], 9)]),
        ("does not name the statement before", [head(0, b"something", 3)]),
        ("another ledger", [*three(), head(3, three()[2], 9, ledger="cd" * 32)]),
        ("shrank", [*three(), head(3, three()[2], 5)]),
        ("forked", [*three(), head(3, three()[2], 7, root="00" * 32)]),
        ("another key than the one in force", [*three(), head(3, three()[2], 9, EVE)]),
        ("not in force", [*three(), change(3, three()[2], BEN, EVE)]),
    ],
)
def test_a_chain_that_is_not_whole_is_refused(why: str, envelopes: list[bytes]) -> None:
    # Ed25519 signs the same bytes the same way, so three() is the same chain each time.
    with pytest.raises(SealError, match=why):
        verify_chain(envelopes, [ANN.fingerprint])


def test_every_bit_of_a_statement_counts() -> None:
    chain = three()
    last = chain[-1]
    for bit in range(len(last) * 8):
        changed = bytearray(last)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealError):
            verify_chain([*chain[:-1], bytes(changed)])


@pytest.mark.parametrize(
    "attack", ["spaces", "base64 of another alphabet", "a second signature", "no signature"]
)
def test_the_same_statement_in_other_bytes_is_refused(attack: str) -> None:
    told = json.loads(three()[0])
    if attack == "spaces":
        data = json.dumps(told, sort_keys=True).encode()
    else:
        if attack == "a second signature":
            told["signatures"].append({"keyid": "00", "sig": told["signatures"][0]["sig"]})
        elif attack == "no signature":
            told["signatures"] = []
        else:
            sig = told["signatures"][0]["sig"].replace("+", "-").replace("/", "_")
            told["signatures"][0]["sig"] = sig + "\n"
        data = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(SealError):
        verify_chain([data])


def test_a_signature_of_another_kind_of_statement_does_not_count() -> None:
    told = json.loads(three()[0])
    told["payloadType"] = "text/plain"
    with pytest.raises(SealError, match="unknown kind"):
        verify_chain([json.dumps(told, sort_keys=True, separators=(",", ":")).encode()])
    other = sign(b64decode(told["payload"]), "text/plain", [ANN])
    told["payloadType"] = "application/vnd.nospim.ledger-head+json"
    told["signatures"] = json.loads(other)["signatures"]
    with pytest.raises(SealError, match="does not fit"):
        verify_chain([json.dumps(told, sort_keys=True, separators=(",", ":")).encode()])


def test_what_was_signed_must_be_a_head_and_nothing_more() -> None:
    payload = json.loads(b64decode(json.loads(three()[0])["payload"]))
    for text in (json.dumps(payload | {"extra": 1}), json.dumps(payload | {"size": -1}), "{", "\udcff"):
        data = sign(text.encode("utf-8", "surrogateescape"), "application/vnd.nospim.ledger-head+json", [ANN])
        with pytest.raises(SealError):
            verify_chain([data])


def test_a_rotation_signed_by_both_keys_carries_the_trust_on() -> None:
    chain = three()
    chain.append(change(3, chain[-1], ANN, BEN))
    chain.append(head(4, chain[-1], 20, BEN))

    assert verify_chain(chain, [ANN.fingerprint]).origin_proved
    assert verify_chain(chain, [BEN.fingerprint]).origin_proved
    with pytest.raises(SealError, match="another key than the one in force"):
        verify_chain([*chain, head(5, chain[-1], 20, ANN)])


@pytest.mark.parametrize("reason", ["lost", "stolen"])
def test_a_key_that_is_gone_ends_the_trust_in_it_and_the_new_one_vouches_for_what_was(reason: str) -> None:
    chain = three()
    chain.append(change(3, chain[-1], ANN, BEN, reason))
    chain.append(head(4, chain[-1], 20, BEN))

    old, new = verify_chain(chain, [ANN.fingerprint]), verify_chain(chain, [BEN.fingerprint])
    assert (old.proved, old.origin_proved) == (3, False)
    assert (new.proved, new.origin_proved) == (5, True)


def test_a_thief_of_nothing_cannot_rotate_the_key_to_his() -> None:
    chain = three()
    made = KeyChange(
        ledger="ab" * 32,
        number=3,
        at=AT,
        previous=digest(chain[-1]),
        old=ANN.public.hex(),
        new=EVE.public.hex(),
        reason="rotated",
    )
    forged = sign(Statement(signed_change(replace(made, reason="lost"), EVE, None)).payload.replace(
        b'"lost"', b'"rotated"'
    ), "application/vnd.nospim.key-change+json", [EVE])  # fmt: skip
    with pytest.raises(SealError, match="signed by"):
        verify_chain([*chain, forged])


def test_nobody_signs_a_statement_that_names_another_key() -> None:
    with pytest.raises(ValueError, match="another key"):
        head(0, None, 3, EVE, key=ANN.public.hex())
    with pytest.raises(ValueError, match="signed by both"):
        signed_change(KeyChange(ledger="ab" * 32, number=1, at=AT, previous="00" * 32, old=ANN.public.hex(),
                                new=BEN.public.hex(), reason="lost"), BEN, ANN)  # fmt: skip


@pytest.mark.parametrize("passphrase", ["", "a good one"])
def test_a_key_is_kept_for_its_owner_only_and_never_written_over(tmp_path: Path, passphrase: str) -> None:
    path = tmp_path / "keys" / "signing.pem"
    ANN.save(path, passphrase)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SigningKey.load(path, passphrase).fingerprint == ANN.fingerprint
    assert (b"ENCRYPTED" in path.read_bytes()) == bool(passphrase)
    with pytest.raises(FileExistsError):
        BEN.save(path)
    with pytest.raises(UsageError, match="opens"):
        SigningKey.load(path, "wrong" if passphrase else "needless")
    assert ANN.fingerprint in repr(ANN)


def test_a_file_that_is_no_key_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(b"-----BEGIN PRIVATE KEY-----\n" + b64encode(b"x" * 40))
    with pytest.raises(UsageError, match="no private key"):
        SigningKey.load(tmp_path / "k")
